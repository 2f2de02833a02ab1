"""What a handler takes and returns."""

from typing import TYPE_CHECKING, Any

from django_routehandlers import afterwards
from django_routehandlers.exceptions import HttpError
from django_routehandlers.http.events import Event
from django_routehandlers.http.request import Request
from django_routehandlers.http.response import Response

__all__ = ["Event", "HttpError", "Request", "Response", "after"]

if TYPE_CHECKING:
    from django_routehandlers.afterwards import after
else:
    # Type checkers would take any name for one that this gives.
    def __getattr__(name: str) -> Any:
        """Return `after`; where nothing imports it, requests are spared its cost."""
        if name != "after":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        afterwards.want()
        return afterwards.after
