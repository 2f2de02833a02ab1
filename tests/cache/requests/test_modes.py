"""`dynamic` says what becomes of a handler that reads more than the key covers."""

from pathlib import Path

import pytest

from django_routehandlers.exceptions import DynamicUsageError, HandlerError
from tests.cache.requests.routes import count, get_answer, get_told

STATIC = "dynamic = 'force-static'"
ERROR = "dynamic = 'error'"

SEES = """{
    "cookies": dict(request.COOKIES),
    "user": str(request.user),
    "session": dict(request.session.items()),
    "headers": dict(request.headers),
    "query": dict(request.GET.lists()),
    "text": request.META["QUERY_STRING"],
    "url": request.build_absolute_uri(),
    "body": request.body.decode(),
    "type": request.content_type,
    "address": request.META.get("REMOTE_ADDR"),
    "mark": hasattr(request, "mark"),
    "method": request.method,
}"""

OPTIONS = {
    "headers": {"Accept": "text/html", "Authorization": "Basic YTpi", "X-Kind": "1"},
    "cookies": {"a": "1"},
}

NOBODY = {
    "cookies": {},
    "user": "AnonymousUser",
    "session": {},
    "headers": {"Host": "testserver"},
    "query": {},
    "text": "",
    "url": "http://testserver/x",
    "body": "",
    "type": "",
    "address": None,
    "mark": False,
    "method": "GET",
}


def set_alice(get_response):
    def middleware(request):
        request.user, request.session, request.mark = "alice", {"cart": 1}, "1"
        return get_response(request)

    return middleware


ALICE = {"MIDDLEWARE": [f"{__name__}.set_alice"]}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_force_static_sees_no_visitor(send, serve, route_cache, method):
    serve(count(SEES, config=STATIC), **ALICE)

    send(method, "/x?token=1", **OPTIONS)
    response = send("GET", "/x")

    assert get_answer(response) == (NOBODY, "hit")
    assert list(route_cache.entries) == ["/x"]


def test_force_static_may_read_all_in_a_refresh_too(send, serve, route_cache):
    answer = f"[{SEES}, len(calls)]"
    serve(count(answer, config=f"{STATIC}; revalidate = 60"), **ALICE)
    send("GET", "/x")

    route_cache.advance(61)
    answers = [get_answer(send("GET", "/x", **OPTIONS)) for _ in range(2)]

    assert answers == [
        ([NOBODY, 1], "hit; ttl=-1; detail=stale"),
        ([NOBODY, 2], "hit; ttl=60"),
    ]


def test_force_static_sees_what_its_key_covers(send, serve):
    config = f"{STATIC}; query = ['page']; vary = ['X-Kind']"
    serve(count(SEES, config=config), **ALICE)

    response = send("GET", "/x?token=1&page=2", **OPTIONS)

    seen = NOBODY | {
        "headers": {"Host": "testserver", "X-Kind": "1"},
        "query": {"page": ["2"]},
        "text": "page=2",
        "url": "http://testserver/x?page=2",
    }
    assert get_answer(response) == (seen, "fwd=uri-miss; stored")


def test_force_static_may_have_the_whole_query(send, serve, route_cache):
    serve(count("request.GET.urlencode()", config=f"{STATIC}; query = '*'"))

    bodies = [send("GET", f"/x?{query}").json() for query in ("b=1&a=2", "a=2&b=1")]

    assert (bodies, list(route_cache.entries)) == (["a=2&b=1"] * 2, ["/x?a=2&b=1"])


def test_force_static_refuses_to_write_into_a_session(send, serve):
    before = "request.session['cart'] = 1"
    serve(count(config=STATIC, before=before))

    with pytest.raises(HandlerError, match="wrote into the session"):
        send("GET", "/x")


@pytest.mark.parametrize("mode", [STATIC, ERROR])
def test_a_mode_alone_caches_until_it_is_invalidated(send, serve, route_cache, mode):
    serve(count(config=mode))
    send("GET", "/x")

    route_cache.advance(1e9)

    assert get_answer(send("GET", "/x")) == ("v1", "hit")


@pytest.mark.parametrize("mode", [STATIC, ERROR])
def test_a_mode_may_have_a_lifetime(send, serve, route_cache, mode):
    serve(count(config=f"{mode}; revalidate = 60"))
    send("GET", "/x")

    route_cache.advance(61)
    answers = [get_answer(send("GET", "/x")) for _ in range(2)]

    assert answers == [("v1", "hit; ttl=-1; detail=stale"), ("v2", "hit; ttl=60")]


READS = {
    "cookie:a": "request.COOKIES.get('a')",
    "header:x-kind": "request.headers.get('X-Kind')",
    "user": "str(request.user)",
    "session": "request.session.get('cart')",
    "meta:REMOTE_ADDR": "request.META['REMOTE_ADDR']",
    "body": "request.body",
    "attr:mark": "request.mark",
}


