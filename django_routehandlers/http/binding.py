"""Hand a handler the arguments it names."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from django_routehandlers.http.request import get_extension
from django_routehandlers.routing.handlers import Handler

Params = dict[str, Any]
Bound = Callable[[HttpRequest, Params], Any]


def bind(handler: Handler, params: tuple[str, ...]) -> Bound:
    """
    Return a function of the request and the params that calls a handler.

    `params` are the names that the path captures. All choices are made here, so
    that a request makes none.
    """
    function, extend = handler.function, get_extension(handler.method)
    names = (*handler.positional, *handler.keywords)
    if handler.is_wrapped:
        return lambda request, params: function(extend(request), **params)
    if not names:
        return lambda request, params: function()
    if handler.positional == ("request",) and not handler.keywords:
        return lambda request, params: function(extend(request))
    if handler.positional[:1] == ("request",) and set(names[1:]) == set(params):
        return _bind_request_and_params(handler)
    return _bind_by_name(handler)


def _bind_request_and_params(handler: Handler) -> Bound:
    function, rest = handler.function, handler.positional[1:]
    extend = get_extension(handler.method)
    if len(rest) == 1 and not handler.keywords:
        (only,) = rest
        return lambda request, params: function(extend(request), params[only])
    return _bind_by_name(handler)


def _bind_by_name(handler: Handler) -> Bound:
    function, positional, keywords = (
        handler.function,
        handler.positional,
        handler.keywords,
    )
    extend = get_extension(handler.method)

    def call(request: HttpRequest, params: Params) -> Any:
        offered = {**params, "request": extend(request), "params": params}
        return function(
            *[offered[name] for name in positional],
            **{name: offered[name] for name in keywords},
        )

    return call
