"""Read the routes of one app from disk."""

import os
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from django_routehandlers.exceptions import SegmentError
from django_routehandlers.routing.importing import ROUTES_PACKAGE, get_module_part
from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.routes import MiddlewareFile, Route
from django_routehandlers.routing.segments import Segment, SegmentKind, parse_segment

ROUTE_FILE = "route.py"
MIDDLEWARE_FILE = "middleware.py"

_TEST = re.compile(
    r"(?:.*/)?(?:tests?/.*|tests?\.py|test_[^/]*|[^/]*_test\.py|conftest\.py)"
)

# The folders in one place by the part they have in a module's name.
_Parts = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class RoutesFolder:
    """The `routes/` folder of one app: the app's dotted name and the place."""

    app: str
    location: Path

    @property
    def label(self) -> str:
        """Return the folder as messages print it, for example `shop/routes`."""
        return f"{self.app.replace('.', '/')}/{ROUTES_PACKAGE}"


@dataclass(frozen=True, slots=True)
class Discovery:
    """
    What a walk over one routes folder found.

    `initialised` are the module names of the folders with an `__init__.py`.
    """

    routes: list[Route] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    initialised: set[str] = field(default_factory=set)


def discover_routes(folder: RoutesFolder) -> Discovery:
    """
    Return every route below a routes folder, and every problem met on the way.

    The result does not depend on the order in which the disk lists its entries.
    """
    if hidden := _find_hiding_module(folder):
        return Discovery(problems=[hidden])
    walk = _Walk(folder.app, str(folder.location))
    module = f"{folder.app}.{ROUTES_PACKAGE}"
    walk.enter(_Place(str(folder.location), folder.label, module))
    return Discovery(walk.routes, walk.problems, walk.initialised)


def has_route_file(directory: str | Path) -> bool:
    """Tell whether a folder holds a `route.py` at any depth, links followed."""
    seen: set[tuple[int, int]] = set()
    for folder, folders, files in os.walk(directory, followlinks=True):
        status = Path(folder).stat()
        if ROUTE_FILE in files:
            return True
        if (inode := (status.st_dev, status.st_ino)) in seen:
            folders.clear()
        seen.add(inode)
        folders[:] = [name for name in folders if not name.startswith("_")]
    return False


def is_test_file(path: str) -> bool:
    """
    Tell whether a file is a test by its name or by that of its folder.

    >>> is_test_file("items/test_items.py"), is_test_file("items/route.py")
    (True, False)
    """
    return _TEST.fullmatch(path) is not None


def _find_hiding_module(folder: RoutesFolder) -> Problem | None:
    has_module = folder.location.with_suffix(".py").exists()
    if not has_module or _has_init(str(folder.location)):
        return None
    if not has_route_file(folder.location):
        return None
    return Problem(
        (f"{folder.label}.py",),
        "E010",
        f"The module hides the folder {folder.label}, so none of its routes is served.",
        f"Rename the module, or add an empty {folder.label}/__init__.py.",
    )


def is_loop(link: str, root: str) -> bool:
    """
    Tell whether a folder is a link that leads back to one on the way to it.

    `root` is where the way began; a link may reach it, or a folder above it, in
    more than one step.
    """
    if not Path(link).is_symlink():
        return False
    target, place = Path(link).resolve(), Path(link).parent
    if place.resolve().is_relative_to(target):
        return True
    way = [place, *place.parents]
    return any(target == step.resolve() for step in way[: way.index(Path(root)) + 1])


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        # A link that leads nowhere.
        return False


def _find_hiding(entry: os.DirEntry[str], files: set[str], parts: _Parts) -> str | None:
    """Return what stands beside a folder and has its module's name already."""
    part = get_module_part(entry.name)
    is_plain = part == entry.name
    if f"{part}.py" in files and not (is_plain and _has_init(entry.path)):
        return f"{part}.py"
    others = [name for name in parts[part] if name != entry.name]
    # The folder whose name is the module's needs no other one.
    return others[0] if others and not is_plain else None


def _has_init(directory: str) -> bool:
    # Path.exists() raises for a folder that may not be read.
    return os.path.exists(f"{directory}/__init__.py")  # noqa: PTH110 - see above


