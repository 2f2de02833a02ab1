"""Answer errors as problem details (RFC 9457)."""

from collections.abc import Mapping
from typing import TypeVar

from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.http import Http404, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.functional import Promise

from django_routehandlers.exceptions import HttpError
from django_routehandlers.http.encoding import encode
from django_routehandlers.raised import RaisedResponse

_Kind = TypeVar("_Kind", bound=HttpResponse)

CONTENT_TYPE = "application/problem+json"

# What is an answer when it is raised. All else is a failure, and Django's business.
ERRORS: tuple[type[Exception], ...] = (
    HttpError,
    Http404,
    PermissionDenied,
    SuspiciousOperation,
    BadRequest,
    MultiPartParserError,
    UnreadablePostError,
)


def problem_response(
    status: int, detail: str = "", headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """
    Return an `application/problem+json` answer.

    The members are `type`, `title`, `status` and, where there is one, `detail`
    (RFC 9457, section 3.1); `title` is the status's own phrase, as `about:blank`
    asks for.
    """
    return _build(HttpResponse, HttpError(status, detail, headers=headers))


def error_response(error: Exception) -> HttpResponse:
    """Return the answer that an error asks for, one of `ERRORS`."""
    return _build(HttpResponse, read_error(error))


def raised_response(error: Exception) -> RaisedResponse:
    """Return the same answer, which remembers its error."""
    response = _build(RaisedResponse, read_error(error))
    response.error = error
    return response


def read_error(error: Exception) -> HttpError:
    """
    Return one of `ERRORS` as the `HttpError` that says the same.

    The message of `Http404` and `PermissionDenied` is for clients, as Django's
    templates have it. That of the others is for the log, and shown in DEBUG alone.
    """
    if isinstance(error, HttpError):
        return error
    if isinstance(error, Http404):
        return HttpError(404, _get_message(error))
    if isinstance(error, PermissionDenied):
        return HttpError(403, _get_message(error))
    if isinstance(error, RequestDataTooBig):
        return HttpError(413, "The body is too large.")
    if isinstance(error, MultiPartParserError | UnreadablePostError):
        return HttpError(400, "The body can't be read.")
    return HttpError(400, str(error) if settings.DEBUG else "")


def _get_message(error: Exception) -> str:
    if _is_djangos(error):
        # What it says is for developers: the path of a file, the name of a model.
        return ""
    # Django's own resolver gives a dict of patterns.
    message = error.args[0] if error.args else ""
    return str(message) if isinstance(message, str | Promise) else ""


def _is_djangos(error: Exception) -> bool:
    """Tell whether Django itself has raised an error."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    name = "" if trace is None else trace.tb_frame.f_globals.get("__name__", "")
    return str(name).partition(".")[0] == "django"


def _build(kind: type[_Kind], error: HttpError) -> _Kind:
    members: dict[str, object] = {
        "type": "about:blank",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
    }
    return kind(
        encode({name: value for name, value in members.items() if value}),
        status=error.status,
        headers=error.headers | {"Content-Type": CONTENT_TYPE},
    )
