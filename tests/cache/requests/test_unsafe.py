"""A request that may have changed something ends what is kept of it."""

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.db import transaction

from tests.cache.requests.routes import count, get_answer, get_told

IS_CROSSED = True

pytestmark = pytest.mark.usefixtures("route_cache")


def write(answer, *, method="POST", before="pass"):
    """Return a `route.py` with a cached GET and a handler that writes."""
    return count() + f"\ndef {method}(request):\n    {before}\n    return {answer}\n"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_write_ends_what_is_kept_of_its_path(send, serve, method):
    serve(write("{}", method=method))
    send("GET", "/x")

    written = send(method, "/x")

    assert (written.status_code, get_told(written)) == (200, "fwd=method")
    assert send("GET", "/x").json() == "v2"


@pytest.mark.parametrize("method", ["QUERY", "OPTIONS", "HEAD"])
def test_a_read_ends_nothing(send, serve, method):
    serve(write("{}", method=method))
    send("GET", "/x")

    send(method, "/x")

    assert get_answer(send("GET", "/x")) == ("v1", "hit; ttl=60")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, "v2"),
        (201, "v2"),
        (204, "v2"),
        (302, "v2"),
        (303, "v2"),
        (400, "v1"),
        (403, "v1"),
        (404, "v1"),
        (409, "v1"),
        (500, "v1"),
        (503, "v1"),
    ],
)
def test_only_a_success_ends_anything(send, serve, status, body):
    serve(write(f"HttpResponse(status={status})"))
    send("GET", "/x")

    send("POST", "/x")

    assert send("GET", "/x").json() == body


@pytest.mark.parametrize("raised", ["ValueError", "HttpError(409)", "Http404"])
def test_a_handler_that_raises_ends_nothing(send, serve, raised):
    source = write("{}", before=f"raise {raised}")
    serve(
        "from django.http import Http404\n"
        "from django_routehandlers.http import HttpError\n" + source
    )
    send("GET", "/x")

    send("POST", "/x", raises=False)

    assert get_answer(send("GET", "/x")) == ("v1", "hit; ttl=60")


def test_a_write_from_another_site_ends_nothing(send, serve):
    serve(write("{}"))
    send("GET", "/x")

    headers = {"Sec-Fetch-Site": "cross-site"}
    refused = send("POST", "/x", headers=headers, enforce_csrf_checks=True)

    assert refused.status_code == 403
    assert get_answer(send("GET", "/x")) == ("v1", "hit; ttl=60")


def test_a_write_ends_every_variant_of_its_path(send, serve):
    config = "revalidate = 60; vary = ['X-Kind']"
    source = count("[request.GET.get('page'), len(calls)]", config=config)
    serve(
        f"{source}\ndef POST(): return {{}}\n",
        ALLOWED_HOSTS=["testserver", "other.example"],
    )
    variants = [
        ("/x", {}),
        ("/x?page=2", {}),
        ("/x", {"X-Kind": "a"}),
        ("/x", {"Host": "other.example"}),
    ]
    for url, headers in variants:
        send("GET", url, headers=headers)

    send("POST", "/x?page=3")

    runs = [send("GET", url, headers=headers).json()[1] for url, headers in variants]
    assert runs == [5, 6, 7, 8]


def test_a_write_ends_nothing_of_other_paths(send, serve):
    source = count("[id, len(calls)]", arguments="id") + "\ndef POST(id): return {}\n"
    serve(source, path="x/[id]")
    for number in (1, 2):
        send("GET", f"/x/{number}")

    send("POST", "/x/1")

    assert [send("GET", f"/x/{number}").json() for number in (1, 2)] == [
        ["1", 3],
        ["2", 2],
    ]


LOCATIONS = {
    "/y": True,
    "/y/": True,
    "/y?page=2#top": True,
    "y": True,
    "http://testserver/y": True,
    "HTTP://TESTSERVER/y": True,
    "//testserver/y": True,
    "http://other.example/y": False,
    "//other.example/y": False,
    "http://testserver:81/y": False,
    "http://[::1/y": False,
    "/": False,
    "/z": False,
    "": False,
}


