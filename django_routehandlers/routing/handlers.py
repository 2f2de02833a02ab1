"""Read one handler: what it takes, and how it is to be called."""

import functools
import inspect
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from asgiref.sync import iscoroutinefunction

from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.spelling import is_one_edit_away

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "QUERY")

# Arguments that every handler may name, beside the captured parameters.
OFFERED = ("request", "params")

# The positional names and the keyword-only ones.
_Names = tuple[tuple[str, ...], tuple[str, ...]]

_GENERATOR = inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR

_PLAIN_KINDS = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.KEYWORD_ONLY,
)


@dataclass(frozen=True, slots=True)
class Handler:
    """
    One exported function.

    `positional` and `keywords` name the arguments in the order in which they are
    passed. A wrapped handler, whose own signature says nothing, is called as a
    Django view: with the request and all params by name.
    """

    method: str
    function: Callable[..., Any]
    file: str
    is_async: bool
    positional: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    is_wrapped: bool = False

    def __str__(self) -> str:
        return f"{self.method} in {self.file}"


def is_async_callable(function: Callable[..., Any]) -> bool:
    """Tell whether calling a function, or an object, gives a coroutine."""
    if isinstance(function, types.FunctionType) and not vars(function):
        # Nothing has marked it, so its own code tells.
        return bool(function.__code__.co_flags & inspect.CO_COROUTINE)
    return iscoroutinefunction(function) or iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004 - an object's own method
    )


def read_handler(
    method: str, function: Any, file: str, params: tuple[str, ...]
) -> tuple[Handler | None, list[Problem]]:
    """
    Return a handler and the problems of its signature.

    The handler is None where there is nothing to call.
    """
    if problem := _check_callable(method, function, file):
        return None, [problem]
    is_async = is_async_callable(function)
    names = None if hasattr(function, "__wrapped__") else _read_arguments(function)
    if names is None:
        handler = Handler(method, function, file, is_async, is_wrapped=True)
        return handler, list(_check_wrapped(handler, params))
    if isinstance(function, functools.partial):
        names = _drop_own_keywords(names, function, params)
    handler = Handler(method, function, file, is_async, *names)
    return handler, list(_check_arguments(handler, params))


def _drop_own_keywords(
    names: _Names, function: functools.partial[Any], params: tuple[str, ...]
) -> _Names:
    """Leave out what a partial brings along and the path does not give."""
    own = set(function.keywords).difference(OFFERED, params)
    positional, keywords = names
    return (
        tuple(name for name in positional if name not in own),
        tuple(name for name in keywords if name not in own),
    )


def _read_arguments(
    function: Callable[..., Any],
) -> _Names | None:
    """Return the positional and the keyword-only names, None beside a wildcard."""
    if isinstance(function, types.FunctionType):
        # What inspect.signature() would say, at a tenth of its price.
        code = function.__code__
        if code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
            return None
        end = code.co_argcount + code.co_kwonlyargcount
        names = code.co_varnames[:end]
        return names[: code.co_argcount], names[code.co_argcount :]
    try:
        arguments = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        # Callables written in C may hide their signature.
        return None
    if any(argument.kind not in _PLAIN_KINDS for argument in arguments):
        return None
    keyword_only = inspect.Parameter.KEYWORD_ONLY
    return (
        tuple(a.name for a in arguments if a.kind is not keyword_only),
        tuple(a.name for a in arguments if a.kind is keyword_only),
    )


def get_innermost(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function that the decorators of a handler wrap."""
    if not hasattr(function, "__wrapped__"):
        return function
    # What as_view() makes takes the request, whatever its class decorates.
    innermost: Callable[..., Any] = inspect.unwrap(
        function, stop=lambda layer: hasattr(layer, "view_class")
    )
    return innermost


def _check_callable(method: str, function: Any, file: str) -> Problem | None:
    if isinstance(function, type):
        return Problem(
            (file,),
            "E012",
            f"{method} is the class {function.__name__!r}, not a function.",
            f"Export a function, or write {method} = {function.__name__}.as_view() "
            "for a Django view.",
        )
    if not callable(function):
        return Problem(
            (file,),
            "E012",
            f"{method} is of type {type(function).__name__!r}, not a function.",
            f"Define a function {method}(), or rename the value.",
        )
    code = getattr(get_innermost(function), "__code__", None)
    if code is not None and code.co_flags & _GENERATOR:
        return Problem(
            (file,),
            "E012",
            f"{method} is a generator, which has no status and no headers.",
            "Return Response.stream(...) over the generator.",
        )
    return None


def _check_arguments(handler: Handler, params: tuple[str, ...]) -> Iterator[Problem]:
    offered = (*OFFERED, *params)
    for name in (*handler.positional, *handler.keywords):
        if name not in offered:
            yield Problem(
                (handler.file,),
                "E013",
                f"{handler.method} takes {name!r}, which the path does not give.",
                _get_argument_hint(name, offered),
            )


def _get_argument_hint(name: str, offered: tuple[str, ...]) -> str:
    for meant in offered:
        if len(meant) > 2 and is_one_edit_away(name.lower(), meant.lower()):
            return f"Rename it to {meant!r}."
    return (
        f"Take any of {', '.join(map(repr, offered))}, or read the query string with "
        "request.GET."
    )


def _check_wrapped(handler: Handler, params: tuple[str, ...]) -> Iterator[Problem]:
    innermost = get_innermost(handler.function)
    try:
        signature = inspect.signature(innermost, follow_wrapped=False)
    except (TypeError, ValueError):
        return
    first = next(iter(signature.parameters.values()), None)
    if first is None or not _takes_request(first):
        yield Problem(
            (handler.file,),
            "E014",
            f"{handler.method} is decorated or takes any arguments, so it is called "
            "with the request first, but it does not take 'request' first.",
            f"Write def {handler.method}(request, ...).",
        )
    elif _hands_on(handler.function):
        yield from _check_handed_on(handler, innermost, params)
    if not handler.is_async and is_async_callable(innermost):
        yield Problem(
            (handler.file,),
            "W007",
            f"{handler.method} is async, but its decorator is not: the decorator may "
            "decide before the handler runs, and nothing more.",
            "Use a decorator that supports async functions.",
        )


def _hands_on(function: Any) -> bool:
    """Tell whether all decorators of a handler are Django's, which change no argument."""
    if not hasattr(function, "__wrapped__"):
        return False
    while hasattr(function, "__wrapped__"):
        module = getattr(function, "__globals__", {}).get("__name__", "")
        if module.partition(".")[0] != "django":
            return False
        function = function.__wrapped__
    return True


def _check_handed_on(
    handler: Handler, innermost: Callable[..., Any], params: tuple[str, ...]
) -> Iterator[Problem]:
    names = _read_arguments(innermost)
    if names is None:
        return
    _, *taken = (*names[0], *names[1])
    for name in taken:
        if name not in params:
            yield Problem(
                (handler.file,),
                "E013",
                f"{handler.method} takes {name!r}, which the path does not give.",
                _get_argument_hint(name, ("request", *params)),
            )
    for name in params:
        if name not in taken:
            yield Problem(
                (handler.file,),
                "E014",
                f"{handler.method} is decorated, so it is called with all that the path "
                f"captures, but it does not take {name!r}.",
                f"Write def {handler.method}({', '.join(('request', *params))}).",
            )


def _takes_request(argument: inspect.Parameter) -> bool:
    if argument.kind is inspect.Parameter.VAR_POSITIONAL:
        return True
    is_positional = argument.kind in _PLAIN_KINDS[:2]
    return is_positional and argument.name.lstrip("_") == "request"
