"""A handler gets Django's own request, with `json()` added."""

import copy
import io
import pickle

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from django.test import RequestFactory

from django_routehandlers.exceptions import HttpError
from django_routehandlers.http import Request
from django_routehandlers.http.request import extend

JSON = "application/json"


def make_request(body=b"", content_type=JSON, **environ):
    return RequestFactory().generic("POST", "/", body, content_type, **environ)


def test_request_is_the_same_object():
    request = make_request()
    request.user = "ada"

    extended = extend(request)

    assert extended is request
    assert isinstance(extended, Request)
    assert isinstance(extended, WSGIRequest)
    assert (extended.user, extended.method) == ("ada", "POST")


def test_request_is_extended_once():
    request = extend(make_request())
    kind = type(request)

    again = extend(request)

    assert type(again) is kind
    assert type(extend(make_request())) is kind


def test_extended_class_looks_like_django_s():
    kind = type(extend(make_request()))

    assert (kind.__module__, kind.__qualname__) == (
        WSGIRequest.__module__,
        WSGIRequest.__qualname__,
    )


def test_request_of_another_class_is_extended():
    class OwnRequest(HttpRequest):
        pass

    request = extend(OwnRequest())

    assert isinstance(request, Request)
    assert isinstance(request, OwnRequest)


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "application/json",
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        "text/json",
        "application/problem+json",
        "application/vnd.api+json",
    ],
)
def test_json_is_the_parsed_body(content_type):
    request = extend(make_request(b'{"a": [1, null]}', content_type))

    assert request.json() == {"a": [1, None]}
    assert request.body == b'{"a": [1, null]}'
    assert request.json() == {"a": [1, None]}


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "text/html",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "application/json-seq",
        "json",
    ],
)
def test_other_content_type_is_415(content_type):
    request = extend(make_request(b"{}", content_type))

    with pytest.raises(HttpError) as caught:
        request.json()

    error = caught.value
    plain = content_type.partition(";")[0]
    assert error.status == 415
    assert error.detail == f"The body is {plain}; send application/json."
    assert error.headers == {"Accept": "application/json"}


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "The body is empty."),
        (b"[" * 100_000, "The JSON is nested too deeply."),
    ],
    ids=["empty", "deep"],
)
def test_malformed_body_is_400(body, detail):
    request = extend(make_request(body))

    with pytest.raises(HttpError) as caught:
        request.json()

    assert (caught.value.status, caught.value.detail) == (400, detail)


def test_body_over_the_limit_is_413(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    request = extend(make_request(b'"0123456789"'))

    with pytest.raises(HttpError) as caught:
        request.json()

    assert (caught.value.status, caught.value.detail) == (413, "The body is too large.")


class LostConnection(io.RawIOBase):
    def read(self, size=-1):
        raise OSError("connection lost")


def test_body_that_ends_early_is_400():
    environ = {"wsgi.input": LostConnection(), "CONTENT_LENGTH": "5"}
    request = extend(make_request(b"", **environ))

    with pytest.raises(HttpError) as caught:
        request.json()

    assert (caught.value.status, caught.value.detail) == (
        400,
        "The body can't be read.",
    )


ECHO = """
    {keyword} POST(request):
        return {{"json": request.json(), "raw": request.body.decode()}}
"""


@pytest.mark.parametrize("keyword", ["def", "async def"])
def test_handler_reads_json(send, site, keyword):
    site({"shop/routes/x/route.py": ECHO.format(keyword=keyword)})

    response = send("POST", "/x", b'{"a": 1}', type=JSON)

    assert response.json() == {"json": {"a": 1}, "raw": '{"a": 1}'}


HOSTILE = [
    pytest.param(b"", JSON, 400, id="empty"),
    pytest.param(b"{", JSON, 400, id="truncated"),
    pytest.param(b"{'a': 1}", JSON, 400, id="malformed"),
    pytest.param(b"[" * 100_000, JSON, 400, id="deep-list"),
    pytest.param(b'{"a":' * 100_000, JSON, 400, id="deep-dict"),
    pytest.param(b'"' + b"x" * 3_000_000 + b'"', JSON, 413, id="huge"),
    pytest.param(b'"\xff"', JSON, 400, id="no-utf-8"),
    pytest.param('"é"'.encode("latin-1"), JSON, 400, id="latin-1"),
    pytest.param('"a"'.encode("utf-16"), JSON, 400, id="utf-16"),
    pytest.param(b"\xef\xbb\xbf{}", JSON, 400, id="byte-order-mark"),
    pytest.param(b"NaN", JSON, 400, id="nan"),
    pytest.param(b"[-Infinity]", JSON, 400, id="infinity"),
    pytest.param(b"1" * 5000, JSON, 400, id="long-integer"),
    pytest.param(b"1e999", JSON, 400, id="large-float"),
    pytest.param(b'"\\ud800"', JSON, 400, id="lone-surrogate"),
    pytest.param(b'{"\\udfff": 1}', JSON, 400, id="lone-surrogate-key"),
    pytest.param(b"{}", "text/plain", 415, id="text"),
    pytest.param(b"{}", "application/x-www-form-urlencoded", 415, id="form"),
    pytest.param(b"{}", "multipart/form-data; boundary=x", 415, id="multipart"),
    pytest.param(b"{}", "multipart/form-data", 415, id="multipart-no-boundary"),
    pytest.param(b"{}", "garbage", 415, id="garbage"),
]


@pytest.mark.parametrize("keyword", ["def", "async def"])
@pytest.mark.parametrize(("body", "content_type", "status"), HOSTILE)
def test_hostile_body_is_refused(send, site, keyword, body, content_type, status):
    site({"shop/routes/x/route.py": ECHO.format(keyword=keyword)})

    response = send("POST", "/x", body, type=content_type)

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == status


def test_huge_body_that_nobody_reads_is_no_error(send, site):
    site({"shop/routes/x/route.py": "def POST(request): return {}"})

    response = send("POST", "/x", b"x" * 3_000_000, type=JSON)

    assert response.status_code == 200


def test_request_is_extended_for_a_class_based_view(send, site):
    source = """
        from django.http import JsonResponse
        from django.views import View

        class Items(View):
            def post(self, request):
                return JsonResponse(request.json())

        POST = Items.as_view()
    """
    site({"shop/routes/x/route.py": source})

    response = send("POST", "/x", b'{"a": 1}', type=JSON)

    assert response.json() == {"a": 1}


def test_body_in_chunks_that_django_does_not_read_is_411():
    factory = RequestFactory()
    request = factory.generic(
        "POST", "/", b"", headers={"Transfer-Encoding": "chunked"}
    )

    with pytest.raises(HttpError) as caught:
        extend(request).json()

    assert caught.value.status == 411


@pytest.mark.parametrize(
    "make_copy", [copy.copy, lambda r: pickle.loads(pickle.dumps(r))]
)
def test_request_is_copied_and_pickled_as_before(make_copy):
    request = HttpRequest()
    request.method = "POST"

    copied = make_copy(extend(request))

    assert (type(copied), copied.method) == (type(request), "POST")
