"""Remember which names of the query a route's handler reads."""

import threading
import time
from collections.abc import Callable, Iterable

# More names than these are no longer told apart: the whole query is the key.
MAX_NAMES = 16

MAX_VARIANTS = 256
WINDOW_SECONDS = 3600.0
MAX_SIGHTINGS = 4096


class QueryNames:
    """
    The names of the query that are in a route's key.

    They only ever grow, `count` with them, and `all` stands for the whole query. A key made with fewer
    names is never wrong: an entry under it was made by a run that read no other.
    """

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()
        self.all = False
        self.count = 0
        self._lock = threading.Lock()

    @property
    def is_asked(self) -> bool:
        """Tell whether anything of the query is in the key."""
        return self.all or bool(self.names)

    def learn(self, names: Iterable[str], *, all_names: bool = False) -> bool:
        """Add what a run has read; tell whether any of it is new."""
        with self._lock:
            return self._learn(set(names), all_names=all_names)

    def _learn(self, names: set[str], *, all_names: bool) -> bool:
        if self.all:
            return False
        known = set(self.names)
        added = known | names
        if all_names or len(added) > MAX_NAMES:
            self.all = True
            self.count += 1
            return True
        if added == known:
            return False
        self.names = tuple(sorted(added))
        self.count += 1
        return True


class Admission:
    """
    The query variants of a route that may be stored.

    In each window the first ones may; after those, a variant that is seen a second
    time. Random queries, which come once, so cannot flood the cache.
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
