"""Print what a change to the files has changed in the routes."""

import atexit
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.color import color_style, no_style

from django_routehandlers.audit.changes import compare, describe
from django_routehandlers.audit.listing import read_rows
from django_routehandlers.urls import find_root_mounts

# Names the file in which a process leaves its listing to the one that follows it.
LISTING = "ROUTEHANDLERS_LISTING"

# A listing as JSON has it.
Listing = list[dict[str, Any]]


def keep_listing() -> None:
    """Make the file for the processes that this one is going to start, until it ends."""
    handle, name = tempfile.mkstemp(prefix="routehandlers-", suffix=".json")
    os.close(handle)
    os.environ[LISTING] = name
    atexit.register(Path(name).unlink, missing_ok=True)


def read_listing() -> Listing:
    """Return what the mounts of ROOT_URLCONF serve now."""
    return [asdict(row) for row in read_rows(find_root_mounts())]


def announce_restart() -> None:
    """Print what has changed since the process before this one, if there was any."""
    before, now = _load_listing(), read_listing()
    if before is not None:
        announce(before, now)
    save_listing(now)


def announce(before: Listing, now: Listing) -> None:
    """Print a line for each route that differs between two listings."""
    paint = _get_painters()
    lines = [paint[line[0]](line) for line in describe(compare(before, now))]
    if lines:
        # Where the reloader and the server write, and nothing waits in a buffer.
        sys.stderr.write("\n".join([*lines, "", ""]))


def save_listing(listing: Iterable[dict[str, Any]]) -> None:
    """Leave a listing to the process that follows, where one waits for it."""
    if name := os.environ.get(LISTING):
        # The folder may be gone or full: a line that is not printed is no harm.
        with suppress(OSError):
            Path(name).write_text(json.dumps(listing), encoding="utf-8")


def _load_listing() -> Listing | None:
    try:
        text = Path(os.environ[LISTING]).read_text(encoding="utf-8")
        return json.loads(text) if text else None
    except (KeyError, OSError, ValueError):
        return None


def _get_painters() -> dict[str, Callable[[str], str]]:
    style = color_style() if sys.stderr.isatty() else no_style()
    return {"+": style.SUCCESS, "~": style.WARNING, "-": style.NOTICE}
