"""Read the routes of one app from disk."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django_routehandlers.exceptions import SegmentError
from django_routehandlers.routing.importing import ROUTES_PACKAGE, get_module_part
from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.segments import Segment, SegmentKind, parse_segment

ROUTE_FILE = "route.py"
MIDDLEWARE_FILE = "middleware.py"


@dataclass(frozen=True, slots=True)
class RoutesFolder:
    """The `routes/` folder of one app: the app's dotted name and the place."""

    app: str
    location: Path

    @property
    def label(self) -> str:
        """Return the folder as messages print it, for example `shop/routes`."""
        return f"{self.app.replace('.', '/')}/{ROUTES_PACKAGE}"


@dataclass(slots=True)
class Discovery:
    """What a walk over one routes folder found."""

    routes: list[Route] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Place:
    """One folder on the way down; `inodes` are its ancestors' and its own."""

    directory: Path
    label: str
    module: str
    segments: tuple[Segment, ...]
    inodes: frozenset[tuple[int, int]]


def discover_routes(folder: RoutesFolder) -> Discovery:
    """
    Return every route below a routes folder, and every problem met on the way.

    The result does not depend on the order in which the disk lists its entries.
    """
    discovery = Discovery()
    place = _Place(
        folder.location,
        folder.label,
        f"{folder.app}.{ROUTES_PACKAGE}",
        (),
        frozenset({_get_inode(folder.location)}),
    )
    if hidden_by := _find_hiding_module(folder):
        discovery.problems.append(hidden_by)
        return discovery
    _walk(folder.app, place, discovery)
    return discovery


def _find_hiding_module(folder: RoutesFolder) -> Problem | None:
    module = folder.location.with_suffix(".py")
    has_init = (folder.location / "__init__.py").exists()
    if has_init or not module.exists() or not has_route_file(folder.location):
        return None
    return Problem(
        (f"{folder.label}.py",),
        "E010",
        f"The module hides the folder {folder.label}, so none of its routes is served.",
        f"Rename the module, or add an empty {folder.label}/__init__.py.",
    )


def _walk(app: str, place: _Place, discovery: Discovery) -> None:
    try:
        with os.scandir(place.directory) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as exc:
        discovery.problems.append(_get_unreadable_problem(place.label, exc))
        return
    files = {entry.name for entry in found if entry.is_file()}
    if ROUTE_FILE in files:
        _add_route(app, place, discovery)
    modules = {name.removesuffix(".py") for name in files if name.endswith(".py")}
    for entry in found:
        if entry.is_dir():
            _enter(app, place, entry, modules, discovery)


def _add_route(app: str, place: _Place, discovery: Discovery) -> None:
    file = f"{place.label}/{ROUTE_FILE}"
    segments = [s for s in place.segments if s.kind is not SegmentKind.GROUP]
    for segment in segments[:-1]:
        if segment.kind.is_catch_all:
            discovery.problems.append(_get_catch_all_problem(file, segment))
            return
    discovery.routes.append(
        Route(
            app,
            place.segments,
            f"{place.module}.route",
            file,
            place.directory / ROUTE_FILE,
        )
    )


def _get_catch_all_problem(file: str, segment: Segment) -> Problem:
    return Problem(
        (file,),
        "E008",
        f"The folder is below '{segment}', which takes the whole rest of the path.",
        f"Move it out of '{segment}', or make '{segment}' the last folder.",
    )


def _enter(
    app: str,
    place: _Place,
    entry: os.DirEntry[str],
    modules: set[str],
    discovery: Discovery,
) -> None:
    if entry.name.startswith("_"):
        return
    label = f"{place.label}/{entry.name}"
    try:
        inode = _get_inode(Path(entry.path))
    except OSError as exc:
        discovery.problems.append(_get_unreadable_problem(label, exc))
        return
    if inode in place.inodes:
        discovery.problems.append(_get_loop_problem(label))
        return
    part = get_module_part(entry.name)
    try:
        segment = parse_segment(entry.name)
    except SegmentError as exc:
        if has_route_file(Path(entry.path)):
            problem = Problem((label,), "E001", exc.message, exc.hint)
            discovery.problems.append(problem)
        return
    child = _Place(
        Path(entry.path),
        label,
        f"{place.module}.{part}",
        (*place.segments, segment),
        place.inodes | {inode},
    )
    if part in modules and not _is_importable_beside(entry, part):
        if has_route_file(child.directory):
            discovery.problems.append(_get_hidden_problem(place, part, label))
        return
    _walk(app, child, discovery)


def _is_importable_beside(entry: os.DirEntry[str], part: str) -> bool:
    """Tell whether Python prefers the folder to a module of the same name."""
    return part == entry.name and Path(entry.path, "__init__.py").exists()


def _get_hidden_problem(place: _Place, part: str, label: str) -> Problem:
    return Problem(
        (label, f"{place.label}/{part}.py"),
        "E010",
        f"The module '{part}.py' beside the folder hides it, so none of the routes "
        "below it is served.",
        f"Rename '{part}.py'.",
    )


def _get_loop_problem(label: str) -> Problem:
    return Problem(
        (label,),
        "E021",
        "The folder is a link to a folder above itself.",
        "Remove the link.",
    )


def _get_unreadable_problem(label: str, exc: OSError) -> Problem:
    return Problem(
        (label,),
        "E021",
        f"The folder can't be read: {exc.strerror}.",
        "Give the server's user the right to read it.",
    )


def _get_inode(directory: Path) -> tuple[int, int]:
    status = directory.stat()
    return status.st_dev, status.st_ino


def has_route_file(directory: Path) -> bool:
    """Tell whether a folder holds a `route.py` at any depth."""
    return any(ROUTE_FILE in files for files in _walk_files(directory))


def _walk_files(directory: Path) -> Iterator[list[str]]:
    for _, folders, files in os.walk(directory):
        folders[:] = [name for name in folders if not name.startswith("_")]
        yield files
