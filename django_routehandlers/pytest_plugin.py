"""Give each test of a project an empty route cache, and import tests beside routes."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def _find_package() -> Any:
    """Return our package with what needs Django, None where that is not set up."""
    apps = sys.modules.get("django.apps")
    if apps is None or not (
        apps.apps.ready and apps.apps.is_installed("django_routehandlers")
    ):
        return None
    # Not before Django is set up.
    import django_routehandlers.beside  # noqa: PLC0415 - as said above
    import django_routehandlers.testing  # noqa: PLC0415 - as said above

    return django_routehandlers


def pytest_pycollect_makemodule(
    module_path: Path, parent: pytest.Collector
) -> pytest.Module | None:
    """Collect a test beside routes as the neighbour of the module that is served."""
    package = _find_package()
    name = package and package.beside.find_module_name(module_path)
    if name is None:
        return None
    module: BesideModule = BesideModule.from_parent(parent, path=module_path)
    module.dotted_name = name
    return module


class BesideModule(pytest.Module):
    """
    A test module beside routes.

    Whatever the import mode, it has the name that its neighbours are served under, so
    that tests of one name do not collide, and relative imports find no copies.
    """

    dotted_name: str

    def _getobj(self) -> ModuleType:
        module = import_module(self.dotted_name)
        self.config.pluginmanager.consider_module(module)
        return module


@pytest.fixture(autouse=True)
def _route_cache() -> Iterator[Any]:
    """Keep the cached answers of one test from the next."""
    package = _find_package()
    if package is None:
        # Nothing that is cached can be asked for.
        yield None
        return
    with package.testing.isolated_route_cache() as cache:
        yield cache


@pytest.fixture
def route_cache(_route_cache: Any) -> Any:
    """
    Return the route cache of this test.

    `advance(seconds)` makes entries older, `clear()` forgets them, `entries` has
    them by path; refreshes are part of the request that finds a stale entry, but
    inside `with route_cache.in_background():`.
    """
    assert _route_cache is not None, "route_cache needs Django to be set up."
    return _route_cache


@pytest.fixture
def call_route() -> Any:
    """
    Return the function that calls the handler of a route.

    `call_route("/api/items/[id]", "GET", params={"id": 3})` returns its response,
    without middleware, cross-site check and cache.
    """
    package = _find_package()
    assert package is not None, "call_route needs Django to be set up."
    return package.testing.call_route


@pytest.fixture
def acall_route() -> Any:
    """Return the function that calls the handler of a route, to be awaited."""
    package = _find_package()
    assert package is not None, "acall_route needs Django to be set up."
    return package.testing.acall_route
