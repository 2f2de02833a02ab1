"""Remember which names of the query a route's handler reads."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

# More names than these are no longer told apart: the whole query is the key.
MAX_NAMES = 16

MAX_VARIANTS = 256
WINDOW_SECONDS = 3600.0
MAX_SIGHTINGS = 4096


class Known(NamedTuple):
    """What is known of the query: the names that are in a key, or all of it."""

    names: tuple[str, ...] = ()
    all: bool = False

    @property
    def is_asked(self) -> bool:
        """Tell whether anything of the query is in the key."""
        return self.all or bool(self.names)


class QueryNames:
    """
    What is `known` of the query that a route's handler reads.

    It only ever grows. A key made with less is never wrong: an entry under it was
    made by a run that read no more. Whoever makes a key takes `known` once, for
    another thread may learn meanwhile.
    """

    def __init__(self) -> None:
        self.known = Known()
        self._lock = threading.Lock()

    def learn(self, names: Iterable[str], *, all_names: bool = False) -> bool:
        """Add what a run has read; tell whether any of it is new."""
        with self._lock:
            known = self.known
            if known.all:
                return False
            added = {*known.names, *names}
            if all_names or len(added) > MAX_NAMES:
                # With all of it in the key, names make no difference.
                self.known = known._replace(all=True)
                return True
            self.known = Known(tuple(sorted(added)))
            return self.known != known


class Admission:
    """
    The variants of a route that may be stored: of query, host and headers.

    In each window the first ones may; after those, a variant that is seen a second
    time. Random ones, which come once, so cannot flood the cache.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ends = 0.0
        self._variants: set[str] = set()
        self._sightings: set[str] = set()

    def admits(self, variant: str) -> bool:
        """Tell whether a variant may be stored, and remember that it was seen."""
        with self._lock:
            now = self._clock()
            if now >= self._ends:
                self._ends = now + WINDOW_SECONDS
                self._variants.clear()
            if variant in self._variants:
                return True
            if len(self._variants) < MAX_VARIANTS:
                self._variants.add(variant)
                return True
            if variant in self._sightings:
                return True
            if len(self._sightings) >= MAX_SIGHTINGS:
                self._sightings.clear()
            self._sightings.add(variant)
            return False