@pytest.mark.parametrize("location", LOCATIONS)
def test_a_location_on_the_same_host_is_ended_too(send, serve, location):
    answer = f"HttpResponse(status=303, headers={{'Location': {location!r}}})"
    other = count("'y' + str(len(calls))")
    # The one that writes needs no cache.
    write_only = f"from django.http import HttpResponse\ndef POST(): return {answer}\n"
    serve(write_only, files={"shop/routes/y/route.py": other})
    send("GET", "/y")

    send("POST", "/x")

    expected = "y2" if LOCATIONS[location] else "y1"
    assert send("GET", "/y").json() == expected


def test_a_location_with_a_value_in_its_path_is_ended(send, serve):
    answer = "HttpResponse(status=201, headers={'Location': '/x/caf%C3%A9'})"
    item = count("[id, len(calls)]", arguments="id")
    serve(write(answer), files={"shop/routes/x/[id]/route.py": item})
    for name in ("caf%C3%A9", "tea"):
        send("GET", f"/x/{name}")

    send("POST", "/x")

    bodies = [send("GET", f"/x/{name}").json() for name in ("caf%C3%A9", "tea")]
    assert bodies == [["café", 3], ["tea", 2]]


def test_a_failed_write_ends_no_location(send, serve):
    answer = "HttpResponse(status=409, headers={'Location': '/y'})"
    serve(write(answer), files={"shop/routes/y/route.py": count()})
    send("GET", "/y")

    send("POST", "/x")

    assert get_answer(send("GET", "/y")) == ("v1", "hit; ttl=60")


def test_where_nothing_is_cached_a_write_is_only_that(send, serve):
    serve("def GET(): return {}\ndef POST(): return {}\n")

    response = send("POST", "/x")

    assert (response.status_code, "Cache-Status" in response) == (200, False)


def rolled_back(get_response):
    def middleware(request):
        if request.method == "GET":
            return get_response(request)
        with transaction.atomic():
            response = get_response(request)
            transaction.set_rollback(request.headers["X-Roll-Back"] == "yes")
        return response

    return middleware


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("rolls_back", "body"), [("yes", "v1"), ("no", "v2")])
def test_a_transaction_that_is_rolled_back_ends_nothing(send, serve, rolls_back, body):
    serve(write("{}"), MIDDLEWARE=[f"{__name__}.rolled_back"])
    send("GET", "/x")

    send("POST", "/x", headers={"X-Roll-Back": rolls_back})

    assert send("GET", "/x").json() == body


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("before", "body"), [("raise ValueError", "v1"), ("pass", "v2")]
)
def test_a_request_in_a_transaction_of_its_own_ends_what_it_has_written(
    send, site, before, body
):
    from django.db import connections

    # An async handler may not be in one.
    connections["default"].settings_dict["ATOMIC_REQUESTS"] = True
    try:
        site({"shop/routes/x/route.py": write("{}", before=before)})
        send("GET", "/x")
        send("POST", "/x", raises=False)
        response = send("GET", "/x")
    finally:
        connections["default"].settings_dict["ATOMIC_REQUESTS"] = False

    assert response.json() == body


class BreakingCache(LocMemCache):
    """A backend that takes no new versions when it is broken."""

    is_broken = False

    def set(self, *args, **kwargs):
        if self.is_broken:
            raise OSError("gone")
        super().set(*args, **kwargs)


def test_a_write_whose_end_is_lost_is_told_in_the_log(send, serve, caplog, monkeypatch):
    caches = {"default": {"BACKEND": f"{__name__}.BreakingCache", "LOCATION": "breaks"}}
    serve(write("{}"), CACHES=caches)
    send("GET", "/x")

    monkeypatch.setattr(BreakingCache, "is_broken", True)
    response = send("POST", "/x")

    assert response.status_code == 200
    assert "POST /x: The cache 'default' failed" in caplog.text
