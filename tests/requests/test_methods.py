"""What a client of the whole stack sees for each method."""

import pytest
from asgiref.sync import async_to_sync

CONTENT = """
    from django.http import HttpResponse

    {0} GET(request):
        return HttpResponse("é" * 10, headers={{"X-Kind": "page"}})

    {0} POST(): return {{}}
"""

ALL = "def GET(): return {}\nPOST = PUT = PATCH = DELETE = QUERY = GET\n"


@pytest.mark.parametrize(
    "middleware", [["django.middleware.common.CommonMiddleware"], []]
)
@pytest.mark.parametrize("keyword", ["def", "async def"])
def test_head_has_the_headers_of_get(send, site, keyword, middleware):
    site({"shop/routes/x/route.py": CONTENT.format(keyword)}, MIDDLEWARE=middleware)

    response = send("HEAD", "/x")

    assert (response.status_code, response.content) == (200, b"")
    assert (response["Content-Length"], response["X-Kind"]) == ("20", "page")


STREAM = """
    from django.http import StreamingHttpResponse

    events = []

    class Stream:
        def __iter__(self):
            events.append("read")
            yield b"x"

        def close(self):
            events.append("closed")

    async def generate():
        events.append("read")
        yield b"x"

    {keyword} GET():
        return StreamingHttpResponse({stream}, headers={{"X-Kind": "log"}})
"""


@pytest.mark.django_db  # the end of a response closes old connections
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning")
@pytest.mark.parametrize("keyword", ["def", "async def"])
@pytest.mark.parametrize(
    ("stream", "events"), [("Stream()", ["closed"]), ("generate()", [])]
)
def test_head_closes_a_stream_unread(send, site, keyword, stream, events):
    site({"shop/routes/x/route.py": STREAM.format(keyword=keyword, stream=stream)})

    response = send("HEAD", "/x")
    _read(response)
    response.close()

    from shop.routes.x import route

    assert (response.status_code, response["X-Kind"]) == (200, "log")
    assert route.events == events


def _read(response):
    async def read():
        return [part async for part in response]

    return async_to_sync(read)() if response.is_async else list(response)


def test_options_is_204(send, site):
    site({"shop/routes/x/route.py": ALL})

    response = send("OPTIONS", "/x")

    assert (response.status_code, response.content) == (204, b"")
    assert "Content-Type" not in response
    assert response["Allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY"


@pytest.mark.parametrize(
    ("source", "method", "allow"),
    [
        ("def GET(): ...", "POST", "GET, HEAD, OPTIONS"),
        ("def POST(): ...", "GET", "OPTIONS, POST"),
        ("def POST(): ...", "HEAD", "OPTIONS, POST"),
        ("async def PUT(): ...", "GET", "OPTIONS, PUT"),
        ("def PUT(): ...\nasync def DELETE(): ...", "GET", "DELETE, OPTIONS, PUT"),
        ("def GET(): ...", "FOO", "GET, HEAD, OPTIONS"),
        ("def GET(): ...", "TRACE", "GET, HEAD, OPTIONS"),
        ("async def GET(): ...", "CONNECT", "GET, HEAD, OPTIONS"),
        ("x = 1", "GET", "OPTIONS"),
    ],
)
def test_other_method_is_405(send, site, source, method, allow):
    site({"shop/routes/x/route.py": source})

    response = send(method, "/x")

    assert (response.status_code, response["Allow"]) == (405, allow)
    if method != "HEAD":
        assert response.json() == {
            "type": "about:blank",
            "title": "Method Not Allowed",
            "status": 405,
            "detail": f"Allowed are: {allow}.",
        }


@pytest.mark.parametrize(
    "options",
    [
        {"headers": {"X-HTTP-Method-Override": "DELETE"}},
        {"body": b"_method=DELETE", "type": "application/x-www-form-urlencoded"},
    ],
    ids=["header", "form"],
)
def test_method_is_not_overridden(send, site, options):
    site(
        {
            "shop/routes/x/route.py": "def POST(request): return request.method\ndef DELETE(): ...\n"
        }
    )

    response = send("POST", "/x", **options)

    assert response.json() == "POST"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "QUERY"])
def test_every_method_reaches_its_handler(send, site, method):
    site(
        {
            "shop/routes/x/route.py": ALL.replace("()", "(request)").replace(
                "{}", "request.method"
            )
        }
    )

    response = send(method, "/x")

    assert (response.status_code, response.json()) == (200, method)
