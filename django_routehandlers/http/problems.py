"""Answer errors as problem details (RFC 9457)."""

from collections.abc import Mapping

from django.http import HttpResponse

from django_routehandlers.exceptions import HttpError, find_title
from django_routehandlers.http.encoding import encode

CONTENT_TYPE = "application/problem+json"


def problem_response(
    status: int, detail: str = "", headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """
    Return an `application/problem+json` answer.

    The members are `type`, `title`, `status` and, where there is one, `detail`
    (RFC 9457, section 3.1); `title` is the status's own phrase, as `about:blank`
    asks for.
    """
    members: dict[str, object] = {
        "type": "about:blank",
        "title": find_title(status),
        "status": status,
    }
    if detail:
        members["detail"] = detail
    return HttpResponse(
        encode(members),
        status=status,
        headers=dict(headers or {}) | {"Content-Type": CONTENT_TYPE},
    )


def error_response(error: HttpError) -> HttpResponse:
    """Return the answer that an `HttpError` asks for."""
    return problem_response(error.status, error.detail, error.headers)
