"""Find the route that a path means, and what the path gives it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from django.apps import apps
from django.http import HttpRequest
from django.urls import Resolver404, ResolverMatch, resolve

from django_routehandlers.cache.places import is_plain, suggest
from django_routehandlers.conf import get_settings
from django_routehandlers.exceptions import RouteHandlersError
from django_routehandlers.http.dispatch import build_broken_view
from django_routehandlers.patterns import write_path
from django_routehandlers.registry import Snapshot, get_snapshot
from django_routehandlers.routing.endpoints import Endpoint
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.segments import Segment, SegmentKind
from django_routehandlers.table import build_table
from django_routehandlers.urls import find_app_name, find_root_mounts


@dataclass(frozen=True, slots=True)
class Found:
    """One endpoint, a URL of it and what the URL gives."""

    endpoint: Endpoint
    url: str
    match: ResolverMatch


def find_route(
    path: str, params: Mapping[str, Any] | None = None, app: str | None = None
) -> Found:
    """
    Return the endpoint of a path, a URL of it, and what the URL gives.

    The path is one of folders, which `params` fill, or else a URL path that ROOT_URLCONF
    serves. Raise `BrokenRouteError` for a route that is refused, `ValueError` for
    params that the path does not take, and `RouteHandlersError` for other paths.
    """
    endpoint = find_endpoint(path, app)
    if endpoint is None:
        found = _resolve(path, app)
        if params:
            raise RouteHandlersError(
                f"{path!r} is the path of a URL, which has its params in it.",
                f"Leave params out, or write {found.endpoint.route.path!r}.",
            )
        _refuse_broken(found.endpoint)
        return found
    _refuse_broken(endpoint)
    return _fill(endpoint, dict(params or {}))


def find_endpoint(path: str, app: str | None = None) -> Endpoint | None:
    """
    Return the endpoint of a folder path, None if no route has it.

    `app` is the name or the label of its app. Raise `RouteHandlersError` if the
    routes of several apps have it, and none was named.
    """
    name = _find_app(app)
    found = [
        endpoint
        for endpoint in get_snapshot().endpoints
        if endpoint.route.path == path and name in (None, endpoint.route.app)
    ]
    if len({endpoint.route.app for endpoint in found}) > 1:
        files = " and ".join(sorted(endpoint.route.file for endpoint in found))
        raise RouteHandlersError(
            f"{files} have the path {path!r}.", "Say which app is meant: app='...'."
        )
    return found[0] if found else None


def _find_app(app: str | None) -> str | None:
    name = None if app is None else find_app_name(app)
    if name is None and app is not None:
        known = [config.label for config in apps.get_app_configs()]
        raise RouteHandlersError(
            f"No installed app is named or labelled {app!r}.{suggest(app, known)}"
        )
    return name


def resolve_endpoint(path: str, app: str | None = None) -> Endpoint:
    """Return the endpoint that answers a URL path, or raise `RouteHandlersError`."""
    return _resolve(path, app).endpoint


def _resolve(path: str, app: str | None) -> Found:
    name = _find_app(app)
    try:
        match = resolve(unquote(urlsplit(path).path))
    except Resolver404:
        raise _get_refusal(path) from None
    for endpoint in get_snapshot().endpoints:
        is_wanted = name in (None, endpoint.route.app)
        if is_wanted and endpoint.route.module == match.func.__module__:
            return Found(endpoint, path, match)
    raise _get_refusal(path)


def _get_refusal(path: str) -> RouteHandlersError:
    known = [endpoint.route.path for endpoint in get_snapshot().endpoints]
    return RouteHandlersError(
        f"No route has the folder path {path!r}, and none answers at such a URL."
        f"{suggest(path, known)}",
        "manage.py routes lists all of them.",
    )


def _refuse_broken(endpoint: Endpoint) -> None:
    file, app = endpoint.route.file, endpoint.route.app
    tables = [m.tree.table for m in find_root_mounts() if m.serves(app)]
    if not tables:
        tables.append(build_table(get_snapshot(frozenset({app})), get_settings()))
    if all(file in table.broken for table in tables):
        found = [p for p in tables[0].all_problems if file in p.broken]
        build_broken_view(endpoint, found).view(HttpRequest())


def _fill(endpoint: Endpoint, params: dict[str, Any]) -> Found:
    route, settings = endpoint.route, get_settings()
    for segment in route.segments:
        if segment.kind is SegmentKind.OPTIONAL_CATCH_ALL:
            params.setdefault(segment.name, [])
    text = write_path(_read_text(route, params), params, settings.TRAILING_SLASH)
    alone = replace(endpoint, route=replace(route, middleware=()))
    match = build_table(Snapshot((alone,), ()), settings).find_match(text)
    if match is None:
        raise ValueError(f"{route.path!r} does not match the path '/{text}'.")
    url = quote(f"/{_find_prefix(route.app)}{text}")
    return Found(endpoint, url, match)


def _read_text(route: Route, params: Mapping[str, Any]) -> Route:
    """Return a route that takes each str as the URL has it, converters or not."""
    folders = [
        Segment(SegmentKind.DYNAMIC, folder.name)
        if folder.kind is SegmentKind.TYPED and isinstance(params.get(folder.name), str)
        else folder
        for folder in route.folders
    ]
    return replace(route, folders=tuple(folders))


def _find_prefix(app: str) -> str:
    """Return what stands before the routes of an app, "" if nobody can tell."""
    prefixes = [mount.prefix for mount in find_root_mounts() if mount.serves(app)]
    return next((prefix for prefix in prefixes if is_plain(prefix)), "")
