"""Prepare the routes of one mount: order, conflicts, views and patterns."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import ResolverMatch, URLPattern
from django.urls.converters import get_converters
from django.utils.encoding import escape_uri_path
from django.utils.http import escape_leading_slashes

from django_routehandlers.conf import Settings
from django_routehandlers.http.atomicity import check_atomicity
from django_routehandlers.http.dispatch import (
    View,
    Views,
    build_broken_view,
    build_views,
)
from django_routehandlers.patterns import (
    build_patterns,
    can_match_slash,
    get_convert,
)
from django_routehandlers.registry import Snapshot
from django_routehandlers.routing.conflicts import check_conflicts
from django_routehandlers.routing.endpoints import Endpoint
from django_routehandlers.routing.matcher import Node, build_trie, find_target
from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.segments import UNMATCHABLE, SegmentKind


@dataclass(frozen=True, slots=True)
class Target:
    """
    One endpoint as a mount serves it.

    `match` and `async_match` make its `ResolverMatch` for a request under WSGI
    and under ASGI.
    """

    endpoint: Endpoint
    params: tuple[str, ...]
    ends_with_slash: bool
    match: "type[RouteMatch]"
    async_match: "type[RouteMatch] | None"


@dataclass(frozen=True, slots=True)
class Table:
    """Everything a mount answers with, made from one snapshot."""

    snapshot: Snapshot
    endpoints: tuple[Endpoint, ...]
    problems: tuple[Problem, ...]
    patterns: tuple[URLPattern, ...]
    broken: frozenset[str]
    root: Node[Target]
    settings: Settings

    def find_match(self, path: str) -> ResolverMatch | None:
        """
        Return the match for a path below the mount, None if no route has it.

        Where TRAILING_SLASH wants the path spelt otherwise, the match is a view
        that redirects; the mount's own root never is.
        """
        # The first test is the cheap one; the second knows what it must not refuse.
        if not path.isprintable() and UNMATCHABLE.search(path):
            return None
        if path == "/":
            return None
        segments = path.split("/") if path else []
        has_slash = path.endswith("/")
        if has_slash:
            segments.pop()
        found = find_target(self.root, segments)
        if found is None:
            return None
        target, values = found
        if has_slash is target.ends_with_slash or not path:
            return _get_match(target, values)
        return self._get_other_spelling(target, values)

    def _get_other_spelling(
        self, target: Target, values: list[Any]
    ) -> ResolverMatch | None:
        mode = self.settings.TRAILING_SLASH
        if mode == "ignore":
            return _get_match(target, values)
        if mode == "strict":
            return None
        match = _get_match(target, values)
        match.func = _aredirect if _is_on_event_loop() else _redirect
        return match


_new = object.__new__


def _get_match(target: Target, values: list[Any]) -> ResolverMatch:
    make = target.match
    if target.async_match is not None and _is_on_event_loop():
        make = target.async_match
    match = _new(make)
    # One value per param, by construction of the trie.
    match.kwargs = match.captured_kwargs = dict(zip(target.params, values))  # noqa: B905
    return match


class RouteMatch(ResolverMatch):
    """A match made from its class, see `_get_match_class`."""

    captured_kwargs: dict[str, Any]


def _get_match_class(view: View, name: str, route: str) -> type[RouteMatch]:
    """
    Return a class whose instances have everything of a match but the params.

    Django makes two matches per request, and `ResolverMatch.__init__` is the
    dearest step of a look-up. Here it runs once, and its results are attributes
    of the class.
    """
    finished = vars(ResolverMatch(view, (), {}, name, route=route, extra_kwargs={}))
    return type("RouteMatch", (RouteMatch,), finished | {"func": staticmethod(view)})


def _is_on_event_loop() -> bool:
    """Tell whether Django is serving this request under ASGI."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


class _PermanentRedirect(HttpResponsePermanentRedirect):
    status_code = 308


def _redirect(request: HttpRequest, **params: Any) -> HttpResponse:
    path = request.path[:-1] if request.path.endswith("/") else f"{request.path}/"
    query = request.META.get("QUERY_STRING", "")
    # A path that starts with two slashes would name another host.
    location = escape_leading_slashes(escape_uri_path(path))
    return _PermanentRedirect(f"{location}?{query}" if query else location)


async def _aredirect(request: HttpRequest, **params: Any) -> HttpResponse:
    return _redirect(request)


for _view in (_redirect, _aredirect):
    # It tells nothing that the path did not, and comes before all middleware.
    vars(_view).update(csrf_exempt=True, login_required=False)


