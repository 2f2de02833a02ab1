"""Show what is served as the tree of its folders."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django_routehandlers.audit.listing import Listed
from django_routehandlers.audit.text import get_width, pad, wrap
from django_routehandlers.routing.importing import ROUTES_PACKAGE
from django_routehandlers.routing.routes import MiddlewareFile

_GAP = "  "
_NARROWEST = 20


@dataclass(frozen=True, slots=True)
class Drawing:
    """The signs that a tree is drawn with, each four columns wide."""

    fork: str = "├── "
    end: str = "└── "
    bar: str = "│   "
    space: str = "    "


PLAIN = Drawing("|-- ", "`-- ", "|   ")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a tree, and whether it is about a broken route."""

    text: str
    is_broken: bool = False


@dataclass(slots=True)
class _Folder:
    """One folder: its name, its routes, its middleware and what is in it."""

    name: str
    listed: list[Listed] = field(default_factory=list)
    middleware: dict[str, None] = field(default_factory=dict)
    folders: dict[str, "_Folder"] = field(default_factory=dict)

    @property
    def is_broken(self) -> bool:
        return any(listed.row.broken for listed in self.listed)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One folder as it is drawn: signs and name, what is told, signs below it."""

    head: str
    told: str
    below: str
    is_broken: bool


def build_tree(
    listing: Iterable[Listed], width: int | None = None, drawing: Drawing | None = None
) -> list[Line]:
    """Return the lines of the folder trees, one tree for each place of mounts."""
    listing = list(listing)
    has_apps = len({listed.row.app for listed in listing}) > 1
    entries = [
        entry
        for root in _grow(listing)
        for entry in _draw(root, "", "", drawing or Drawing(), has_apps=has_apps)
    ]
    column = max((get_width(entry.head) for entry in entries if entry.told), default=0)
    lines = [_align(entry, column) for entry in entries]
    if width is None or all(get_width(line.text) <= width for line in lines):
        return lines
    return [line for entry in entries for line in _stack(entry, width)]


def _grow(listing: list[Listed]) -> Iterable[_Folder]:
    roots: dict[str, _Folder] = {}
    for listed in listing:
        prefix = f"/{listed.mount.prefix}"
        folder = roots.setdefault(prefix, _Folder(prefix))
        route, table = listed.endpoint.route, listed.mount.tree.table
        guards = {_get_depth(file, route.app): file for file in route.middleware}
        for depth in range(len(route.folders) + 1):
            if depth:
                name = str(route.folders[depth - 1])
                folder = folder.folders.setdefault(name, _Folder(name))
            if depth in guards:
                found = table.folders.get(guards[depth].file)
                names = (
                    [name.rpartition(".")[2] for name in found.names] if found else []
                )
                folder.middleware |= dict.fromkeys(names if found else ["broken"])
        folder.listed.append(listed)
    return roots.values()


def _get_depth(file: MiddlewareFile, app: str) -> int:
    """Return how many folders below `routes` a `middleware.py` lies."""
    return file.module.removeprefix(f"{app}.{ROUTES_PACKAGE}.").count(".")


def _draw(
    folder: _Folder, signs: str, below: str, drawing: Drawing, *, has_apps: bool
) -> Iterator[_Entry]:
    told = _GAP.join(_tell(folder, has_apps=has_apps))
    bar = drawing.bar if folder.folders else drawing.space
    yield _Entry(signs + folder.name, told, below + bar, folder.is_broken)
    children = list(folder.folders.values())
    for child in children:
        is_last = child is children[-1]
        yield from _draw(
            child,
            below + (drawing.end if is_last else drawing.fork),
            below + (drawing.space if is_last else drawing.bar),
            drawing,
            has_apps=has_apps,
        )


def _tell(folder: _Folder, *, has_apps: bool) -> Iterator[str]:
    """Yield what is told of a folder: of each route in it, then of its middleware."""
    for row in (listed.row for listed in folder.listed):
        yield "broken" if row.broken else ", ".join(row.methods) or "no handler"
        if row.cache != "-":
            yield row.cache
        if row.csrf != "origin":
            yield f"csrf {row.csrf}"
        if has_apps:
            yield row.app
    if folder.middleware:
        yield f"middleware: {', '.join(folder.middleware)}"


def _align(entry: _Entry, column: int) -> Line:
    if not entry.told:
        return Line(entry.head, entry.is_broken)
    return Line(pad(entry.head, column) + _GAP + entry.told, entry.is_broken)


def _stack(entry: _Entry, width: int) -> Iterator[Line]:
    """Yield a folder's name and, where they fit in, below it what is told."""
    yield Line(entry.head, entry.is_broken)
    if entry.told:
        room = max(width - get_width(entry.below), _NARROWEST)
        for text in wrap(entry.told, room):
            yield Line(entry.below + text, entry.is_broken)
