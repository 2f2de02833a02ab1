"""Elect one process of all to run a handler."""

import os
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from itertools import takewhile
from pathlib import Path

from django.core.cache.backends.base import BaseCache

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    fcntl = None  # type: ignore[assignment]

# Whole numbers: some backends keep no lock at all for half a second, and the
# database one rounds down.
FILL_SECONDS = 8
REFRESH_SECONDS = 30
ALONE_SECONDS = 5

_ALONE = b"alone"
_BACKOFF = b"backoff"


class Claim(Enum):
    """What came of the wish to run a handler."""

    TAKEN = "taken"
    HELD = "held"
    ALONE = "alone"


class CacheLocks:
    """
    Locks that are records in the cache.

    A lock may be lost, or run out too early, and then a handler runs once more; no
    answer is wrong for it.
    """

    def __init__(self, get_backend: Callable[[], BaseCache]) -> None:
        self._get_backend = get_backend

    def take(self, key: str, token: bytes, seconds: int) -> Claim:
        """
        Take a lock for a fill in the foreground.

        A refresh that backs off is no reason to wait: whoever needs an answer now
        takes the lock from it. Nor is a lock that can neither be had nor seen: such a
        backend takes no records, and nobody holds any.
        """
        backend = self._get_backend()
        if backend.add(key, token, seconds):
            return Claim.TAKEN
        note = backend.get(key)
        if note is None:
            # It was freed just now, or is never kept.
            if backend.add(key, token, seconds):
                return Claim.TAKEN
            note = backend.get(key, _ALONE)
        if note == _ALONE:
            return Claim.ALONE
        if note == _BACKOFF:
            backend.set(key, token, seconds)
            return Claim.TAKEN
        return Claim.HELD

    def try_take(self, key: str, token: bytes, seconds: int) -> bool:
        """Take a lock for a refresh, unless anybody has it or it is to wait."""
        return self._get_backend().add(key, token, seconds)

    def free(self, key: str, token: bytes) -> None:
        """Give a lock back, unless it is somebody else's by now."""
        backend = self._get_backend()
        if backend.get(key) == token:
            backend.delete(key)

    def leave_alone(self, key: str, token: bytes) -> None:
        """Give a lock back, and say that nothing is stored for its key."""
        self._get_backend().set(key, _ALONE, ALONE_SECONDS)

    def back_off(self, key: str, token: bytes, seconds: int) -> None:
        """Give a lock back, and keep refreshes from trying again for some seconds."""
        self._get_backend().set(key, _BACKOFF, seconds)


class FileLocks(CacheLocks):
    """
    Locks of the operating system, beside the entries of the file backend.

    That backend's `add()` lets several win. The system gives a lock back when its
    holder dies. What is to be said with it is still a record in the cache.
    """

    def __init__(self, get_backend: Callable[[], BaseCache], folder: str) -> None:
        super().__init__(get_backend)
        self._folder = Path(folder)
        self._files: dict[bytes, tuple[int, Path]] = {}

    def take(self, key: str, token: bytes, seconds: int) -> Claim:
        """Take a lock for a fill in the foreground."""
        if self._get_backend().get(key) == _ALONE:
            return Claim.ALONE
        return Claim.TAKEN if self._lock(key, token) else Claim.HELD

    def try_take(self, key: str, token: bytes, seconds: int) -> bool:
        """Take a lock for a refresh, unless anybody has it or it is to wait."""
        if self._get_backend().get(key) is not None:
            return False
        return self._lock(key, token)

    def free(self, key: str, token: bytes) -> None:
        """Give a lock back, if it was taken."""
        found = self._files.pop(token, None)
        if found is None:
            return
        file, path = found
        # While it is ours: whoever has opened it by then notices that it is gone.
        with suppress(OSError):
            path.unlink()
        os.close(file)

    def leave_alone(self, key: str, token: bytes) -> None:
        """Give a lock back, and say that nothing is stored for its key."""
        super().leave_alone(key, token)
        self.free(key, token)

    def back_off(self, key: str, token: bytes, seconds: int) -> None:
        """Give a lock back, and keep refreshes from trying again for some seconds."""
        super().back_off(key, token, seconds)
        self.free(key, token)

    def _lock(self, key: str, token: bytes) -> bool:
        self._make_folder()
        path = self._folder / f"{key}.lock"
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        is_taken = False
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_taken = path.stat().st_ino == os.fstat(file).st_ino
        except (BlockingIOError, FileNotFoundError):
            # Somebody has it, or has just given it back. Any other error is the
            # store's to tell: nobody should wait for a lock that can't be had.
            pass
        finally:
            if is_taken:
                self._files[token] = file, path
            else:
                os.close(file)
        return is_taken

    def _make_folder(self) -> None:
        # Not `parents=True`, which lets others into those.
        places = (self._folder, *self._folder.parents)
        missing = list(takewhile(lambda place: not place.exists(), places))
        for place in reversed(missing):
            place.mkdir(mode=0o700, exist_ok=True)


def build_locks(get_backend: Callable[[], BaseCache], folder: str | None) -> CacheLocks:
    """Return the locks that suit a backend; `folder` is the file backend's."""
    if folder is None or fcntl is None:
        return CacheLocks(get_backend)
    return FileLocks(get_backend, folder)
