"""Behind a stale answer a new one is made, and a bad one does not take its place."""

import logging
import threading

import pytest

from django_routehandlers.cache import revalidate_tag
from tests.cache.requests.routes import count, get_answer, get_told
from tests.clients import send_wsgi

IS_CROSSED = True

pytestmark = pytest.mark.usefixtures("route_cache")

STALE = "hit; ttl=-1; detail=stale"


def test_the_same_body_has_the_same_etag_and_a_new_age(send, serve, route_cache):
    serve(count("'same'"))
    first = send("GET", "/x")

    route_cache.advance(61)
    stale, fresh = send("GET", "/x"), send("GET", "/x")

    assert first["ETag"] == stale["ETag"] == fresh["ETag"]
    assert [r["Age"] for r in (first, stale, fresh)] == ["0", "61", "0"]


WAITING = """
    import threading

    revalidate = 60

    gate = threading.Event()
    begun = threading.Event()
"""


def test_all_who_come_during_a_refresh_get_the_stale_answer(serve, route_cache):
    before = "if len(calls) > 1: begun.set(); assert gate.wait(10)"
    route = serve(count(config=WAITING, before=before))
    send_wsgi("GET", "/x")
    route_cache.advance(61)

    with route_cache.in_background():
        stale = [get_answer(send_wsgi("GET", "/x")) for _ in range(10)]
        assert route.begun.wait(10)
        stale += [get_answer(send_wsgi("GET", "/x")) for _ in range(10)]
        route.gate.set()

    assert stale == [("v1", STALE)] * 20
    assert get_answer(send_wsgi("GET", "/x")) == ("v2", "hit; ttl=60")
    assert len(route.calls) == 2


def test_a_refresh_is_made_behind_the_answer(serve, route_cache):
    before = "threads.add(threading.current_thread().name)"
    config = "import threading\nrevalidate = 60\nthreads = set()"
    route = serve(count(config=config, before=before))
    send_wsgi("GET", "/x")
    route_cache.advance(61)
    route.threads.clear()

    with route_cache.in_background():
        send_wsgi("GET", "/x")

    assert len(route.calls) == 2
    assert threading.current_thread().name not in route.threads


RAISES = "if len(calls) > 1: raise ValueError('out of order')"
GIVES_503 = "if len(calls) > 1: return HttpResponse(status=503)"


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (RAISES, "shop/routes/x/route.py: a refresh failed, the old answer stays."),
        (
            GIVES_503,
            "shop/routes/x/route.py: a refresh gave a 503, the old answer stays.",
        ),
    ],
    ids=["raises", "503"],
)
def test_a_refresh_that_fails_keeps_the_last_good_answer(
    send, serve, route_cache, caplog, before, text
):
    route = serve(count(before=before))
    send("GET", "/x")
    route_cache.advance(61)

    answers = [get_answer(send("GET", "/x")) for _ in range(3)]

    # It is not tried again for a while, and is told once.
    assert (answers, len(route.calls)) == ([("v1", STALE)] * 3, 2)
    assert [record.getMessage() for record in caplog.records] == [text]
    assert caplog.records[0].levelno == logging.ERROR


@pytest.mark.usefixtures("aging_backend")
@pytest.mark.parametrize("before", [RAISES, GIVES_503])
def test_a_refresh_that_failed_is_tried_again_later(send, serve, route_cache, before):
    route = serve(count(before=before.replace("> 1", "== 2")))
    send("GET", "/x")
    route_cache.advance(61)
    send("GET", "/x")

    # For as long as an answer is fresh, but half a minute at most.
    route_cache.advance(30.1)
    answers = [send("GET", "/x").json() for _ in range(2)]

    assert (answers, len(route.calls)) == (["v1", "v3"], 3)


@pytest.mark.usefixtures("aging_backend")
def test_a_refresh_that_failed_is_not_tried_again_before(send, serve, route_cache):
    route = serve(count(before=RAISES))
    send("GET", "/x")
    route_cache.advance(61)
    send("GET", "/x")

    route_cache.advance(29)
    send("GET", "/x")

    assert len(route.calls) == 2


def test_when_the_last_good_answer_has_expired_the_failure_is_told(
    send, serve, route_cache
):
    route = serve(count(before=RAISES))
    send("GET", "/x")
    route_cache.advance(61)
    send("GET", "/x")

    route_cache.advance(540)
    responses = [send("GET", "/x", raises=False) for _ in range(2)]

    assert [response.status_code for response in responses] == [500, 500]
    assert len(route.calls) == 4


