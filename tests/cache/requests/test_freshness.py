"""An answer is served while it is fresh, then stale, and never after `expire`."""

import pytest

from tests.cache.requests.routes import count, get_answer, get_told

pytestmark = pytest.mark.usefixtures("route_cache")


def test_second_request_is_answered_from_the_cache(send, serve):
    route = serve(count())

    answers = [get_answer(send("GET", "/x")) for _ in range(3)]

    assert answers == [("v1", "fwd=uri-miss; stored"), *[("v1", "hit; ttl=60")] * 2]
    assert len(route.calls) == 1


@pytest.mark.parametrize(
    ("age", "told"), [(0, "hit; ttl=60"), (59, "hit; ttl=1"), (60, "hit; ttl=0")]
)
def test_an_answer_is_fresh_to_the_last_second(send, serve, route_cache, age, told):
    route = serve(count())
    send("GET", "/x")

    route_cache.advance(age)
    response = send("GET", "/x")

    assert (get_answer(response), response["Age"]) == (("v1", told), str(age))
    assert len(route.calls) == 1


@pytest.mark.parametrize("age", [61, 600])
def test_a_stale_answer_is_served_and_made_again(send, serve, route_cache, age):
    route = serve(count())
    send("GET", "/x")

    route_cache.advance(age)
    stale, fresh = send("GET", "/x"), send("GET", "/x")

    assert get_answer(stale) == ("v1", f"hit; ttl={60 - age}; detail=stale")
    assert (get_answer(fresh), fresh["Age"]) == (("v2", "hit; ttl=60"), "0")
    assert len(route.calls) == 2


def test_an_expired_answer_is_not_served(send, serve, route_cache):
    route = serve(count())
    send("GET", "/x")

    route_cache.advance(601)
    responses = [send("GET", "/x"), send("GET", "/x")]

    assert list(map(get_answer, responses)) == [
        ("v2", "fwd=stale; stored"),
        ("v2", "hit; ttl=60"),
    ]
    assert len(route.calls) == 2


@pytest.mark.usefixtures("aging_backend")
def test_an_expired_answer_is_not_even_kept(send, serve, route_cache):
    serve(count(config="revalidate = 1; expire = 2"))
    send("GET", "/x")

    route_cache.advance(4)
    response = send("GET", "/x")

    assert get_answer(response) == ("v2", "fwd=uri-miss; stored")


def test_without_expire_an_answer_is_served_stale_for_a_day(send, serve, route_cache):
    serve(count(config="revalidate = 60"))
    send("GET", "/x")

    route_cache.advance(60 + 86_400)
    in_time = send("GET", "/x")
    route_cache.advance(60 + 86_401)
    too_late = send("GET", "/x")

    assert (in_time.json(), get_told(too_late)) == ("v1", "fwd=stale; stored")


def test_expire_like_revalidate_is_never_stale(send, serve, route_cache):
    serve(count(config="revalidate = 60; expire = 60"))
    send("GET", "/x")

    route_cache.advance(60)
    in_time = send("GET", "/x")
    route_cache.advance(1)
    too_late = send("GET", "/x")

    assert get_answer(in_time) == ("v1", "hit; ttl=0")
    assert get_answer(too_late) == ("v2", "fwd=stale; stored")


def test_revalidate_false_is_fresh_until_it_is_invalidated(send, serve, route_cache):
    serve(count(config="revalidate = False"))
    send("GET", "/x")

    route_cache.advance(1e9)
    response = send("GET", "/x")

    assert (get_answer(response), response["Age"]) == (("v1", "hit"), "1000000000")


def test_expire_ends_what_is_fresh_until_it_is_invalidated(send, serve, route_cache):
    serve(count(config="revalidate = False; expire = 600"))
    send("GET", "/x")

    route_cache.advance(600)
    in_time = send("GET", "/x")
    route_cache.advance(1)
    too_late = send("GET", "/x")

    assert get_answer(in_time) == ("v1", "hit")
    assert get_answer(too_late) == ("v2", "fwd=stale; stored")


@pytest.mark.parametrize(
    "config",
    [
        "from datetime import timedelta\nrevalidate = timedelta(minutes=1)",
        "def revalidate(response): return 60",
        "from datetime import timedelta\n"
        "def revalidate(response): return timedelta(minutes=1)",
    ],
    ids=["timedelta", "function", "function-timedelta"],
)
def test_revalidate_has_other_forms(send, serve, route_cache, config):
    serve(count(config=config))

    told = [get_told(send("GET", "/x")) for _ in range(2)]
    route_cache.advance(61)
    told.append(get_told(send("GET", "/x")))

    assert told == [
        "fwd=uri-miss; stored",
        "hit; ttl=60",
        "hit; ttl=-1; detail=stale",
    ]


