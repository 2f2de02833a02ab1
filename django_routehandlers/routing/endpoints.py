"""Read what one `route.py` exports: its handlers and its config."""

import difflib
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django_routehandlers.routing.config import (
    Config,
    asks_to_cache,
    check_config,
    read_config,
)
from django_routehandlers.routing.habits import check_habits
from django_routehandlers.routing.handlers import (
    METHODS,
    Handler,
    get_innermost,
    read_handler,
)
from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.tags import check_tags

# RFC 9110, sections 9.3.6 and 9.3.8: for proxies, and for what servers answer themselves.
_UNSERVED = frozenset({"CONNECT", "TRACE"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """
    All handlers and the config of one `route.py`.

    `module` is None when the file could not be imported. `error` says why, or why
    middleware around it could not.
    """

    route: Route
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    config: Config = field(default_factory=dict)
    module: types.ModuleType | None = None
    error: BaseException | None = None

    @property
    def allowed_methods(self) -> tuple[str, ...]:
        """
        Return the methods that the endpoint answers, sorted.

        OPTIONS is always answered, HEAD wherever GET is (RFC 9110, 9.3.2).
        """
        methods = {*self.handlers, "OPTIONS"}
        if "GET" in methods:
            methods.add("HEAD")
        return tuple(sorted(methods))


def read_endpoint(
    route: Route, module: types.ModuleType
) -> tuple[Endpoint, list[Problem]]:
    """Return the endpoint of an imported `route.py`, and what is wrong with it."""
    handlers: dict[str, Handler] = {}
    problems: list[Problem] = []
    exports = vars(module)
    for method in METHODS:
        if method not in exports:
            continue
        handler, found = read_handler(method, exports[method], route.file, route.params)
        problems += found
        if handler is not None:
            handlers[method] = handler
    config = read_config(module)
    problems += check_config(config, module, route.file)
    problems += check_tags(config.get("tags"), route)
    problems += check_habits(module, route.file)
    problems += _check_exports(route, module)
    problems += _check_cached_method(route, module, config)
    return Endpoint(route, handlers, config, module), problems


def _check_exports(route: Route, module: types.ModuleType) -> Iterator[Problem]:
    if not any(method in vars(module) for method in METHODS):
        yield Problem(
            (route.file,),
            "W002",
            "The file exports no handler, so every request is answered with 405.",
            "Define a function GET(), or any other HTTP method in upper case.",
        )
    used = {
        get_innermost(function)
        for function in map(vars(module).get, METHODS)
        if type(function) is types.FunctionType
    }
    for name, value in vars(module).items():
        # Not isinstance(), which asks lazy objects, and these ask the database.
        is_own = type(value) is types.FunctionType and value not in used
        if name in METHODS or name[:1] == "_" or not is_own:
            continue
        if value.__module__ == module.__name__:
            yield from _check_function_name(route, name)


def _check_cached_method(
    route: Route, module: types.ModuleType, config: Config
) -> Iterator[Problem]:
    exported = [method for method in METHODS if method in vars(module)]
    if exported and "GET" not in exported and asks_to_cache(config):
        yield Problem(
            (route.file,),
            "W004",
            "'revalidate' without a function GET() caches nothing.",
            "Define GET(), or remove 'revalidate'.",
        )


def _check_function_name(route: Route, name: str) -> Iterator[Problem]:
    # One or two capitals are somebody's helper: T(), ID().
    if len(name) < 3 or (not name.isupper() and name.upper() not in METHODS):
        return
    close = difflib.get_close_matches(name.upper(), METHODS, n=1)
    if close:
        hint = f"Rename it to {close[0]!r}, or start its name with an underscore."
    else:
        hint = "Start its name with an underscore if it is meant for you."
    what = "not an HTTP method"
    if name in _UNSERVED:
        what = "an HTTP method that no route has"
    yield Problem(
        (route.file,), "W001", f"{name!r} is {what}, so no request reaches it.", hint
    )
