"""Give every folder below `routes/` an importable name."""

import os
import re
import sys
import threading
from collections.abc import Container, Iterable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

from django_routehandlers.routing.routes import Route

ROUTES_PACKAGE = "routes"

# Files beside which a folder of the same name may stand: `route/` and `route.py`.
_FILES_OF_OURS = frozenset({"middleware", "route"})
_BRACKETS = re.compile(r"\[(\[)?(\.\.\.)?(\w+)(?:=([^\]]+))?\]\]?")
_GROUP = re.compile(r"\((.+)\)")

_lock = threading.Lock()


def get_module_part(folder: str) -> str:
    """
    Return the identifier that stands for a folder in a dotted module name.

    >>> get_module_part("items")
    'items'
    >>> get_module_part("[id]"), get_module_part("[id=int]")
    ('id__param', 'id__int_param')
    >>> get_module_part("[...slug]"), get_module_part("[[...slug]]")
    ('slug__catchall', 'slug__optional')
    >>> get_module_part("(auth)"), get_module_part("feed.xml")
    ('auth__group', 'feed_x2e_xml')
    """
    if folder.isidentifier():
        return f"{folder}__folder" if folder in _FILES_OF_OURS else folder
    if found := _BRACKETS.fullmatch(folder):
        return _get_bracket_part(*found.groups(default=""))
    if found := _GROUP.fullmatch(folder):
        return f"{_escape(found[1])}__group"
    return _escape(folder)


def _get_bracket_part(outer: str, dots: str, name: str, converter: str) -> str:
    if dots:
        return f"{name}__optional" if outer else f"{name}__catchall"
    return f"{name}__{_escape(converter)}_param" if converter else f"{name}__param"


def _escape(text: str) -> str:
    return re.sub(r"\W|^\d", lambda found: f"_x{ord(found[0]):02x}_", text)


def install_finder() -> None:
    """Make the folders below `routes/` importable, once for this process."""
    if not any(isinstance(finder, RouteFinder) for finder in sys.meta_path):
        sys.meta_path.append(RouteFinder())


class RouteFinder(MetaPathFinder):
    """
    The import finder that is asked last for the names of `get_module_part`.

    It answers for folders only, so that Python's own finder reads the files in
    them: byte code, reload, relative imports and debuggers work as everywhere.
    """

    def __init__(self) -> None:
        self._folders: dict[str, tuple[int, dict[str, str]]] = {}

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return the spec of a folder's package, None for any other name."""
        parts = fullname.split(".")
        if path is None or ROUTES_PACKAGE not in parts[1:-1]:
            return None
        for base in path:
            if folder := self._read_folders(base).get(parts[-1]):
                return get_folder_spec(fullname, folder)
        return None

    def invalidate_caches(self) -> None:
        """Forget what the folders hold, as `importlib.invalidate_caches()` asks."""
        self._folders.clear()

    def _read_folders(self, base: str) -> dict[str, str]:
        try:
            modified = Path(base).stat().st_mtime_ns
            known = self._folders.get(base)
            if known is None or known[0] != modified:
                known = self._folders[base] = modified, read_module_parts(base)
        except OSError:
            return {}
        return known[1]


def read_module_parts(base: str) -> dict[str, str]:
    """Return the folders in `base` that Python's own finder can't name."""
    with os.scandir(base) as entries:
        return {
            part: entry.path
            for entry in entries
            if (part := get_module_part(entry.name)) != entry.name and entry.is_dir()
        }


def get_folder_spec(fullname: str, folder: str) -> ModuleSpec | None:
    """Return the spec of the package that a folder is, with `__init__.py` or not."""
    init = Path(folder, "__init__.py")
    if init.exists():
        return spec_from_file_location(
            fullname, init, submodule_search_locations=[folder]
        )
    return get_bare_spec(fullname, folder)


def get_bare_spec(fullname: str, folder: str) -> ModuleSpec:
    """
    Return the spec of a folder without `__init__.py`.

    A spec without any loader would do for imports, but not for
    `importlib.resources`.
    """
    loader = BareFolderLoader(fullname, f"{folder}{os.sep}__init__.py")
    spec = ModuleSpec(fullname, loader, is_package=True)
    spec.submodule_search_locations = [folder]
    return spec


class BareFolderLoader(SourceFileLoader):
    """The loader of a package whose `__init__.py` is missing, and so empty."""

    def get_data(self, path: str) -> bytes:
        """Return no bytes for the missing file."""
        return b"" if path == self.path else super().get_data(path)

    def exec_module(self, module: ModuleType) -> None:
        """Run nothing."""


class RouteImporter(MetaPathFinder):
    """
    The import finder that is asked before Python's own while the routes are read.

    It knows where every file of ours lies, because the walk has just been there;
    Python's own finder would list each folder again. Used as a context manager,
    for that long.
    """

    def __init__(self, routes: Iterable[Route], initialised: Container[str]) -> None:
        self._files: dict[str, str] = {}
        self._folders: dict[str, str] = {}
        for route in routes:
            self._files[route.module] = route.location
            self._files |= {file.module: file.location for file in route.middleware}
            self._add_folders(route)
        for name in sorted(self._folders):
            if name not in initialised:
                add_folder_package(name, self._folders[name])

    def _add_folders(self, route: Route) -> None:
        name, folder = route.module, route.location
        while (name := name.rpartition(".")[0]) != route.app:
            folder = os.path.split(folder)[0]
            if name in self._folders:
                return
            self._folders[name] = folder

    def __enter__(self) -> None:
        with _lock:
            finders = sys.meta_path
            # Before Python's own finder, behind the hooks of other tools.
            place = finders.index(PathFinder) if PathFinder in finders else 0
            sys.meta_path = [*finders[:place], self, *finders[place:]]

    def __exit__(self, *exc_info: object) -> None:
        # Another list: an import in another thread may be on its way through the
        # old one, and would miss the finder after one that is taken out.
        with _lock:
            sys.meta_path = [finder for finder in sys.meta_path if finder is not self]

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return the spec of a file of ours, or of a folder with an `__init__.py`."""
        if location := self._files.get(fullname):
            loader = SourceFileLoader(fullname, location)
            return spec_from_file_location(fullname, location, loader=loader)
        if folder := self._folders.get(fullname):
            return get_folder_spec(fullname, folder)
        return None


def add_folder_package(name: str, folder: str) -> None:
    """
    Make a folder without `__init__.py` a package, unless it is one already.

    The result is what importing it gives, without the search: there is nothing
    to find and nothing to run.
    """
    parent_name, _, part = name.rpartition(".")
    parent = sys.modules.get(parent_name)
    if name in sys.modules or parent is None:
        return
    spec = get_bare_spec(name, folder)
    module = ModuleType(name)
    module.__spec__, module.__loader__ = spec, spec.loader
    module.__package__, module.__path__ = name, [folder]
    # Of two threads that get here, the first one's stays.
    setattr(parent, part, sys.modules.setdefault(name, module))
