"""See what transactions this thread is in, and act when they are over."""

from collections.abc import Callable
from typing import Any

from django.db import connections


def find_open() -> list[Any]:
    """Return the connections of this thread in a transaction, but a test case's own."""
    return [c for c in connections.all(initialized_only=True) if _is_open(c)]


def _is_open(connection: Any) -> bool:
    if not connection.in_atomic_block:
        return False
    return not all(block._from_testcase for block in connection.atomic_blocks)  # noqa: SLF001 - Django's own mark


def run_on_commit(connection: Any, act: Callable[[], None]) -> None:
    """
    Act when the transaction of a connection is committed, before all others.

    Django drops what comes after a function that raises.
    """
    connection.on_commit(act)
    waiting = connection.run_on_commit
    waiting.insert(0, waiting.pop())
