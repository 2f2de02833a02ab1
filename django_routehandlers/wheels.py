"""Find the files of routes that a built wheel has not taken along."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from zipfile import ZipFile

from django_routehandlers.mirror import read_modules
from django_routehandlers.routing.discovery import RoutesFolder, is_test_file

# Where a wheel may put modules, beside its own root.
_ROOTS = re.compile(r"[^/]+\.data/(?:purelib|platlib)/")


def read_wheel(wheel: Path) -> set[str]:
    """Return the names of the files that a wheel installs."""
    with ZipFile(wheel) as archive:
        return {_normalise(_ROOTS.sub("", name)) for name in archive.namelist()}


def read_route_files(folder: RoutesFolder) -> Iterator[str]:
    """Yield the Python files below a routes folder by their names, tests left out."""
    for file, _ in read_modules(folder):
        name = file.relative_to(folder.location).as_posix()
        if not is_test_file(name):
            yield f"{folder.label}/{name}"


def find_packaged(
    names: Iterable[str], folders: Iterable[RoutesFolder]
) -> list[RoutesFolder]:
    """Return the routes folders whose app is in a wheel, with its routes or without."""
    names = list(names)
    return [
        folder
        for folder in folders
        if any(name.startswith(folder.label.removesuffix("routes")) for name in names)
    ]


def find_lost_files(names: set[str], folders: Iterable[RoutesFolder]) -> list[str]:
    """Return the files of routes that are not among the names in a wheel."""
    return [
        file
        for folder in folders
        for file in read_route_files(folder)
        if _normalise(file) not in names
    ]


def _normalise(name: str) -> str:
    # Some disks hand out names in NFD.
    return unicodedata.normalize("NFC", name)
