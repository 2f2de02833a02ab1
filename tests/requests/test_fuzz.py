"""
No request is an error of the server's, whatever its method, path, headers and body.

Random requests ask a project that has a folder of every kind, cached and not, sync and
async, as a WSGI and as an ASGI server hand them on. The environment variable
FUZZ_REQUESTS says how many are sent, for a longer search.
"""

import asyncio
import io
import json
import os
import sys
import traceback
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import pytest
from asgiref.sync import async_to_sync
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import got_request_exception
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import django_routehandlers

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "1000"))
IN_ONE_EXAMPLE = 20

OURS = os.path.dirname(django_routehandlers.__file__)  # noqa: PTH120 - of frames

HANDLERS = """
    from io import BytesIO

    from django.core.exceptions import PermissionDenied, SuspiciousOperation
    from django.http import Http404
    from django_routehandlers.http import Event, HttpError, Response, after

    {config}

    ERRORS = {{
        "403": PermissionDenied("Not yours."),
        "404": Http404("There is none."),
        "400": SuspiciousOperation("Odd."),
        "409": HttpError(409, "Taken."),
        "503": HttpError(503, headers={{"Retry-After": "1"}}),
    }}

    OPEN = {{
        "stream": lambda: Response.stream(iter(["a", "b"])),
        "events": lambda: Response.events(iter([Event("a", id="1"), None])),
        "file": lambda: Response.file(BytesIO(b"0123456789"), filename="a.txt"),
    }}

    {keyword} GET(request, params):
        after(lambda: None)
        if request.GET.get("open") in OPEN:
            return OPEN[request.GET["open"]]()
        if request.GET.get("raise") in ERRORS:
            raise ERRORS[request.GET["raise"]]
        return {{"params": params, "page": request.GET.get("page")}}

    {keyword} POST(request, params):
        return Response.json({{"params": params, "json": request.json()}}, status=201)

    {keyword} PUT(request):
        return {{"form": dict(request.POST), "files": len(request.FILES)}}

    {keyword} PATCH(request):
        return {{"length": len(request.body)}}

    {keyword} DELETE(request, params):
        raise HttpError(422, f"{{params}} {{request.GET.get('page')}}")

    {keyword} QUERY(request):
        return {{"headers": len(request.headers), "text": request.body.decode("latin-1")}}
"""

FORMS = """
    from django.http import HttpResponse

    def POST(request):
        if request.FILES:
            return Response.redirect("/forms")
        return dict(request.POST)

    {keyword} GET(request):
        return HttpResponse("a", headers={{"ETag": '"a"'}})
"""

CONFIGS = {
    "plain": "",
    "cached": "revalidate = 60",
    "static": "dynamic = 'force-static'; revalidate = 60",
    "varied": "revalidate = 60; vary = ['X-Kind']; query = ['page', 'raise']",
    "whole": "revalidate = 60; query = '*'; downstream = 'cdn'",
    "never": "revalidate = 0",
    "bounded": "max_body = 20",
    "tokens": "csrf = 'token'; max_body = 100",
    "surrounded": "",
    "guarded": "revalidate = 60",
}

MIDDLEWARE = """
    from django.utils.decorators import sync_and_async_middleware
    from django.utils.deprecation import MiddlewareMixin

    class Hooks(MiddlewareMixin):
        def process_view(self, request, view, args, kwargs):
            return None

        def process_exception(self, request, exception):
            return None

    def reads_the_form(get_response):
        def middleware(request):
            request.POST
            return get_response(request)

        return middleware

    middleware = [
        "django.middleware.gzip.GZipMiddleware",
        "django.middleware.http.ConditionalGetMiddleware",
        Hooks,
        reads_the_form,
    ]
"""
GUARD = """
    from django.http import HttpResponse

    def guard(get_response):
        async def middleware(request):
            if "x" in request.headers.get("Authorization", ""):
                return await get_response(request)
            return HttpResponse(status=401)

        return middleware

    guard.async_capable, guard.sync_capable = True, False
    middleware = [guard]
"""

FOLDERS = [
    "hello",
    "café",
    "sitemap.xml",
    ".well-known/a",
    "%40me",
    "(group)/grouped",
    "_private/x",
    "items/[id]",
    "items/[id=int]",
    "[shop]/orders/[order]/lines",
    "docs/[...slug]",
    "help/[[...slug]]",
]


def _get_files() -> dict[str, str]:
    files = {
        "shop/routes/forms/route.py": FORMS.format(keyword="async def"),
        "shop/routes/surrounded/middleware.py": MIDDLEWARE,
        "shop/routes/guarded/middleware.py": GUARD,
        "shop/routes/guarded/docs/middleware.py": MIDDLEWARE,
    }
    for place, folder in enumerate(FOLDERS):
        for name, config in CONFIGS.items():
            keyword = "async def" if place % 2 else "def"
            source = HANDLERS.format(config=config, keyword=keyword)
            files[f"shop/routes/{name}/{folder}/route.py"] = source
    return files


METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "QUERY", "TRACE"]

SEGMENTS = [
    *CONFIGS,
    *[part for folder in FOLDERS for part in folder.split("/")],
    *[
        "forms",
        "@me",
        "1",
        "007",
        "a",
        "x",
        "..",
        ".",
        "",
        "%2F",
        "\x00",
        "\n",
        "route.py",
    ],
    *["\u202e", "café", "caf\u0065\u0301", "😀", "[id]", "null", "-1", "1e9"],
]

HEADERS = {
    "Accept": [
        "*/*",
        "text/html",
        "text/html,*/*;q=0.8",
        "application/json",
        "a;q",
        ",",
    ],
    "Accept-Encoding": ["gzip", "*;q=0"],
    "Accept-Language": ["de", "*", "en-us;q=0.5,x"],
    "Authorization": ["Basic YTpi", "Bearer x", "x"],
    "Cache-Control": ["no-cache", "max-age=0", "="],
    "Content-Type": [
        "application/json",
        "application/problem+json",
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=latin-1",
        "multipart/form-data; boundary=b",
        "multipart/form-data",
        "text/plain; charset=utf-16",
        "text/plain; charset=no",
        ";",
        "/",
    ],
    "Cookie": ["a=b", "sessionid=x; csrftoken=y", ";;=", 'a="\\012"'],
    "Host": ["testserver", "testserver:80", "other.example", "[::1", "a b", ""],
    "If-Match": ["*", '"a"', "x"],
    "If-Modified-Since": ["Thu, 01 Jan 1970 00:00:00 GMT", "yesterday"],
    "If-None-Match": ["*", '"a"', 'W/"a", "b"', "x"],
    "If-Unmodified-Since": ["Thu, 01 Jan 1970 00:00:00 GMT", "0"],
    "Origin": ["https://testserver", "null", "http://[", "x"],
    "Range": ["bytes=0-1", "bytes=9-", "x"],
    "Referer": ["https://testserver/x", "http://["],
    "Sec-Fetch-Site": ["same-origin", "cross-site", "none", "x"],
    "Transfer-Encoding": ["chunked"],
    "X-CSRFToken": ["y", ""],
    "X-Forwarded-Host": ["other.example"],
    "X-HTTP-Method-Override": ["DELETE"],
    "X-Kind": ["even", "odd"],
}

QUERIES = [
    b"",
    b"page=2",
    *[b"raise=%d" % status for status in (400, 403, 404, 409, 503)],
    *[b"open=%s" % kind for kind in (b"stream", b"events", b"file")],
    b"page=%ff%00",
    b"&&=&page",
    b"page=" + b"x" * 500,
]

BODIES = [
    b"",
    b"{}",
    b'{"a": [1, 2.5, null, "\\ud800"]}',
    b"[" * 20_000,
    b"NaN",
    b"\xef\xbb\xbf{}",
    b"1" * 5_000,
    b"a=1&b=%ff&c",
    b"&".join(b"%d=" % number for number in range(1_100)),
    b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n',
    b'--b\r\nContent-Disposition: form-data; name="f"; filename="../x"\r\n\r\nf\r\n--b--',
    b"--b\r\n",
]


@dataclass(frozen=True)
class Asked:
    """One request, as a server hands it on."""

    method: str
    path: bytes
    query: bytes
    headers: dict[str, str]
    body: bytes
    length: int | None


