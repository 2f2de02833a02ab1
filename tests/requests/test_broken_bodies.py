"""A body that is broken or too large is the mistake of its sender."""

import pytest
from django.test.client import MULTIPART_CONTENT

from tests.gateways import serve_wsgi
from tests.requests.forms import (
    FIELD,
    FORM,
    JSON,
    MULTIPART,
    each_keyword,
    get_problem,
    make_multipart,
    make_part,
)

MALFORMED = {
    "no boundary": ("multipart/form-data", FIELD),
    "long boundary": (f"multipart/form-data; boundary={'x' * 300}", FIELD),
    "strange boundary": ("multipart/form-data; boundary=\x1b", FIELD),
    "base64": (
        MULTIPART,
        make_part(b'name="f"; filename="f"\r\nContent-Transfer-Encoding: base64'),
    ),
    "charset of bytes": (f"{MULTIPART}; charset=hex", FIELD),
    "charset of hosts": (f"{MULTIPART}; charset=idna", FIELD),
    "charset that is none": (f"{MULTIPART}; charset=undefined", FIELD),
    "latin-1": (f"{FORM}; charset=latin-1", b"a=1"),
    "hex": (f"{FORM}; charset=hex", b"a=1"),
}


@each_keyword
@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize("read", ["form", "POST", "FILES"])
@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_form_is_400(send, serve_body, keyword, method, read, name):
    serve_body(f"request.{read}; return 'taken'", keyword)
    kind, body = MALFORMED[name]

    response = send(method, "/x", body, type=kind)

    assert get_problem(response) == (400, "The form is malformed.")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (MULTIPART, make_part(b"0" * 20_000)),
        (MULTIPART, make_part(b"name*=bogus''a")),
        (MULTIPART, b"--x\r\n"),
        (MULTIPART, b""),
        (f"{MULTIPART}; charset=bogus", FIELD),
        (f"{FORM}; charset=bogus", b"a=%ff&\xff&=&&"),
    ],
)
def test_form_with_a_broken_part_is_no_500(send, serve_body, kind, body):
    """Django passes over most of it, each version over other parts."""
    serve_body("return dict(request.form)")

    response = send("PUT", "/x", body, type=kind)

    assert response.status_code in (200, 400)


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize(
    ("settings", "body", "kind", "answer"),
    [
        (
            {"DATA_UPLOAD_MAX_NUMBER_FIELDS": 2},
            b"a=1&a=2&a=3",
            FORM,
            (400, "The form has too many fields."),
        ),
        (
            {"DATA_UPLOAD_MAX_NUMBER_FIELDS": 2},
            make_multipart(a=list("123456")),
            MULTIPART_CONTENT,
            (400, "The form has too many fields."),
        ),
        (
            {"DATA_UPLOAD_MAX_NUMBER_FILES": 1},
            make_multipart(f=b"1", g=b"2"),
            MULTIPART_CONTENT,
            (400, "The form has too many files."),
        ),
        (
            {"DATA_UPLOAD_MAX_MEMORY_SIZE": 5},
            b"a=12345",
            FORM,
            (413, "The body is too large."),
        ),
        (
            {"DATA_UPLOAD_MAX_MEMORY_SIZE": 5},
            make_multipart(a="12345"),
            MULTIPART_CONTENT,
            (413, "The body is too large."),
        ),
    ],
    ids=["fields", "fields-multipart", "files", "size", "size-multipart"],
)
def test_limits_of_django_are_problems(
    send, serve_body, method, settings, body, kind, answer
):
    serve_body("return dict(request.form)", **settings)

    response = send(method, "/x", body, type=kind)

    assert get_problem(response) == answer


@each_keyword
@pytest.mark.parametrize("read", ["body", "json()", "form", "POST"])
def test_body_over_django_s_limit_is_413(send, serve_body, keyword, read):
    serve_body(f"request.{read}; return 'read'", keyword, DATA_UPLOAD_MAX_MEMORY_SIZE=5)
    kind = JSON if read == "json()" else FORM

    response = send("POST", "/x", b"0" * 6, type=kind)

    assert get_problem(response) == (413, "The body is too large.")


def test_no_limit_of_django_s_is_none(send, serve_body):
    serve_body("return len(request.body)", DATA_UPLOAD_MAX_MEMORY_SIZE=None)

    response = send("POST", "/x", b"0" * 3_000_000)

    assert response.json() == 3_000_000


@each_keyword
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_malformed_form_in_which_a_token_is_looked_for_is_400(
    send, site, keyword, method
):
    """Django looks for one in POST; the file answers that, or it is 405."""
    site(
        {
            "shop/routes/x/route.py": f"csrf = 'token'\n{keyword} {method}(): return 1",
        }
    )

    response = send(
        "POST",
        "/x",
        b"--x--",
        type="multipart/form-data",
        cookies={"csrftoken": "a" * 32},
        enforce_csrf_checks=True,
    )

    assert get_problem(response) == (400, "The form is malformed.")


@pytest.mark.parametrize(
    ("read", "kind"), [("body", JSON), ("json()", JSON), ("form", FORM), ("POST", FORM)]
)
def test_body_that_is_cut_off_is_400(serve_body, read, kind):
    serve_body(f"request.{read}; return {{}}")
    headers = {"Content-Type": kind, "Content-Length": "5"}

    status, _, content = serve_wsgi("PUT", "/x", [b"123"], headers)

    assert (status, b"The body ends too early." in content) == (400, True)


def test_body_that_is_cut_off_stays_so(serve_body):
    serve_body(
        """
        try:
            request.body
        except requests.UnreadablePostError:
            return request.body.decode()
        """
    )

    status, *_ = serve_wsgi("PUT", "/x", [b"123"], {"Content-Length": "5"})

    assert status == 400


def test_file_with_an_endless_extension_is_400(send, serve_body):
    serve_body("return len(request.FILES)", FILE_UPLOAD_MAX_MEMORY_SIZE=1)
    body = (
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="f.'
        + b"x" * 400
        + b'"\r\n\r\n123\r\n--x--'
    )

    response = send("POST", "/x", body, type="multipart/form-data; boundary=x")

    assert get_problem(response) == (400, "The form is malformed.")


def test_error_of_an_upload_handler_is_its_own(send, serve_body):
    files = {
        "shop/handlers.py": """
            from django.core.files.uploadhandler import FileUploadHandler

            class Broken(FileUploadHandler):
                def receive_data_chunk(self, raw_data, start):
                    return {}["missing"]

                def file_complete(self, file_size):
                    return None
        """
    }
    serve_body(
        "return len(request.FILES)",
        files=files,
        FILE_UPLOAD_HANDLERS=["shop.handlers.Broken"],
    )

    with pytest.raises(KeyError):
        send("PUT", "/x", make_multipart(f=b"1"), type=MULTIPART_CONTENT)
