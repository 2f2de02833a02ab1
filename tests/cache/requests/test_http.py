"""Answers from the cache keep the rules of HTTP (RFC 9110, RFC 9111)."""

import pytest

from tests.cache.requests.routes import count, get_answer, get_told

pytestmark = pytest.mark.usefixtures("route_cache")

MODIFIED = "Wed, 21 Oct 2026 07:28:00 GMT"
LATER = "Thu, 22 Oct 2026 07:28:00 GMT"
ANSWER = (
    f"HttpResponse('body', headers={{'ETag': '\"a\"', 'Last-Modified': '{MODIFIED}'}})"
)
CONFIG = "revalidate = 60; vary = ['X-Kind']"


@pytest.mark.parametrize(
    "headers",
    [
        {"If-None-Match": '"a"'},
        {"If-None-Match": '"b", "a"'},
        {"If-None-Match": 'W/"a"'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": MODIFIED},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_client_that_has_the_answer_gets_a_304(
    send, serve, route_cache, method, headers
):
    serve(count(ANSWER, config=CONFIG))
    send("GET", "/x")
    route_cache.advance(7)

    response = send(method, "/x", headers=headers)

    assert (response.status_code, response.content) == (304, b"")
    assert dict(response.headers) == {
        "Age": "7",
        "Cache-Control": "max-age=0, must-revalidate",
        "Cache-Status": "routehandlers; hit; ttl=53",
        "ETag": '"a"',
        "Last-Modified": MODIFIED,
        "Vary": "X-Kind",
    } | ({"Content-Length": "0"} if "Content-Length" in response else {})


@pytest.mark.parametrize("own", ["", ", headers={'ETag': '\"a\"'}"])
def test_who_has_the_answer_from_before_gets_a_304_when_it_is_made(
    send, serve, route_cache, own
):
    serve(count(f"HttpResponse('body'{own})"))
    etag = send("GET", "/x")["ETag"]
    route_cache.clear()

    response = send("GET", "/x", headers={"If-None-Match": etag})

    assert (response.status_code, response["ETag"]) == (304, etag)
    assert get_told(response) == "fwd=uri-miss; stored"


@pytest.mark.parametrize(
    "headers",
    [
        {"If-None-Match": '"b"'},
        {"If-None-Match": '"b"', "If-Modified-Since": LATER},
        {"If-Modified-Since": "Tue, 20 Oct 2026 07:28:00 GMT"},
    ],
    ids=str,
)
def test_a_client_that_has_another_answer_gets_this_one(send, serve, headers):
    serve(count(ANSWER))

    responses = [send("GET", "/x", headers=headers) for _ in range(2)]

    assert [(r.status_code, r.content) for r in responses] == [(200, b"body")] * 2
    assert get_told(responses[1]) == "hit; ttl=60"


def test_the_handler_does_not_see_that_a_client_has_an_answer(send, serve):
    route = serve(count("HttpResponse('body')"))
    etag = send("GET", "/x")["ETag"]

    for _ in range(3):
        send("GET", "/x", headers={"If-None-Match": etag})

    assert len(route.calls) == 1


def test_a_304_is_never_what_is_stored(send, serve):
    serve(count("HttpResponse('body', headers={'ETag': '\"a\"'})"))
    send("GET", "/x", headers={"If-None-Match": '"a"'})

    response = send("GET", "/x")

    assert (response.status_code, response.content) == (200, b"body")
    assert get_told(response) == "hit; ttl=60"


def test_head_runs_get_and_stores_its_answer(send, serve):
    route = serve(count("[request.method, len(calls)]"))

    head, get = send("HEAD", "/x"), send("GET", "/x")

    assert (head.status_code, head.content) == (200, b"")
    assert get_told(head) == "fwd=uri-miss; stored"
    assert get_answer(get) == (["GET", 1], "hit; ttl=60")
    assert len(route.calls) == 1


def test_head_is_answered_from_the_entry_of_get(send, serve, route_cache):
    route = serve(count("HttpResponse('é' * 10, headers={'X-Own': '1'})"))
    get = send("GET", "/x")
    route_cache.advance(7)

    head = send("HEAD", "/x")

    told = {"Age": "7", "Cache-Status": "routehandlers; hit; ttl=53"}
    assert (head.content, len(route.calls)) == (b"", 1)
    assert dict(head.headers) == {**get.headers, "Content-Length": "20"} | told


def test_a_stale_head_makes_the_answer_of_get_again(send, serve, route_cache):
    serve(count())
    send("HEAD", "/x")
    route_cache.advance(61)

    send("HEAD", "/x")

    assert get_answer(send("GET", "/x")) == ("v2", "hit; ttl=60")


def test_an_exported_head_is_not_cached(send, serve):
    source = count() + "\ndef HEAD(): return HttpResponse(headers={'X-Head': '1'})\n"
    serve(source)
    send("GET", "/x")

    head = send("HEAD", "/x")

    assert (head["X-Head"], "Cache-Status" in head) == ("1", False)


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-1"}])
@pytest.mark.parametrize("first", [{}, {"Range": "bytes=0-1"}])
def test_a_part_of_an_answer_is_the_whole_one(send, serve, first, headers):
    serve(count("HttpResponse('whole')"))
    send("GET", "/x", headers=first)

    response = send("GET", "/x", headers=headers)

    assert (response.status_code, response.content) == (200, b"whole")
    assert get_told(response) == "hit; ttl=60"


def test_a_handler_that_reads_the_range_is_not_stored(send, serve, route_cache):
    answer = "HttpResponse('wh', status=206, headers={'Content-Range': 'bytes 0-1/5'})"
    serve(count(answer, before="request.headers.get('Range')"))

    response = send("GET", "/x", headers={"Range": "bytes=0-1"})

    assert (response.status_code, response["Cache-Control"]) == (
        206,
        "private, no-store",
    )
    assert route_cache.entries == {}


CLIENT_DIRECTIVES = [
    {"Cache-Control": "no-cache"},
    {"Cache-Control": "max-age=0"},
    {"Cache-Control": "no-store"},
    {"Cache-Control": "only-if-cached"},
    {"Pragma": "no-cache"},
]


@pytest.mark.parametrize("headers", CLIENT_DIRECTIVES, ids=str)
def test_what_a_client_says_of_caches_is_ignored(send, serve, headers):
    serve(count())

    answers = [get_answer(send("GET", "/x", headers=headers)) for _ in range(2)]

    assert answers == [("v1", "fwd=uri-miss; stored"), ("v1", "hit; ttl=60")]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Cache-Control": "no-cache"}, ["v2", "v2"]),
        ({"Cache-Control": "Max-Age=0, No-Cache"}, ["v2", "v2"]),
        ({"Cache-Control": 'x="no-cache"'}, ["v1", "v1"]),
        *[(headers, ["v1", "v1"]) for headers in CLIENT_DIRECTIVES[1:]],
    ],
    ids=str,
)
def test_a_developer_may_reload_for_good(send, serve, headers, expected):
    serve(count(), DEBUG=True)
    send("GET", "/x")

    # The new answer is everybody's from then on.
    answers = [send("GET", "/x", headers=headers), send("GET", "/x")]

    assert [answer.json() for answer in answers] == expected
    told = "fwd=request; stored" if "v2" in expected else "hit; ttl=60"
    assert [get_told(answer) for answer in answers] == [told, "hit; ttl=60"]


@pytest.mark.parametrize(
    ("method", "status"), [("OPTIONS", 204), ("DELETE", 405), ("FOO", 405)]
)
def test_a_method_that_is_not_exported_is_not_the_caches(send, serve, method, status):
    route = serve(count())
    send("GET", "/x")

    response = send(method, "/x")

    assert (response.status_code, response["Allow"]) == (status, "GET, HEAD, OPTIONS")
    assert "Cache-Status" not in response
    assert (get_answer(send("GET", "/x")), len(route.calls)) == (
        ("v1", "hit; ttl=60"),
        1,
    )


def test_query_is_not_cached(send, serve):
    serve(count() + "\ndef QUERY(): return 'found'\n")

    response = send("QUERY", "/x")

    assert (response.json(), "Cache-Status" in response) == ("found", False)
