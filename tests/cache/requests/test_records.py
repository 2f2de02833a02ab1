"""What lies in the backend is ours, or is none of our business."""

import pytest
from django.core.cache import caches

from django_routehandlers.cache.entries import FORMAT, Names, pack
from django_routehandlers.cache.keys import PREFIX
from django_routehandlers.cache.store import get_namespace
from tests.cache.requests.routes import count, get_answer, get_told

pytestmark = pytest.mark.usefixtures("route_cache")


def find_keys(kind=""):
    """Return the keys of this test's records, of one kind or all."""
    start = f"{PREFIX}{get_namespace()}{kind}"
    keys = [key.partition(":1:")[2] for key in caches["default"]._cache]
    return [key for key in keys if key.startswith(start)]


GARBAGE = [
    b"garbage",
    "text",
    {},
    (),
    (FORMAT, 0),
    (FORMAT + 1, 0, 1.0, 60.0, 600.0, 200, (), b"old", b"", (), ()),
    (FORMAT, 0, 1e10, 60.0, 600.0, 200, (), b"old", b"", (), ()),
    (FORMAT, 0, 1e10, "60", "600", 200, (), b"old", b"", (), ()),
    pack(Names(("page",), all=False)),
    object,
]


@pytest.mark.parametrize("value", GARBAGE, ids=repr)
def test_garbage_in_the_place_of_an_entry_is_overwritten(send, serve, value):
    serve(count())
    send("GET", "/x")
    [key] = find_keys("e")

    caches["default"].set(key, value)
    first, second = send("GET", "/x"), send("GET", "/x")

    assert first.json() == "v2"
    assert get_answer(second) == ("v2", "hit; ttl=60")


@pytest.mark.parametrize(
    ("kind", "bodies"), [("h", ["v2", "v2", "v2"]), ("s", ["v1", "v2", "v2"])]
)
def test_another_version_ends_or_ages_an_entry(send, serve, kind, bodies):
    serve(count())
    send("GET", "/x")

    for key in find_keys(kind):
        caches["default"].set(key, b"8 bytes.")

    assert [send("GET", "/x").json() for _ in range(3)] == bodies


def test_a_version_that_was_lost_is_a_miss(send, serve):
    serve(count())
    send("GET", "/x")

    for key in find_keys("h")[:1]:
        caches["default"].delete(key)

    assert get_answer(send("GET", "/x"))[0] == "v2"


@pytest.mark.parametrize("value", [1, "x", {}, b"7 bytes"], ids=repr)
def test_garbage_in_the_place_of_a_version_is_overwritten(send, serve, value):
    serve(count())
    send("GET", "/x")
    tag = find_keys("h")[0]

    caches["default"].set(tag, value)
    told = [get_told(send("GET", "/x")) for _ in range(2)]

    assert told == ["fwd=stale; stored", "hit; ttl=60"]


def test_a_cache_that_was_cleared_is_a_miss(send, serve):
    serve(count())
    send("GET", "/x")

    caches["default"].clear()
    answers = [send("GET", "/x").json() for _ in range(2)]

    assert answers == ["v2", "v2"]


@pytest.mark.parametrize(
    "answer",
    [
        "HttpResponse(status=404)",
        "HttpResponse(headers={'Cache-Control': 'no-store'})",
        "request.COOKIES.get('a', 'none')",
        "HttpResponse(status=500)",
    ],
)
def test_what_is_not_stored_leaves_nothing_behind(send, serve, answer):
    serve(count(answer, arguments="request, slug"), path="x/[slug]")

    for number in range(5):
        send("GET", f"/x/{number}", raises=False)

    # The generation is one for all.
    assert len(find_keys()) <= 1


@pytest.mark.parametrize("config", ["", "revalidate = 0", "dynamic = 'force-dynamic'"])
def test_a_route_without_cache_keeps_nothing(send, serve, config):
    serve(count(config=config))

    send("GET", "/x")

    assert find_keys() == []


def test_an_entry_is_one_record_beside_those_that_all_share(send, serve):
    serve(
        count("[id, request.GET.get('page')]", arguments="request, id"), path="x/[id]"
    )

    for page in range(10):
        send("GET", f"/x/1?page={page}")

    # Generation, names, and hard and soft versions of the path and the route.
    assert (len(find_keys("e")), len(find_keys())) == (10, 10 + 1 + 1 + 4)
