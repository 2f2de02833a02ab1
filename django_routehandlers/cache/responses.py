"""Make the response of an entry."""

from copy import deepcopy
from functools import cache
from http.cookies import SimpleCookie
from typing import Any

from django.http import HttpResponse
from django.http.response import ResponseHeaders

from django_routehandlers.cache.entries import Entry

# All that a response has when it is made, in the Djangos that this was written for.
_STATE = frozenset(
    {
        "_charset",
        "_container",
        "_handler_class",
        "_reason_phrase",
        "_resource_closers",
        "closed",
        "cookies",
        "headers",
    }
)


class _KeptHeaders(ResponseHeaders):
    """The headers of an entry, which were looked at when it was stored."""

    def __init__(self, kept: dict[str, tuple[str, str]]) -> None:
        self._store = kept


def build_response(entry: Entry, told: dict[str, str]) -> HttpResponse:
    """
    Return a new response with what an entry holds, and some headers more.

    It has nothing in common with any other response of the entry.
    """
    headers = dict(entry.headers)
    for name, value in told.items():
        headers[name.lower()] = name, value
    response = _make(entry.body, entry.status)
    response.headers = _KeptHeaders(headers)
    if entry.attributes:
        vars(response).update(deepcopy(entry.attributes))
    return response


def _make(body: bytes, status: int) -> HttpResponse:
    """
    Return a response without headers.

    Django's own way there looks for a content type and a charset, and copies the
    body: half the price of a hit.
    """
    if not _is_known_state():
        return HttpResponse(body, "text/plain", status)
    response: HttpResponse = object.__new__(HttpResponse)
    state: dict[str, Any] = vars(response)
    state["_charset"] = state["_handler_class"] = state["_reason_phrase"] = None
    state["_container"] = [body]
    state["_resource_closers"] = []
    state["closed"] = False
    state["cookies"] = SimpleCookie()
    state["status_code"] = status
    return response


@cache
def _is_known_state() -> bool:
    return vars(HttpResponse(b"")).keys() == _STATE
