"""Say of a body that can't be read whose mistake that is."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    RequestDataTooBig,
    SuspiciousMultipartForm,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, RawPostDataException, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from django_routehandlers.exceptions import HandlerError, HttpError

MULTIPART = "multipart/form-data"
FORM_TYPES = ("application/x-www-form-urlencoded", MULTIPART)


# Each is Django's own exception, too, for code that catches that.
class TooLargeBodyError(HttpError, RequestDataTooBig):
    """A body that is over a limit: 413 (RFC 9110, section 15.5.14)."""


class UnreadableBodyError(HttpError, UnreadablePostError):
    """A body that did not arrive whole: 400."""


class MalformedFormError(HttpError, MultiPartParserError, BadRequest):
    """A form that is not what its `Content-Type` says: 400."""


class CrowdedFormError(HttpError, TooManyFieldsSent, TooManyFilesSent):
    """A form with more fields or files than Django's settings allow: 400."""


class SpentBodyError(HandlerError, RawPostDataException):
    """A handler that reads a body again that was streamed past it."""


@contextmanager
def reading_body() -> Iterator[None]:
    """
    Raise an `HttpError` for what is wrong with the body that the block reads.

    For a body that the handler itself has used up raise `SpentBodyError`.
    """
    try:
        yield
    except HttpError:
        raise
    except RequestDataTooBig:
        raise TooLargeBodyError(413, "The body is too large.") from None
    except (TooManyFieldsSent, TooManyFilesSent) as exc:
        what = "files" if isinstance(exc, TooManyFilesSent) else "fields"
        raise CrowdedFormError(400, f"The form has too many {what}.") from None
    except UnreadablePostError:
        raise UnreadableBodyError(400, "The body can't be read.") from None
    except RawPostDataException:
        raise SpentBodyError(
            "The body was streamed, as a multipart form or by request.read(), and is "
            "not kept.",
            "Read request.body before that, or not at all.",
        ) from None
    except Exception as exc:
        if _is_of_form(exc):
            raise MalformedFormError(400, "The form is malformed.") from None
        raise


def _is_of_form(exc: Exception) -> bool:
    """Tell whether an exception is what Django's parsers make of a broken form."""
    # A charset that Python does not know or that is none of text; Django 5.2 lets
    # both pass. A KeyError is somebody else's.
    if type(exc) is LookupError:
        return True
    if isinstance(exc, OSError):
        # Temporary files have the extension that the client chose.
        return exc.errno == errno.ENAMETOOLONG
    kinds = (BadRequest, MultiPartParserError, SuspiciousMultipartForm, UnicodeError)
    return isinstance(exc, kinds)


def give_up_form(request: HttpRequest) -> None:
    """Leave a request an empty form, so that who looks next meets no error again."""
    request._mark_post_parse_error()  # type: ignore[attr-defined] # noqa: SLF001 - as Django's handler does


def get_declared_length(request: HttpRequest) -> int:
    """Return the bytes that `Content-Length` promises; 0 for none, as in Django."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def find_arrived_length(request: HttpRequest) -> int | None:
    """Return the bytes of a body that is here whole, None for one that is not."""
    stream: Any = vars(request).get("_stream")
    # Under ASGI Django has taken it in; under WSGI it has once `body` was read.
    if getattr(stream, "closed", True) or not stream.seekable():
        return None
    place = stream.tell()
    length: int = stream.seek(0, os.SEEK_END)
    stream.seek(place)
    return length


def rewind(request: HttpRequest) -> None:
    """Go back to the start of a body that nobody has read."""
    # Django measures the body under ASGI, and stays at its end if it is too large.
    state = vars(request)
    if not state.get("_read_started") and find_arrived_length(request) is not None:
        state["_stream"].seek(0)


def refuse_unread_chunks(request: HttpRequest) -> None:
    """
    Raise `HttpError` 411 for a body that Django takes for an empty one.

    Under WSGI it reads as much as `Content-Length` says, and a body that is sent in
    chunks says nothing.
    """
    meta = request.META
    if "HTTP_TRANSFER_ENCODING" not in meta or meta.get("CONTENT_LENGTH"):
        return
    length = find_arrived_length(request)
    # Once somebody has looked, an empty one stands there.
    if length is None or (length == 0 and isinstance(request, WSGIRequest)):
        raise HttpError(411, "Send the body with a Content-Length, not in chunks.")


def refuse_too_large(request: HttpRequest) -> None:
    """Raise `HttpError` 413 for a body that Django does not keep in memory."""
    most: int | None = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if most is not None and _get_length(request) > most:
        raise TooLargeBodyError(413, "The body is too large.")


def refuse_over(request: HttpRequest, max_body: int) -> None:
    """
    Raise `HttpError` 413 for a body of more than `max_body` bytes, before it is read.

    What counts is what its header promises and, where the server has taken it in,
    what has arrived. Raise 411 for one whose length nobody can know.
    """
    if _get_length(request) > max_body:
        raise TooLargeBodyError(413, f"The body has more than {max_body} bytes.")
    refuse_unread_chunks(request)


def _get_length(request: HttpRequest) -> int:
    return max(get_declared_length(request), find_arrived_length(request) or 0)
