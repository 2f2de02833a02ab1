"""Middleware is nested, adapted and kept from raising, as Django does it."""

import logging

import pytest

from django_routehandlers.folders.chains import adapt, get_chain
from django_routehandlers.folders.layers import Folder
from django_routehandlers.registry import forget_snapshot
from tests.trees import GET

FILE = "shop/routes/middleware.py"


def test_chain_is_shared_until_it_is_forgotten():
    stack = (Folder(FILE, []),)
    chains = [get_chain(stack, is_async=is_async) for is_async in (False, True)]

    assert chains == [get_chain(stack, is_async=is_async) for is_async in (False, True)]
    assert chains[0] is not chains[1]
    forget_snapshot()
    assert get_chain(stack, is_async=False) is not chains[0]


def test_call_in_its_own_mode_is_not_adapted():
    async def acall(request): ...

    assert adapt(print, False, False) is print
    assert adapt(acall, True, True) is acall


OUTER = """
    from asgiref.sync import iscoroutinefunction
    from django.utils.decorators import sync_and_async_middleware

    @sync_and_async_middleware
    def tell(get_response):
        def note(response):
            response.headers["X-Seen"] = str(response.status_code)
            return response
        async def amiddleware(request):
            return note(await get_response(request))
        def middleware(request):
            return note(get_response(request))
        return amiddleware if iscoroutinefunction(get_response) else middleware
"""

INNER = """
    from django.core.exceptions import PermissionDenied, SuspiciousOperation
    from django.http import Http404
    from django_routehandlers.http import HttpError
    from django.utils.decorators import sync_and_async_middleware, async_only_middleware

    @{kind}
    def act(get_response):
        def middleware(request):
            {act}
        async def amiddleware(request):
            {act}
        from asgiref.sync import iscoroutinefunction
        return amiddleware if iscoroutinefunction(get_response) else middleware

    middleware = [act]
"""

KINDS = pytest.mark.parametrize(
    "kind", ["sync_and_async_middleware", "async_only_middleware"]
)
KEYWORDS = pytest.mark.parametrize("keyword", ["def", "async def"])


@KINDS
@KEYWORDS
@pytest.mark.parametrize(
    ("act", "status"),
    [
        ("raise Http404('gone')", 404),
        ("raise PermissionDenied", 403),
        ("raise SuspiciousOperation", 400),
        ("raise HttpError(429, 'slowly', headers={'Retry-After': '5'})", 429),
        ("raise ValueError('act')", 500),
        ("return None", 500),
    ],
)
def test_middleware_outside_gets_a_response_for_what_is_raised(
    send, site, caplog, kind, keyword, act, status
):
    site(
        {
            "shop/routes/middleware.py": f"{OUTER}\n    middleware = [tell]",
            "shop/routes/a/middleware.py": INNER.format(kind=kind, act=act),
            "shop/routes/a/route.py": f"{keyword} GET(): return {{}}",
        }
    )

    with caplog.at_level(logging.ERROR):
        response = send("GET", "/a", raises=False)

    assert (response.status_code, response["X-Seen"]) == (status, str(status))
    assert response.get("Retry-After") == ("5" if status == 429 else None)
    if act == "return None":
        assert (
            "The middleware shop.routes.a.middleware.act returned None, not a response."
        ) in caplog.text


@KEYWORDS
def test_failure_of_a_handler_is_a_response_to_middleware_and_a_signal(
    send, site, keyword
):
    site(
        {
            "shop/routes/middleware.py": f"{OUTER}\n    middleware = [tell]",
            "shop/routes/a/route.py": f"{keyword} GET(): 1/0",
        }
    )

    response = send("GET", "/a", raises=False)

    assert (response.status_code, response["X-Seen"]) == (500, "500")
    with pytest.raises(ZeroDivisionError):
        send("GET", "/a")


def test_debug_page_is_that_of_django(send, site):
    site(
        {
            "shop/routes/middleware.py": f"{OUTER}\n    middleware = [tell]",
            "shop/routes/a/route.py": "def GET(): 1/0",
        },
        DEBUG=True,
    )

    response = send("GET", "/a", raises=False, headers={"Accept": "text/html"})

    assert (response.status_code, response["X-Seen"]) == (500, "500")
    assert "division by zero" in response.content.decode()


def test_stream_passes_unread(send, site):
    site(
        {
            "shop/routes/middleware.py": f"{OUTER}\n    middleware = [tell]",
            "shop/routes/a/route.py": """
                from django.http import StreamingHttpResponse

                def GET():
                    return StreamingHttpResponse(iter([b"a", b"b"]))
            """,
        }
    )

    response = send("GET", "/a")

    assert (response.streaming, response["X-Seen"]) == (True, "200")
    assert response.getvalue() == b"ab"


def test_group_scopes_its_middleware(send, site):
    site(
        {
            "shop/routes/(a)/middleware.py": f"{OUTER}\n    middleware = [tell]",
            "shop/routes/(a)/x/route.py": GET,
            "shop/routes/x/y/route.py": GET,
            "blog/routes/x/z/route.py": GET,
        }
    )

    seen = {path: send("GET", path).get("X-Seen") for path in ("/x", "/x/y", "/x/z")}

    assert seen == {"/x": "200", "/x/y": None, "/x/z": None}
