"""Keep account of one run of a handler: what it read, and what it named."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from inspect import currentframe
from pathlib import Path

import asgiref
import django
from django.conf import settings

from django_routehandlers.exceptions import DynamicUsageError

# Code that reads for others, in its folders, and the module that calls the handler.
_OTHERS = (
    str(Path(__file__).parents[1]) + os.sep,
    str(Path(asgiref.__file__).parent) + os.sep,
    str(Path(django.__file__).parent) + os.sep,
)
_PYTHONS = str(Path(os.__file__).parent) + os.sep
_BEGINNING = str(Path(__file__).with_name("steps.py"))


class Run:
    """
    One run of a handler.

    `reads` has what it read beyond the key, in the order of the first read of each,
    and where; `names` and `reads_whole_query` have what it read of the query,
    `tags` what it named; `is_in_transaction` tells whether it began inside of one.
    `is_strict` makes a read beyond the key an error, and
    `on_read` is called at the first one.
    """

    def __init__(
        self,
        route: str,
        *,
        is_strict: bool = False,
        on_read: Callable[[], None] | None = None,
    ) -> None:
        self.route = route
        self.reads: dict[str, str] = {}
        self.names: set[str] = set()
        self.reads_whole_query = False
        self.tags: dict[str, None] = {}
        self.is_over = False
        self.is_in_transaction = False
        self._is_strict = is_strict
        self._on_read = on_read

    def read(self, what: str) -> None:
        """
        Record a read of something that is not in the key.

        Raise `DynamicUsageError` where `dynamic = "error"` forbids it.
        """
        if what not in self.reads:
            must_tell = self._is_strict or settings.DEBUG
            self.reads[what] = _find_place() if must_tell else ""
            if self._on_read is not None:
                self._on_read()
        self.check()

    def check(self) -> None:
        """Raise `DynamicUsageError` if a read is an error, caught or not."""
        if self._is_strict and self.reads:
            what, place = next(iter(self.reads.items()))
            raise DynamicUsageError(
                f"{self.route} has dynamic = 'error', but read request data that is "
                f"not in its key: {what} ({place}).",
                "Read it elsewhere, or take 'dynamic' out.",
            )

    def explain(self) -> str:
        """Return the first read beyond the key, "" if there is none."""
        return next(iter(self.reads), "")


def _find_place() -> str:
    """
    Return the file and line in the handler, or in what it calls, that reads.

    What it has returned, such as a template response, is read later.
    """
    frame = currentframe()
    while frame is not None and (file := frame.f_code.co_filename) != _BEGINNING:
        if not _is_of_others(file):
            return f"{file}:{frame.f_lineno}"
        frame = frame.f_back
    return "in what it returned"


def _is_of_others(file: str) -> bool:
    is_installed = "site-packages" in file
    return file.startswith(_OTHERS) or (file.startswith(_PYTHONS) and not is_installed)


_current: ContextVar[Run | None] = ContextVar("routehandlers_run", default=None)


def find_run() -> Run | None:
    """Return the run of a cached handler that the caller is part of."""
    run = _current.get()
    # A task that outlives the run has its variables, too.
    return None if run is None or run.is_over else run


@contextmanager
def entered(run: Run) -> Iterator[None]:
    """Make a run the current one for a while."""
    token = _current.set(run)
    try:
        yield
    finally:
        _current.reset(token)
        run.is_over = True


def cache_tag(*tags: str) -> None:
    """
    Add tags to the answer that is being made, from inside its handler.

    Use it for what only the handler knows, such as the author of a post; what the
    path tells belongs into `tags` of the `route.py`. Outside a cached GET it does
    nothing. Raise `TypeError` for a tag that is no str.
    """
    for tag in tags:
        if not isinstance(tag, str):
            raise TypeError(f"A tag is a str, not {tag!r}.")
    run = find_run()
    if run is not None:
        run.tags |= dict.fromkeys(tags)
