"""Decide where the test of a new route goes."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.test.utils import get_runner

from django_routehandlers.beside import find_folder_above, find_test_modules
from django_routehandlers.exceptions import RouteHandlersError
from django_routehandlers.management.writing import name_file
from django_routehandlers.routing.discovery import RoutesFolder
from django_routehandlers.routing.importing import get_module_part
from django_routehandlers.routing.routes import Route
from django_routehandlers.runner import RouteTestRunner


def find_test_file(folder: RoutesFolder, names: list[str], route: Route) -> Path:
    """
    Return the file for the test of a route, where the tests of its app live.

    That is beside the route where other tests stand beside routes, else the folder
    `tests` of the app, else the app's own folder. Raise `RouteHandlersError` if all
    names for it are taken.
    """
    *_, last = found = list(_yield_files(folder, names, route))
    for file in found:
        if not file.exists():
            return file
    raise RouteHandlersError(
        f"{name_file(last)} exists already.", "Rename it, or remove it."
    )


def explain_unseen(file: Path) -> list[str]:
    """Return why `manage.py test` does not find the file of a test, if it doesn't."""
    if find_folder_above(file) is not None:
        if issubclass(get_runner(settings), RouteTestRunner):
            return []
        return [
            "manage.py test does not find the test beside the route: the project's "
            "TEST_RUNNER is no RouteTestRunner, from django_routehandlers.testing."
        ]
    if file.parent.name != "tests" or file.with_name("__init__.py").exists():
        return []
    return [
        f"manage.py test does not look into {name_file(file.parent)}, which has no "
        "__init__.py."
    ]


def _yield_files(
    folder: RoutesFolder, names: list[str], route: Route
) -> Iterator[Path]:
    # Pytest looks into no folder that begins with a dot.
    is_seen = not any(name.startswith(".") for name in names)
    if is_seen and any(find_test_modules(folder.location, "test*.py")):
        yield folder.location.joinpath(*names, "test_route.py")
        return
    app = folder.location.parent
    tests = app / "tests" if (app / "tests").is_dir() else app
    words = re.findall(r"[^\W_]+", " ".join(segment.name for segment in route.segments))
    yield tests / f"test_{'_'.join(words) or 'root'}.py"
    # Other routes may have the same words.
    yield tests / f"test_{'_'.join(map(get_module_part, names)) or 'root'}.py"