class _Place(NamedTuple):
    """One folder on the way down: where it is, and what it is called."""

    directory: str
    label: str
    module: str
    segments: tuple[Segment, ...] = ()
    middleware: tuple[MiddlewareFile, ...] = ()

    def add_middleware(self) -> "_Place":
        """Return the folder as one with a `middleware.py`."""
        added = MiddlewareFile(
            f"{self.module}.middleware",
            f"{self.label}/{MIDDLEWARE_FILE}",
            f"{self.directory}/{MIDDLEWARE_FILE}",
        )
        return self._replace(middleware=(*self.middleware, added))


class _Walk:
    """One walk, and what it has found so far."""

    def __init__(self, app: str, root: str) -> None:
        self.app, self.root = app, root
        self.routes: list[Route] = []
        self.problems: list[Problem] = []
        self.initialised: set[str] = set()

    def enter(self, place: _Place) -> None:
        """Take the route of a folder, then those below it."""
        try:
            with os.scandir(place.directory) as entries:
                found = [(entry.name, entry) for entry in entries]
        except OSError as exc:
            self._refuse_unreadable(place.label, exc)
            return
        folders = {name: entry for name, entry in sorted(found) if _is_folder(entry)}
        files = {name for name, _ in found if name not in folders}
        if "__init__.py" in files:
            self.initialised.add(place.module)
        if MIDDLEWARE_FILE in files:
            place = place.add_middleware()
        if ROUTE_FILE in files:
            self._add_route(place)
        parts: dict[str, list[str]] = defaultdict(list)
        for name in folders:
            parts[get_module_part(name)].append(name)
        for name, entry in folders.items():
            if not name.startswith("_"):
                self._descend(place, entry, files, parts)

    def _descend(
        self,
        place: _Place,
        entry: os.DirEntry[str],
        files: set[str],
        parts: _Parts,
    ) -> None:
        name = entry.name
        label, part = f"{place.label}/{name}", get_module_part(name)
        if entry.is_symlink() and is_loop(entry.path, self.root):
            self._refuse_loop(label)
            return
        try:
            segment = parse_segment(name)
        except SegmentError as exc:
            if has_route_file(entry.path):
                self._refuse(label, "E001", exc.message, exc.hint)
            return
        if hiding := _find_hiding(entry, files, parts):
            if has_route_file(entry.path):
                self._refuse_hidden(label, f"{place.label}/{hiding}")
            return
        segments, module = (*place.segments, segment), f"{place.module}.{part}"
        self.enter(_Place(entry.path, label, module, segments, place.middleware))

    def _add_route(self, place: _Place) -> None:
        file = f"{place.label}/{ROUTE_FILE}"
        segments = [s for s in place.segments if s.kind is not SegmentKind.GROUP]
        for segment in segments[:-1]:
            if segment.kind.is_catch_all:
                self._refuse_below_catch_all(file, segment)
                return
        module = f"{place.module}.route"
        location = f"{place.directory}/{ROUTE_FILE}"
        self.routes.append(
            Route(self.app, place.segments, module, file, location, place.middleware)
        )

    def _refuse(self, file: str, id_: str, message: str, hint: str) -> None:
        self.problems.append(Problem((file,), id_, message, hint))

    def _refuse_below_catch_all(self, file: str, segment: Segment) -> None:
        self._refuse(
            file,
            "E008",
            f"The folder is below '{segment}', which takes the whole rest of the path.",
            f"Move it out of '{segment}', or make '{segment}' the last folder.",
        )

    def _refuse_hidden(self, label: str, hiding: str) -> None:
        self._refuse(
            label,
            "E010",
            f"{hiding} beside the folder has its module name, so none of the routes "
            "below the folder is served.",
            f"Rename {hiding}.",
        )

    def _refuse_loop(self, label: str) -> None:
        self._refuse(
            label,
            "E021",
            "The folder is a link to a folder above itself.",
            "Remove the link.",
        )

    def _refuse_unreadable(self, label: str, exc: OSError) -> None:
        self._refuse(
            label,
            "E021",
            f"The folder can't be read: {exc.strerror}.",
            "Give the server's user the right to read it.",
        )
