"""Carry a raised error past the cache, which judges responses."""

from typing import NoReturn

from django.http import HttpRequest, HttpResponse

_CARRIED = "_routehandlers_carried"


class RaisedResponse(HttpResponse):
    """
    What an error is to the cache: an answer like any other, for no client yet.

    `error` is what was raised, None once the answer is everybody's as it is.
    """

    error: Exception | None = None


def raise_again(request: HttpRequest, response: RaisedResponse) -> NoReturn:
    """
    Raise the error that a response stands for.

    The response waits at the request, as one error may be raised for several.
    """
    error = response.error
    assert error is not None
    setattr(request, _CARRIED, response)
    try:
        raise error
    finally:
        # The traceback has this frame.
        del response, error


def take_carried(request: HttpRequest, error: Exception) -> RaisedResponse | None:
    """Return the response that an error was to the cache, None if it did not pass it."""
    carried: RaisedResponse | None = getattr(request, _CARRIED, None)
    if carried is None or carried.error is not error:
        return None
    setattr(request, _CARRIED, None)
    carried.error = None
    return carried
