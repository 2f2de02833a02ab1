"""Find the routes that nobody could put in order."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import TypeVar

from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.routes import Route, Shape
from django_routehandlers.routing.segments import Segment, SegmentKind

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")

# Every capturing segment that stands at one level, and the routes below it.
_Level = list[tuple[Segment, Route]]


def check_parameters(routes: Iterable[Route]) -> list[Problem]:
    """Return the routes that capture two values under one name."""
    return [
        Problem(
            (route.file,),
            "E007",
            f"The path captures {name!r} twice.",
            "Rename one of the two folders.",
        )
        for route in routes
        for name in sorted(set(route.params))
        if route.params.count(name) > 1
    ]


def has_repeated_param(route: Route) -> bool:
    """Tell whether a path captures two values under one name."""
    return len(set(route.params)) < len(route.params)


def check_conflicts(routes: Iterable[Route]) -> list[Problem]:
    """
    Return the conflicts among routes that are served under one prefix.

    Each problem names every file concerned. What is left is in one order, in
    which directory, app and alphabet have no say.
    """
    routes = sorted(routes, key=lambda route: route.file)
    shapes = _group(routes, lambda route: route.shape)
    problems = list(_check_same_shape(shapes))
    same = {frozenset(problem.files) for problem in problems}
    levels = _read_levels(routes)
    problems += _check_names(levels, same)
    problems += _check_converters(levels)
    problems += _check_catch_alls(shapes)
    return sorted(set(problems))


def _group(
    values: Iterable[_Value], key: Callable[[_Value], _Key]
) -> dict[_Key, list[_Value]]:
    groups: dict[_Key, list[_Value]] = defaultdict(list)
    for value in values:
        groups[key(value)].append(value)
    return groups


def _check_same_shape(shapes: Mapping[Shape, list[Route]]) -> Iterator[Problem]:
    for group in shapes.values():
        if len(group) > 1:
            paths = sorted({route.path for route in group})
            if len(paths) == 1:
                message = f"{_count(len(group))} files serve {paths[0]!r}."
            else:
                message = f"{_join(paths)} match the same URLs."
            yield Problem(
                tuple(route.file for route in group),
                "E002",
                message,
                "Keep one of the folders, or put one of them under a static folder.",
            )


def _count(number: int) -> str:
    return {2: "Two", 3: "Three"}.get(number, str(number))


def _join(paths: Iterable[str]) -> str:
    return " and ".join(map(repr, paths))


def _read_levels(routes: Iterable[Route]) -> dict[Shape, _Level]:
    levels: dict[Shape, _Level] = defaultdict(list)
    for route in routes:
        for index, segment in enumerate(route.segments):
            if segment.kind.captures:
                levels[route.shape[:index]].append((segment, route))
    return levels


def _check_names(
    levels: Mapping[Shape, _Level], same: set[frozenset[str]]
) -> Iterator[Problem]:
    for level in levels.values():
        kinds = _group(level, lambda pair: (pair[0].kind, pair[0].converter))
        for group in kinds.values():
            apps = _group(group, lambda pair: pair[1].app)
            for pairs in apps.values():
                yield from _check_names_in_app(pairs, same)
            if len(apps) > 1:
                yield from _check_names_across_apps(apps, same)


def _check_names_in_app(pairs: _Level, same: set[frozenset[str]]) -> Iterator[Problem]:
    names = _group(pairs, lambda pair: str(pair[0]))
    if len(names) < 2:
        return
    usual = _find_usual(names)
    files = {route.file for name in names if name != usual for _, route in names[name]}
    # Their URLs are plain, so those with the usual name are served.
    spared = (names[usual][0][1].file,) if usual else ()
    files.update(spared)
    if frozenset(files) not in same:
        yield Problem(
            tuple(sorted(files)),
            "E003",
            f"{_join(sorted(names))} name the same part of the URL.",
            "Give the folders one name.",
            spared,
        )


def _find_usual(names: Mapping[str, _Level]) -> str | None:
    """Return the name that more routes have than any other one."""
    first, second = sorted(names, key=lambda name: -len(names[name]))[:2]
    return first if len(names[first]) > len(names[second]) else None


def _check_names_across_apps(
    apps: Mapping[str, _Level], same: set[frozenset[str]]
) -> Iterator[Problem]:
    names: dict[str, str] = {}
    for app in sorted(apps):
        segment, route = apps[app][0]
        names.setdefault(str(segment), route.file)
    files = frozenset(names.values())
    if len(names) > 1 and not any(files <= others for others in same):
        yield Problem(
            tuple(sorted(files)),
            "W005",
            f"{_count(len(names))} apps name the same part of the URL "
            f"{_join(sorted(names))}; each handler gets its own name.",
            "Give the folders one name.",
        )


def _check_converters(levels: Mapping[Shape, _Level]) -> Iterator[Problem]:
    for level in levels.values():
        typed = [pair for pair in level if pair[0].kind is SegmentKind.TYPED]
        converters = _group(typed, lambda pair: pair[0].converter)
        if len(converters) > 1:
            folders = sorted({str(segment) for segment, _ in typed})
            yield Problem(
                tuple(sorted({route.file for _, route in typed})),
                "E004",
                f"{_join(folders)} are at one level; where both accept a value, "
                "neither comes first.",
                "Keep one of the converters, or put one folder under a static folder.",
            )


def _check_catch_alls(shapes: Mapping[Shape, list[Route]]) -> Iterator[Problem]:
    for shape, group in shapes.items():
        if not shape or shape[-1][0] is not SegmentKind.OPTIONAL_CATCH_ALL:
            continue
        above = shape[:-1]
        if catch_all := shapes.get((*above, (SegmentKind.CATCH_ALL, ""))):
            yield _get_catch_all_problem("E005", [*catch_all, *group])
        if parent := shapes.get(above):
            yield _get_catch_all_problem("E006", [*parent, *group])


def _get_catch_all_problem(id: str, routes: list[Route]) -> Problem:  # noqa: A002
    paths = sorted({route.path for route in routes})
    hints = {
        "E005": "Keep one of the two; the optional one also serves the bare path.",
        "E006": "Remove one of the two, or make the catch-all '[...name]'.",
    }
    return Problem(
        tuple(sorted(route.file for route in routes)),
        id,
        f"{_join(paths)} match the same URLs.",
        hints[id],
    )
