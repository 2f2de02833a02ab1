"""Every exception this package raises."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

__all__ = [
    "BrokenRouteError",
    "DynamicUsageError",
    "HandlerError",
    "HttpError",
    "RevalidationError",
    "RouteHandlersError",
]


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


class DynamicUsageError(HandlerError):
    """A handler with `dynamic = "error"` that reads what is not in its key."""


class RevalidationError(RouteHandlersError):
    """An invalidation that the cache did not take, or that is in the wrong place."""


class BrokenRouteError(RouteHandlersError):
    """A request for a route that could not be read; the reasons are its text."""


class HttpError(Exception):
    """
    An answer with an error status, raised anywhere below a handler.

    `status` is 400 to 599, `detail` a sentence for the client and `headers` go
    out with the answer, but for `Content-Length`. The work of `ATOMIC_REQUESTS` is
    rolled back. Raise `ValueError` for any other status, and `TypeError` for a
    detail that is no text.

    >>> raise HttpError(409, "The order is already paid.")
    Traceback (most recent call last):
    django_routehandlers.exceptions.HttpError: 409 Conflict: The order is already paid.
    """

    def __init__(
        self,
        status: int,
        detail: str | None = "",
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = int(status)
        if not 400 <= self.status <= 599:
            raise ValueError(f"HttpError takes a status of 400 to 599, not {status!r}.")
        self.title = find_title(self.status)
        # A lazy translation is no str, and has all methods of one.
        if detail is not None and not hasattr(detail, "casefold"):
            raise TypeError(
                f"The detail of HttpError is a sentence, not {detail!r}. Put data into "
                "Response.json(data, status=...)."
            )
        # What a client sent may hold half of a surrogate pair.
        self.detail = str(detail or "").encode("utf-8", "replace").decode()
        # That of the body, which it does not know.
        given = (headers or {}).items()
        self.headers = {n: v for n, v in given if n.lower() != "content-length"}
        text = f"{self.status} {self.title}"
        super().__init__(f"{text}: {self.detail}" if self.detail else text)

    def __reduce__(self) -> Any:
        """Be pickled and copied, as between processes, with all that it was made of."""
        return _make_again, (type(self), self.args), vars(self)


def _make_again(kind: type[HttpError], args: tuple[Any, ...]) -> HttpError:
    # A kind of one's own is made of other things, so its constructor is not called.
    return kind.__new__(kind, *args)


# The phrases of RFC 9110 where Python before 3.13 has those of an older RFC.
_TITLES = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}


def find_title(status: int) -> str:
    """Return the standard phrase of a status, "" for an unassigned one."""
    if status in _TITLES:
        return _TITLES[status]
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
