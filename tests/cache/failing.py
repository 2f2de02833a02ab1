"""Cache backends that fail when a test says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.cache.backends.locmem import LocMemCache

_failing: set[str] = set()


@contextmanager
def failing(*operations: str) -> Iterator[None]:
    """Let operations of the backends here fail, by default all, for a while."""
    begin_to_fail(*operations)
    try:
        yield
    finally:
        stop_failing()


def begin_to_fail(*operations: str) -> None:
    """Let operations of the backends here fail, by default all."""
    _failing.update(operations or ("add", "delete", "get", "set"))


def stop_failing() -> None:
    """Let the backends here work again."""
    _failing.clear()


class FailingCache(LocMemCache):
    """A backend that raises `ConnectionError` while it is down."""

    def add(self, *args: Any, **kwargs: Any) -> bool:
        _fail("add")
        return super().add(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        _fail("delete")
        return super().delete(*args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        _fail("get")
        return super().get(*args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        _fail("get_many")
        return super().get_many(*args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> None:
        _fail("set")
        super().set(*args, **kwargs)


def _fail(operation: str) -> None:
    if operation in _failing:
        raise ConnectionError("connection refused")


class SilentCache(LocMemCache):
    """A backend that takes nothing while it is down, and does not say so."""

    def add(self, *args: Any, **kwargs: Any) -> bool:
        return "add" not in _failing and super().add(*args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> None:
        if "set" not in _failing:
            super().set(*args, **kwargs)


FAILING = {"default": {"BACKEND": f"{__name__}.FailingCache", "LOCATION": "failing"}}
SILENT = {"default": {"BACKEND": f"{__name__}.SilentCache", "LOCATION": "silent"}}
