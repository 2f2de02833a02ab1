"""Every exception this package raises."""

from collections.abc import Mapping
from http import HTTPStatus

__all__ = ["BrokenRouteError", "HandlerError", "HttpError", "RouteHandlersError"]


class RouteHandlersError(Exception):
    """A mistake in a project: what is wrong, and the action that mends it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".rstrip())
        self.message = message
        self.hint = hint


class SegmentError(RouteHandlersError):
    """A folder name that stands for no part of a URL."""


class HandlerError(RouteHandlersError):
    """A handler that breaks its promise while it answers a request."""


class BrokenRouteError(RouteHandlersError):
    """A request for a route that could not be read; the reasons are its text."""


class HttpError(Exception):
    """
    An answer with an error status, raised anywhere below a handler.

    `status` is 400 to 599, `detail` a sentence for the client and `headers` go
    out with the answer. The work of `ATOMIC_REQUESTS` is rolled back. Raise
    `ValueError` for any other status.

    >>> raise HttpError(409, "The order is already paid.")
    Traceback (most recent call last):
    django_routehandlers.exceptions.HttpError: 409 Conflict: The order is already paid.
    """

    def __init__(
        self,
        status: int,
        detail: str = "",
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        if not 400 <= status <= 599:
            raise ValueError(f"HttpError takes a status of 400 to 599, not {status!r}.")
        self.status = int(status)
        self.title = find_title(self.status)
        self.detail = detail
        self.headers = dict(headers or {})
        super().__init__(": ".join(filter(None, [f"{status} {self.title}", detail])))


def find_title(status: int) -> str:
    """Return the standard phrase of a status, "" for an unassigned one."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
