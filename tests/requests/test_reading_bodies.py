"""Who reads a body twice gets it twice, or is told why not."""

import pytest
from django.test.client import MULTIPART_CONTENT

from django_routehandlers.exceptions import HandlerError
from tests.gateways import SERVERS
from tests.requests.forms import (
    FORM,
    each_keyword,
    each_method,
    make_multipart,
)


@each_method
def test_raw_body_stays_after_a_urlencoded_form(send, serve_body, method):
    serve_body(
        "return [dict(request.form), request.body.decode(), request.read().decode()]"
    )

    response = send(method, "/x", b"a=1", type=FORM)

    assert response.json() == [{"a": ["1"]}, "a=1", "a=1"]


@each_method
def test_form_is_parsed_after_the_raw_body(send, serve_body, method):
    serve_body(
        "return [len(request.body), dict(request.form), len(request.FILES['f'])]"
    )
    body = make_multipart(a="1", f=b"22")

    response = send(method, "/x", body, type=MULTIPART_CONTENT)

    assert response.json() == [len(body), {"a": ["1"]}, 2]


STREAMED = (
    "The body was streamed, as a multipart form or by request.read(), and is not kept. "
    "Read request.body before that, or not at all."
)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("first", ["request.form", "request.FILES", "request.read()"])
@pytest.mark.parametrize("again", ["request.body", "request.json()"])
def test_body_that_was_streamed_is_an_error_with_a_way_out(
    serve_body, server, first, again
):
    serve_body(
        f"""
        {first}
        request.content_type = "application/json"
        try:
            {again}
        except requests.RawPostDataException as exc:
            return str(exc)
        """
    )
    body = make_multipart(a="1")
    headers = {"Content-Type": MULTIPART_CONTENT, "Content-Length": str(len(body))}

    *_, content = SERVERS[server]("PUT", "/x", [body], headers)

    assert content.decode() == f'"{STREAMED}"'


def test_form_after_the_stream_is_an_error_with_a_way_out(send, serve_body):
    serve_body("request.read(); return dict(request.form)")

    with pytest.raises(HandlerError) as caught:
        send("PUT", "/x", b"a=1", type=FORM)

    assert caught.value.hint == "Read request.form instead."


def test_django_s_own_exceptions_can_be_caught(send, serve_body):
    serve_body(
        """
        try:
            request.body
        except exceptions.RequestDataTooBig as exc:
            return [exc.status, isinstance(exc, HttpError)]
        """,
        DATA_UPLOAD_MAX_MEMORY_SIZE=5,
    )

    response = send("POST", "/x", b"0" * 6)

    assert response.json() == [413, True]


@pytest.mark.parametrize("server", SERVERS)
def test_form_streams_though_the_body_is_too_large(serve_body, server):
    """Django measures a body under ASGI, and stays at its end."""
    serve_body(
        """
        try:
            request.body
        except exceptions.RequestDataTooBig:
            return len(request.FILES["f"])
        """,
        files={
            "shop/looking.py": """
                def look(get_response):
                    def middleware(request):
                        try:
                            request.body
                        except Exception:
                            pass
                        return get_response(request)
                    return middleware
            """
        },
        MIDDLEWARE=["shop.looking.look"],
        DATA_UPLOAD_MAX_MEMORY_SIZE=5,
    )
    body = make_multipart(f=b"1234567")
    length = {"Content-Length": str(len(body))} if server == "wsgi" else {}

    *_, content = SERVERS[server](
        "PUT", "/x", [body], {"Content-Type": MULTIPART_CONTENT, **length}
    )

    assert content == b"7"


@pytest.mark.parametrize("middleware", ["look", "look_async"])
@each_method
def test_middleware_that_looks_for_a_form_hides_none(
    send, serve_body, method, middleware
):
    serve_body(
        "return [dict(request.form), dict(request.POST), len(request.FILES)]",
        files={
            "shop/looking.py": """
                from asgiref.sync import iscoroutinefunction
                from django.utils.decorators import sync_and_async_middleware

                def look(get_response):
                    def middleware(request):
                        request.POST, request.FILES
                        return get_response(request)
                    return middleware

                @sync_and_async_middleware
                def look_async(get_response):
                    if not iscoroutinefunction(get_response):
                        return look(get_response)
                    async def middleware(request):
                        request.POST, request.FILES
                        return await get_response(request)
                    return middleware
            """
        },
        MIDDLEWARE=[f"shop.looking.{middleware}"],
    )

    response = send(method, "/x", make_multipart(a="1", f=b"2"), type=MULTIPART_CONTENT)

    fields = {"a": ["1"]}
    assert response.json() == [fields, fields, 1]


@each_method
def test_what_middleware_has_parsed_stays(send, serve_body, method):
    serve_body(
        "return dict(request.form)",
        files={
            "shop/parsing.py": """
                from django.http import QueryDict
                from django.utils.datastructures import MultiValueDict

                def parse(get_response):
                    def middleware(request):
                        request.read()
                        request._post = QueryDict("a=own")
                        request._files = MultiValueDict()
                        return get_response(request)
                    return middleware
            """
        },
        MIDDLEWARE=["shop.parsing.parse"],
    )

    response = send(method, "/x", b"a=1", type=FORM)

    assert response.json() == {"a": ["own"]}


def test_error_is_told_once(send, serve_body):
    """Middleware and error pages look at the form, too."""
    serve_body(
        "return dict(request.form)",
        files={
            "shop/looking.py": """
                def look(get_response):
                    def middleware(request):
                        response = get_response(request)
                        response["X-Form"] = repr(dict(request.POST))
                        return response
                    return middleware
            """
        },
        MIDDLEWARE=["shop.looking.look"],
        DATA_UPLOAD_MAX_MEMORY_SIZE=2,
    )

    response = send("PUT", "/x", b"a=1", type=FORM)

    assert (response.status_code, response["X-Form"]) == (413, "{}")


HELD = """
    {} POST(request):
        return [request.body.decode(), request.POST["a"]]
"""


@each_keyword
def test_raw_body_stays_where_a_token_was_looked_for(send, site, keyword):
    from django.middleware.csrf import _get_new_csrf_string

    token = _get_new_csrf_string()
    site(
        {
            "shop/routes/x/route.py": f"csrf = 'token'\n{HELD.format(keyword)}".replace(
                "\n    ", "\n"
            )
        }
    )
    body = make_multipart(a="1", csrfmiddlewaretoken=token)

    response = send(
        "POST",
        "/x",
        body,
        type=MULTIPART_CONTENT,
        cookies={"csrftoken": token},
        enforce_csrf_checks=True,
    )

    assert response.json() == [body.decode(), "1"]
