"""What lies around a request is in the key where a project says how to tell it."""

import sys

import pytest

from django_routehandlers.exceptions import DynamicUsageError
from tests.cache.visitors.staging import MIDDLEWARE, get_calls, get_status, is_hit

TENANTS = """
    from contextlib import contextmanager
    from contextvars import ContextVar

    current = ContextVar("tenant", default="nobody")
    calls = []

    class Tenants:
        def __init__(self, get_response):
            self.get_response = get_response

        def __call__(self, request):
            token = current.set(request.headers.get("X-Tenant", "nobody"))
            try:
                return self.get_response(request)
            finally:
                current.reset(token)

    class Surroundings:
        def capture(self, request):
            return {"tenant": current.get()}

        @contextmanager
        def activate(self, values):
            token = current.set(values["tenant"])
            try:
                yield
            finally:
                current.reset(token)

    # handler
    def page(request):
        calls.append(current.get())
        return {"tenant": current.get(), "run": calls.count(current.get())}
"""

OPTIONS = {"MIDDLEWARE": [*MIDDLEWARE, "shop.handlers.Tenants"]}
TOLD = {"ROUTE_HANDLERS": {"CACHE_CONTEXT": "shop.handlers.Surroundings"}}


def get_tenants(stranger, *names):
    return [stranger.get("/page", x_tenant=name).json()["tenant"] for name in names]


def test_each_surroundings_have_entries_of_their_own(stage, stranger, route_cache):
    stage(TENANTS, **OPTIONS, **TOLD)

    tenants = get_tenants(stranger, "acme", "apex", "acme", "apex")

    assert tenants == ["acme", "apex", "acme", "apex"]
    assert get_calls() == ["acme", "apex"]


@pytest.mark.parametrize("is_behind", [True, False], ids=["behind", "inline"])
def test_refresh_is_made_in_the_surroundings_of_its_entry(
    stage, stranger, route_cache, is_behind
):
    stage(TENANTS, **OPTIONS, **TOLD)
    get_tenants(stranger, "acme", "apex")

    route_cache.advance(61)
    if is_behind:
        with route_cache.in_background():
            get_tenants(stranger, "acme", "apex")
    else:
        get_tenants(stranger, "acme", "apex")

    assert get_tenants(stranger, "acme", "apex") == ["acme", "apex"]
    assert sorted(get_calls()) == ["acme", "acme", "apex", "apex"]


def test_refresh_behind_an_answer_has_no_variable_of_the_visitors(
    stage, stranger, route_cache
):
    stage(TENANTS, **OPTIONS)
    get_tenants(stranger, "acme")

    route_cache.advance(61)
    with route_cache.in_background():
        get_tenants(stranger, "acme")

    assert get_calls() == ["acme", "nobody"]


def test_surroundings_that_nobody_tells_of_are_not_seen(stage, stranger):
    """The hole that CACHE_CONTEXT closes: a variable is no part of the request."""
    stage(TENANTS, **OPTIONS)

    assert get_tenants(stranger, "acme", "apex") == ["acme", "acme"]


NOTED = """
    calls, seen = [], []

    class Marking:
        def __init__(self, get_response):
            self.get_response = get_response

        def __call__(self, request):
            request.tenant = "acme"
            return self.get_response(request)

    # handler
    def page(request):
        calls.append("page")
        if len(calls) == 2:
            seen.append({
                "cookies": request.COOKIES.copy(),
                "user": str(request.user),
                "session": dict(request.session.items()),
                "messages": len(request._messages),
                "headers": dict(request.headers),
                "query": request.GET.urlencode(),
                "tenant": getattr(request, "tenant", None),
                "address": request.META.get("REMOTE_ADDR"),
            })
        return {"run": len(calls)}
"""


