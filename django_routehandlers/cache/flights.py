"""Let the requests of one process wait for one run of a handler."""

import asyncio
import os
import threading
from collections.abc import Hashable
from enum import Enum


class Outcome(Enum):
    """What those who wait are to do when a flight has ended."""

    LOOK_AGAIN = "look again"
    ALONE = "alone"


class Flight:
    """One run of a handler, and those who wait for it, in threads and tasks."""

    def __init__(self) -> None:
        self.outcome: Outcome | None = None
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._waiters: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def end(self, outcome: Outcome) -> None:
        """Wake all who wait; the first outcome stays."""
        with self._lock:
            if self.outcome is not None:
                return
            self.outcome = outcome
            waiters, self._waiters = self._waiters, []
        self._done.set()
        for loop, event in waiters:
            try:
                loop.call_soon_threadsafe(event.set)
            except RuntimeError:
                # That loop is closed, and nobody waits there.
                continue

    def wait(self, seconds: float) -> Outcome | None:
        """Return the outcome, None if there is none after some seconds."""
        self._done.wait(seconds)
        return self.outcome

    async def await_outcome(self, seconds: float) -> Outcome | None:
        """Return the outcome, None if there is none after some seconds."""
        event = asyncio.Event()
        with self._lock:
            if self.outcome is not None:
                return self.outcome
            self._waiters.append((asyncio.get_running_loop(), event))
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return self.outcome
        return self.outcome


class Flights:
    """The flights of a process, by what they make."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[Hashable, Flight] = {}

    def join(self, key: Hashable) -> tuple[Flight, bool]:
        """Return the flight for a key, and whether the caller leads it."""
        with self._lock:
            flight = self._flights.get(key)
            if flight is not None:
                return flight, False
            flight = self._flights[key] = Flight()
            return flight, True

    def end(self, key: Hashable, flight: Flight, outcome: Outcome) -> None:
        """End a flight; the next one for its key begins anew."""
        with self._lock:
            if self._flights.get(key) is flight:
                del self._flights[key]
        flight.end(outcome)

    def forget(self) -> None:
        """Forget what the parent of this process had under way."""
        self._lock = threading.Lock()
        self._flights = {}


flights = Flights()

if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has no forks
    os.register_at_fork(after_in_child=flights.forget)
