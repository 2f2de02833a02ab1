"""Read and write entries, tag versions and locks in Django's cache."""

import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import InvalidCacheBackendError
from django.core.signals import setting_changed
from django.dispatch import receiver

from django_routehandlers.cache.backends import HeldBackend, get_random, read_many
from django_routehandlers.cache.entries import Entry, Names, pack
from django_routehandlers.cache.keys import PREFIX
from django_routehandlers.cache.locks import build_locks
from django_routehandlers.cache.versions import (
    Found,
    is_version,
    join_versions,
    make_first_version,
    make_next_version,
)
from django_routehandlers.conf import get_settings
from django_routehandlers.exceptions import RevalidationError

# What a route's handler reads of the query is kept for a week after the last news.
NAMES_SECONDS = 604_800

# For so long a backend that failed is not asked again.
BYPASS_SECONDS = 5.0

logger = logging.getLogger("django_routehandlers.cache")

# Put into every key: a test has one of its own, and so an empty cache.
_namespace = ""


def get_namespace() -> str:
    """Return the part of all keys that sets a test's entries apart."""
    return _namespace


def set_namespace(namespace: str) -> None:
    """Read and write other entries from now on."""
    global _namespace  # noqa: PLW0603 - set by tests, around each
    _namespace = namespace


def get_key(kind: str, digest: str) -> str:
    """Return the key of a record; its kind is one letter."""
    return f"{PREFIX}{_namespace}{kind}{digest}"


def get_generation_key() -> str:
    """
    Return the key of the generation: a version that every invalidation changes.

    It tells a run whether anything at all was invalidated meanwhile, which is all
    that need be known of tags that had no version when it began.
    """
    return get_key("g", "")


@dataclass(frozen=True, slots=True)
class Saving:
    """
    What a run wants stored.

    `hard` and `soft` keys come in pairs, one per tag: `known` as they were when the
    run began, with those that were missing in `missing`; `late` are the tags that
    the handler named, by name. `news` are names of the query
    that other processes do not know, and where they look for them.
    """

    key: str
    entry: Entry
    timeout: float | None
    known: Sequence[str]
    late: Sequence[tuple[str, str, str]]
    seen: Found
    news: tuple[str, Names] | None = None