@pytest.mark.parametrize(
    ("before", "status"),
    [
        ("if len(calls) > 1: return HttpResponse(status=404)", 404),
        ("if len(calls) > 1: return HttpResponse(status=410)", 410),
        ("if len(calls) > 1: raise Http404", 404),
        ("if len(calls) > 1: raise HttpError(410)", 410),
    ],
)
def test_what_is_gone_ends_the_entry(send, serve, route_cache, before, status):
    config = """
        from django.http import Http404
        from django_routehandlers.http import HttpError
        revalidate = 60
    """
    serve(count(config=config, before=before))
    send("GET", "/x")
    route_cache.advance(61)

    stale, gone = send("GET", "/x"), send("GET", "/x")

    assert (get_answer(stale), gone.status_code) == (("v1", STALE), status)


@pytest.mark.parametrize(
    ("before", "detail", "cache_control"),
    [
        (
            "if len(calls) > 1: request.COOKIES.get('a')",
            '"dynamic:cookie:a"',
            "private, no-store",
        ),
        (
            "if len(calls) > 1: request.user.is_authenticated",
            '"dynamic:user"',
            "private, no-store",
        ),
        ("if len(calls) > 1: request.body", '"dynamic:body"', "private, no-store"),
        (
            "if len(calls) > 1: return HttpResponse(headers={'Cache-Control': 'private'})",
            "cache-control",
            "private",
        ),
    ],
    ids=["cookie", "user", "body", "header"],
)
def test_what_is_no_longer_everybodys_ends_the_entry(
    send, serve, route_cache, before, detail, cache_control
):
    middleware = ["tests.cache.requests.test_refresh.set_nobody"]
    serve(count(before=before), MIDDLEWARE=middleware)
    send("GET", "/x")
    route_cache.advance(61)

    stale, after = send("GET", "/x"), send("GET", "/x")

    assert get_answer(stale) == ("v1", STALE)
    assert get_told(after) == f"fwd=uri-miss; detail={detail}"
    assert after["Cache-Control"] == cache_control


def set_nobody(get_response):
    from django.contrib.auth.models import AnonymousUser

    def middleware(request):
        request.user = AnonymousUser()
        return get_response(request)

    return middleware


@pytest.mark.usefixtures("nothing_told")
def test_a_cookie_of_a_refresh_reaches_nobody(send, serve, route_cache, caplog):
    before = """
        response = HttpResponse(f'v{len(calls)}')
        if len(calls) > 1: response.set_cookie('a', str(len(calls)))
    """
    serve(count("response", before=before))
    send("GET", "/x")
    route_cache.advance(61)

    stale, own = send("GET", "/x"), send("GET", "/x")

    assert (stale.content, dict(stale.cookies)) == (b"v1", {})
    # The next visitor's cookie is the one of their own run.
    assert (own.content, own.cookies["a"].value) == (b"v3", "3")
    assert [record.getMessage() for record in caplog.records] == [
        "GET in shop/routes/x/route.py is not stored: it sets a cookie, which would "
        "reach every visitor."
    ]


SEES = """
    saw = {
        "cookies": dict(request.COOKIES),
        "user": request.user.is_anonymous,
        "session": dict(request.session.items()),
        "headers": sorted(request.headers),
        "query": request.META["QUERY_STRING"],
        "mark": hasattr(request, "mark"),
        "route": request.resolver_match.route,
        "method": request.method,
    } if len(calls) > 1 else None
"""


def test_a_refresh_sees_nothing_of_the_visitor_who_caused_it(send, serve, route_cache):
    middleware = ["tests.cache.requests.test_refresh.mark_request"]
    config = "revalidate = 60\nvary = ['Accept']\nseen = []"
    before = f"{SEES.strip()}\nseen.append(saw)"
    route = serve(count(config=config, before=before), MIDDLEWARE=middleware)
    headers = {"Accept": "text/html", "X-Secret": "1"}
    send("GET", "/x", headers=headers)
    route_cache.advance(61)

    send("HEAD", "/x?token=1", headers=headers, cookies={"a": "1"})

    assert route.seen[1] == {
        "cookies": {},
        "user": True,
        "session": {},
        "headers": ["Accept", "Host"],
        "query": "",
        "mark": False,
        "route": "x",
        "method": "GET",
    }


