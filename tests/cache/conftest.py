"""Any of Django's cache backends, for every test of this folder."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.backends import backend, backend_settings, use_backend

__all__ = ["backend", "backend_settings", "use_backend"]


@pytest.fixture
def any_backend(backend: str, use_backend: Callable[..., Any]) -> str:
    """
    Give this process each backend in turn, and return its name.

    To be named before fixtures that change settings: the last one to change them is
    the first to change them back.
    """
    use_backend(backend)
    return backend
