"""Ask for what a handler makes that waits at a gate, and tell who waits for it."""

import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from django_routehandlers.cache import filling
from django_routehandlers.cache.flights import Flight, Flights
from django_routehandlers.cache.locks import CacheLocks, FileLocks
from django_routehandlers.cache.store import Store
from tests.cache.crowds import SECONDS
from tests.clients import Send, counted

MISS, COLLAPSED = "fwd=uri-miss; stored", "fwd=uri-miss; collapsed"

# The config of a handler that calls `wait()`.
GATED = f"""
    import threading

    revalidate = 60

    begun = threading.Event()
    gate = threading.Event()

    def wait():
        begun.set()
        assert gate.wait({SECONDS})
"""


@pytest.fixture
def ask(send: Send) -> Callable[..., Any]:
    """Return a function that asks for a path; an error of a handler is a 500."""
    return lambda path="/x": send("GET", path, raises=False)


@pytest.fixture
def ask_elsewhere(
    ask: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Return a function that asks as if in another process, which has no flights."""

    def ask_with_own_flights(path: str = "/x") -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(filling, "flights", Flights())
            return ask(path)

    return ask_with_own_flights


@pytest.fixture
def waiting() -> Iterator[Callable[[], int]]:
    """Return a function that tells how many wait for somebody else's run."""
    with counted(Flight, "wait") as threads, counted(Flight, "await_outcome") as tasks:
        yield lambda: len(threads) + len(tasks)


@pytest.fixture
def polling() -> Iterator[Callable[[], int]]:
    """Return a function that tells how often the lock of a run was asked for."""
    with counted(CacheLocks, "take") as ours, counted(FileLocks, "take") as files:
        yield lambda: len(ours) + len(files)


@pytest.fixture
def slow_store(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Let entries be stored only when `gate` is set; `reached` tells when one is."""
    reached, gate, store = threading.Event(), threading.Event(), Store._set

    def wait_and_set(self: Store, *args: Any) -> str | None:
        reached.set()
        assert gate.wait(SECONDS)
        return store(self, *args)

    monkeypatch.setattr(Store, "_set", wait_and_set)
    return SimpleNamespace(reached=reached, gate=gate)
