"""Turn an endpoint into one Django view."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse

from django_routehandlers.exceptions import BrokenRouteError
from django_routehandlers.http.atomicity import EVERY_ALIAS
from django_routehandlers.http.calls import Layer, abuild_calls, build_calls, finish
from django_routehandlers.http.cross_site import acheck_sender, check_sender
from django_routehandlers.http.csrf import SAFE_METHODS
from django_routehandlers.http.errors import aanswer_error, answer_error
from django_routehandlers.http.methods import answer_itself
from django_routehandlers.http.problems import ERRORS
from django_routehandlers.http.response import settle, to_response
from django_routehandlers.http.templates import watch
from django_routehandlers.routing.endpoints import Endpoint
from django_routehandlers.routing.handlers import Handler
from django_routehandlers.routing.problems import Problem

View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Views:
    """
    The view of an endpoint, and the async one beside it where handlers are mixed.

    Under WSGI `view` answers; under ASGI `async_view` does, if there is one, so
    that a handler crosses between threads at max_body once.
    """

    view: View
    async_view: View | None = None


def build_views(endpoint: Endpoint, layer: Layer | None = None) -> Views:
    """
    Return the views of an endpoint.

    `layer` is what lies between the view and its handlers, if anything does.

    The view is an ordinary one to middleware: it takes the request and the params
    by name. What a URLconf captures before the route stays in `resolver_match`; the
    handler gets its own path's. It carries the attributes on which all handlers agree, such as that
    of `login_not_required`.
    """
    mode = get_mode(endpoint)
    is_async = {handler.is_async for handler in endpoint.handlers.values()}
    if is_async == {True}:
        return Views(_present(_build_async_view(endpoint, mode, layer), endpoint))
    view = _present(_build_view(endpoint, mode, layer), endpoint)
    if is_async == {True, False}:
        return Views(view, _present(_build_async_view(endpoint, mode, layer), endpoint))
    return Views(view)


def build_broken_view(endpoint: Endpoint, problems: Iterable[Problem]) -> Views:
    """Return a view that fails with the problems for which a route is refused."""
    reasons = [_explain(problem, endpoint.route.file) for problem in problems]

    def view(request: HttpRequest, /, *args: Any, **params: Any) -> HttpResponseBase:
        message = f"{endpoint.route.file} can't answer."
        raise BrokenRouteError(message, " ".join(reasons)) from endpoint.error

    return Views(_present(view, endpoint))


def _explain(problem: Problem, file: str) -> str:
    others = ", ".join(other for other in problem.files if other != file)
    also = f" (also: {others})" if others else ""
    return f"{problem.message}{also} {problem.hint}"


def _build_view(endpoint: Endpoint, mode: str, layer: Layer | None) -> View:
    calls = build_calls(endpoint, get_modes(endpoint, mode), layer)
    handlers = _get_answering(endpoint)
    allow = ", ".join(endpoint.allowed_methods)
    names = endpoint.route.params
    max_body = endpoint.config.get("max_body")

    def view(request: HttpRequest, /, *args: Any, **params: Any) -> HttpResponseBase:
        if len(params) != len(names):
            params = {name: params[name] for name in names}
        method = request.method
        call = calls.get(method)
        try:
            if call is None:
                is_safe = method in SAFE_METHODS
                refusal = None if is_safe else check_sender(request, mode, max_body)
                return refusal or answer_itself(method, allow)
            result = call(request, params)
            if not isinstance(result, HttpResponseBase):
                result = finish(result, handlers[method])
            return result if type(result) is HttpResponse else _settle(request, result)
        except ERRORS as exc:
            return answer_error(request, exc)

    return view


def _build_async_view(endpoint: Endpoint, mode: str, layer: Layer | None) -> View:
    calls = abuild_calls(endpoint, get_modes(endpoint, mode), layer)
    handlers = _get_answering(endpoint)
    allow = ", ".join(endpoint.allowed_methods)
    names = endpoint.route.params
    max_body = endpoint.config.get("max_body")

    async def view(
        request: HttpRequest, /, *args: Any, **params: Any
    ) -> HttpResponseBase:
        if len(params) != len(names):
            params = {name: params[name] for name in names}
        method = request.method
        call = calls.get(method)
        try:
            if call is None:
                is_safe = method in SAFE_METHODS
                refusal = (
                    None if is_safe else await acheck_sender(request, mode, max_body)
                )
                return refusal or answer_itself(method, allow)
            result = await call(request, params)
            if not isinstance(result, HttpResponseBase):
                result = to_response(result, handlers[method])
            return result if type(result) is HttpResponse else _settle(request, result)
        except ERRORS as exc:
            return await aanswer_error(request, exc)

    return view


def _settle(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if isinstance(response, SimpleTemplateResponse):
        return watch(request, response)
    return settle(request, response)


def get_mode(endpoint: Endpoint) -> str:
    """Return the cross-site mode that an endpoint sets, the strict one for none."""
    return str(endpoint.config.get("csrf", "origin"))


def get_modes(endpoint: Endpoint, mode: str) -> dict[str, str]:
    """Return the cross-site mode of each method; Django's csrf_exempt counts."""
    return {
        method: "off" if getattr(handler.function, "csrf_exempt", False) else mode
        for method, handler in endpoint.handlers.items()
    }


def _get_answering(endpoint: Endpoint) -> Mapping[str | None, Handler]:
    """Return the handler that answers each method; GET's answers HEAD, too."""
    handlers: dict[str | None, Handler] = dict(endpoint.handlers.items())
    if "GET" in handlers:
        handlers.setdefault("HEAD", handlers["GET"])
    return handlers


def _present(view: View, endpoint: Endpoint) -> View:
    """Give a view the name, the place and the marks that Django and tools read."""
    handlers = list(endpoint.handlers.values())
    vars(view).update(_get_shared_attributes(handlers))
    # CsrfViewMiddleware leaves the decision to us; transactions are ours, too.
    vars(view).update(csrf_exempt=True, _non_atomic_requests=EVERY_ALIAS)
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
        if not name.startswith("_")
        and all(name in other and other[name] == value for other in others)
    }
