"""Let `manage.py test` run the tests that stand beside routes."""

import os
import traceback
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import SkipTest, TestSuite
from unittest.loader import (  # type: ignore[attr-defined] # typeshed leaves them out
    _FailedTest,
    _make_skipped_test,
)

from django.test.runner import DiscoverRunner, try_importing

from django_routehandlers.beside import (
    find_folder_above,
    find_test_modules,
    read_routes_folders,
)
from django_routehandlers.routing.importing import ROUTES_PACKAGE


class RouteTestRunner(DiscoverRunner):
    """
    Django's test runner, which also finds the tests that stand beside routes.

    `unittest` looks into no folder without `__init__.py`, and would import what is
    in one under another name than the server does. A project with a runner of its
    own names this class first: `class Runner(RouteTestRunner, TheirRunner)`.
    """

    def load_tests_for_label(self, label: str, discover_kwargs: dict[str, Any]) -> Any:
        """Return the tests of a label; a folder's with those beside its routes."""
        folder = _find_folder(label)
        if folder is None:
            return super().load_tests_for_label(label, discover_kwargs)
        tests: Any = TestSuite()
        if find_folder_above(folder) is None:
            _stop_at_routes()
            tests = super().load_tests_for_label(label, discover_kwargs)
        pattern = discover_kwargs.get("pattern", "test*.py")
        tests.addTests(map(self._load, find_test_modules(folder, pattern)))
        return tests

    def _load(self, name: str) -> Any:
        try:
            module = import_module(name)
        except SkipTest as exc:
            return _make_skipped_test(name, exc, self.test_loader.suiteClass)
        except Exception:  # noqa: BLE001 - whatever the file does
            message = f"Failed to import test module: {name}\n{traceback.format_exc()}"
            return _FailedTest(name, ImportError(message))
        with self.load_with_patterns():
            return self.test_loader.loadTestsFromModule(module)


def _stop_at_routes() -> None:
    """
    Keep `unittest` out of the folders of routes, by the protocol that it has for that.

    It would look into those with an `__init__.py`, and import `[id]` as one.
    """
    for folder in read_routes_folders():
        if not Path(folder.location, "__init__.py").exists():
            continue
        # What can't be imported fails when unittest gets there.
        with suppress(Exception):
            package = import_module(f"{folder.app}.{ROUTES_PACKAGE}")
            vars(package).setdefault("load_tests", _load_no_more)


def _load_no_more(loader: Any, tests: Any, pattern: Any) -> Any:
    return tests


def _find_folder(label: str) -> Path | None:
    """Return the folder that a label names by its path or as a package."""
    place = Path(os.path.abspath(label))  # noqa: PTH100 - resolve() follows links
    if place.is_dir():
        return place
    if place.exists() or not all(try_importing(label)):
        return None
    return Path(next(iter(import_module(label).__path__)))
