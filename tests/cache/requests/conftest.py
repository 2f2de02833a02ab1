"""Both clients with both kinds of handler, and a clock that only tests put ahead."""

import re
import types
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache.backends import base, locmem

from django_routehandlers.cache import attempts, clock
from django_routehandlers.urls import find_root_mounts
from tests.clients import send

__all__ = ["send"]

NOON = 1_800_000_000.0


@pytest.fixture(autouse=True)
def _still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no time pass but what `route_cache.advance` says."""
    monkeypatch.setattr(clock, "time", SimpleNamespace(time=lambda: NOON))


@pytest.fixture
def nothing_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is logged once per process be logged once per test."""
    monkeypatch.setattr(attempts, "_told", set())


@pytest.fixture
def aging_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the records of the backend age with the clock of the cache."""
    for module in (base, locmem):
        monkeypatch.setattr(module, "time", SimpleNamespace(time=clock.now))


KEYWORDS = {"wsgi": "def", "asgi": "async def"}


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """
    Send through each client to the kind of handler that goes with it.

    A module that sets `IS_CROSSED` is about how the two meet, and has all four pairs.
    """
    is_crossed = getattr(metafunc.module, "IS_CROSSED", False)
    if not is_crossed and {"send", "keyword"} <= {*metafunc.fixturenames}:
        # As a mark, which goes before the params of the fixtures.
        pairs = pytest.mark.parametrize(
            ("send", "keyword"), KEYWORDS.items(), indirect=True
        )
        metafunc.definition.add_marker(pairs)


@pytest.fixture(params=KEYWORDS.values())
def keyword(request: pytest.FixtureRequest) -> str:
    """Return how a handler is defined: as a sync and as an async one in turn."""
    keyword: str = request.param
    return keyword


@pytest.fixture
def serve(site: Callable[..., Any], keyword: str) -> Callable[..., types.ModuleType]:
    """
    Return a function that serves a `route.py` and returns its module.

    Its handlers, whose names are in upper case, are sync and async in turn. It is
    served at `path`, `files` are more files, other keywords are settings.
    """

    def install(
        source: str, path: str = "x", files: Mapping[str, str] = {}, **settings: Any
    ) -> types.ModuleType:
        written = {f"shop/routes/{path}/route.py": source} | dict(files)
        handler = re.compile(r"\bdef (?=[A-Z]+\()")
        site({k: handler.sub(f"{keyword} ", v) for k, v in written.items()}, **settings)
        modules = {
            endpoint.route.path: endpoint.module
            for mount in find_root_mounts()
            for endpoint in mount.tree.table.endpoints
        }
        return modules[f"/{path}"]

    return install
