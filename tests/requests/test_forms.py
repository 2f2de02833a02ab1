"""Forms are parsed for every method that may have a body."""

import pytest
from django.test.client import MULTIPART_CONTENT

from tests.gateways import SERVERS, serve_asgi, serve_wsgi
from tests.requests.forms import (
    FORM,
    JSON,
    each_keyword,
    each_method,
    get_problem,
    make_multipart,
)

FIELDS = "return {'form': dict(request.form.lists()), 'POST': dict(request.POST), 'method': request.method}"
FILES = "return [[n, f.name, f.read().decode(), f.content_type] for n, f in request.FILES.items()]"


@each_keyword
@each_method
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"a=1&a=2&b=%C3%A9", FORM),
        (b"a=1&a=2&b=%C3%A9", "Application/X-WWW-Form-Urlencoded; charset=UTF-8"),
        (make_multipart(a=["1", "2"], b="é"), MULTIPART_CONTENT),
    ],
    ids=["urlencoded", "spelling", "multipart"],
)
def test_fields_are_parsed(send, serve_body, keyword, method, body, content_type):
    serve_body(FIELDS, keyword)

    response = send(method, "/x", body, type=content_type)

    fields = {"a": ["1", "2"], "b": ["é"]}
    assert response.json() == {
        "form": fields,
        "POST": {"a": ["1", "2"], "b": ["é"]},
        "method": method,
    }


@each_keyword
@each_method
@pytest.mark.parametrize("size", [3, 3_000_000])
def test_files_are_parsed(send, serve_body, keyword, method, size):
    serve_body(FILES, keyword)

    response = send(method, "/x", make_multipart(f=b"0" * size), type=MULTIPART_CONTENT)

    assert response.json() == [["f", "f.txt", "0" * size, "text/plain"]]


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_files_are_parsed_by_servers(serve_body, server, method):
    serve_body(FILES)
    body = make_multipart(f=b"0" * 3_000_000)
    headers = {"Content-Type": MULTIPART_CONTENT, "Content-Length": str(len(body))}

    status, _, content = SERVERS[server](method, "/x", [body[:99], body[99:]], headers)

    assert (status, len(content)) == (
        200,
        3_000_000 + len('[["f","f.txt","","text/plain"]]'),
    )


@each_method
@pytest.mark.parametrize("headers", [{}, {"Transfer-Encoding": "chunked"}])
@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        (FORM, b"a=1", b'[{"a":["1"]},0]'),
        (MULTIPART_CONTENT, make_multipart(a="1", f=b"22"), b'[{"a":["1"]},1]'),
    ],
    ids=["urlencoded", "multipart"],
)
def test_form_in_chunks_is_parsed_under_asgi(
    serve_body, method, headers, kind, body, expected
):
    serve_body("return [dict(request.form), len(request.FILES)]")
    headers = headers | {"Content-Type": kind}

    *_, content = serve_asgi(method, "/x", [body[:2], body[2:]], headers)

    assert content == expected


@each_method
@pytest.mark.parametrize("kind", [FORM, MULTIPART_CONTENT, "", "text/plain"])
@pytest.mark.parametrize("read", ["form", "POST", "FILES", "body"])
def test_chunks_that_django_does_not_read_are_411(serve_body, method, kind, read):
    serve_body(f"request.{read}; return {{}}")
    headers = {"Transfer-Encoding": "chunked", "Content-Type": kind}

    status, *_ = serve_wsgi(method, "/x", [b"a=1"], headers)

    is_form = read in ("form", "body") or kind in (FORM, MULTIPART_CONTENT)
    assert status == (411 if is_form else 200)


@each_method
@pytest.mark.parametrize("kind", ["", FORM, MULTIPART_CONTENT, JSON])
def test_no_body_is_a_form_without_fields(send, serve_body, method, kind):
    serve_body("return [dict(request.form), len(request.FILES)]")

    response = send(method, "/x", type=kind)

    assert response.json() == [{}, 0]


@pytest.mark.parametrize("kind", [FORM, MULTIPART_CONTENT, JSON])
def test_get_has_no_form(send, serve_body, kind):
    serve_body("return [dict(request.form), dict(request.POST)]")

    response = send("GET", "/x", b"a=1", type=kind)

    assert response.json() == [{}, {}]


@each_keyword
@each_method
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (JSON, JSON),
        ("application/json; charset=utf-8", JSON),
        ("text/plain", "text/plain"),
        ("multipart/mixed; boundary=x", "multipart/mixed"),
        ("garbage", "garbage"),
        ("", "of no type"),
    ],
)
def test_form_of_another_type_is_415(send, serve_body, keyword, method, kind, name):
    serve_body("return dict(request.form)", keyword)

    response = send(method, "/x", b"{}", type=kind)

    assert get_problem(response) == (415, f"The body is {name}; send a form.")
    assert response["Accept"] == f"{FORM}, multipart/form-data"


@each_method
def test_post_of_another_type_is_empty_as_in_django(send, serve_body, method):
    serve_body("return [dict(request.POST), len(request.FILES), request.json()]")

    response = send(method, "/x", b"[1]", type=JSON)

    assert response.json() == [{}, 0, [1]]
