"""Read what one `middleware.py` lists."""

import types
from collections.abc import Iterator

from django_routehandlers.routing.problems import Problem

# The files of a problem: the `middleware.py`, then every route that it guards.
Files = tuple[str, ...]

_WRITE_LIST = "Write middleware = [...], with nothing in it for no middleware."


def check_middleware(module: types.ModuleType, files: Files) -> Iterator[Problem]:
    """Yield what is wrong with the list of an imported `middleware.py`."""
    if "middleware" not in vars(module):
        yield get_problem(files, "The file has no list 'middleware'.", _WRITE_LIST)
        return
    listed = module.middleware
    if not isinstance(listed, list | tuple):
        kind = type(listed).__name__
        message = f"'middleware' is of type {kind!r}, not a list."
        yield get_problem(files, message, _WRITE_LIST)
        return
    for number, entry in enumerate(listed):
        if not isinstance(entry, str) and not callable(entry):
            kind = type(entry).__name__
            yield get_problem(
                files,
                f"middleware[{number}] is of type {kind!r}, not a middleware.",
                "List the middleware itself, or its dotted name.",
            )


def get_problem(files: Files, message: str, hint: str) -> Problem:
    """Return the problem for which every route at or below a folder is refused."""
    rest = "No route at or below the folder is served without its middleware."
    return Problem(files, "E022", f"{message} {rest}", hint)
