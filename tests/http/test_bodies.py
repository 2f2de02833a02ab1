"""What is wrong with a body is the sender's mistake, the handler's or nobody's."""

import errno
import io

import pytest
from django.core import exceptions
from django.http import HttpRequest, RawPostDataException, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from django_routehandlers.exceptions import HandlerError, HttpError
from django_routehandlers.http.bodies import (
    find_arrived_length,
    get_declared_length,
    reading_body,
    refuse_over,
    rewind,
)

TOO_LONG = OSError(errno.ENAMETOOLONG, "File name too long")


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (exceptions.RequestDataTooBig(), 413, "The body is too large."),
        (exceptions.TooManyFieldsSent(), 400, "The form has too many fields."),
        (exceptions.TooManyFilesSent(), 400, "The form has too many files."),
        (UnreadablePostError(), 400, "The body can't be read."),
        (MultiPartParserError(), 400, "The form is malformed."),
        (exceptions.BadRequest(), 400, "The form is malformed."),
        (LookupError("unknown encoding: bogus"), 400, "The form is malformed."),
        (UnicodeError(), 400, "The form is malformed."),
    ],
    ids=lambda value: type(value).__name__,
)
def test_mistake_of_the_sender_is_an_http_error_and_django_s_own(error, status, detail):
    with pytest.raises(HttpError) as caught, reading_body():
        raise error

    assert (caught.value.status, caught.value.detail) == (status, detail)
    if type(error).__module__.startswith("django"):
        assert isinstance(caught.value, type(error))


@pytest.mark.parametrize("error", [exceptions.SuspiciousMultipartForm(), TOO_LONG])
def test_what_a_form_can_break_is_its_mistake(error):
    with pytest.raises(HttpError, match="The form is malformed"), reading_body():
        raise error


@pytest.mark.parametrize(
    "error", [KeyError(), IndexError(), ValueError(), OSError(errno.ENOSPC, "Full")]
)
def test_mistake_of_others_is_left_alone(error):
    with pytest.raises(type(error)) as caught, reading_body():
        raise error

    assert caught.value is error


def test_http_error_is_left_alone():
    error = HttpError(409)

    with pytest.raises(HttpError) as caught, reading_body():
        raise error

    assert caught.value is error


def test_mistake_of_the_handler_says_what_to_do():
    with pytest.raises(HandlerError) as caught, reading_body():
        raise RawPostDataException

    assert isinstance(caught.value, RawPostDataException)
    assert caught.value.hint == "Read request.body before that, or not at all."


@pytest.mark.parametrize(
    ("text", "length"),
    [(None, 0), ("", 0), ("0", 0), ("12", 12), ("-1", -1), ("abc", 0), ("9" * 5000, 0)],
)
def test_declared_length_is_django_s(text, length):
    request = HttpRequest()
    request.META = {} if text is None else {"CONTENT_LENGTH": text}

    assert get_declared_length(request) == length


class Pipe(io.RawIOBase):
    pass


@pytest.mark.parametrize(
    ("stream", "length"),
    [(None, None), (object(), None), (Pipe(), None), (io.BytesIO(b"abc"), 3)],
)
def test_arrived_length_is_known_of_what_is_here_whole(stream, length):
    request = HttpRequest()
    request._stream = stream

    assert find_arrived_length(request) == length


def test_a_measured_stream_stays_where_it_is():
    request = HttpRequest()
    request._stream = io.BytesIO(b"abc")
    request._stream.read(1)

    find_arrived_length(request)

    assert request._stream.read() == b"bc"


def test_closed_stream_has_no_length():
    request = HttpRequest()
    request._stream = io.BytesIO(b"abc")
    request._stream.close()

    assert find_arrived_length(request) is None


@pytest.mark.parametrize(("is_started", "rest"), [(False, b"abc"), (True, b"")])
def test_only_what_nobody_reads_is_rewound(is_started, rest):
    request = HttpRequest()
    request._stream, request._read_started = io.BytesIO(b"abc"), is_started
    request._stream.seek(3)

    rewind(request)

    assert request._stream.read() == rest


@pytest.mark.parametrize(("declared", "arrived"), [("4", b""), ("", b"abcd")])
def test_the_larger_length_counts(declared, arrived):
    request = HttpRequest()
    request.META = {"CONTENT_LENGTH": declared}
    request._stream = io.BytesIO(arrived)

    refuse_over(request, 4)
    with pytest.raises(HttpError) as caught:
        refuse_over(request, 3)

    assert caught.value.status == 413
