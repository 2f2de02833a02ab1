"""Prepare the routes of one mount: order, conflicts and views."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.urls import ResolverMatch, URLPattern
from django.urls.converters import get_converters

from django_routehandlers.conf import Settings
from django_routehandlers.folders.layers import Folder, get_folders
from django_routehandlers.folders.views import build_surrounded_views, check_folders
from django_routehandlers.http.atomicity import check_atomicity
from django_routehandlers.http.dispatch import build_broken_view
from django_routehandlers.layers import build_layer
from django_routehandlers.patterns import (
    build_patterns,
    can_match_slash,
    check_converters,
    check_names,
    get_convert,
    get_django_route,
)
from django_routehandlers.registry import Snapshot
from django_routehandlers.routing.conflicts import check_conflicts, has_repeated_param
from django_routehandlers.routing.endpoints import Endpoint
from django_routehandlers.routing.matcher import Convert, Node, build_trie, find_target
from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.segments import UNMATCHABLE
from django_routehandlers.targets import Target

_DOT_SEGMENTS = frozenset({".", ".."})


@dataclass(frozen=True)
class Table:
    """
    Everything a mount answers with, made from one snapshot.

    `endpoints` are all of them, `targets` those whose URLs are known, both in the
    order of precedence; `broken` are the files of those that are refused.
    `folders` are the `middleware.py` that can be used, by file.
    `problems` are those of their order, `all_problems` also those of single files.
    """

    endpoints: tuple[Endpoint, ...]
    targets: tuple[Target, ...]
    problems: tuple[Problem, ...]
    all_problems: tuple[Problem, ...]
    broken: frozenset[str]
    folders: Mapping[str, Folder]
    root: Node[Target]
    settings: Settings

    @cached_property
    def patterns(self) -> list[URLPattern]:
        """
        Return the ordinary URL patterns, in the order of precedence.

        A path that captures one name twice has no regex, and Django compiles all of
        them for any `reverse()`.
        """
        return [
            pattern
            for target in self.targets
            if not has_repeated_param(target.endpoint.route)
            for pattern in build_patterns(
                target.endpoint, target.views.view, self.settings.TRAILING_SLASH
            )
        ]

    def find_match(self, path: str) -> ResolverMatch | None:
        """
        Return the match for a path below the mount, None if no route has it.

        Where TRAILING_SLASH wants the path spelt otherwise, the match is a view
        that redirects; the mount's own root never is.
        """
        # The first test is the cheap one; the second knows what it must not refuse.
        if not path.isprintable() and UNMATCHABLE.search(path):
            return None
        segments = path.split("/")
        # No client sends these on purpose (RFC 3986, 5.2.4), and handlers that look
        # for a file by a captured path had better not get them.
        if "." in path and not _DOT_SEGMENTS.isdisjoint(segments):
            return None
        has_slash = not segments[-1]
        if has_slash:
            segments.pop()
        found = find_target(self.root, segments)
        if found is None:
            return None
        target, values = found
        if has_slash is target.ends_with_slash or not path:
            return target.get_match(values)
        return self._find_other_spelling(target, values)

    def _find_other_spelling(
        self, target: Target, values: list[Any]
    ) -> ResolverMatch | None:
        mode = self.settings.TRAILING_SLASH
        if mode == "ignore":
            return target.get_match(values)
        if mode == "strict":
            return None
        return target.get_redirect(values)


def build_table(snapshot: Snapshot, settings: Settings) -> Table:
    """Return the table of the endpoints of a snapshot."""
    endpoints = sorted(snapshot.endpoints, key=lambda endpoint: endpoint.route.shape)
    folders = get_folders(snapshot.middleware)
    found = (*_check_endpoints(endpoints), *check_folders(endpoints, folders))
    problems = sorted(set(found))
    all_problems = (*snapshot.problems, *problems)
    broken = _group_errors(all_problems)
    converters = get_usable_converters(endpoints)
    targets = [
        _build_target(endpoint, broken, folders, settings)
        for endpoint in endpoints
        if _is_placeable(endpoint.route, converters)
    ]
    return Table(
        tuple(endpoints),
        tuple(targets),
        tuple(problems),
        all_problems,
        frozenset(broken),
        folders,
        build_trie(((t.endpoint.route.shape, t) for t in targets), converters),
        settings,
    )


def _check_endpoints(endpoints: list[Endpoint]) -> Iterator[Problem]:
    yield from check_conflicts(endpoint.route for endpoint in endpoints)
    yield from check_names(endpoints)
    for endpoint in endpoints:
        yield from check_atomicity(endpoint)
        yield from check_converters(endpoint.route)


def _group_errors(problems: Iterable[Problem]) -> dict[str, list[Problem]]:
    errors: dict[str, list[Problem]] = defaultdict(list)
    for problem in problems:
        for file in problem.broken:
            errors[file].append(problem)
    return errors


def _build_target(
    endpoint: Endpoint,
    broken: Mapping[str, list[Problem]],
    folders: Mapping[str, Folder],
    settings: Settings,
) -> Target:
    route = get_django_route(endpoint.route, settings.TRAILING_SLASH)
    if problems := broken.get(endpoint.route.file):
        return Target(endpoint, build_broken_view(endpoint, problems), route)
    layer = build_layer(endpoint)
    defaults = {"csrf": settings.CSRF, "max_body": settings.MAX_BODY}
    configured = replace(endpoint, config={**defaults, **endpoint.config})
    views = build_surrounded_views(configured, layer, folders)
    return Target(endpoint, views, route, layer.gate)


def get_usable_converters(endpoints: Iterable[Endpoint]) -> dict[str, Convert]:
    """Return what reads the typed segments of some endpoints, by converter's name."""
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