def mark_request(get_response):
    def middleware(request):
        request.mark, request.user, request.session = "1", "alice", {"cart": 1}
        return get_response(request)

    return middleware


def test_a_refresh_of_what_was_read_is_made_for_its_own_query(send, serve, route_cache):
    serve(count("[request.GET.get('page'), len(calls)]"))
    for page in (1, 2):
        send("GET", f"/x?page={page}")
    route_cache.advance(61)

    stale = [send("GET", f"/x?utm=1&page={page}").json() for page in (1, 2)]
    fresh = [send("GET", f"/x?page={page}").json() for page in (1, 2)]

    assert stale == [["1", 1], ["2", 2]]
    assert fresh == [["1", 3], ["2", 4]]


def test_a_refresh_that_reads_a_new_name_moves_the_entry(send, serve, route_cache):
    serve(count("request.GET.get('page', 'none') if len(calls) > 1 else 'v1'"))
    send("GET", "/x?page=7")
    route_cache.advance(61)

    # Until then nobody knew that the query matters.
    stale = send("GET", "/x?page=7").json()
    fresh = [send("GET", f"/x?page={page}").json() for page in (7, 8)]

    assert (stale, fresh) == ("v1", ["7", "8"])


@pytest.mark.parametrize(
    "config", ["revalidate = 60", "revalidate = 60; expire = 600", "revalidate = False"]
)
def test_a_soft_invalidation_serves_the_old_answer_once(send, serve, config):
    serve(count(config=f"{config}\ntags = ['posts']"))
    send("GET", "/x")

    revalidate_tag("posts", stale=True)
    answers = [send("GET", "/x").json() for _ in range(3)]

    assert answers == ["v1", "v2", "v2"]


@pytest.mark.parametrize("directive", ["must-revalidate", "no-cache"])
@pytest.mark.parametrize(
    "config", ["revalidate = 60", "revalidate = 60; expire = 600", "revalidate = False"]
)
def test_what_is_never_stale_is_not_served_after_a_soft_invalidation(
    send, serve, config, directive
):
    answer = (
        f"HttpResponse(f'v{{len(calls)}}', headers={{'Cache-Control': '{directive}'}})"
    )
    serve(count(answer, config=f"{config}\ntags = ['posts']"))
    send("GET", "/x")

    revalidate_tag("posts", stale=True)
    response = send("GET", "/x")

    assert (response.content, get_told(response)) == (b"v2", "fwd=stale; stored")


def test_with_expire_like_revalidate_a_soft_invalidation_is_a_hard_one(send, serve):
    serve(count(config="revalidate = 60; expire = 60\ntags = ['posts']"))
    send("GET", "/x")

    revalidate_tag("posts", stale=True)

    assert get_answer(send("GET", "/x")) == ("v2", "fwd=stale; stored")


def test_after_a_hard_invalidation_a_failure_is_told(send, serve):
    serve(count(config="revalidate = 60\ntags = ['posts']", before=RAISES))
    send("GET", "/x")

    revalidate_tag("posts")
    response = send("GET", "/x", raises=False)

    assert response.status_code == 500


def test_a_stream_that_a_refresh_gives_is_closed(send, serve, route_cache):
    config = """
        import io
        from django.http import FileResponse, HttpResponse

        revalidate = 60
        file = io.BytesIO(b"streamed")
    """
    answer = "HttpResponse('whole') if len(calls) == 1 else FileResponse(file)"
    route = serve(count(answer, config=config))
    send("GET", "/x")
    route_cache.advance(61)

    stale = send("GET", "/x")

    assert stale.content == b"whole"
    assert route.file.closed


def test_a_lifetime_that_fails_in_a_refresh_keeps_the_old_answer(
    send, serve, route_cache, caplog
):
    config = """
        def revalidate(response):
            if len(calls) > 1: raise KeyError
            return 60
    """
    route = serve(count(config=config))
    send("GET", "/x")
    route_cache.advance(61)

    stale = [get_answer(send("GET", "/x")) for _ in range(2)]

    assert stale == [("v1", STALE)] * 2
    # The second one backs off.
    assert len(route.calls) == 2
    assert "a refresh failed, the old answer stays." in caplog.text