CHOOSE = """
lifetimes = {}

def revalidate(response):
    return lifetimes[response.content.decode()]
"""


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (5, ["fwd=uri-miss; stored", "hit; ttl=5"]),
        (False, ["fwd=uri-miss; stored", "hit"]),
        (None, ["fwd=uri-miss; detail=revalidate"] * 2),
        (0, ['fwd=uri-miss; detail="max-age=0"'] * 2),
    ],
)
def test_a_function_gives_each_answer_its_lifetime(send, serve, seconds, told):
    route = serve(count("HttpResponse('a')", config=CHOOSE))
    route.lifetimes["a"] = seconds

    assert [get_told(send("GET", "/x")) for _ in range(2)] == told


def test_a_function_that_gives_no_lifetime_is_a_server_error(send, serve):
    serve(count(config="def revalidate(response): return -1"))

    response = send("GET", "/x", raises=False)

    assert response.status_code == 500


@pytest.mark.parametrize(
    "config", ["revalidate = 0", "revalidate = 0.0", "dynamic = 'force-dynamic'"]
)
def test_revalidate_0_is_never_cached(send, serve, route_cache, config):
    serve(count(config=config))

    answers = [get_answer(send("GET", "/x")) for _ in range(2)]

    told = "fwd=bypass; detail=force-dynamic"
    assert (answers, route_cache.entries) == ([("v1", told), ("v2", told)], {})


def test_without_revalidate_nothing_is_cached(send, serve, route_cache):
    serve(count(config=""))

    responses = [send("GET", "/x") for _ in range(2)]

    assert [response.json() for response in responses] == ["v1", "v2"]
    assert ["Cache-Status" in response for response in responses] == [False, False]
    assert route_cache.entries == {}


@pytest.mark.parametrize(
    ("ahead", "told"),
    [(30, "hit; ttl=60"), (100, "hit; ttl=60"), (120, "hit; ttl=60; detail=stale")],
)
def test_an_entry_of_a_clock_that_is_ahead_has_no_age(
    send, serve, route_cache, ahead, told
):
    serve(count())
    route_cache.advance(ahead)
    send("GET", "/x")

    route_cache.advance(-ahead)
    response = send("GET", "/x")

    assert (get_answer(response), response["Age"]) == (("v1", told), "0")


def test_an_entry_of_a_clock_that_is_far_ahead_is_made_again(send, serve, route_cache):
    serve(count())
    route_cache.advance(120)
    send("GET", "/x")

    route_cache.advance(-120)
    answers = [send("GET", "/x").json() for _ in range(3)]

    assert answers == ["v1", "v2", "v2"]


@pytest.mark.parametrize(
    ("value", "age", "told"),
    [
        ("max-age=5", 5, "hit; ttl=0"),
        ("max-age=5", 6, "hit; ttl=-1; detail=stale"),
        ('max-age="5"', 6, "hit; ttl=-1; detail=stale"),
        ("max-age=5, s-maxage=30", 30, "hit; ttl=0"),
        ("max-age=600", 61, "hit; ttl=-1; detail=stale"),
        ("must-revalidate", 60, "hit; ttl=0"),
        ("must-revalidate", 61, "fwd=stale; stored"),
        ("no-cache", 61, "fwd=stale; stored"),
        ("max-age=5, proxy-revalidate", 6, "fwd=stale; stored"),
    ],
)
def test_a_handlers_own_cache_control_shortens(
    send, serve, route_cache, value, age, told
):
    serve(count(f"HttpResponse('a', headers={{'Cache-Control': '{value}'}})"))
    send("GET", "/x")

    route_cache.advance(age)
    response = send("GET", "/x")

    assert (get_told(response), response["Cache-Control"]) == (told, value)


@pytest.mark.parametrize(
    "value",
    [
        "no-store",
        " no-store ",
        "private",
        "PRIVATE",
        'private="x"',
        "max-age=a",
        "max-age=-1",
        "max-age=1.5",
    ],
)
def test_what_a_handler_forbids_is_not_stored(send, serve, route_cache, value):
    route = serve(
        count(f"HttpResponse('a', headers={{'Cache-Control': '''{value}'''}})")
    )

    responses = [send("GET", "/x") for _ in range(2)]

    assert [r["Cache-Control"] for r in responses] == [value, value]
    assert {get_told(r) for r in responses} == {"fwd=uri-miss; detail=cache-control"}
    assert (len(route.calls), route_cache.entries) == (2, {})
