"""Warn of routes that ask for a token which nobody hands out."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import (
    CheckMessage,
    Tags,
    Warning,
    register,
)
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.module_loading import import_string

from django_routehandlers.routing.endpoints import Endpoint
from django_routehandlers.routing.problems import TAG
from django_routehandlers.table import Table
from django_routehandlers.urls import find_root_mounts


@register(Tags.urls, TAG)
def check_tokens(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Name the files with `csrf = "token"` whose visitors never get the cookie."""
    if _has_csrf(settings.MIDDLEWARE):
        return []
    tables = [mount.tree.table for mount in find_root_mounts()]
    files = {
        endpoint.route.file
        for table in tables
        for endpoint in table.endpoints
        if _asks_in_vain(endpoint, table)
    }
    return [
        Warning(
            "csrf is 'token', and no CsrfViewMiddleware sends the cookie that goes with "
            "one, so every POST is refused.",
            hint="Add 'django.middleware.csrf.CsrfViewMiddleware' to MIDDLEWARE.",
            obj=file,
            id=f"{TAG}.W020",
        )
        for file in sorted(files)
    ]


def _asks_in_vain(endpoint: Endpoint, table: Table) -> bool:
    if endpoint.config.get("csrf", table.settings.CSRF) != "token":
        return False
    found = [table.folders.get(file.file) for file in endpoint.route.middleware]
    names = [name for folder in found if folder is not None for name in folder.names]
    return not _has_csrf(names)


def _has_csrf(names: Iterable[str]) -> bool:
    return any(_is_csrf(name) for name in names)


def _is_csrf(name: str) -> bool:
    try:
        found = import_string(name)
    except ImportError:
        return False
    return isinstance(found, type) and issubclass(found, CsrfViewMiddleware)