@dataclass
class Answered:
    """What came of it."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def _fill(folder: str, segment: str) -> str:
    if folder == "[id=int]":
        return "7"
    if folder.startswith("["):
        return segment
    return "" if folder.startswith("(") else unquote(folder)


TAILS = [b"", b"", b"", b"", b"", b"/", b"/x", b"%20"]

LATIN = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=20)


@st.composite
def requests(draw: Any) -> Asked:
    segment = st.sampled_from(SEGMENTS) | st.text(
        st.characters(exclude_categories=["Cs"]), max_size=8
    )
    if draw(st.integers(0, 3)):
        # A path of a route, for the most part.
        folder = draw(st.sampled_from(FOLDERS))
        known = [_fill(part, draw(segment)) for part in folder.split("/")]
        parts = [draw(st.sampled_from(list(CONFIGS))), *filter(None, known)]
    else:
        parts = draw(st.lists(segment, max_size=6))
    raw = f"/{'/'.join(parts)}".encode() + draw(st.sampled_from([*TAILS, b"\xff\xfe"]))
    names = draw(st.lists(st.sampled_from(list(HEADERS)), max_size=4, unique=True))
    headers = {name: draw(st.sampled_from(HEADERS[name]) | LATIN) for name in names}
    if "Host" not in headers or draw(st.integers(0, 3)):
        headers["Host"] = "testserver"
    query, bodies = st.sampled_from(QUERIES), st.sampled_from(BODIES)
    body = draw(st.one_of(bodies, bodies, st.binary(max_size=200)))
    return Asked(
        method=draw(st.sampled_from([*METHODS * 3, "FOO", "get", "-", "GET_"])),
        path=raw,
        query=draw(st.one_of(query, query, query, st.binary(max_size=30))),
        headers=headers,
        body=body,
        length=draw(
            st.sampled_from([len(body), len(body), len(body), None, 0, 3, 10**9])
        ),
    )


def ask_wsgi(asked: Asked) -> Answered:
    """Send a request as a WSGI server does."""
    environ = {
        "REQUEST_METHOD": asked.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": asked.path.decode("latin-1"),
        "QUERY_STRING": asked.query.decode("latin-1"),
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(asked.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in asked.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    if asked.length is not None:
        environ["CONTENT_LENGTH"] = str(asked.length)
    answered = Answered()

    def start(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        answered.status = int(status[:3])
        answered.headers = {name.lower(): value for name, value in headers}

    response = WSGIHandler()(environ, start)
    answered.body = b"".join(response)
    response.close()
    return answered


async def aask_asgi(asked: Asked) -> Answered:
    """Send a request as an ASGI server does."""
    headers = {name.lower().encode(): v for name, v in asked.headers.items()}
    if asked.length is not None:
        headers[b"content-length"] = str(asked.length)
    path = asked.path.decode("utf-8", "replace")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": asked.method,
        "scheme": "http",
        "path": path,
        "raw_path": asked.path,
        "query_string": asked.query,
        "headers": [(name, v.encode("latin-1")) for name, v in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("testserver", 80),
    }
    answered = Answered()
    chunks: list[dict[str, Any]] = [{"type": "http.request", "body": asked.body}]

    async def receive() -> dict[str, Any]:
        if chunks:
            return chunks.pop()
        # The client stays until it has its answer.
        await forever
        raise AssertionError

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answered.status = message["status"]
            found = message["headers"]
            answered.headers = {
                n.decode().lower(): v.decode("latin-1") for n, v in found
            }
        else:
            answered.body += message.get("body", b"")

    forever: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    await ASGIHandler()(scope, receive, send)
    return answered


ASK = {"wsgi": ask_wsgi, "asgi": async_to_sync(aask_asgi)}


def check(answered: Answered) -> None:
    """Fail if an answer is none that a server may give."""
    kind = answered.headers.get("content-type", "").partition(";")[0]
    assert 200 <= answered.status < 600
    assert answered.status != 500
    if kind == "application/problem+json":
        assert json.loads(answered.body)["status"] == answered.status
    elif answered.status in (403, 404, 409, 422, 503):
        assert kind == "text/html"
    if answered.status == 405:
        assert "allow" in answered.headers


@pytest.fixture
def failures(monkeypatch: pytest.MonkeyPatch):
    """Collect the traceback of each exception that became a 500."""
    found: list[str] = []

    def collect(**kwargs: Any) -> None:
        found.append(traceback.format_exc())

    got_request_exception.connect(collect)
    yield found
    got_request_exception.disconnect(collect)


@pytest.mark.django_db  # the end of a response closes old connections
@pytest.mark.usefixtures("route_cache")
@pytest.mark.parametrize("server", sorted(ASK))
def test_no_request_is_an_error_of_the_servers(site, server, failures, caplog):
    caplog.set_level("CRITICAL")
    site(_get_files(), MIDDLEWARE=["django.middleware.common.CommonMiddleware"])
    counts: Counter[int | str] = Counter()

    @settings(
        max_examples=max(1, REQUESTS // 2 // IN_ONE_EXAMPLE),
        deadline=None,
        derandomize="FUZZ_REQUESTS" not in os.environ,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(requests(), min_size=IN_ONE_EXAMPLE, max_size=IN_ONE_EXAMPLE))
    def search(many: list[Asked]) -> None:
        for asked in many:
            failures.clear()
            answered = ASK[server](asked)
            assert [text for text in failures if OURS in text] == []
            if not failures:
                check(answered)
            counts["Django's" if failures else answered.status] += 1

    search()

    print(f"{server}: {counts.total()} requests, {dict(counts)}")  # noqa: T201 - the figures of a long run
    # The random requests reach what they are to try.
    assert {200, 400, 404, 405} <= counts.keys()
