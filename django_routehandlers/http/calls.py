"""Compose what happens between a view and one of its handlers."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from django_routehandlers.http.atomicity import get_atomic_aliases
from django_routehandlers.http.binding import Bound, Params, bind
from django_routehandlers.http.cross_site import acheck_sender, check_sender
from django_routehandlers.http.csrf import SAFE_METHODS
from django_routehandlers.http.methods import drop_body, settle_redirect
from django_routehandlers.http.response import PLAIN, to_response
from django_routehandlers.routing.endpoints import Endpoint
from django_routehandlers.routing.handlers import Handler

Call = Callable[[HttpRequest, Params], HttpResponseBase]
AsyncBound = Callable[[HttpRequest, Params], Awaitable[Any]]
AsyncCall = Callable[[HttpRequest, Params], Awaitable[HttpResponseBase]]
Change = Callable[[HttpRequest, HttpResponseBase], HttpResponseBase]


def build_calls(
    endpoint: Endpoint, modes: dict[str, str]
) -> Mapping[str | None, Bound]:
    """
    Return what a sync view calls for each method that it answers.

    A call may return the handler's own value; `finish` makes a response of it.
    `modes` has the cross-site mode of each exported method.
    """
    handlers, params = endpoint.handlers, endpoint.route.params
    calls = {method: _build(handlers[method], params) for method in handlers}
    if "GET" in calls and "HEAD" not in calls:
        calls["HEAD"] = _then(_complete(calls["GET"], handlers["GET"]), _drop_body)
    if "POST" in calls:
        calls["POST"] = _then(
            _complete(calls["POST"], handlers["POST"]), settle_redirect
        )
    return {
        method: call if method in SAFE_METHODS else _guard(call, modes[method])
        for method, call in calls.items()
    }


def abuild_calls(
    endpoint: Endpoint, modes: dict[str, str]
) -> Mapping[str | None, AsyncBound]:
    """Return what an async view awaits for each method that it answers."""
    handlers, params = endpoint.handlers, endpoint.route.params
    calls = {method: _abuild(handlers[method], params) for method in handlers}
    if "GET" in calls and "HEAD" not in calls:
        calls["HEAD"] = _athen(_acomplete(calls["GET"], handlers["GET"]), _drop_body)
    if "POST" in calls:
        calls["POST"] = _athen(
            _acomplete(calls["POST"], handlers["POST"]), settle_redirect
        )
    return {
        method: call if method in SAFE_METHODS else _aguard(call, modes[method])
        for method, call in calls.items()
    }


def finish(result: Any, handler: Handler) -> HttpResponseBase:
    """
    Return a handler's value as a response.

    A sync decorator around an async function hands on its coroutine, which is
    run here.
    """
    if result.__class__ not in PLAIN and inspect.isawaitable(result):
        result = async_to_sync(_wait)(result)
    return to_response(result, handler)


async def _wait(result: Awaitable[Any]) -> Any:
    return await result


def _build(handler: Handler, params: tuple[str, ...]) -> Bound:
    call = bind(handler, params)
    for alias in get_atomic_aliases(handler):
        # What is raised rolls back, also by a value that is no answer.
        call = transaction.atomic(using=alias)(_complete(call, handler))
    return call


def _abuild(handler: Handler, params: tuple[str, ...]) -> AsyncBound:
    if handler.is_async:
        return bind(handler, params)
    return sync_to_async(
        _complete(_build(handler, params), handler), thread_sensitive=True
    )


def _complete(call: Bound, handler: Handler) -> Call:
    def completed(request: HttpRequest, params: Params) -> HttpResponseBase:
        return finish(call(request, params), handler)

    return completed


def _acomplete(call: AsyncBound, handler: Handler) -> AsyncCall:
    async def completed(request: HttpRequest, params: Params) -> HttpResponseBase:
        return to_response(await call(request, params), handler)

    return completed


def _then(call: Call, change: Change) -> Call:
    def changed(request: HttpRequest, params: Params) -> HttpResponseBase:
        return change(request, call(request, params))

    return changed


def _athen(call: AsyncCall, change: Change) -> AsyncCall:
    async def changed(request: HttpRequest, params: Params) -> HttpResponseBase:
        return change(request, await call(request, params))

    return changed


def _drop_body(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    return drop_body(response)


def _guard(call: Bound, mode: str) -> Bound:
    def guarded(request: HttpRequest, params: Params) -> Any:
        refusal = check_sender(request, mode)
        return call(request, params) if refusal is None else refusal

    return guarded


def _aguard(call: AsyncBound, mode: str) -> AsyncBound:
    async def guarded(request: HttpRequest, params: Params) -> Any:
        refusal = await acheck_sender(request, mode)
        return await call(request, params) if refusal is None else refusal

    return guarded
