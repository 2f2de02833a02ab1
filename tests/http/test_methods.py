"""HEAD, OPTIONS, 405 and the status of a redirect."""

import pytest
from asgiref.sync import async_to_sync
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.backends.django import DjangoTemplates
from django.template.response import SimpleTemplateResponse
from django.test import RequestFactory

from django_routehandlers.http import Response
from django_routehandlers.http.methods import (
    answer_itself,
    drop_body,
    settle_redirect,
)


def test_options_is_204_without_content_type():
    response = answer_itself("OPTIONS", "GET, HEAD, OPTIONS")

    assert (response.status_code, response.content) == (204, b"")
    assert dict(response.items()) == {"Allow": "GET, HEAD, OPTIONS"}


@pytest.mark.parametrize("method", ["POST", "TRACE", "FOO", "get", "", None])
def test_other_method_is_405(method):
    response = answer_itself(method, "GET, HEAD, OPTIONS")

    assert response.status_code == 405
    assert dict(response.items()) == {
        "Allow": "GET, HEAD, OPTIONS",
        "Content-Type": "application/problem+json",
    }


def test_head_has_the_length_of_get():
    response = drop_body(HttpResponse("é"))

    assert response["Content-Length"] == "2"


def test_head_keeps_a_length_that_is_there():
    response = drop_body(HttpResponse("", headers={"Content-Length": "99"}))

    assert response["Content-Length"] == "99"


def test_head_leaves_a_response_of_another_kind_alone():
    response = HttpResponseBase()

    assert drop_body(response) is response
    assert list(response.items()) == [("Content-Type", "text/html; charset=utf-8")]


@pytest.mark.parametrize("status", [204, 304])
def test_head_gives_no_length_where_no_body_may_be(status):
    response = drop_body(HttpResponse(status=status))

    assert "Content-Length" not in response


def test_head_of_a_template_has_its_length_once_rendered():
    response = SimpleTemplateResponse(_get_template("Hello"))

    drop_body(response)
    before = "Content-Length" in response
    response.render()

    assert (before, response["Content-Length"]) == (False, "5")


def test_head_of_a_rendered_template_has_its_length():
    response = SimpleTemplateResponse(_get_template("Hello")).render()

    drop_body(response)

    assert response["Content-Length"] == "5"


def _get_template(source):
    options = {"NAME": "test", "DIRS": [], "APP_DIRS": False, "OPTIONS": {}}
    return DjangoTemplates(options).from_string(source)


class Stream:
    def __init__(self):
        self.events = []

    def __iter__(self):
        self.events.append("read")
        yield b"x"

    def close(self):
        self.events.append("closed")


@pytest.mark.django_db  # the end of a response closes old connections
def test_head_closes_a_stream_unread():
    stream = Stream()

    response = drop_body(StreamingHttpResponse(stream, headers={"X-Kind": "log"}))
    content = response.getvalue()
    response.close()

    assert (content, stream.events) == (b"", ["closed"])
    assert response["X-Kind"] == "log"


@pytest.mark.django_db
def test_head_closes_a_file_unread_and_keeps_its_length(tmp_path):
    path = tmp_path / "x.txt"
    path.write_bytes(b"hello")
    file = path.open("rb")

    response = drop_body(FileResponse(file))
    content = response.getvalue()
    position = file.tell()
    response.close()

    assert (content, position, file.closed) == (b"", 0, True)
    assert response["Content-Length"] == "5"


def test_head_leaves_an_async_stream_unread():
    events = []

    async def stream():
        events.append("read")
        yield b"x"

    async def read(response):
        return [part async for part in response]

    response = drop_body(StreamingHttpResponse(stream()))
    parts = async_to_sync(read)(response)

    assert (b"".join(parts), events, response.is_async) == (b"", [], True)


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/x-www-form-urlencoded", 303),
        ("application/x-www-form-urlencoded; charset=utf-8", 303),
        ("multipart/form-data; boundary=x", 303),
        ("application/json", 307),
        ("", 307),
    ],
)
def test_redirect_after_a_form_is_303(content_type, status):
    request = RequestFactory().generic("POST", "/", b"a=1", content_type)

    response = settle_redirect(request, Response.redirect("/"))

    assert response.status_code == status


@pytest.mark.parametrize(
    ("response", "status"),
    [(Response.redirect("/", status=307), 307), (HttpResponse(status=302), 302)],
    ids=["named", "own"],
)
def test_status_that_is_named_stays(response, status):
    request = RequestFactory().post("/", {"a": 1})

    assert settle_redirect(request, response).status_code == status


@pytest.mark.parametrize("keyword", ["def", "async def"])
@pytest.mark.parametrize(
    ("method", "content_type", "status"),
    [
        ("POST", "application/x-www-form-urlencoded", 303),
        ("POST", "application/json", 307),
        ("GET", "application/x-www-form-urlencoded", 307),
        ("HEAD", "application/x-www-form-urlencoded", 307),
        ("PUT", "application/x-www-form-urlencoded", 307),
    ],
)
def test_redirect_of_a_handler(send, site, keyword, method, content_type, status):
    source = f"""
        from django_routehandlers.http import Response

        {keyword} GET():
            return Response.redirect("/next")

        POST = PUT = GET
    """
    site({"shop/routes/x/route.py": source})

    response = send(method, "/x", b"a=1", type=content_type)

    assert (response.status_code, response["Location"]) == (status, "/next")


class Endless:
    """An async iterator that has no end to be told of."""

    def __aiter__(self):
        return self

    async def __anext__(self):
        raise NotImplementedError


def test_head_leaves_an_iterator_without_an_end_unread():
    async def read(response):
        return [chunk async for chunk in response]

    response = drop_body(StreamingHttpResponse(Endless()))

    assert async_to_sync(read)(response) == [b""]
