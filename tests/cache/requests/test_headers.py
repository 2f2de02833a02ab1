"""A handler's headers come back, but for those that belong to one answer."""

import pytest

from django_routehandlers.cache.downstream import find_offer
from tests.cache.requests.routes import count, get_told

pytestmark = pytest.mark.usefixtures("route_cache")


def answer(**headers):
    return f"HttpResponse('a', headers={headers!r})"


def test_headers_come_back_with_their_case(send, serve):
    headers = {"X-oWN": "1", "content-language": "de", "Link": "</a>; rel=next, </b>"}
    serve(count(f"HttpResponse('a', headers={headers!r})"))
    send("GET", "/x")

    found = dict(send("GET", "/x").headers)

    assert {name: found.get(name) for name in headers} == headers


@pytest.mark.parametrize("name", ["Server-Timing", "X-Request-ID", "traceparent"])
def test_what_belongs_to_one_answer_does_not_come_back(send, serve, name):
    serve(count(f"HttpResponse('a', headers={{'{name}': '30'}})"))

    made, kept = send("GET", "/x"), send("GET", "/x")

    assert (made[name], name in kept.headers) == ("30", False)


@pytest.mark.parametrize(
    ("own", "ages"),
    [
        ("30", ["30", "37"]),
        ("30, 5", ["30", "37"]),
        ("x", ["0", "7"]),
        ("-5", ["0", "7"]),
        ("1.5", ["0", "7"]),
    ],
)
def test_an_age_from_elsewhere_is_added_to_ours(send, serve, route_cache, own, ages):
    serve(count(answer(Age=own)))

    made = send("GET", "/x")
    route_cache.advance(7)
    kept = send("GET", "/x")

    assert [made["Age"], kept["Age"]] == ages


def test_an_age_from_elsewhere_counts_for_freshness(send, serve, route_cache):
    serve(count(answer(Age="30")))
    send("GET", "/x")

    route_cache.advance(31)

    assert get_told(send("GET", "/x")) == "hit; ttl=-1; detail=stale"


def test_what_another_cache_said_comes_before_ours(send, serve):
    headers = {"Cache-Status": "origin; hit"}
    serve(count(f"HttpResponse('a', headers={headers!r})"))

    told = [send("GET", "/x")["Cache-Status"] for _ in range(2)]

    assert told == [
        "origin; hit, routehandlers; fwd=uri-miss; stored",
        # The other one was not asked again.
        "routehandlers; hit; ttl=60",
    ]


@pytest.mark.parametrize("debug", [True, False])
def test_cache_status_gives_no_key_away(send, serve, debug):
    serve(count(), DEBUG=debug)

    told = [send("GET", "/x")["Cache-Status"] for _ in range(2)]

    assert "key" not in "".join(told)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({}, "max-age=0, must-revalidate"),
        ({"Cache-Control": "max-age=5"}, "max-age=5"),
        ({"Cache-Control": "public"}, "public"),
    ],
)
def test_others_ask_before_each_use_unless_the_handler_says(send, serve, own, expected):
    serve(count(f"HttpResponse('a', headers={own!r})"))

    values = [send("GET", "/x")["Cache-Control"] for _ in range(2)]

    assert values == [expected, expected]


def test_what_is_not_stored_is_asked_for_before_each_use_too(send, serve):
    serve(count("HttpResponse(status=404)"))

    assert send("GET", "/x")["Cache-Control"] == "max-age=0, must-revalidate"


CDN = "max-age=60, stale-while-revalidate=540, stale-if-error=540"


@pytest.mark.parametrize(
    ("downstream", "offers"),
    [
        ("None", [None] * 3),
        ("'cdn'", [{"CDN-Cache-Control": CDN}] * 3),
        (
            "30",
            [{"Cache-Control": f"max-age={n}, s-maxage={n}"} for n in (30, 40, 40)],
        ),
    ],
)
def test_what_others_may_keep_is_left_on_each_answer(
    send, serve, route_cache, downstream, offers
):
    config = f"revalidate = 60; expire = 600; downstream = {downstream}"
    serve(count("HttpResponse('a')", config=config))

    made = send("GET", "/x")
    route_cache.advance(10)
    kept = send("GET", "/x")
    not_modified = send("GET", "/x", headers={"If-None-Match": made["ETag"]})

    responses = [made, kept, not_modified]
    assert [response.status_code for response in responses] == [200, 200, 304]
    assert list(map(find_offer, responses)) == offers
    # Until the response is final it says what is safe.
    assert {response["Cache-Control"] for response in responses} == {
        "max-age=0, must-revalidate"
    }
    assert [response["Age"] for response in responses] == ["0", "10", "10"]


@pytest.mark.parametrize(
    "before",
    [
        "request.COOKIES.get('a')",
        "return HttpResponse(status=404)",
        "return HttpResponse(headers={'Cache-Control': 'max-age=5'})",
        "return HttpResponse(headers={'Cache-Control': 'no-store'})",
    ],
)
def test_what_is_not_ours_to_give_is_not_offered(send, serve, before):
    config = "revalidate = 60; downstream = 'cdn'"
    serve(count("HttpResponse('a')", config=config, before=before))

    assert [find_offer(send("GET", "/x")) for _ in range(2)] == [None, None]


def test_an_offer_is_not_part_of_the_entry(send, serve, route_cache):
    config = "revalidate = 60; downstream = 'cdn'"
    serve(count("HttpResponse('a')", config=config))

    send("GET", "/x")

    assert route_cache.entries["/x"].attributes == ()
