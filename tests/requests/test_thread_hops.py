"""How often a request crosses between threads because of us."""

import pytest
from asgiref.sync import AsyncToSync, SyncToAsync, async_to_sync

from tests.clients import SENDERS

OURS = "django_routehandlers"

SYNC = "def {0}(): return {{}}\n"
ASYNC = "async def {0}(): return {{}}\n"

FILES = {
    "shop/routes/sync/route.py": SYNC.format("GET") + SYNC.format("POST"),
    "shop/routes/async/route.py": ASYNC.format("GET") + ASYNC.format("POST"),
    "shop/routes/mixed/route.py": SYNC.format("GET") + ASYNC.format("POST"),
    "shop/stack.py": """
        from asgiref.sync import markcoroutinefunction

        class SyncOnly:
            sync_capable, async_capable = True, False

            def __init__(self, get_response):
                self.get_response = get_response

            def __call__(self, request):
                return self.get_response(request)

        class AsyncOnly:
            sync_capable, async_capable = False, True

            def __init__(self, get_response):
                self.get_response = get_response
                markcoroutinefunction(self)

            async def __call__(self, request):
                return await self.get_response(request)
    """,
}

STACKS = {
    "none": [],
    "sync-only": ["shop.stack.SyncOnly"],
    "async-only": ["shop.stack.AsyncOnly"],
    "both": ["shop.stack.SyncOnly", "shop.stack.AsyncOnly", "shop.stack.SyncOnly"],
}


@pytest.fixture
def hops(monkeypatch):
    """Collect the name of each function that our code sends to another thread."""
    names = []
    call, acall = AsyncToSync.__call__, SyncToAsync.__call__

    def counting(self, *args, **kwargs):
        if _is_ours(self.awaitable):
            names.append("to loop")
        return call(self, *args, **kwargs)

    async def acounting(self, *args, **kwargs):
        if _is_ours(self.func):
            names.append("to thread")
        return await acall(self, *args, **kwargs)

    monkeypatch.setattr(AsyncToSync, "__call__", counting)
    monkeypatch.setattr(SyncToAsync, "__call__", acounting)
    return names


def _is_ours(function):
    """Tell whether a function is one of the package's, and not Django's or a view."""
    function = getattr(function, "func", function)
    return str(getattr(function, "__module__", "")).startswith(OURS)


# A method that the file does not export is answered without a handler.
ROWS = [
    ("wsgi", "/sync", "GET", []),
    ("wsgi", "/sync", "HEAD", []),
    ("wsgi", "/sync", "POST", []),
    ("wsgi", "/sync", "OPTIONS", []),
    ("wsgi", "/sync", "PUT", []),
    ("wsgi", "/sync/", "GET", []),
    ("asgi", "/async", "GET", []),
    ("asgi", "/async", "HEAD", []),
    ("asgi", "/async", "POST", []),
    ("asgi", "/async", "OPTIONS", []),
    ("asgi", "/async", "PUT", []),
    ("asgi", "/async/", "GET", []),
    ("wsgi", "/mixed", "GET", []),
    ("wsgi", "/mixed", "HEAD", []),
    ("wsgi", "/mixed", "POST", ["to loop"]),
    ("wsgi", "/mixed", "OPTIONS", []),
    ("wsgi", "/mixed", "PUT", []),
    ("asgi", "/mixed", "GET", ["to thread"]),
    ("asgi", "/mixed", "HEAD", ["to thread"]),
    ("asgi", "/mixed", "POST", []),
    ("asgi", "/mixed", "OPTIONS", []),
    ("asgi", "/mixed", "PUT", []),
    ("asgi", "/mixed/", "GET", []),
    ("asgi", "/sync", "GET", []),
    ("wsgi", "/async", "GET", []),
]


@pytest.mark.parametrize("stack", STACKS.values(), ids=list(STACKS))
@pytest.mark.parametrize(("server", "path", "method", "expected"), ROWS)
def test_hops_that_we_add(site, hops, stack, server, path, method, expected):
    site(FILES, MIDDLEWARE=stack)

    response = SENDERS[server](method, path)

    assert response.status_code in (200, 204, 308, 405)
    assert hops == expected


RAISING = """
    from django.core.exceptions import PermissionDenied
    from django.http import Http404
    from django_routehandlers.http import HttpError

    {0} GET(): raise {1}
"""

HTML = {"Accept": "text/html"}


@pytest.mark.parametrize(
    ("keyword", "server", "error", "headers", "expected"),
    [
        ("async def", "asgi", "Http404", {}, []),
        ("async def", "asgi", "HttpError(409)", {}, []),
        # A page may ask the database, and a logger may send a mail.
        ("async def", "asgi", "Http404", HTML, ["to thread"]),
        ("async def", "asgi", "PermissionDenied", {}, ["to thread"]),
        ("def", "wsgi", "Http404", HTML, []),
        ("def", "wsgi", "PermissionDenied", HTML, []),
    ],
)
def test_error_crosses_only_where_its_answer_may_wait(
    site, hops, keyword, server, error, headers, expected
):
    site({"shop/routes/x/route.py": RAISING.format(keyword, error)}, MIDDLEWARE=[])

    response = SENDERS[server]("GET", "/x", headers=headers)

    assert response.status_code in (403, 404, 409)
    assert hops == expected


KINDS = [
    ("wsgi", "/sync", "GET", False),
    ("wsgi", "/async", "GET", True),
    ("wsgi", "/mixed", "GET", False),
    ("wsgi", "/mixed", "POST", False),
    ("asgi", "/sync", "GET", False),
    ("asgi", "/async", "GET", True),
    ("asgi", "/mixed", "GET", True),
    ("asgi", "/mixed", "POST", True),
]

TELLING = """
    from asgiref.sync import iscoroutinefunction

    {0} GET(request):
        return iscoroutinefunction(request.resolver_match.func)

    {1} POST(request):
        return iscoroutinefunction(request.resolver_match.func)
"""


@pytest.mark.parametrize("stack", STACKS.values(), ids=list(STACKS))
@pytest.mark.parametrize(("server", "path", "method", "is_async"), KINDS)
def test_server_gets_the_view_of_its_kind(site, stack, server, path, method, is_async):
    routes = {
        "shop/routes/sync/route.py": TELLING.format("def", "def"),
        "shop/routes/async/route.py": TELLING.format("async def", "async def"),
        "shop/routes/mixed/route.py": TELLING.format("def", "async def"),
    }
    site(FILES | routes, MIDDLEWARE=stack)

    response = SENDERS[server](method, path)

    assert response.json() is is_async


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "same-origin"}])
def test_verdict_from_headers_needs_no_thread(site, hops, headers):
    site(FILES)

    response = SENDERS["asgi"](
        "POST", "/async", headers=headers, enforce_csrf_checks=True
    )

    assert (response.status_code, hops) == (200, [])


def test_sync_code_called_from_a_loop_is_served_sync(site, hops):
    """A sync client in a thread of an ASGI server has no loop of its own."""
    from asgiref.sync import sync_to_async

    site(FILES)

    response = async_to_sync(sync_to_async(SENDERS["wsgi"]))("GET", "/mixed")

    assert (response.status_code, hops) == (200, [])