def build_table(
    snapshot: Snapshot, endpoints: Iterable[Endpoint], settings: Settings
) -> Table:
    """Return the table of some endpoints of a snapshot."""
    endpoints = sorted(endpoints, key=lambda endpoint: endpoint.route.shape)
    problems = [*_check_endpoints(endpoints)]
    converters = _get_usable_converters(endpoints)
    served = [e for e in endpoints if _is_placeable(e.route, converters)]
    broken = _group_errors([*snapshot.problems, *problems])
    targets: list[tuple[Any, Target]] = []
    patterns: list[URLPattern] = []
    for endpoint in served:
        views = _build_endpoint_views(endpoint, broken, settings)
        made = list(_build_patterns(endpoint, views.view, settings))
        patterns += made
        targets.append((endpoint.route.shape, _build_target(endpoint, views, made)))
    return Table(
        snapshot,
        tuple(endpoints),
        tuple(sorted(set(problems))),
        tuple(patterns),
        frozenset(broken),
        build_trie(targets, converters),
        settings,
    )


def _check_endpoints(endpoints: list[Endpoint]) -> Iterator[Problem]:
    yield from check_conflicts(endpoint.route for endpoint in endpoints)
    yield from _check_names(endpoints)
    for endpoint in endpoints:
        yield from check_atomicity(endpoint)
        yield from _check_converters(endpoint.route)


def _group_errors(problems: list[Problem]) -> dict[str, list[Problem]]:
    errors: dict[str, list[Problem]] = defaultdict(list)
    for problem in problems:
        if problem.is_error:
            for file in problem.files:
                errors[file].append(problem)
    return errors


def _build_endpoint_views(
    endpoint: Endpoint, broken: Mapping[str, list[Problem]], settings: Settings
) -> Views:
    if problems := broken.get(endpoint.route.file):
        return build_broken_view(endpoint, problems)
    return build_views(endpoint, settings.CSRF)


def _build_patterns(
    endpoint: Endpoint, view: View, settings: Settings
) -> Iterator[URLPattern]:
    return build_patterns(
        endpoint.route,
        view,
        get_names(endpoint),
        get_converters(),
        ends_with_slash=ends_with_slash(endpoint.route, settings.TRAILING_SLASH),
    )


def _build_target(
    endpoint: Endpoint, views: Views, patterns: list[URLPattern]
) -> Target:
    # The pattern of the folder path, and of an optional rest the longer form.
    pattern = next(p for p in reversed(patterns) if p.name == endpoint.route.path)
    name, route = endpoint.route.path, str(pattern.pattern)
    return Target(
        endpoint,
        endpoint.route.params,
        route.endswith("/"),
        _get_match_class(views.view, name, route),
        _get_match_class(views.async_view, name, route) if views.async_view else None,
    )


def get_names(endpoint: Endpoint) -> tuple[str, ...]:
    """Return the URL names of an endpoint: its folder path, then its short name."""
    name = endpoint.config.get("name")
    path = endpoint.route.path
    return (path, name) if isinstance(name, str) and name != path else (path,)


def ends_with_slash(route: Route, mode: str) -> bool:
    """
    Tell whether the URLs of a route end with a slash.

    In mode "always" those of files do not, as in Next.js: a last folder that is
    static and has a dot, and everything below `.well-known`.
    """
    if mode != "always" or not route.segments:
        return False
    statics = [s.name for s in route.segments if s.kind is SegmentKind.STATIC]
    is_last_static = route.segments[-1].kind is SegmentKind.STATIC
    is_file = is_last_static and "." in route.segments[-1].name
    return not is_file and ".well-known" not in statics


def _check_names(endpoints: list[Endpoint]) -> Iterator[Problem]:
    files: dict[str, list[str]] = defaultdict(list)
    for endpoint in endpoints:
        for name in get_names(endpoint)[1:]:
            files[name].append(endpoint.route.file)
    paths = {endpoint.route.path: endpoint.route.file for endpoint in endpoints}
    for name, named in files.items():
        if name in paths:
            named.append(paths[name])
        if len(named) > 1:
            yield Problem(
                tuple(sorted(named)),
                "E017",
                f"{len(named)} routes have the URL name {name!r}.",
                "Give each route a name of its own.",
            )


def _check_converters(route: Route) -> Iterator[Problem]:
    known = get_converters()
    for segment in route.segments:
        if segment.kind is not SegmentKind.TYPED:
            continue
        converter = known.get(segment.converter)
        if converter is None:
            message = f"'{segment}' names a path converter that is not registered."
            hint = (
                f"Register it with django.urls.register_converter, or use one of: "
                f"{', '.join(sorted(known))}."
            )
            yield Problem((route.file,), "E009", message, hint)
        elif can_match_slash(converter):
            message = f"'{segment}' names a path converter that also matches a slash."
            hint = f"Use '[...{segment.name}]' for more than one segment."
            yield Problem((route.file,), "E009", message, hint)


def _get_usable_converters(endpoints: list[Endpoint]) -> dict[str, Any]:
    known = get_converters()
    wanted = {s.converter for e in endpoints for s in e.route.segments if s.converter}
    return {
        name: get_convert(known[name])
        for name in wanted
        if name in known and not can_match_slash(known[name])
    }


def _is_placeable(route: Route, converters: Mapping[str, Any]) -> bool:
    """Tell whether it is known which URLs a route has."""
    return all(s.converter in converters for s in route.segments if s.converter)
