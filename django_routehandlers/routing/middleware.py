"""Read what one `middleware.py` lists."""

import types
from collections.abc import Iterator
from typing import Any

from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.spelling import is_one_edit_away

# The files of a problem: the `middleware.py`, then every route that it guards.
Files = tuple[str, ...]

_WRITE_LIST = "Write middleware = [...], with nothing in it for no middleware."


def check_middleware(module: types.ModuleType, files: Files) -> Iterator[Problem]:
    """Yield what is wrong with the list of an imported `middleware.py`."""
    if "middleware" not in vars(module):
        yield get_problem(files, *_explain_missing_list(module))
        return
    listed = module.middleware
    if not isinstance(listed, list | tuple):
        kind = type(listed).__name__
        message = f"'middleware' is of type {kind!r}, not a list."
        yield get_problem(files, message, _get_list_hint(listed))
        return
    for number, entry in enumerate(listed):
        place = f"middleware[{number}]"
        if not isinstance(entry, str) and not callable(entry):
            kind = type(entry).__name__
            yield get_problem(
                files,
                f"{place} is of type {kind!r}, not a middleware.",
                "List the middleware itself, or its dotted name.",
            )
        elif _takes_request(entry):
            yield get_problem(
                files,
                f"{place}, {entry.__name__}(), takes a request, and a middleware takes "
                "get_response.",
                f"Wrap it: def {entry.__name__}(get_response), which returns the "
                "function of the request.",
            )


def _explain_missing_list(module: types.ModuleType) -> tuple[str, str]:
    for name, value in vars(module).items():
        is_near = is_one_edit_away(name.lower().strip("_"), "middleware")
        if is_near and isinstance(value, list | tuple):
            return (
                f"The file has no list 'middleware', but {name!r}.",
                f"Rename {name!r} to 'middleware'.",
            )
    return "The file has no list 'middleware'.", _WRITE_LIST


def _get_list_hint(value: Any) -> str:
    if isinstance(value, str):
        return f"Write middleware = [{value!r}]."
    if _takes_request(value):
        return (
            "Give it another name, let it take get_response and return a function of "
            "the request, and list it."
        )
    if callable(value):
        return "Give it another name, and list it: middleware = [...]."
    return _WRITE_LIST


def _takes_request(value: Any) -> bool:
    """Tell whether a function takes a request alone, as middleware of Next.js does."""
    if not isinstance(value, types.FunctionType):
        return False
    code = value.__code__
    return code.co_varnames[: code.co_argcount] == ("request",)


def get_problem(files: Files, message: str, hint: str) -> Problem:
    """Return the problem for which every route at or below a folder is refused."""
    rest = "No route at or below the folder is served without its middleware."
    return Problem(files, "E022", f"{message} {rest}", hint)
