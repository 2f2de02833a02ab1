"""Any of Django's cache backends, and the usual language, for each test of this folder."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone, translation

from tests.backends import backend, backend_settings, use_backend

__all__ = ["backend", "backend_settings", "use_backend"]


@pytest.fixture(autouse=True)
def _usual_surroundings() -> Iterator[None]:
    """Forget the language and the time zone of the last request in this thread."""
    yield
    translation.deactivate()
    timezone.deactivate()


@pytest.fixture(autouse=True)
def _patient_loops() -> Iterator[None]:
    """Let loops not log what takes long, as in Python's development mode they do."""
    logger = logging.getLogger("asyncio")
    level = logger.level
    logger.setLevel(logging.ERROR)
    yield
    logger.setLevel(level)


@pytest.fixture
def any_backend(backend: str, use_backend: Callable[..., Any]) -> str:
    """
    Give this process each backend in turn, and return its name.

    To be named before fixtures that change settings: the last one to change them is
    the first to change them back.
    """
    use_backend(backend)
    return backend
