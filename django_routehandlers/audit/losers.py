"""Find the routes that did not answer a path, and say why."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.apps import apps

from django_routehandlers.audit.candidates import (
    Comparison,
    compare_route,
    explain_order,
    was_tried,
)
from django_routehandlers.audit.listing import get_path
from django_routehandlers.conf import SETTING, check_settings, get_settings
from django_routehandlers.patterns import ends_with_slash
from django_routehandlers.registry import find_routes_folder
from django_routehandlers.routing.discovery import discover_routes
from django_routehandlers.routing.endpoints import Endpoint
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.segments import UNMATCHABLE, SegmentKind
from django_routehandlers.table import get_usable_converters
from django_routehandlers.urls import Mount

# So many routes are shown that were tried in vain, and that came near to a path.
MOST_TRIED = 5
MOST_NEAREST = 3

# Of two names of segments that are to be alike.
_LEAST_LIKENESS = 0.6
_LONGEST_COMPARED = 100


@dataclass(frozen=True, slots=True)
class Candidate:
    """A route or a view that did not answer: its path, its file or name, and why."""

    path: str
    file: str
    reason: str


def split_path(path: str) -> list[str]:
    """
    Return the segments of a path below a mount, as its table looks for them.

    >>> split_path("items/3/"), split_path("")
    (['items', '3'], [])
    """
    parts = path.split("/")
    return parts if parts[-1] else parts[:-1]


def compare_all(mount: Mount, path: str) -> list[Comparison]:
    """Return how far each route of a mount takes the path below it."""
    endpoints = mount.tree.table.endpoints
    return _compare([e.route for e in endpoints], split_path(path))


def _compare(routes: Iterable[Route], parts: Sequence[str]) -> list[Comparison]:
    routes = list(routes)
    converters = get_usable_converters(map(Endpoint, routes))
    return [compare_route(route, parts, converters) for route in routes]


def find_losers(mount: Mount, winner: Route, path: str) -> Iterator[Candidate]:
    """
    Yield the routes of a mount that another one was chosen over.

    First those that the matcher tried and had to turn back from, as far as they tell
    something: the deepest ones, and those that a converter refused.
    """
    comparisons = compare_all(mount, path)
    tried = [c for c in comparisons if was_tried(c, winner)]
    deepest = max((c.depth for c in tried), default=0)
    telling = [c for c in tried if c.is_refused or c.depth == deepest]
    for comparison in telling[:MOST_TRIED]:
        yield _judge(mount, comparison, f"Tried first. {comparison.obstacle}")
    for comparison in comparisons:
        if not comparison.obstacle and comparison.route.file != winner.file:
            yield _judge(mount, comparison, explain_order(winner, comparison.route))


def _judge(mount: Mount, comparison: Comparison, reason: str) -> Candidate:
    route = comparison.route
    return Candidate(get_path(mount, route), route.file, reason)


def find_takers(mount: Mount, path: str, reason: str) -> Iterator[Candidate]:
    """Yield the first route of a mount that takes a path, with a given reason."""
    for comparison in compare_all(mount, path):
        if not comparison.obstacle:
            yield _judge(mount, comparison, reason)
            return


def find_unmounted(mounts: Iterable[Mount], path: str) -> Iterator[Candidate]:
    """Yield the routes that take a path, of apps that no mount serves."""
    mounts = list(mounts)
    ours = get_settings()
    below = path.removeprefix(ours.MOUNT or "")
    for config in apps.get_app_configs():
        folder = find_routes_folder(config)
        if folder is None or any(mount.serves(config.name) for mount in mounts):
            continue
        routes = discover_routes(folder).routes
        for comparison in _compare(routes, split_path(below)):
            if not comparison.obstacle:
                reason = _explain_unmounted(config.label)
                yield Candidate(comparison.route.path, comparison.route.file, reason)


def _explain_unmounted(label: str) -> str:
    ours = get_settings()
    why = "no URLconf includes it"
    if check_settings():
        why = f"{SETTING} has a mistake, which manage.py check tells"
    elif ours.MOUNT is None:
        why = f"{SETTING}['MOUNT'] is None, and {why}"
    elif ours.APPS is not None:
        why = f"{SETTING}['APPS'] leaves it out, and {why}"
    return f"The app {label!r} is not mounted: {why}."


def find_nearest(mounts: Iterable[tuple[Mount, str]]) -> list[Candidate]:
    """
    Return the routes that came nearest to a path which none takes, the best first.

    Each mount comes with the path below it.
    """
    found = [
        (_rate(comparison, split_path(path)), number, mount, comparison, path)
        for mount, path in mounts
        for number, comparison in enumerate(compare_all(mount, path))
    ]
    found.sort(key=lambda item: (-item[0], item[1]))
    least = max(0, found[0][0] - 1) if found else 0
    return [
        _judge(
            mount,
            comparison,
            comparison.obstacle or explain_refusal(mount, comparison.route, path),
        )
        for rating, _, mount, comparison, path in found[:MOST_NEAREST]
        if rating > least
    ]


def _rate(comparison: Comparison, parts: Sequence[str]) -> float:
    """Return how near a route came: by what it took, then by how alike the next is."""
    if not comparison.obstacle:
        return len(parts) + 1.0
    depth, segments = comparison.depth, comparison.route.segments
    if depth >= len(parts) or depth >= len(segments):
        return float(depth)
    segment = segments[depth]
    if segment.kind is not SegmentKind.STATIC:
        return depth + 0.5
    matcher = SequenceMatcher(
        None, segment.name.casefold(), parts[depth][:_LONGEST_COMPARED].casefold()
    )
    likeness = matcher.ratio()
    return depth + (likeness if likeness >= _LEAST_LIKENESS else -0.5)


def explain_refusal(mount: Mount, route: Route, path: str) -> str:
    """Return why a mount has no match for a path, although a route has its segments."""
    if UNMATCHABLE.search(path):
        return "No route takes a path with control characters."
    if not {".", ".."}.isdisjoint(path.split("/")):
        return "No route takes '.' or '..' as a segment."
    settings = mount.tree.table.settings
    has_slash = ends_with_slash(route, settings.TRAILING_SLASH)
    end = "a slash" if has_slash else "no slash"
    return (
        f"Its URL has {end} at the end, and TRAILING_SLASH is "
        f"{settings.TRAILING_SLASH!r}."
    )
