"""Tell whether folders hold other Python files than before."""

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

# Python writes there while it imports, which is no change of anybody's.
_BYTE_CODE = "__pycache__"


class _Sight(NamedTuple):
    """What one place looked like: its time and inode, and what a folder holds."""

    stamp: tuple[int, int] | None
    entries: frozenset[tuple[str, int]] | None


class Signature:
    """
    What some places on disk looked like, so that a later look can be compared.

    A place is a folder, a file, or where one may come. A folder looks other when a
    Python file or a folder in it has come, gone or been replaced. Byte code and what
    editors put beside a file change a folder's time, and nothing else.
    """

    def __init__(self, places: Iterable[str] = ()) -> None:
        self._sights: dict[str, _Sight] = {}
        self.add(places)

    def add(self, places: Iterable[str]) -> None:
        """Look at more places."""
        for place in places:
            # The time first: a change in between is then found at the next look.
            self._sights[place] = _Sight(_read_stamp(place), _read_entries(place))

    def __contains__(self, place: object) -> bool:
        """Tell whether a place was looked at."""
        return place in self._sights

    def is_other(self, place: str) -> bool:
        """Tell whether one of the places looks other than before."""
        before, stamp = self._sights[place], _read_stamp(place)
        if stamp == before.stamp:
            return False
        if before.entries is None or before.entries != _read_entries(place):
            return True
        self._sights[place] = before._replace(stamp=stamp)
        return False

    def has_changed(self) -> bool:
        """Tell whether any of the places looks other than before."""
        return any(self.is_other(place) for place in list(self._sights))


def _read_stamp(place: str) -> tuple[int, int] | None:
    try:
        status = os.stat(place)  # noqa: PTH116 - thousands of them, once a second
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino


def _read_entries(place: str) -> frozenset[tuple[str, int]] | None:
    """Return what counts in a folder, None if the place is none."""
    try:
        with os.scandir(place) as entries:
            return frozenset((e.name, e.inode()) for e in entries if _counts(e))
    except OSError:
        return None


def _counts(entry: os.DirEntry[str]) -> bool:
    # Emacs locks `route.py` with a link named `.#route.py`.
    if entry.name.endswith(".py") and not entry.name.startswith("."):
        return True
    try:
        return entry.name != _BYTE_CODE and entry.is_dir()
    except OSError:
        # A link that leads to itself.
        return False


def find_folders(root: str) -> Iterator[str]:
    """
    Yield a folder, there or not, and every folder below it, links followed.

    One that is reached in two ways is yielded once, those with byte code never.
    """
    yield root
    seen = set()
    for directory, names, _ in os.walk(root, followlinks=True):
        place = os.path.realpath(directory)
        if place in seen:
            names.clear()
            continue
        seen.add(place)
        names[:] = [name for name in names if name != _BYTE_CODE]
        if directory != root:
            yield directory
