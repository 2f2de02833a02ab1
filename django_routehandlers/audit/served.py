"""Say how a route answers a request that it was chosen for."""

import inspect
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.urls import ResolverMatch

from django_routehandlers.audit.answers import Answer, Surrounding
from django_routehandlers.audit.cached import CacheState, read_state
from django_routehandlers.audit.listing import get_path
from django_routehandlers.http.dispatch import get_modes
from django_routehandlers.routing.endpoints import Endpoint
from django_routehandlers.routing.handlers import Handler, get_innermost
from django_routehandlers.table import Table
from django_routehandlers.targets import Target, is_redirect
from django_routehandlers.urls import Mount


def read_served(
    blank: Answer,
    request: HttpRequest,
    mount: Mount,
    target: Target,
    match: ResolverMatch,
) -> Answer:
    """Return a blank answer, filled in with what a route does with a request."""
    endpoint, table, route = target.endpoint, mount.tree.table, target.endpoint.route
    told = replace(
        blank,
        status=None,
        route=get_path(mount, route),
        mount=f"/{mount.prefix}",
        is_automatic=mount.is_automatic,
        app=route.app,
        file=route.file,
        params={name: repr(value) for name, value in match.kwargs.items()},
    )
    if is_redirect(match):
        location = match.func(request)["Location"]
        return replace(told, outcome="redirect", status=308, location=location)
    if route.file in table.broken:
        problems = [str(p) for p in table.all_problems if route.file in p.broken]
        return replace(told, outcome="broken", status=500, problems=problems)
    told = replace(
        told,
        middleware=[*told.middleware, *_find_middleware(endpoint, table)],
        csrf=_find_csrf(endpoint, table, told.method),
        max_body=endpoint.config.get("max_body", table.settings.MAX_BODY),
        allow=list(endpoint.allowed_methods),
    )
    handler = _find_handler(endpoint, told.method)
    if handler is not None:
        return _add_handler(told, handler, target, request, match)
    outcome, status = ("options", 204) if told.method == "OPTIONS" else ("method", 405)
    # A guard of the folder comes before both.
    is_guarded = any(layer.file is not None for layer in told.middleware)
    return replace(told, outcome=outcome, status=None if is_guarded else status)


def _add_handler(
    told: Answer,
    handler: Handler,
    target: Target,
    request: HttpRequest,
    match: ResolverMatch,
) -> Answer:
    cache: CacheState | None = None
    if handler.method == "GET" and target.gate is not None:
        cache = read_state(target.endpoint, target.gate, request, match.kwargs)
    return replace(
        told,
        outcome="handler",
        view=f"{target.endpoint.route.module}.{handler.method}",
        line=_find_line(handler),
        mode="async" if handler.is_async else "sync",
        cache=cache,
    )


def _find_handler(endpoint: Endpoint, method: str) -> Handler | None:
    handler = endpoint.handlers.get(method)
    return endpoint.handlers.get("GET") if not handler and method == "HEAD" else handler


def _find_line(handler: Handler) -> int | None:
    """Return where a handler is written, None if that is in another file, or in C."""
    code: Any = getattr(get_innermost(handler.function), "__code__", None)
    is_own = inspect.iscode(code) and code.co_filename.endswith("route.py")
    return code.co_firstlineno if is_own else None


def _find_csrf(endpoint: Endpoint, table: Table, method: str) -> str:
    mode = str(endpoint.config.get("csrf", table.settings.CSRF))
    return get_modes(endpoint, mode).get(method, mode)


def _find_middleware(endpoint: Endpoint, table: Table) -> Iterator[Surrounding]:
    for file in endpoint.route.middleware:
        for name in table.folders[file.file].names:
            yield Surrounding(name, file.file)
