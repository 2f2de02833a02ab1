"""A route: its segments, its file and its place in the order."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django_routehandlers.routing.segments import Segment, SegmentKind

# One tuple per segment: what decides a match, the parameter's name left out.
Shape = tuple[tuple[SegmentKind, str], ...]


@dataclass(frozen=True, slots=True)
class MiddlewareFile:
    """
    One `middleware.py`: the dotted name of its module, and the file.

    `file` is its name as messages print it, and `location` where it lies.
    """

    module: str
    file: str
    location: str


@dataclass(frozen=True)
class Route:
    """
    One folder with a `route.py`, as it stands on the disk.

    `app` is the app's dotted name, `module` the dotted name of its `route.py`,
    `file` that file's name as messages print it and `location` where it lies.
    `middleware` are the files that are to surround it, the outermost first.
    """

    app: str
    folders: tuple[Segment, ...]
    module: str
    file: str
    location: str
    middleware: tuple[MiddlewareFile, ...] = ()
    segments: tuple[Segment, ...] = field(init=False)
    path: str = field(init=False)
    shape: Shape = field(init=False)
    params: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        segments = tuple(s for s in self.folders if s.kind is not SegmentKind.GROUP)
        derived = {
            "segments": segments,
            "path": "/" + "/".join(map(str, segments)),
            "shape": tuple(map(get_shape, segments)),
            "params": tuple(s.name for s in segments if s.kind.captures),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    def __str__(self) -> str:
        return self.path


def get_shape(segment: Segment) -> tuple[SegmentKind, str]:
    """
    Return what two segments share when they match the same text.

    Compared segment by segment from the left, shapes are also the order of
    precedence: static, typed, dynamic, catch-all, optional catch-all.

    >>> get_shape(Segment(SegmentKind.DYNAMIC, "id"))
    (<SegmentKind.DYNAMIC: 2>, '')
    """
    if segment.kind is SegmentKind.STATIC:
        return segment.kind, segment.name
    return segment.kind, segment.converter


def group_folders(routes: Iterable[Route]) -> Mapping[str, set[str]]:
    """Return the folders on the way to some routes, as they stand on the disk."""
    folders: dict[str, set[str]] = defaultdict(set)
    for route in routes:
        parent, *names = route.file.removesuffix("/route.py").split("/")
        for name in names:
            folders[parent].add(name)
            parent = f"{parent}/{name}"
    return folders
