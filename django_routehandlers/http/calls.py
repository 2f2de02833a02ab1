"""Compose what happens between a view and one of its handlers."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Protocol

from asgiref.sync import sync_to_async
from django.db import transaction
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from django_routehandlers.afterwards import Demand, begin, end
from django_routehandlers.http.atomicity import get_atomic_aliases
from django_routehandlers.http.binding import Bound, Params, bind
from django_routehandlers.http.bodies import refuse_over
from django_routehandlers.http.cross_site import acheck_sender, check_sender
from django_routehandlers.http.csrf import SAFE_METHODS
from django_routehandlers.http.mentions import mentions
from django_routehandlers.http.methods import drop_body, drop_stream, settle_redirect
from django_routehandlers.http.problems import ERRORS, raised_response
from django_routehandlers.http.rendering import arender, must_render
from django_routehandlers.http.response import PLAIN, settle, to_response
from django_routehandlers.loops import wait_for
from django_routehandlers.routing.endpoints import Endpoint
from django_routehandlers.routing.handlers import Handler

AsyncBound = Callable[[HttpRequest, Params], Awaitable[Any]]


class Layer(Protocol):
    """
    What lies between a view and its handlers: the cache.

    It is given calls that return responses, those of GET with their body made, and
    gives such calls back.
    """

    def wants(self, method: str) -> bool:
        """Tell whether it has anything to do for a method."""

    def wrap(self, method: str, call: Bound) -> Bound:
        """Return what a sync view calls for a method."""

    def awrap(self, method: str, call: AsyncBound) -> AsyncBound:
        """Return what an async view awaits for a method."""


def build_calls(
    endpoint: Endpoint, modes: Mapping[str, str], layer: Layer | None = None
) -> Mapping[str | None, Bound]:
    """
    Return what a sync view calls for each method that it answers.

    A call may return the handler's own value; `finish` makes a response of it.
    `modes` has the cross-site mode of each exported method.
    """
    calls: dict[str | None, Bound] = {}
    max_body = endpoint.config.get("max_body")
    for method, handler in endpoint.handlers.items():
        call = _build(handler, endpoint.route.params)
        if layer is not None and layer.wants(method):
            answer = _answer_whole if method == "GET" else _answer_own
            call = layer.wrap(method, partial(answer, call, handler))
        if max_body is not None:
            call = partial(_answer_bounded, call, max_body)
        if method == "GET" and "HEAD" not in endpoint.handlers:
            calls["HEAD"] = partial(_answer_head, call, handler)
        if method in _SETTLERS:
            call = partial(_SETTLERS[method], call, handler)
        if method not in SAFE_METHODS:
            call = partial(_answer_unsafe, call, modes[method], max_body)
        calls[method] = call
    if not _is_after_wanted(endpoint):
        return calls
    handlers: dict[str | None, Handler] = dict(endpoint.handlers.items())
    # Only GET has calls of a method that is not its own.
    return {
        method: partial(_collect, call, handlers.get(method) or handlers["GET"])
        for method, call in calls.items()
    }


def abuild_calls(
    endpoint: Endpoint, modes: Mapping[str, str], layer: Layer | None = None
) -> Mapping[str | None, AsyncBound]:
    """Return what an async view awaits for each method that it answers."""
    calls: dict[str | None, AsyncBound] = {}
    max_body = endpoint.config.get("max_body")
    for method, handler in endpoint.handlers.items():
        call = _abuild(handler, endpoint.route.params)
        if layer is not None and layer.wants(method):
            answer = _aanswer_whole if method == "GET" else _aanswer_own
            call = layer.awrap(method, partial(answer, call, handler))
        if max_body is not None:
            call = partial(_aanswer_bounded, call, max_body)
        if method == "GET" and "HEAD" not in endpoint.handlers:
            calls["HEAD"] = partial(_aanswer_head, call, handler)
        if method in _ASETTLERS:
            call = partial(_ASETTLERS[method], call, handler)
        if method not in SAFE_METHODS:
            call = partial(_aanswer_unsafe, call, modes[method], max_body)
        calls[method] = call
    if not _is_after_wanted(endpoint):
        return calls
    return {method: partial(_acollect, call) for method, call in calls.items()}


def _is_after_wanted(endpoint: Endpoint) -> bool:
    """Tell whether anything has imported `after()`, or the route itself will."""
    return Demand.is_there or mentions(endpoint.module, "after")


def finish(result: Any, handler: Handler) -> HttpResponseBase:
    """
    Return a handler's value as a response.

    A sync decorator around an async function hands on its coroutine, which is
    run here.
    """
    if result.__class__ not in PLAIN and inspect.isawaitable(result):
        result = wait_for(result)
    return to_response(result, handler)


def _build(handler: Handler, params: tuple[str, ...]) -> Bound:
    call = bind(handler, params)
    for alias in get_atomic_aliases(handler):
        # What is raised rolls back, also by a value that is no answer.
        call = transaction.atomic(using=alias)(partial(_answer, call, handler))
    return call


def _abuild(handler: Handler, params: tuple[str, ...]) -> AsyncBound:
    if handler.is_async:
        return bind(handler, params)
    call = partial(_answer, _build(handler, params), handler)
    return sync_to_async(call, thread_sensitive=True)


def _answer(
    call: Bound, handler: Handler, request: HttpRequest, params: Params
) -> HttpResponseBase:
    return finish(call(request, params), handler)


async def _aanswer(
    call: AsyncBound, handler: Handler, request: HttpRequest, params: Params
) -> HttpResponseBase:
    return to_response(await call(request, params), handler)


def _answer_own(
    call: Bound, handler: Handler, request: HttpRequest, params: Params
) -> HttpResponseBase:
    """Return a response, also for an error that is raised."""
    try:
        return _answer(call, handler, request, params)
    except ERRORS as exc:
        return raised_response(exc)


async def _aanswer_own(
    call: AsyncBound, handler: Handler, request: HttpRequest, params: Params
) -> HttpResponseBase:
    """Return a response, also for an error that is raised."""
    try:
        return await _aanswer(call, handler, request, params)
    except ERRORS as exc:
        return raised_response(exc)


def _answer_whole(
    call: Bound, handler: Handler, request: HttpRequest, params: Params
) -> HttpResponseBase:
    """Return a response with its body made, also for an error that is raised."""
    try:
        response = _answer(call, handler, request, params)
        return response.render() if must_render(response) else response
    except ERRORS as exc:
        return raised_response(exc)


async def _aanswer_whole(
    call: AsyncBound, handler: Handler, request: HttpRequest, params: Params
) -> HttpResponseBase:
    """Return a response with its body made, also for an error that is raised."""
    try:
        response = await _aanswer(call, handler, request, params)
        return await arender(response) if must_render(response) else response
    except ERRORS as exc:
        return raised_response(exc)


def _answer_head(
    call: Bound, handler: Handler, request: HttpRequest, params: Params
) -> HttpResponseBase:
    return drop_body(settle(request, _answer(call, handler, request, params)))


async def _aanswer_head(
    call: AsyncBound, handler: Handler, request: HttpRequest, params: Params
) -> HttpResponseBase:
    return drop_body(settle(request, await _aanswer(call, handler, request, params)))


def _answer_own_head(
    call: Bound, handler: Handler, request: HttpRequest, params: Params
) -> HttpResponseBase:
    """Return the response of an exported HEAD, whose headers are its own."""
    return _leave_unread(settle(request, _answer(call, handler, request, params)))


async def _aanswer_own_head(
    call: AsyncBound, handler: Handler, request: HttpRequest, params: Params
) -> HttpResponseBase:
    """Return the response of an exported HEAD, whose headers are its own."""
    response = settle(request, await _aanswer(call, handler, request, params))
    return _leave_unread(response)


def _leave_unread(response: HttpResponseBase) -> HttpResponseBase:
    if isinstance(response, StreamingHttpResponse):
        drop_stream(response)
    return response


def _answer_post(
    call: Bound, handler: Handler, request: HttpRequest, params: Params
) -> HttpResponseBase:
    return settle_redirect(request, _answer(call, handler, request, params))


async def _aanswer_post(
    call: AsyncBound, handler: Handler, request: HttpRequest, params: Params
) -> HttpResponseBase:
    return settle_redirect(request, await _aanswer(call, handler, request, params))


_SETTLERS = {"HEAD": _answer_own_head, "POST": _answer_post}
_ASETTLERS = {"HEAD": _aanswer_own_head, "POST": _aanswer_post}


def _collect(
    call: Bound, handler: Handler, request: HttpRequest, params: Params
) -> HttpResponseBase:
    """Return a response, and let `after()` know the request until there is one."""
    token = begin(request)
    try:
        return _answer(call, handler, request, params)
    finally:
        end(token)


async def _acollect(call: AsyncBound, request: HttpRequest, params: Params) -> Any:
    """Await a result, and let `after()` know the request until it is there."""
    token = begin(request)
    try:
        return await call(request, params)
    finally:
        end(token)


def _answer_bounded(
    call: Bound, max_body: int, request: HttpRequest, params: Params
) -> Any:
    refuse_over(request, max_body)
    return call(request, params)


async def _aanswer_bounded(
    call: AsyncBound, max_body: int, request: HttpRequest, params: Params
) -> Any:
    refuse_over(request, max_body)
    return await call(request, params)


def _answer_unsafe(
    call: Bound, mode: str, max_body: int | None, request: HttpRequest, params: Params
) -> Any:
    refusal = check_sender(request, mode, max_body)
    return call(request, params) if refusal is None else refusal


async def _aanswer_unsafe(
    call: AsyncBound,
    mode: str,
    max_body: int | None,
    request: HttpRequest,
    params: Params,
) -> Any:
    refusal = await acheck_sender(request, mode, max_body)
    return await call(request, params) if refusal is None else refusal
