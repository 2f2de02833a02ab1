"""Name the modules of the files that stand beside routes."""

import os
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from django.apps import apps

from django_routehandlers.checks import is_foreign
from django_routehandlers.registry import find_routes_folder
from django_routehandlers.routing.discovery import RoutesFolder
from django_routehandlers.routing.importing import ROUTES_PACKAGE, get_module_part


def find_module_name(file: Path) -> str | None:
    """
    Return the dotted name of a module below a routes folder, None for any other file.

    It is the name that its neighbour `route.py` is served under, so that a relative
    import finds that one, and not a copy.
    """
    folder = find_folder_above(file)
    return None if folder is None else _get_module_name(folder, file)


def find_folder_above(place: Path) -> RoutesFolder | None:
    """Return the routes folder that a file or folder is in, or is itself."""
    for above in (place, *place.parents):
        if above.name == ROUTES_PACKAGE:
            for folder in read_routes_folders():
                if _is_same(folder.location, above):
                    return RoutesFolder(folder.app, above)
    return None


def find_test_modules(place: Path, pattern: str) -> Iterator[str]:
    """
    Yield the modules of the tests beside routes at or below a folder.

    Their files have names of a pattern. Those of installed packages are only wanted
    by who names the folder of one.
    """
    if folder := find_folder_above(place):
        yield from _walk(folder, place, pattern)
        return
    for app_config in apps.get_app_configs():
        found = find_routes_folder(app_config)
        app = Path(app_config.path)
        is_wanted = app.is_relative_to(place) and not is_foreign(app_config)
        if found and (is_wanted or app == place):
            yield from _walk(found, found.location, pattern)


def read_routes_folders() -> Iterator[RoutesFolder]:
    """Yield the routes folder of each installed app that has one."""
    for app_config in apps.get_app_configs():
        if folder := find_routes_folder(app_config):
            yield folder


def _is_same(one: Path, other: Path) -> bool:
    # A project may be reached by a link.
    return one == other or (other.exists() and one.samefile(other))


def _walk(folder: RoutesFolder, place: Path, pattern: str) -> Iterator[str]:
    for directory, folders, files in os.walk(place):
        folders.sort()
        for name in sorted(files):
            if name.endswith(".py") and fnmatch(name, pattern):
                yield _get_module_name(folder, Path(directory, name))


def _get_module_name(folder: RoutesFolder, file: Path) -> str:
    parts = file.relative_to(folder.location).with_suffix("").parts
    names = [*map(get_module_part, parts[:-1]), parts[-1]]
    return ".".join([folder.app, ROUTES_PACKAGE, *names])
