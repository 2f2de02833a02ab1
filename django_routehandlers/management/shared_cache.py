"""Refuse to work on a cache that no other process sees."""

from typing import NoReturn

from django.core.management import CommandError

from django_routehandlers.cache.backends import HeldBackend
from django_routehandlers.conf import SETTING, get_settings


def require_shared_cache() -> None:
    """Raise `CommandError` if what a command does to the cache reaches nobody else."""
    alias = get_settings().CACHE
    try:
        backend = HeldBackend(alias)
    except Exception as exc:  # noqa: BLE001 - whatever a backend raises
        _refuse(f"The cache {alias!r} can't be used: {type(exc).__name__}: {exc}")
    if backend.is_private:
        _refuse(
            f"The cache {alias!r} is private to each process, so what this command does "
            "to its own would not reach the server's."
        )
    if backend.is_off:
        _refuse(f"The cache {alias!r} stores nothing.")


def _refuse(reason: str) -> NoReturn:
    raise CommandError(
        f"{reason} Name a cache that all processes share in {SETTING}['CACHE']."
    )