class Store:
    """
    The records of all routes in one backend.

    A backend that fails is one without entries: what reads or stores says so once
    and goes on, what invalidates raises `RevalidationError`.
    """

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self._bypassed_until = 0.0
        self.bumps = object()
        self.is_private = self.needs_own_thread = False
        self._backend: HeldBackend | None
        try:
            self._backend = HeldBackend(alias)
        except Exception as exc:  # noqa: BLE001 - whatever a backend raises
            self._backend = None
            text = "Nothing is cached, because CACHES[%r] can't be used: %s: %s"
            logger.error(text, alias, type(exc).__name__, exc)
            return
        self.is_private = self._backend.is_private
        self.needs_own_thread = self._backend.needs_own_thread
        self.locks = build_locks(self._backend.get, self._backend.folder)

    @property
    def is_usable(self) -> bool:
        """Tell whether entries can be read and stored now."""
        if self._backend is None or self._backend.is_off:
            return False
        return not self._bypassed_until or time.monotonic() >= self._bypassed_until

    def read(self, keys: Sequence[str]) -> Found | None:
        """Return the records that are there, in one round trip; None if it fails."""
        try:
            found = read_many(self._get_backend(), keys)
        except Exception as exc:  # noqa: BLE001 - whatever a backend raises
            self._bypass(exc)
            return None
        # Not before: what can still be read may well refuse all else.
        if self._bypassed_until and time.monotonic() >= self._bypassed_until:
            self._bypassed_until = 0.0
        return found

    def find_packed(self, key: str) -> bytes | None:
        """Return a record as a private backend keeps it, the same object each time."""
        return self._backend.find_packed(key) if self._backend else None

    def read_before_run(self, keys: Sequence[str]) -> Found | None:
        """Return the records that are there, the generation certainly among them."""
        generation = get_generation_key()
        found = self.read([*keys, generation])
        if found is not None and not is_version(found.get(generation)):
            self._try(lambda b: b.add(generation, get_random(), None))
            again = self.read([generation])
            found = None if again is None else found | again
        return found

    def save(self, saving: Saving) -> str | None:
        """
        Store what a run has made; return None, or in a word why it was not.

        Tags that had no version when the run began get one now. That is safe only if
        nothing was invalidated since, which the generation tells.
        """
        stamped = dict(saving.seen)
        missing = [key for key in saving.known if not is_version(stamped.get(key))]
        missing += [key for _, *pair in saving.late for key in pair]
        missing = [key for key in missing if not is_version(stamped.get(key))]
        if missing:
            wrong = [key for key in missing if key in stamped]
            settled = self._settle(missing, wrong)
            generation = get_generation_key()
            if settled is None:
                return "backend"
            now = settled.get(generation)
            if not is_version(now) or now != saving.seen.get(generation):
                return "revalidated"
            stamped |= settled
        versions = join_versions(stamped, saving.known)
        late = [(tag, join_versions(stamped, pair)) for tag, *pair in saving.late]
        kept = tuple((tag, named) for tag, named in late if named is not None)
        if versions is None or len(kept) < len(late):
            return "evicted"
        entry = saving.entry._replace(versions=versions, late=kept)
        reason = self._set(saving.key, pack(entry), saving.timeout)
        if saving.news is not None:
            # Not before: who has read them looks for the entry.
            key, names = saving.news
            self._try(lambda b: b.set(key, pack(names), NAMES_SECONDS))
        return reason

    def _set(self, key: str, value: Any, timeout: float | None) -> str | None:
        try:
            self._get_backend().set(key, value, timeout)
        except Exception as exc:  # noqa: BLE001 - whatever a backend raises
            # The server may be well, and only refuse this one: it is too large.
            text = "The cache %r did not take an entry: %s: %s"
            logger.warning(text, self.alias, type(exc).__name__, exc)
            return "backend"
        return None

    def _settle(self, missing: list[str], wrong: list[str]) -> Found | None:
        """Give keys a version where they have none, and read what they have now."""

        def add_all(backend: Any) -> None:
            if wrong:
                backend.delete_many(wrong)
            for key in missing:
                backend.add(key, make_first_version(), None)

        if not self._try(add_all):
            return None
        versions = self.read(missing)
        # Last, and by itself: some backends read key by key, in an order of their own.
        generation = self.read([get_generation_key()])
        if versions is None or generation is None:
            return None
        return versions | generation

    def delete(self, key: str) -> None:
        """Delete an entry."""
        self._try(lambda backend: backend.delete(key))

    def bump(self, keys: Sequence[str]) -> None:
        """
        Give tags a new version, so that no entry with the old one is served.

        Raise `RevalidationError` if the backend fails. The generation comes first: a
        run that ends in between must see it.
        """
        try:
            backend = self._get_backend()
            generation = {get_generation_key(): get_random()}
            versions = {key: make_next_version() for key in keys}
            # The database backend does not say when a write fails.
            must_look = self.needs_own_thread
            before = backend.get_many([*generation, *versions]) if must_look else {}
            failed = [*backend.set_many(generation, None)]
            failed += backend.set_many(versions, None)
            # One that is gone, or another process's by now, is not the old one either.
            after = backend.get_many(before) if before else {}
            failed += [key for key in before if after.get(key) == before[key]]
        except Exception as exc:
            self._bypass(exc)
            raise RevalidationError(
                f"The cache {self.alias!r} failed, so entries may still be served that "
                f"should not: {exc}",
                "Try again when it is back.",
            ) from exc
        # Not before: who looks meanwhile must look again. Not a number: of two threads
        # that count at once one may set it back.
        self.bumps = object()
        if failed:
            raise RevalidationError(
                f"The cache {self.alias!r} did not take the new versions.",
                "Try again when it is back.",
            )

    def lock(self, call: Callable[..., Any], *args: Any, default: Any = None) -> Any:
        """Return what a call of the locks gives, a default if the backend fails."""
        try:
            return call(*args)
        except Exception as exc:  # noqa: BLE001 - whatever a backend raises
            self._bypass(exc)
            return default

    def _get_backend(self) -> Any:
        if self._backend is None:
            raise InvalidCacheBackendError(f"CACHES has no {self.alias!r}.")
        return self._backend.get()

    def _try(self, act: Callable[[Any], Any]) -> bool:
        try:
            act(self._get_backend())
        except Exception as exc:  # noqa: BLE001 - whatever a backend raises
            self._bypass(exc)
            return False
        return True

    def _bypass(self, exc: Exception) -> None:
        if not self._bypassed_until or time.monotonic() >= self._bypassed_until:
            logger.error(
                "The cache %r failed, so nothing is cached for %d s: %s: %s",
                self.alias,
                BYPASS_SECONDS,
                type(exc).__name__,
                exc,
            )
        self._bypassed_until = time.monotonic() + BYPASS_SECONDS


_stores: dict[tuple[str, int], Store] = {}


def get_store() -> Store:
    """Return the store in the backend that ROUTE_HANDLERS names, one per process."""
    key = get_settings().CACHE, os.getpid()
    # Of two threads that make one at once, both get the first.
    return _stores.get(key) or _stores.setdefault(key, Store(key[0]))


def forget_failures() -> None:
    """Let what has failed in one test be asked in the next."""
    for store in list(_stores.values()):
        store._bypassed_until = 0.0  # noqa: SLF001 - for tests alone


@receiver(setting_changed, dispatch_uid="routehandlers_store")
def forget_store(*, setting: str, **kwargs: Any) -> None:
    """Connect anew after a test has changed the setting."""
    if setting in ("CACHES", "ROUTE_HANDLERS"):
        _stores.clear()
