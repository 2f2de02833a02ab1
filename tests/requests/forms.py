"""Forms as clients send them, and a route that reads them."""

import pytest
from django.core.files.base import ContentFile
from django.test.client import BOUNDARY, encode_multipart

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
METHODS = ["POST", "PUT", "PATCH", "DELETE", "QUERY"]

HANDLERS = """
    from django.core import exceptions
    from django.http import request as requests
    from django_routehandlers.http import HttpError

    {0} POST(request):
        {1}

    PUT = PATCH = DELETE = QUERY = GET = POST
"""

each_keyword = pytest.mark.parametrize("keyword", ["def", "async def"])
each_method = pytest.mark.parametrize("method", METHODS)


@pytest.fixture
def serve_body(site):
    """
    Return a function that installs a route, `/x`, whose handlers have one body.

    `serve_body("return dict(request.form)", "async def")`; other keywords are `files`
    of the app and settings.
    """

    def install(body, keyword="def", files=None, **settings):
        source = HANDLERS.format(keyword, body)
        return site({"shop/routes/x/route.py": source, **(files or {})}, **settings)

    return install


def make_multipart(**parts):
    return encode_multipart(
        BOUNDARY,
        {
            name: ContentFile(value, name=f"{name}.txt")
            if isinstance(value, bytes)
            else value
            for name, value in parts.items()
        },
    )


def make_part(headers):
    lines = b"--x\r\nContent-Disposition: form-data; " + headers
    return lines + b"\r\n\r\nQUJ\r\n--x--"


MULTIPART = "multipart/form-data; boundary=x"
FIELD = make_part(b'name="a"')


def get_problem(response):
    assert response["Content-Type"] == "application/problem+json"
    found = response.json()
    assert found["status"] == response.status_code
    return found["status"], found["detail"]
