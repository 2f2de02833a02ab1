"""Refreshes that do what a test wants, and a background that ends with it."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.test import AsyncRequestFactory

from django_routehandlers.cache.background import MOST_WAITING, Background
from django_routehandlers.cache.flights import Flight
from django_routehandlers.cache.steps import Steps, Wait
from tests.cache.crowds import SECONDS, wait_until
from tests.cache.making import make_dimensions, make_route


class StoppableQueue(queue.Queue[Any]):
    """A queue whose readers end when they get nothing."""

    def get(self, *args: Any) -> Any:
        job = super().get(*args)
        if job is None:
            raise SystemExit
        return job


class StoppableBackground(Background):
    """A background whose threads may end."""

    def _work(self) -> None:
        with suppress(SystemExit):
            super()._work()


@pytest.fixture
def background() -> Iterator[Background]:
    """Return a background of the test's own, whose threads end with it."""
    background = StoppableBackground()
    background._queue = jobs = StoppableQueue(MOST_WAITING)
    yield background
    for _ in background._workers:
        jobs.put(None, timeout=SECONDS)
    for worker in background._workers:
        worker.join(SECONDS)


class Job:
    """What `Background` sees of a refresh: it calls a function, and may wait."""

    def __init__(
        self,
        key: str = "key",
        act: Callable[[], Any] = lambda: None,
        *,
        is_done: bool = True,
        is_async: bool = False,
        waits_for: Flight | None = None,
        **dimensions: Any,
    ) -> None:
        self.key = key
        policy = SimpleNamespace(route=make_route())
        call = None if is_async else lambda request, params: None
        self.gate = SimpleNamespace(call=call, policy=policy)
        self.lookup = SimpleNamespace(dimensions=make_dimensions(**dimensions))
        self._act, self._is_done, self._waits_for = act, is_done, waits_for

    def run(self) -> Steps[bool]:
        if self._waits_for is not None:
            yield Wait(self._waits_for, SECONDS)
        self._act()
        return self._is_done


class Door:
    """What a refresh waits at until it is opened."""

    def __init__(self) -> None:
        self.begun, self.gate = threading.Event(), threading.Event()
        self.calls: list[threading.Thread] = []

    def __call__(self) -> None:
        self.calls.append(threading.current_thread())
        self.begun.set()
        assert self.gate.wait(SECONDS)


def make_asgi_request() -> ASGIRequest:
    """Return a request that came to an ASGI server."""
    return AsyncRequestFactory().get("/x")


def drain(background: Background) -> None:
    """Wait as `background.drain()` does, but not for ever."""
    wait_until(lambda: not background._queue.unfinished_tasks)
