"""Run a function in the context of another moment, in whichever thread."""

from collections.abc import Callable
from contextvars import Context
from typing import Any, TypeVar

from asgiref import sync

T = TypeVar("T")

# asgiref shows a thread the values of its Locals, such as the active language, only
# if they were moved there.
_move: Callable[[Context], None] = getattr(
    sync, "_restore_context", lambda context: None
)


def run_in(context: Context, function: Callable[..., T], *arguments: Any) -> T:
    """Return what a function returns in a context that no other thread is in."""

    def run() -> T:
        _move(context)
        return function(*arguments)

    return context.run(run)
