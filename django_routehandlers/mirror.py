"""Copy the code below routes folders to where its names can be imported."""

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from django_routehandlers.routing.discovery import RoutesFolder, is_loop
from django_routehandlers.routing.importing import get_module_part

_SUFFIXES = (".py", ".pyi")


def write_mirror(root: Path, folders: Iterable[RoutesFolder]) -> dict[Path, Path]:
    """
    Copy every Python file below some routes folders, and return copies by original.

    A copy lies where the dotted name of its module leads from `root`:
    `items/[id]/route.py` of the app `shop` becomes `shop/routes/items/id__param/route.py`.
    A file that no import could name is left out.
    """
    copies: dict[Path, Path] = {}
    for folder in folders:
        for file, module in read_modules(folder):
            copy = root.joinpath(*module.split(".")).with_suffix(file.suffix)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, copy)
            copies[file] = copy
    return copies


def read_modules(folder: RoutesFolder) -> Iterator[tuple[Path, str]]:
    """Yield each Python file below a routes folder, and its dotted name, sorted."""
    names = {str(folder.location): f"{folder.app}.{folder.location.name}"}
    for directory, folders, files in os.walk(folder.location, followlinks=True):
        package = names[directory]
        for name in sorted(files):
            file = Path(directory, name)
            if file.suffix in _SUFFIXES and file.stem.isidentifier():
                yield file, f"{package}.{file.stem}"
        folders[:] = [
            name
            for name in sorted(folders)
            if name != "__pycache__"
            and not is_loop(f"{directory}/{name}", str(folder.location))
        ]
        for name in folders:
            names[str(Path(directory, name))] = f"{package}.{get_module_part(name)}"
