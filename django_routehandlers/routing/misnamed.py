"""Find the files below a routes folder that would serve, had they the right name."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from django_routehandlers.routing.dialects import translate_folder
from django_routehandlers.routing.discovery import (
    MIDDLEWARE_FILE,
    ROUTE_FILE,
    RoutesFolder,
    is_test_file,
)
from django_routehandlers.routing.handlers import METHODS
from django_routehandlers.routing.importing import get_module_part
from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.spelling import is_one_edit_away

# A function of such a name with other arguments is a helper.
_HANDLER = re.compile(
    rf"^(?:async\s+)?def\s+({'|'.join(METHODS)})\s*\(\s*(?:\)|request\b|params\b)",
    re.MULTILINE,
)
_LIST = re.compile(r"^middleware\s*(?::[^=\n]*)?=\s*[\[(]", re.MULTILINE)
_SCRIPT = re.compile(r"route\.[cm]?[jt]sx?")

# What other frameworks call the file of a URL; anything else names the URL itself.
_USUAL_NAMES = frozenset(
    {
        "api",
        "endpoint",
        "handler",
        "handlers",
        "index",
        "page",
        "router",
        "view",
        "views",
    }
)

_MISSED = f"Only a file {ROUTE_FILE!r} makes a route, so no request reaches this one."
_UNGUARDED = (
    f"Only a file {MIDDLEWARE_FILE!r} surrounds routes, so nothing passes this one."
)

# Tells whether a module of a dotted name is imported by somebody.
IsUsed = Callable[[str], bool]


def check_file_names(folder: RoutesFolder, is_used: IsUsed) -> Iterator[Problem]:
    """Yield the files with handlers or middleware in them that nothing looks into."""
    root = str(folder.location)
    places = {root: (folder.label, f"{folder.app}.{folder.location.name}")}
    for directory, folders, files in os.walk(root):
        label, module = places[directory]
        for name in sorted(files):
            if name == ROUTE_FILE:
                continue
            if found := _explain(Path(directory, name), set(files), module, is_used):
                yield Problem((f"{label}/{name}",), "W018", *found)
        folders[:] = [
            name
            for name in sorted(folders)
            if not name.startswith("_") and not is_test_file(f"{name}/")
        ]
        for name in folders:
            place = f"{label}/{name}", f"{module}.{get_module_part(name)}"
            places[f"{directory}{os.sep}{name}"] = place


def _explain(
    file: Path, others: set[str], module: str, is_used: IsUsed
) -> tuple[str, str] | None:
    """Return what is wrong with the name of a file, and what to do."""
    if _SCRIPT.fullmatch(file.name) and ROUTE_FILE not in others:
        return _MISSED, f"Write it in Python, as {ROUTE_FILE!r}."
    if file.name == "__init__.py":
        return _explain_package(file, module, is_used)
    is_ours = file.name == MIDDLEWARE_FILE
    if file.suffix != ".py" or is_ours or is_test_file(file.name):
        return None
    if is_used(f"{module}.{file.stem}"):
        return None
    source = _read(file)
    if is_near(file.stem, "middleware") and _LIST.search(source):
        return _UNGUARDED, _get_hint(MIDDLEWARE_FILE, "its list", others)
    if file.stem.startswith("_") or not _HANDLER.search(source):
        return None
    if is_near(file.stem, "route") or file.stem.lower() in _USUAL_NAMES:
        return _MISSED, _get_hint(ROUTE_FILE, "its functions", others)
    meant = translate_folder(file.stem) or file.stem
    return _MISSED, f"Move it to '{meant}/{ROUTE_FILE}'."


def _read(file: Path) -> str:
    """Return the text of a file, "" for one that is none or can't be read."""
    try:
        return file.read_text("utf-8")
    except (OSError, ValueError):
        return ""


def _explain_package(
    file: Path, module: str, is_used: IsUsed
) -> tuple[str, str] | None:
    is_guard = is_near(file.parent.name, "middleware") and not is_used(module)
    if is_guard and _LIST.search(_read(file)):
        return _UNGUARDED, f"Move its list into '../{MIDDLEWARE_FILE}'."
    return None


def _get_hint(name: str, content: str, others: set[str]) -> str:
    if name in others:
        return f"Move {content} into {name!r}."
    return f"Rename it to {name!r}."


def has_handlers(directory: Path) -> bool:
    """Tell whether any `route.py` below a folder defines a handler."""
    return any(_HANDLER.search(_read(file)) for file in directory.rglob(ROUTE_FILE))


def is_near(name: str, other: str) -> bool:
    """
    Tell whether a name is another one but for its case, an underscore or one letter.

    >>> is_near("Route", "route"), is_near("_middleware", "middleware")
    (True, True)
    """
    return is_one_edit_away(name.strip("_").lower(), other)