@pytest.mark.parametrize("what", READS)
def test_error_names_the_file_and_the_line_of_the_read(send, serve, what):
    route = serve(count(config=ERROR, before=READS[what]), **ALICE)
    lines = Path(route.__file__).read_text().splitlines()
    line = next(n for n, text in enumerate(lines, 1) if READS[what] in text)

    with pytest.raises(DynamicUsageError) as caught:
        send("GET", "/x", **OPTIONS)

    assert str(caught.value) == (
        "shop/routes/x/route.py has dynamic = 'error', but read request data that is "
        f"not in its key: {what} ({route.__file__}:{line}). Read it elsewhere, or take "
        "'dynamic' out."
    )


SWALLOWED = """
    try:
        request.COOKIES.get('a')
    except Exception:
        pass
"""


@pytest.mark.parametrize("before", ["request.COOKIES.get('a')", SWALLOWED])
def test_error_is_a_server_error_also_when_the_handler_swallows_it(
    send, serve, route_cache, before
):
    route = serve(count(config=ERROR, before=before))

    responses = [send("GET", "/x", raises=False) for _ in range(2)]

    assert [response.status_code for response in responses] == [500, 500]
    assert (len(route.calls), route_cache.entries) == (2, {})


def test_error_tells_visitors_nothing(send, serve):
    route = serve(count(config=ERROR, before="request.COOKIES.get('secret')"))

    response = send("GET", "/x", raises=False)

    assert "secret" not in response.content.decode()
    assert route.__file__ not in response.content.decode()


def test_error_sees_no_query_but_that_of_the_config(send, serve, route_cache):
    serve(count("dict(request.GET.lists())", config=f"{ERROR}; query = ['page']"))

    responses = [send("GET", f"/x?page=2&utm={n}") for n in range(2)]

    assert [response.json() for response in responses] == [{"page": ["2"]}] * 2
    assert list(route_cache.entries) == ["/x?page=2"]


def test_force_dynamic_is_as_without_a_cache(send, serve, route_cache):
    serve(count(SEES, config="dynamic = 'force-dynamic'"), **ALICE)

    response = send("GET", "/x?token=1", **OPTIONS)

    seen = response.json()
    assert (seen["user"], seen["cookies"], seen["query"], seen["mark"]) == (
        "alice",
        {"a": "1"},
        {"token": ["1"]},
        True,
    )
    assert "Cache-Control" not in response
    assert get_told(response) == "fwd=bypass; detail=force-dynamic"
    assert route_cache.entries == {}


@pytest.mark.parametrize("what", READS)
def test_auto_answers_one_visitor_and_stores_nothing(send, serve, route_cache, what):
    route = serve(count(before=READS[what]), **ALICE)

    responses = [send("GET", "/x", **OPTIONS) for _ in range(2)]

    detail = f'fwd=uri-miss; detail="dynamic:{what}"'
    assert list(map(get_answer, responses)) == [("v1", detail), ("v2", detail)]
    assert {response["Cache-Control"] for response in responses} == {
        "private, no-store"
    }
    assert (len(route.calls), route_cache.entries) == (2, {})


@pytest.mark.usefixtures("nothing_told")
@pytest.mark.parametrize("debug", [True, False])
def test_in_debug_each_read_is_logged_once_with_its_place(send, serve, caplog, debug):
    before = "request.COOKIES.get('a'); request.headers.get('X-Kind')"
    route = serve(count(before=before), DEBUG=debug)
    line = Path(route.__file__).read_text().splitlines().index(f"    {before}") + 1

    for _ in range(2):
        send("GET", "/x")

    told = [
        f"GET in shop/routes/x/route.py is not stored: it read {what}, which is not in "
        f"its key ({route.__file__}:{line})."
        for what in ("cookie:a", "header:x-kind")
    ]
    logged = [record.getMessage() for record in caplog.records]
    assert logged == (told if debug else [])


def test_what_was_dynamic_once_is_stored_when_it_is_not(send, serve):
    serve(count(before="if len(calls) < 3: request.COOKIES.get('a')"))

    told = [get_told(send("GET", "/x")) for _ in range(4)]

    assert told == [
        *['fwd=uri-miss; detail="dynamic:cookie:a"'] * 2,
        "fwd=uri-miss; stored",
        "hit; ttl=60",
    ]


def test_a_branch_is_dynamic_by_itself(send, serve, route_cache):
    serve(count(before="if request.GET.get('preview'): request.COOKIES.get('a')"))

    told = [get_told(send("GET", f"/x{query}")) for query in ("", "?preview=1", "")]

    assert told == [
        "fwd=uri-miss; stored",
        'fwd=uri-miss; detail="dynamic:cookie:a"',
        "hit; ttl=60",
    ]
    assert list(route_cache.entries) == ["/x"]
