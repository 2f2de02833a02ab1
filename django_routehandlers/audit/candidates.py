"""Tell why a route takes a path, or how far it gets and what stops it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from unicodedata import normalize

from django_routehandlers.routing.matcher import Convert
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.segments import Segment, SegmentKind

_KINDS = {
    SegmentKind.STATIC: "a static segment",
    SegmentKind.TYPED: "a typed parameter",
    SegmentKind.DYNAMIC: "a plain parameter",
    SegmentKind.CATCH_ALL: "a catch-all",
    SegmentKind.OPTIONAL_CATCH_ALL: "an optional catch-all",
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    How far a route takes the segments of a path: `depth` of its own match.

    `obstacle` says what stops it, "" if nothing does. `is_refused` tells whether that
    is a converter.
    """

    route: Route
    depth: int
    obstacle: str = ""
    is_refused: bool = False


def compare_route(
    route: Route, parts: Sequence[str], converters: Mapping[str, Convert]
) -> Comparison:
    """
    Return how far a route takes a path, as the matcher would alone.

    `parts` are the segments of the path, without the empty one after a last slash.
    """
    for depth, segment in enumerate(route.segments):
        if segment.kind.is_catch_all:
            return _compare_rest(route, depth, parts)
        if depth >= len(parts):
            return Comparison(route, depth, f"The path ends before '{segment}'.")
        obstacle = _find_obstacle(segment, parts[depth], converters)
        if obstacle:
            is_refused = segment.kind is SegmentKind.TYPED
            return Comparison(route, depth, obstacle, is_refused)
    depth = len(route.segments)
    if len(parts) > depth:
        rest = "/".join(parts[depth:])
        return Comparison(route, depth, f"Nothing takes the rest, '/{rest}'.")
    return Comparison(route, depth)


def _compare_rest(route: Route, depth: int, parts: Sequence[str]) -> Comparison:
    rest, last = parts[depth:], route.segments[-1]
    if "" in rest:
        return Comparison(route, depth, f"'{last}' takes no empty segment.")
    if not rest and last.kind is SegmentKind.CATCH_ALL:
        return Comparison(route, depth, f"The path ends before '{last}'.")
    return Comparison(route, depth + 1)


def _find_obstacle(
    segment: Segment, part: str, converters: Mapping[str, Convert]
) -> str:
    """Return why a segment does not take a part of a path, "" if it does."""
    if segment.kind is SegmentKind.STATIC:
        if segment.name in (part, normalize("NFC", part)):
            return ""
        case = " Upper and lower case are not the same."
        is_same = segment.name.casefold() == part.casefold()
        return f"{part!r} is not {segment.name!r}.{case if is_same else ''}"
    if not part:
        return f"'{segment}' takes no empty segment."
    if segment.kind is SegmentKind.DYNAMIC:
        return ""
    convert = converters.get(segment.converter)
    if convert is None:
        return f"The converter {segment.converter!r} can't be used."
    try:
        convert(part)
    except ValueError:
        return f"The converter {segment.converter!r} refuses {part!r}."
    except Exception as exc:  # noqa: BLE001 - whatever the project's converter does
        name = type(exc).__name__
        return f"The converter {segment.converter!r} fails on {part!r}: {name}: {exc}."
    return ""


def find_parting(route: Route, other: Route) -> int:
    """Return at which of their segments two routes are not alike any more."""
    pairs = zip(route.shape, other.shape, strict=False)
    return next((depth for depth, (a, b) in enumerate(pairs) if a != b), -1)


def explain_order(winner: Route, loser: Route) -> str:
    """Return why one of two routes that both take a path wins."""
    depth = find_parting(winner, loser)
    if depth < 0:
        if winner.shape == loser.shape:
            return "It has the same URLs."
        return f"'{winner}' ends where '{loser.segments[-1]}' is optional."
    first, second = winner.segments[depth], loser.segments[depth]
    if first.kind is second.kind:
        return f"'{first}' is tried before '{second}'."
    return (
        f"'{first}' wins over '{second}': {_KINDS[first.kind]} comes before "
        f"{_KINDS[second.kind]}."
    )


def was_tried(comparison: Comparison, winner: Route) -> bool:
    """Tell whether the matcher had to turn back from a route before it found another."""
    depth = find_parting(comparison.route, winner)
    if depth < 0 or not comparison.obstacle:
        return False
    is_first = comparison.route.shape < winner.shape
    stopped_here = comparison.depth == depth and comparison.is_refused
    return is_first and (comparison.depth > depth or stopped_here)
