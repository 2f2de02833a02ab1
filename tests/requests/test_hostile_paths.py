"""No path is an error of the server's, and none touches the disk."""

import builtins
import io
import json
import os
import sys

import pytest
from asgiref.sync import async_to_sync
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.http import Http404
from django.test import Client, RequestFactory
from django.urls import resolve

from tests.clients import counted

GET = "def GET(params): return params\n"

SITE = {
    "shop/routes/items/[id]/route.py": GET,
    "shop/routes/items/[id=int]/x/route.py": GET,
    "shop/routes/docs/[...slug]/route.py": GET,
    "shop/routes/wiki/[[...path]]/route.py": GET,
    "shop/routes/café/route.py": GET,
}

CONTROL = ["\x00", "\n", "\r", "\t", "\x1b", "\x7f", "\x80", "\x9f"]

NOT_FOUND = [
    *[f"/items/a{char}b" for char in CONTROL],
    *[f"/docs/a/{char}" for char in CONTROL],
    "/docs/../items/x",
    "/items/..",
    "/items/.",
    "/docs/a/../../../../etc/passwd",
    "/docs/./a",
    "/items/..//x",
    "/docs/a//b",
    "/docs/" + "/" * 10_000,
    "/" * 70_000,
    "/a" * 10_000,
    "/items/1/" + "x/" * 10_000,
    "/" + "x" * 70_000,
    "/items/[id]/route.py",
    "/docs/../../etc/passwd\x00.png",
]

FOUND = [
    ("/items/" + "x" * 70_000, {"id": "x" * 70_000}),
    ("/docs" + "/a" * 10_000, {"slug": ["a"] * 10_000}),
    ("/docs/a\u2028b", {"slug": ["a\u2028b"]}),
    ("/items/\ufffd", {"id": "\ufffd"}),
    ("/items/%00", {"id": "%00"}),
    ("/items/...", {"id": "..."}),
    ("/items/<script>", {"id": "<script>"}),
    ("/items/' OR 1=1 --", {"id": "' OR 1=1 --"}),
    ("/items/${jndi:ldap}", {"id": "${jndi:ldap}"}),
    ("/items/\u202etxt", {"id": "\u202etxt"}),
    ("/items/😀", {"id": "😀"}),
    ("/items/C:\\x", {"id": "C:\\x"}),
]


def ask_wsgi(path):
    """Send a decoded path as a WSGI server hands it on."""
    raw = path if isinstance(path, bytes) else path.encode("utf-8", "surrogateescape")
    return Client().generic("GET", "/", PATH_INFO=raw.decode("latin-1"))


def ask_asgi(path):
    """Send a decoded path as an ASGI server hands it on."""
    text = path.decode("utf-8", "replace") if isinstance(path, bytes) else path
    handler = ASGIHandler()

    async def ask():
        scope = {
            "type": "http",
            "method": "GET",
            "path": text,
            "headers": [(b"host", b"testserver")],
        }
        return await handler.get_response_async(ASGIRequest(scope, io.BytesIO()))

    return async_to_sync(ask)()


@pytest.fixture(params=[ask_wsgi, ask_asgi], ids=["wsgi", "asgi"])
def ask(request):
    return request.param


def name(value):
    return ascii(value)[:30] if isinstance(value, str | bytes) else ""


NUMBERED = [
    pytest.param(path, id=f"{n}-{name(path)}") for n, path in enumerate(NOT_FOUND)
]


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("mode", ["never", "always"])
@pytest.mark.parametrize("path", NUMBERED)
def test_hostile_path_is_404(ask, site, path, mode, debug):
    site(SITE, DEBUG=debug, ROUTE_HANDLERS={"TRAILING_SLASH": mode})

    response = ask(path)

    assert response.status_code == 404


@pytest.mark.parametrize(
    ("path", "params"), [pytest.param(*row, id=name(row[0])) for row in FOUND]
)
def test_odd_text_reaches_the_handler(ask, site, path, params):
    site(SITE)

    response = ask(path)

    assert json.loads(response.content) == params


@pytest.mark.parametrize(
    "path",
    [b"/items/\xff", b"/docs/\xc3\x28/a", b"/caf\xe9", b"/items/\xed\xa0\x80"],
    ids=ascii,
)
@pytest.mark.parametrize("mode", ["never", "always"])
def test_path_outside_utf_8_is_no_error(ask, site, path, mode):
    site(SITE, ROUTE_HANDLERS={"TRAILING_SLASH": mode})

    responses = [ask(path), ask(path + b"/")]

    assert {response.status_code for response in responses} <= {200, 308, 404}


@pytest.mark.parametrize(
    "path", ["/items/\udcff", "/docs/a/\ud800", "/items/\ud800\udc00"]
)
def test_lone_surrogate_never_matches(site, path):
    # Django's own 404 page fails on such a path, so that no request is sent here.
    site(SITE)

    with pytest.raises(Http404):
        resolve(path)


def test_slash_inside_a_segment_is_a_separator(ask, site):
    site(SITE)

    response = RequestFactory().get("/docs/a%2Fb")

    assert response.path_info == "/docs/a/b"
    assert ask(response.path_info).content == b'{"slug":["a","b"]}'


def test_very_long_redirect_is_no_server_error(ask, site):
    site(SITE)

    response = ask("/items/" + "x" * 70_000 + "/")

    assert response.status_code in (308, 400, 404)


HIT_AND_MISSES = [
    "/items/1",
    "/docs/a/b",
    "/items/1/",
    "/docs/../x",
    "/nothing",
    "/\x00",
]


@pytest.mark.parametrize("path", HIT_AND_MISSES, ids=ascii)
def test_request_never_touches_the_disk(ask, site, path):
    site(SITE)
    ask(path)
    sources = {getattr(m, "__file__", None) for m in list(sys.modules.values())}
    with (
        counted(os, "stat") as stats,
        counted(os, "scandir") as scans,
        counted(os, "listdir") as lists,
        counted(builtins, "open") as opens,
        counted(io, "open") as io_opens,
    ):
        ask(path)

    touched = [calls for calls in (stats, scans, lists, opens, io_opens) if calls]
    # In Python's development mode asyncio looks up the source of its own tracebacks.
    names = [str(call[0]) for calls in touched for call in calls if call]
    assert [n for n in names if n not in sources or "/shop/" in n] == []
