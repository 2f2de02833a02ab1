"""Hold the cache backend that a process reads and writes entries with."""

import contextlib
import os
import pickle
import threading
import time
import zlib
from collections.abc import Sequence
from typing import Any

from django.core.cache import InvalidCacheBackendError, caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.memcached import PyMemcacheCache
from django.core.cache.backends.redis import RedisCache

# One object of these may serve all threads at once.
_SHARED = (DatabaseCache, FileBasedCache, LocMemCache, PyMemcacheCache, RedisCache)


class HeldBackend:
    """
    The backend of an alias, made once and kept.

    Django makes one for each thread or, under ASGI, for each request, and with it
    a connection. Raise `InvalidCacheBackendError` for an alias that CACHES lacks.
    """

    def __init__(self, alias: str) -> None:
        self.alias = alias
        first = self._connect()
        self._shared = first if isinstance(first, _SHARED) else None
        self._local = threading.local()
        self.kind = type(first)

    @property
    def is_private(self) -> bool:
        """Tell whether no other process sees what is stored, nor waits for it."""
        return issubclass(self.kind, LocMemCache)

    @property
    def is_off(self) -> bool:
        """Tell whether nothing is ever stored."""
        return issubclass(self.kind, DummyCache)

    @property
    def needs_own_thread(self) -> bool:
        """Tell whether a call belongs into the thread of the request."""
        return issubclass(self.kind, DatabaseCache)

    @property
    def folder(self) -> str | None:
        """Return where the file backend keeps its files, None for any other."""
        return getattr(self.get(), "_dir", None) if self._is_file else None

    @property
    def _is_file(self) -> bool:
        return issubclass(self.kind, FileBasedCache)

    def get(self) -> BaseCache:
        """Return the backend that the current thread may use."""
        if self._shared is not None:
            return self._shared
        found: BaseCache | None = getattr(self._local, "backend", None)
        if found is None:
            found = self._local.backend = self._connect()
        return found

    def find_packed(self, key: str) -> bytes | None:
        """Return a value as a private backend keeps it, None from any other."""
        backend = self._shared
        return (
            backend.find_packed(key) if isinstance(backend, QuickLocMemCache) else None
        )

    def _connect(self) -> BaseCache:
        if self.alias not in caches.settings:
            # Django has a KeyError for it.
            raise InvalidCacheBackendError(f"CACHES has no {self.alias!r}.")
        backend: BaseCache = caches.create_connection(self.alias)
        if type(backend) is LocMemCache:
            backend = _make_quick(self.alias)
        # Django's own place to say which keys a backend takes: ours are short and
        # plain, and looking at each letter is the dearest part of a read.
        vars(backend)["validate_key"] = _accept_key
        if isinstance(backend, PyMemcacheCache):
            # Its client serves one thread at a time, unless it has a pool.
            vars(backend)["_options"] |= {"use_pooling": True}
        # What is wrong with a client is told by the first call, as Django does.
        with contextlib.suppress(Exception):
            _make_client(backend)
        return backend


def _make_client(backend: Any) -> None:
    """Make what connects later, for of threads that ask at once each makes its own."""
    if isinstance(backend, PyMemcacheCache | RedisCache):
        client = backend._cache  # type: ignore[union-attr]  # noqa: SLF001 - Django's has no other name
        if isinstance(backend, RedisCache):
            client.get_client(write=True)


class QuickLocMemCache(LocMemCache):
    """The local-memory backend, which can tell whether a value is still the same."""

    def find_packed(self, key: str) -> bytes | None:
        """
        Return a value as it is kept, None if there is none.

        As long as nothing is written under the key, that is the very same object.
        """
        state = vars(self)
        name = self.make_key(key)
        with state["_lock"]:
            end = state["_expire_info"].get(name, 0)
            if end is not None and end <= time.time():
                return None
            packed: bytes = state["_cache"][name]
            state["_cache"].move_to_end(name, last=False)
        return packed


def _make_quick(alias: str) -> BaseCache:
    options = dict(caches.settings[alias])
    del options["BACKEND"]
    return QuickLocMemCache(options.pop("LOCATION", ""), options)


def _accept_key(key: str) -> None:
    """Accept every key."""


# What `pickle`, and what backends wrap around it, say of bytes that are not theirs.
_UNREADABLE = (
    pickle.UnpicklingError,
    zlib.error,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    TypeError,
    ValueError,
)


def read_many(backend: Any, keys: Sequence[str]) -> dict[str, Any]:
    """
    Return the records that are there, in one round trip.

    If one of them can't be read all are deleted: to lose a record is safe, and to
    keep that one would be a failure each time.
    """
    try:
        found: dict[str, Any] = backend.get_many(keys)
    except _UNREADABLE:
        backend.delete_many(keys)
        # It is the backend that fails if that does not help.
        found = backend.get_many(keys)
    return found


def get_random() -> bytes:
    """Return 8 random bytes: the version of a tag, or the token of a lock."""
    return os.urandom(8)
