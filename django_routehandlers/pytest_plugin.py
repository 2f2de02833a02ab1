"""Give each test of a project an empty route cache, and `route_cache` to look at it."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _route_cache() -> Iterator[Any]:
    """Keep the cached answers of one test from the next."""
    apps = sys.modules.get("django.apps")
    if apps is None or not (
        apps.apps.ready and apps.apps.is_installed("django_routehandlers")
    ):
        # Nothing that is cached can be asked for.
        yield None
        return
    from django_routehandlers.testing import isolated_route_cache  # noqa: PLC0415 - Django must be set up

    with isolated_route_cache() as cache:
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
