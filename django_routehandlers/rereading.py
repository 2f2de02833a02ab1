"""Read the routes again, in DEBUG, when their files have come or gone."""

import importlib
import sys
import threading
import time
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.signals import request_started

from django_routehandlers.announcing import (
    Listing,
    announce,
    read_listing,
    save_listing,
)
from django_routehandlers.registry import (
    Snapshot,
    get_known_snapshots,
    read_snapshot,
    swap_snapshots,
)

INTERVAL = 1.0

_lock = threading.Lock()
_last_look = float("-inf")


def install() -> None:
    """Look at the files before requests, in DEBUG; else nothing is done, ever."""
    if settings.DEBUG:
        request_started.connect(look, dispatch_uid="routehandlers_look")


def look(**kwargs: Any) -> None:
    """
    Read the routes again if files came or went, once in INTERVAL seconds at most.

    One thread does it, and the requests of others are answered from the routes as
    they were. For files whose contents have changed, a server must be restarted, as
    its own reloader does; the files that no reloader knows, because they could not
    be imported, are read again, too.
    """
    global _last_look  # noqa: PLW0603 - one clock per process
    if time.monotonic() - _last_look < INTERVAL or not _lock.acquire(blocking=False):
        return
    try:
        if _has_changed():
            _reread()
        _last_look = time.monotonic()
    finally:
        _lock.release()


def _has_changed() -> bool:
    # DEBUG may have been off when they were read, as it is in tests.
    signatures = [snapshot.signature for snapshot in get_known_snapshots().values()]
    return any(signature and signature.has_changed() for signature in signatures)


def _reread() -> None:
    before = _find_listing()
    _invalidate_caches()
    old = get_known_snapshots()
    new = {names: read_snapshot(names) for names in old}
    kept = {name for snapshot in new.values() for name in _get_modules(snapshot)}
    for name in {n for snapshot in old.values() for n in _get_modules(snapshot)} - kept:
        # A file that comes back is then read, and not what it was before.
        sys.modules.pop(name, None)
    swap_snapshots(new)
    now = _find_listing()
    if before is not None and now is not None:
        announce(before, now)
        save_listing(now)


def _find_listing() -> Listing | None:
    try:
        return read_listing()
    except Exception:  # noqa: BLE001 - the project's URLconf, as the request will tell
        return None


def _get_modules(snapshot: Snapshot) -> set[str]:
    """Return the names of the modules of all routes and `middleware.py` files."""
    guards = {module.__name__ for module in snapshot.middleware.values()}
    return guards | {endpoint.route.module for endpoint in snapshot.endpoints}


def _invalidate_caches() -> None:
    """Let imports list folders again, where a disk's clock is coarse."""
    # Python goes through a dict that imports in other threads add to.
    with suppress(RuntimeError):
        importlib.invalidate_caches()