@pytest.mark.parametrize("is_behind", [True, False], ids=["behind", "inline"])
def test_refresh_sees_nobody(stage, alice, stranger, route_cache, is_behind):
    stage(NOTED, MIDDLEWARE=[*MIDDLEWARE, "shop.handlers.Marking"])
    visit = {"x_a": "b", "authorization": "Bearer a"}
    alice.client.cookies["theme"] = "dark"
    alice.get("/page?utm=x", **visit)

    route_cache.advance(61)
    if is_behind:
        with route_cache.in_background():
            stale = alice.get("/page?utm=y", **visit)
    else:
        stale = alice.get("/page?utm=y", **visit)

    [seen] = sys.modules["shop.handlers"].seen
    assert get_status(stale) == "hit; detail=stale"
    assert seen == {
        "cookies": {},
        "user": "AnonymousUser",
        "session": {},
        "messages": 0,
        "headers": {"Host": "testserver"},
        "query": "",
        "tenant": None,
        "address": None,
    }
    # It was a read of what is not in the key, so the entry has ended.
    assert route_cache.entries == {"/page": route_cache.entries["/page"]}
    assert not is_hit(stranger.get("/page"))


STATIC = """
    import functools

    # handler
    def page(request):
        return {
            "cookies": request.COOKIES,
            "user": str(request.user),
            "session": dict(request.session.items()),
            "messages": list(request._messages),
            "headers": dict(request.headers),
            "query": request.GET,
            "url": request.build_absolute_uri(),
        }

    # handler
    def leave(request):
        from django.contrib import messages
        messages.info(request, "to everybody")
        return {}
"""


def test_static_handler_sees_nobody(stage, alice, bob):
    stage(STATIC, config='dynamic = "force-static"\nquery = ["page"]')
    alice.client.cookies["theme"] = "dark"

    first = alice.get("/page?page=2&utm=a", x_a="b", authorization="Bearer a")
    second = bob.get("/page?utm=b&page=2")

    assert first.json() == second.json()
    assert is_hit(second)
    assert first.json() == {
        "cookies": {},
        "user": "AnonymousUser",
        "session": {},
        "messages": [],
        "headers": {"Host": "testserver"},
        "query": {"page": ["2"]},
        "url": "http://testserver/page?page=2",
    }


def test_static_handler_can_leave_no_message(stage, server, alice):
    stage(STATIC, config='dynamic = "force-static"')
    alice.client.raise_request_exception = False

    response = alice.get("/leave")

    assert response.status_code == 500


@pytest.mark.parametrize("leave", ["logout(request)", "await alogout(request)"])
def test_static_handler_has_nobody_to_log_out(stage, alice, bob, leave):
    color = "async def" if "await" in leave else "def"
    stage(
        f"""
        from django.contrib.auth import alogout, logout

        # handler
        {color} page(request):
            {leave}
            return {{"user": str(request.user)}}

        # handler
        def who(request):
            return {{"user": request.user.username}}
        """,
        config='dynamic = "force-static"',
    )

    pages = [visitor.get("/page") for visitor in (alice, bob)]

    assert [page.json()["user"] for page in pages] == ["AnonymousUser"] * 2
    assert "sessionid" not in pages[0].cookies


def test_strict_handler_says_where_it_reads(stage, stranger, route_cache):
    stage(
        """
        # handler
        def page(request):
            return {"name": request.user.username}
        """,
        config='dynamic = "error"',
        DEBUG=True,
    )
    stranger.client.raise_request_exception = False

    response = stranger.get("/page")

    text = response.content.decode()
    assert response.status_code == 500
    assert "read request data that is not in its key: user (" in text
    assert "shop/handlers.py:4)" in text
    assert route_cache.entries == {}


def test_strict_handler_says_that_what_it_returned_reads(stage, stranger):
    stage(
        """
        from django.template.response import TemplateResponse

        # handler
        def page(request):
            return TemplateResponse(request, "page.html")
        """,
        config='dynamic = "error"',
        page="{{ user.username }}",
    )

    with pytest.raises(DynamicUsageError) as caught:
        stranger.get("/page")

    assert "not in its key: user (in what it returned)" in caught.value.message
