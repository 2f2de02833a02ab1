"""What a handler returns becomes a response."""

import datetime

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import DisallowedRedirect
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from django_routehandlers.exceptions import HandlerError, RouteHandlersError
from django_routehandlers.http import Response
from django_routehandlers.http.response import to_response

SOURCE = "GET in shop/routes/route.py"


@pytest.mark.parametrize(
    ("response", "status", "headers", "content"),
    [
        (Response(), 200, {}, b""),
        (
            Response("é"),
            200,
            {"Content-Type": "text/plain; charset=utf-8"},
            b"\xc3\xa9",
        ),
        (Response(b"\xff"), 200, {"Content-Type": "application/octet-stream"}, b"\xff"),
        (
            Response("<p>", 201, {"content-type": "text/html", "X-Kind": "page"}),
            201,
            {"content-type": "text/html", "X-Kind": "page"},
            b"<p>",
        ),
        (
            Response.json({"a": [1]}),
            200,
            {"Content-Type": "application/json"},
            b'{"a":[1]}',
        ),
        (
            Response.json(None, status=202, headers={"X-Kind": "null"}),
            202,
            {"Content-Type": "application/json", "X-Kind": "null"},
            b"null",
        ),
        (
            Response.json((1, 2), headers={"Content-Type": "application/geo+json"}),
            200,
            {"Content-Type": "application/geo+json"},
            b"[1,2]",
        ),
    ],
    ids=["empty", "str", "bytes", "headers", "json", "json-status", "json-type"],
)
def test_response_has_body_status_and_headers(response, status, headers, content):
    assert isinstance(response, HttpResponse)
    assert response.status_code == status
    assert dict(response.items()) == headers
    assert response.content == content


def test_type_of_json_is_replaced_in_any_case():
    response = Response.json({}, headers={"content-type": "application/ld+json"})

    assert list(response.items()) == [("content-type", "application/ld+json")]


def test_response_without_content_has_no_type():
    response = Response(status=204)

    assert "Content-Type" not in response


def test_json_error_names_the_place():
    with pytest.raises(RouteHandlersError) as caught:
        Response.json({"a": [1j]})

    assert caught.value.message == (
        "Response.json() got data that is not JSON: the complex at ['a'][0] has no "
        "form in JSON."
    )


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_keeps_its_status(status):
    response = Response.redirect("/über", status=status, headers={"X-Why": "moved"})

    assert response.status_code == status
    assert (response["Location"], response["X-Why"]) == ("/%C3%BCber", "moved")


def test_redirect_without_status_is_307():
    response = Response.redirect("https://example.com/?a=1")

    assert (response.status_code, response.url) == (307, "https://example.com/?a=1")


@pytest.mark.parametrize("status", [200, 300, 304, 309, "302"])
def test_redirect_refuses_another_status(status):
    with pytest.raises(ValueError, match="A redirect has a status of") as caught:
        Response.redirect("/", status=status)

    assert str(caught.value) == (
        f"A redirect has a status of 301, 302, 303, 307, 308, not {status!r}."
    )


def test_redirect_to_a_script_is_refused():
    with pytest.raises(DisallowedRedirect):
        Response.redirect("javascript:alert(1)")


def test_header_with_a_line_break_is_refused():
    with pytest.raises(ValueError, match="newlines"):
        Response("", headers={"X-Split": "a\r\nb"})


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse("x"),
        JsonResponse({}),
        StreamingHttpResponse([]),
        TemplateResponse(None, "x.html"),
        Response("x"),
    ],
    ids=lambda response: type(response).__name__,
)
def test_response_stays_itself(response):
    assert to_response(response, SOURCE) is response


@pytest.mark.parametrize(
    ("value", "content"),
    [
        ({"a": 1}, b'{"a":1}'),
        ([], b"[]"),
        ("text", b'"text"'),
        (1, b"1"),
        (1.5, b"1.5"),
        (True, b"true"),
        (datetime.date(2026, 11, 24), b'"2026-11-24"'),
        (gettext_lazy("Monday"), b'"Monday"'),
        (mark_safe("<b>"), b'"<b>"'),
    ],
)
def test_plain_data_is_json(value, content):
    response = to_response(value, SOURCE)

    assert (response.status_code, response.content) == (200, content)
    assert response["Content-Type"] == "application/json"


async def _agenerate():
    yield 1


@pytest.mark.parametrize(
    ("value", "what", "hint"),
    [
        (
            None,
            "None",
            "Return a response: Response(status=204) for an answer without body.",
        ),
        (
            ({}, 201),
            "a tuple",
            "For data and a status, write Response.json(data, status=...).",
        ),
        (b"x", "bytes", "Write Response(data, headers={...})."),
        (bytearray(b"x"), "a bytearray", "Write Response(data, headers={...})."),
        (memoryview(b"x"), "a memoryview", "Write Response(data, headers={...})."),
        ({1}, "a set", "Write sorted(...) or list(...) around it."),
        (frozenset(), "a frozenset", "Write sorted(...) or list(...) around it."),
        (
            (x for x in ""),
            "a generator",
            "Write list(...) around it, or Response.stream(...).",
        ),
        (
            _agenerate(),
            "an async_generator",
            "Write list(...) around it, or Response.stream(...).",
        ),
        (
            Permission.objects.values("id"),
            "a QuerySet",
            "Write list(...) around it, for example list(posts.values('id')).",
        ),
        (
            ContentType(app_label="a", model="b"),
            "a ContentType",
            "Return a dict of the fields that clients may see.",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_is_no_answer_is_an_error(value, what, hint):
    with pytest.raises(HandlerError) as caught:
        to_response(value, SOURCE)

    assert caught.value.message == f"GET in shop/routes/route.py returned {what}."
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": 1j}, "the complex at ['a'] has no form in JSON."),
        (object(), "the object has no form in JSON."),
        (
            {"posts": Permission.objects.all()},
            "the QuerySet at ['posts'] has no form in JSON.",
        ),
    ],
    ids=["nested", "object", "queryset"],
)
def test_data_that_is_not_json_is_an_error(value, message):
    with pytest.raises(HandlerError) as caught:
        to_response(value, SOURCE)

    assert caught.value.message == (
        f"GET in shop/routes/route.py returned data that is not JSON: {message}"
    )


@pytest.mark.parametrize("body", [{"a": 1}, ["a"], 3])
def test_response_takes_no_data(body):
    with pytest.raises(HandlerError) as caught:
        Response(body)

    kind = type(body).__name__
    article = "an" if kind == "int" else "a"
    assert str(caught.value) == (
        f"Response() takes str or bytes, and got {article} {kind}. "
        "Write Response.json(data, status=...)."
    )


def test_response_of_none_has_no_body():
    response = Response(None, status=204)

    assert (response.content, dict(response.headers)) == (b"", {})


def test_redirect_to_nothing_is_refused():
    with pytest.raises(
        ValueError, match=r"\AA redirect leads to a URL, not to None\.\Z"
    ):
        Response.redirect(None)
