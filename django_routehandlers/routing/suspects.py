"""Name the files that may mend a failed import when they change."""

import os
import sys
from collections.abc import Iterable, Iterator
from traceback import walk_tb

from django_routehandlers.routing.endpoints import Endpoint


def find_suspects(endpoints: Iterable[Endpoint]) -> set[str]:
    """
    Return the files and folders whose change may mend what could not be imported.

    They are the files on the way to an error, the one with a mistake in its syntax,
    and the folder in which a missing module would be. Who watches Python's modules
    does not see them: one that could not be imported is not among these.
    """
    broken = [(e.route, e.error) for e in endpoints if e.error is not None]
    files = [route.location for route, _ in broken]
    files += [file.location for route, _ in broken for file in route.middleware]
    # An error of a `middleware.py` is that of many routes.
    errors = {id(error): error for _, error in broken}
    causes = (exc for error in errors.values() for exc in _find_causes(error))
    return {*files, *(place for exc in causes for place in _find_places(exc))}


def _find_causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    left: list[BaseException | None] = [error]
    while left:
        exc = left.pop()
        if exc is not None and id(exc) not in seen:
            seen.add(id(exc))
            left += [exc.__cause__, exc.__context__]
            yield exc


def _find_places(exc: BaseException) -> Iterator[str]:
    files = [frame.f_code.co_filename for frame, _ in walk_tb(exc.__traceback__)]
    if isinstance(exc, SyntaxError):
        files.append(exc.filename or "")
    if isinstance(exc, ImportError):
        files.append(exc.path or "")
        yield from _find_missing(exc.name or "")
    # What was made from text or frozen into Python has names that are no files.
    yield from filter(os.path.isfile, files)


def _find_missing(name: str) -> Iterator[str]:
    """Yield where a missing module would be, and the folders of its package."""
    part = ""
    while name and name not in sys.modules:
        name, _, part = name.rpartition(".")
    for folder in getattr(sys.modules.get(name), "__path__", ()):
        yield folder
        yield from (f"{folder}/{part}", f"{folder}/{part}.py") if part else ()
