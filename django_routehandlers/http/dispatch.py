"""Turn an endpoint into one Django view."""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from django_routehandlers.exceptions import BrokenRouteError, HttpError
from django_routehandlers.http.atomicity import get_aliases, get_atomic_aliases
from django_routehandlers.http.binding import Params, bind
from django_routehandlers.http.cross_site import acheck_sender, check_sender
from django_routehandlers.http.csrf import SAFE_METHODS
from django_routehandlers.http.methods import answer_itself, drop_body, settle_redirect
from django_routehandlers.http.problems import error_response
from django_routehandlers.http.response import is_answer, to_response
from django_routehandlers.routing.endpoints import Endpoint
from django_routehandlers.routing.handlers import Handler
from django_routehandlers.routing.problems import Problem

View = Callable[..., Any]
Call = Callable[[HttpRequest, Params], HttpResponseBase]
AsyncCall = Callable[[HttpRequest, Params], Awaitable[HttpResponseBase]]

# Attributes of a handler that say something about itself alone.
_OWN_ATTRIBUTES = frozenset({"__wrapped__", "csrf_exempt", "_non_atomic_requests"})


@dataclass(frozen=True, slots=True)
class Views:
    """
    The view of an endpoint, and the async one beside it where handlers are mixed.

    Under WSGI `view` answers; under ASGI `async_view` does, if there is one, so
    that a handler crosses between threads at most once.
    """

    view: View
    async_view: View | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    """What every request to an endpoint needs, decided when it was read."""

    allow: str
    csrf_modes: Mapping[str, str]
    csrf: str


def build_views(endpoint: Endpoint, csrf: str) -> Views:
    """
    Return the view of an endpoint; `csrf` is the mode where it sets none.

    The view is an ordinary one to middleware: it takes the request and the params
    by name. It carries the attributes on which all handlers agree, such as that
    of `login_not_required`.
    """
    plan = _read_plan(endpoint, csrf)
    is_async = {handler.is_async for handler in endpoint.handlers.values()}
    if is_async == {True}:
        return Views(_present(_build_async_view(endpoint, plan), endpoint))
    view = _present(_build_view(endpoint, plan), endpoint)
    if is_async == {True, False}:
        return Views(view, _present(_build_async_view(endpoint, plan), endpoint))
    return Views(view)


def build_broken_view(endpoint: Endpoint, problems: Iterable[Problem]) -> Views:
    """Return a view that fails with the problems for which a route is refused."""
    reasons = [f"{problem.message} {problem.hint}" for problem in problems]

    def view(request: HttpRequest, **params: Any) -> HttpResponseBase:
        message = f"{endpoint.route.file} can't answer."
        raise BrokenRouteError(message, " ".join(reasons)) from endpoint.error

    return Views(_present(view, endpoint))


def _read_plan(endpoint: Endpoint, csrf: str) -> _Plan:
    mode = endpoint.config.get("csrf", csrf)
    exempt = {
        method: "off"
        for method, handler in endpoint.handlers.items()
        if getattr(handler.function, "csrf_exempt", False)
    }
    return _Plan(", ".join(endpoint.allowed_methods), exempt, mode)


def _present(view: View, endpoint: Endpoint) -> View:
    """Give a view the name, the place and the marks that Django and tools read."""
    handlers = list(endpoint.handlers.values())
    vars(view).update(_get_shared_attributes(handlers))
    # CsrfViewMiddleware leaves the decision to us; transactions are ours, too.
    vars(view).update(csrf_exempt=True, _non_atomic_requests=get_aliases())
    view.__module__ = endpoint.route.module
    view.__name__ = view.__qualname__ = handlers[0].method if handlers else "route"
    view.__doc__ = endpoint.module.__doc__ if endpoint.module else None
    return view


def _get_shared_attributes(handlers: list[Handler]) -> dict[str, Any]:
    if not handlers:
        return {}
    first, *others = [getattr(h.function, "__dict__", {}) for h in handlers]
    return {
        name: value
        for name, value in first.items()
        if name not in _OWN_ATTRIBUTES
        and all(name in other and other[name] == value for other in others)
    }


def _build_view(endpoint: Endpoint, plan: _Plan) -> View:
    calls = _complete({m: _build_call(endpoint, m) for m in endpoint.handlers})

    def view(request: HttpRequest, **params: Any) -> HttpResponseBase:
        method = request.method or ""
        if method not in SAFE_METHODS:
            mode = plan.csrf_modes.get(method, plan.csrf)
            if (refusal := check_sender(request, mode)) is not None:
                return refusal
        call = calls.get(method)
        if call is None:
            return answer_itself(method, plan.allow)
        try:
            return call(request, params)
        except HttpError as exc:
            return error_response(exc)

    return view


def _build_async_view(endpoint: Endpoint, plan: _Plan) -> View:
    calls = _acomplete({m: _build_async_call(endpoint, m) for m in endpoint.handlers})

    async def view(request: HttpRequest, **params: Any) -> HttpResponseBase:
        method = request.method or ""
        if method not in SAFE_METHODS:
            mode = plan.csrf_modes.get(method, plan.csrf)
            if (refusal := await acheck_sender(request, mode)) is not None:
                return refusal
        call = calls.get(method)
        if call is None:
            return answer_itself(method, plan.allow)
        try:
            return await call(request, params)
        except HttpError as exc:
            return error_response(exc)

    return view


def _complete(calls: dict[str, Call]) -> dict[str, Call]:
    """Add what follows from the methods: HEAD from GET, 303 after a form POST."""
    if "GET" in calls and "HEAD" not in calls:
        get = calls["GET"]
        calls["HEAD"] = lambda request, params: drop_body(get(request, params))
    if "POST" in calls:
        post = calls["POST"]
        calls["POST"] = lambda request, params: settle_redirect(
            request, post(request, params)
        )
    return calls


def _acomplete(calls: dict[str, AsyncCall]) -> dict[str, AsyncCall]:
    """Do as `_complete` does, for calls that are awaited."""
    if "GET" in calls and "HEAD" not in calls:
        calls["HEAD"] = _aafter(calls["GET"], lambda _, response: drop_body(response))
    if "POST" in calls:
        calls["POST"] = _aafter(calls["POST"], settle_redirect)
    return calls


def _aafter(
    call: AsyncCall,
    change: Callable[[HttpRequest, HttpResponseBase], HttpResponseBase],
) -> AsyncCall:
    async def changed(request: HttpRequest, params: Params) -> HttpResponseBase:
        return change(request, await call(request, params))

    return changed


def _build_call(endpoint: Endpoint, method: str) -> Call:
    handler = endpoint.handlers[method]
    bound = bind(handler, endpoint.route.params)

    def call(request: HttpRequest, params: Params) -> HttpResponseBase:
        result = bound(request, params)
        # Also a sync decorator may hand on the coroutine of an async function.
        if not is_answer(result) and inspect.isawaitable(result):
            result = async_to_sync(_wait)(result)
        return to_response(result, handler)

    for alias in get_atomic_aliases(handler):
        call = transaction.atomic(using=alias)(call)
    return call


def _build_async_call(endpoint: Endpoint, method: str) -> AsyncCall:
    handler = endpoint.handlers[method]
    if not handler.is_async:
        return sync_to_async(_build_call(endpoint, method), thread_sensitive=True)
    bound = bind(handler, endpoint.route.params)

    async def call(request: HttpRequest, params: Params) -> HttpResponseBase:
        return to_response(await bound(request, params), handler)

    return call


async def _wait(result: Awaitable[Any]) -> Any:
    return await result
