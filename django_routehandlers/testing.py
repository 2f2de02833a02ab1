"""Test routes: call one, or ask them with an empty cache and a clock to put ahead."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async

from django_routehandlers.afterwards import collected
from django_routehandlers.cache import clock
from django_routehandlers.cache.attempts import forget_told
from django_routehandlers.cache.background import background
from django_routehandlers.cache.dimensions import entered
from django_routehandlers.cache.entries import Entry
from django_routehandlers.cache.gates import forget_gates
from django_routehandlers.cache.refreshing import compare
from django_routehandlers.cache.saving import Stored, watched
from django_routehandlers.cache.steps import acarry_out, carry_out
from django_routehandlers.cache.store import (
    forget_failures,
    get_namespace,
    set_namespace,
)
from django_routehandlers.calling import acall_route, call_route, get_route_module
from django_routehandlers.runner import RouteTestRunner

__all__ = [
    "RouteCache",
    "RouteCacheMixin",
    "RouteTestRunner",
    "aassert_cacheable",
    "acall_route",
    "assert_cacheable",
    "call_route",
    "get_route_module",
    "isolated_route_cache",
]


class RouteCache:
    """
    The route cache as one test sees it: empty at first, apart from any other's.

    Refreshes are part of the request that finds a stale entry.
    """

    def __init__(self, stored: list[Stored]) -> None:
        self._stored = stored

    @property
    def entries(self) -> dict[str, Entry]:
        """Return the entry that was stored last for each path with its query."""
        return {stored.get_url(): stored.entry for stored in self._stored}

    def advance(self, seconds: float) -> None:
        """
        Put the clock of the cache ahead, so that entries are older.

        Time goes on besides: `revalidate = 60` is fresh after 59, and stale after 61.
        """
        clock.set_offset(clock.get_offset() + seconds)

    def clear(self) -> None:
        """Forget all entries, and what was learned of handlers."""
        set_namespace(f"{os.urandom(6).hex()}:")
        forget_gates()
        forget_failures()
        forget_told()
        self._stored.clear()

    @contextmanager
    def in_background(self) -> Iterator[None]:
        """Refresh behind the answers for a while, as a server does; then wait."""
        background.is_inline = False
        try:
            yield
        finally:
            self.drain()
            background.is_inline = True

    def drain(self) -> None:
        """Wait until the refreshes that threads make have ended."""
        background.drain()


@contextmanager
def isolated_route_cache() -> Iterator[RouteCache]:
    """Give the block an empty route cache of its own, and the old one back."""
    namespace, offset = get_namespace(), clock.get_offset()
    was_inline = background.is_inline
    background.is_inline = True
    with watched() as stored:
        cache = RouteCache(stored)
        cache.clear()
        try:
            yield cache
        finally:
            background.is_inline = was_inline
            set_namespace(namespace)
            clock.set_offset(offset)
            forget_gates()


class RouteCacheMixin:
    """
    Give each test of a `unittest` or Django test case an empty route cache.

    It is `self.route_cache`. Name the mixin before the test case's class.
    """

    route_cache: RouteCache

    def setUp(self) -> None:
        """Begin with an empty cache."""
        context = isolated_route_cache()
        self.route_cache = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)  # type: ignore[attr-defined] # the test case has it
        super().setUp()  # type: ignore[misc] # as above


def assert_cacheable(client: Any, path: str, **options: Any) -> Any:
    """
    Check that the answer to GET is stored, and is the same for everybody.

    It is asked for through `client`, which takes `options`, and made again as a
    refresh would make it: from the key alone. Return the first response. Raise
    `AssertionError` if it was not stored, or if the two differ.
    """
    with isolated_route_cache(), watched() as stored:
        response = client.get(path, **options)
        found = _get_stored(path, response, stored)
        gate, dimensions = found.gate, found.lookup.dimensions
        with collected(), entered(dimensions):
            if gate.call is None:
                difference = async_to_sync(acarry_out)(compare(found), gate)
            else:
                difference = carry_out(compare(found), gate)
    assert not difference, f"GET {path} is not the same for everybody: {difference}"
    return response


async def aassert_cacheable(client: Any, path: str, **options: Any) -> Any:
    """Check through an `AsyncClient` what `assert_cacheable` checks."""
    with isolated_route_cache(), watched() as stored:
        response = await client.get(path, **options)
        found = _get_stored(path, response, stored)
        gate, dimensions = found.gate, found.lookup.dimensions
        with collected(), entered(dimensions):
            if gate.acall is None:
                difference = await sync_to_async(carry_out)(compare(found), gate)
            else:
                difference = await acarry_out(compare(found), gate)
    assert not difference, f"GET {path} is not the same for everybody: {difference}"
    return response


def _get_stored(path: str, response: Any, stored: list[Stored]) -> Stored:
    status = response.headers.get("Cache-Status", "its route is not cached")
    assert stored, f"GET {path} was not stored: {status}."
    return stored[-1]
