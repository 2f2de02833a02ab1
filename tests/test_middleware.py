"""What browsers and CDNs may keep is said of the final response, and of no other."""

import pytest
from asgiref.sync import AsyncToSync, SyncToAsync, iscoroutinefunction
from django.test import override_settings

from django_routehandlers.middleware import DownstreamCacheMiddleware
from tests.clients import SENDERS, send

__all__ = ["send"]

OURS = "django_routehandlers.middleware.DownstreamCacheMiddleware"
ASK_FIRST = "max-age=0, must-revalidate"

GET = "def GET(): return {}\n"

FILES = {
    "shop/routes/cdn/route.py": f"revalidate = 60\nexpire = 90\ndownstream = 'cdn'\n{GET}",
    "shop/routes/all/route.py": f"revalidate = 60\ndownstream = 30\n{GET}",
    "shop/routes/async/route.py": f"revalidate = 60\ndownstream = 30\nasync {GET}",
    "shop/routes/plain/route.py": f"revalidate = 60\n{GET}",
    "shop/routes/chosen/route.py": """
        from django_routehandlers.http import Response

        revalidate = 60
        downstream = 30

        def GET():
            return Response.json({}, headers={"Cache-Control": "max-age=5"})
    """,
    "shop/routes/targeted/route.py": """
        from django_routehandlers.http import Response

        revalidate = 60
        downstream = 30

        def GET():
            return Response.json({}, headers={"CDN-Cache-Control": "max-age=5"})
    """,
    "shop/routes/private/route.py": """
        revalidate = 60
        downstream = 30

        def GET(request):
            return dict(request.COOKIES)
    """,
    "shop/stack.py": """
        from django.http import HttpResponse
        from django.utils.decorators import sync_and_async_middleware
        from asgiref.sync import iscoroutinefunction
        from django.utils.cache import patch_vary_headers

        def changing(change):
            @sync_and_async_middleware
            def middleware(get_response):
                if iscoroutinefunction(get_response):
                    async def act(request):
                        return change(await get_response(request))
                else:
                    def act(request):
                        return change(get_response(request))
                return act
            return middleware

        def set_cookie(response):
            response.set_cookie("visitor", "1")
            return response

        def vary(name):
            def change(response):
                patch_vary_headers(response, [name])
                return response
            return change

        def control(response):
            response.headers["Cache-Control"] = "private"
            return response

        def set_raw_cookie(response):
            response.headers["Set-Cookie"] = "visitor=1"
            return response

        Cookie = changing(set_cookie)
        RawCookie = changing(set_raw_cookie)
        VaryCookie = changing(vary("cookie"))
        VaryAll = changing(vary("*"))
        VaryOther = changing(vary("Accept-Language"))
        VaryAuthorization = changing(vary("Authorization"))
        Control = changing(control)
        Other = changing(lambda response: HttpResponse("other"))
    """,
}


@pytest.fixture
def shop(site):
    """Return a function that installs the shop with some middleware behind ours."""

    def install(*names):
        site(FILES, MIDDLEWARE=[OURS, *(f"shop.stack.{name}" for name in names)])

    return install


def read(response):
    """Return what a response says to browsers, and what to CDNs."""
    return response.get("Cache-Control"), response.get("CDN-Cache-Control")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            "/cdn",
            (ASK_FIRST, "max-age=60, stale-while-revalidate=30, stale-if-error=30"),
        ),
        ("/all", ("max-age=30, s-maxage=30", None)),
        ("/async", ("max-age=30, s-maxage=30", None)),
        ("/plain", (ASK_FIRST, None)),
        ("/chosen", ("max-age=5", None)),
        ("/private", ("private, no-store", None)),
        ("/missing", (None, None)),
    ],
)
def test_only_what_a_route_offers_is_said(shop, send, path, expected):
    shop()

    first, second = send("GET", path), send("GET", path)

    assert read(first) == read(second) == expected


@pytest.mark.parametrize("name", ["Cookie", "RawCookie", "VaryCookie", "VaryAll"])
@pytest.mark.parametrize("path", ["/cdn", "/all", "/async", "/targeted"])
def test_answer_for_one_client_is_kept_by_nobody(shop, send, path, name):
    shop(name)

    first, second = send("GET", path), send("GET", path)

    assert read(first) == read(second) == ("private, no-store", None)


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/plain", (ASK_FIRST, None)), ("/chosen", ("max-age=5", None))],
)
def test_cookie_changes_nothing_without_an_offer(shop, send, path, expected):
    shop("Cookie")

    assert read(send("GET", path)) == expected


@pytest.mark.parametrize("path", ["/cdn", "/all", "/async", "/targeted"])
def test_answer_to_who_was_let_in_is_kept_by_nobody(shop, send, path):
    shop()
    let_in = {"Authorization": "Bearer good"}

    answers = [send("GET", path, headers=let_in) for _ in range(2)]

    assert [read(a) for a in answers] == [("private, no-store", None)] * 2


def test_vary_tells_who_was_let_in_from_others(shop, send):
    shop("VaryAuthorization")

    response = send("GET", "/all", headers={"Authorization": "Bearer good"})

    assert read(response) == ("max-age=30, s-maxage=30", None)


def test_other_vary_is_no_reason_to_keep_nothing(shop, send):
    shop("VaryOther")

    assert read(send("GET", "/all")) == ("max-age=30, s-maxage=30", None)


@pytest.mark.parametrize("path", ["/cdn", "/all"])
def test_what_another_middleware_says_stands(shop, send, path):
    shop("Control")

    assert read(send("GET", path)) == ("private", None)


def test_response_that_replaces_the_answer_has_no_offer(shop, send):
    shop("Other")

    assert read(send("GET", "/all")) == (None, None)


def test_not_modified_says_what_may_be_kept(shop, send):
    shop()
    tag = send("GET", "/all")["ETag"]

    response = send("GET", "/all", headers={"If-None-Match": tag})

    assert response.status_code == 304
    assert read(response) == ("max-age=30, s-maxage=30", None)


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_head_says_what_get_does(shop, send, method):
    shop()

    assert read(send(method, "/all")) == ("max-age=30, s-maxage=30", None)


@pytest.fixture
def hops(monkeypatch):
    """Collect every crossing between threads or event loops."""
    found = []
    call, acall = AsyncToSync.__call__, SyncToAsync.__call__

    def counting(self, *args, **kwargs):
        found.append("to loop")
        return call(self, *args, **kwargs)

    async def acounting(self, *args, **kwargs):
        found.append("to thread")
        return await acall(self, *args, **kwargs)

    monkeypatch.setattr(AsyncToSync, "__call__", counting)
    monkeypatch.setattr(SyncToAsync, "__call__", acounting)
    return found


@pytest.mark.parametrize(("server", "path"), [("wsgi", "/all"), ("asgi", "/async")])
def test_it_crosses_no_thread_in_either_world(site, hops, server, path):
    site(FILES)
    with override_settings(MIDDLEWARE=[]):
        SENDERS[server]("GET", path)
    without = [*hops]
    hops.clear()

    with override_settings(MIDDLEWARE=[OURS]):
        response = SENDERS[server]("GET", path)

    assert read(response) == ("max-age=30, s-maxage=30", None)
    assert hops == without


def test_it_is_of_the_kind_of_what_is_behind_it():
    async def aget_response(request):
        return None

    middleware = DownstreamCacheMiddleware

    assert iscoroutinefunction(middleware(aget_response))
    assert not iscoroutinefunction(middleware(lambda request: None))
    assert middleware.sync_capable
    assert middleware.async_capable
