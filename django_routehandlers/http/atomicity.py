"""Keep the promise of ATOMIC_REQUESTS, handler by handler."""

import inspect
from collections.abc import Callable, Iterator
from types import CellType
from typing import Any

from django.db import connections, transaction

from django_routehandlers.routing.endpoints import Endpoint
from django_routehandlers.routing.handlers import (
    Handler,
    get_innermost,
    is_async_callable,
)
from django_routehandlers.routing.problems import Problem


class EveryAlias:
    """A set of all databases, to which Django's own decision is left for none."""

    def __contains__(self, alias: object) -> bool:
        """Tell that a database is in the set."""
        return True


EVERY_ALIAS = EveryAlias()


def get_atomic_aliases(handler: Handler) -> tuple[str, ...]:
    """Return the databases in a transaction of which a handler has to run."""
    # What Django's own non_atomic_requests leaves on a function.
    excused = getattr(handler.function, "_non_atomic_requests", ())
    return tuple(
        alias
        for alias, options in connections.settings.items()
        if options["ATOMIC_REQUESTS"] and alias not in excused
    )


def check_atomicity(endpoint: Endpoint) -> list[Problem]:
    """Return the async handlers of which a transaction is asked."""
    return [
        problem
        for handler in endpoint.handlers.values()
        if is_async_callable(get_innermost(handler.function))
        for problem in (*_check_setting(handler), *_check_decorators(handler))
    ]


def _check_setting(handler: Handler) -> Iterator[Problem]:
    for alias in get_atomic_aliases(handler):
        yield Problem(
            (handler.file,),
            "E018",
            f"{handler.method} is async, but ATOMIC_REQUESTS of the database {alias!r} "
            "asks for a transaction around it, which async handlers cannot have.",
            "Make the handler sync, or decorate it with "
            "@transaction.non_atomic_requests.",
        )


def _check_decorators(handler: Handler) -> Iterator[Problem]:
    if any(map(_is_atomic, _get_layers(handler.function))):
        yield Problem(
            (handler.file,),
            "E019",
            f"{handler.method} is async, so transaction.atomic around it ends before "
            "the handler runs.",
            "Make the handler sync, or move the queries into a sync function that is "
            "atomic and call that with sync_to_async.",
        )


def _get_layers(function: Callable[..., Any]) -> Iterator[Any]:
    layer: Any = function
    while layer is not None:
        yield layer
        if hasattr(layer, "view_class"):
            return
        layer = getattr(layer, "__wrapped__", None)


def _is_atomic(layer: Any) -> bool:
    """Tell whether a function is what `transaction.atomic` makes of another."""
    if not inspect.isfunction(layer):
        return False
    return any(map(_holds_atomic, layer.__closure__ or ()))


def _holds_atomic(cell: CellType) -> bool:
    try:
        return issubclass(type(cell.cell_contents), transaction.Atomic)
    except ValueError:
        # A name that has no value yet.
        return False
