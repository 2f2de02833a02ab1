"""Warn of files and folders of routes that nothing looks into, for their names."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import (
    CheckMessage,
    Tags,
    Warning,
    register,
)

from django_routehandlers.checks import is_foreign
from django_routehandlers.registry import find_routes_folder
from django_routehandlers.routing.importing import ROUTES_PACKAGE
from django_routehandlers.routing.misnamed import (
    check_file_names,
    has_handlers,
    is_near,
)
from django_routehandlers.routing.problems import TAG, Problem
from django_routehandlers.urls import find_root_mounts


@register(Tags.urls, TAG)
def check_files(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Name what would be a route or a middleware under another name."""
    configs = apps.get_app_configs() if app_configs is None else app_configs
    mounts = find_root_mounts()
    for mount in mounts:
        # What its routes import is in use.
        _ = mount.tree.table
    return [
        _get_message(problem)
        for config in configs
        if not is_foreign(config) and any(mount.serves(config.name) for mount in mounts)
        for problem in _check_app(config)
    ]


def _check_app(config: AppConfig) -> Iterator[Problem]:
    if folder := find_routes_folder(config):
        yield from check_file_names(folder, sys.modules.__contains__)
        return
    # An app in a zip file has no folders.
    near = sorted(
        entry.name
        for entry in Path(config.path).glob("*")
        if is_near(entry.name, ROUTES_PACKAGE) and entry.is_dir()
    )
    for name in near:
        if has_handlers(Path(config.path, name)):
            yield Problem(
                (f"{config.name.replace('.', '/')}/{name}",),
                "W018",
                f"Only a folder {ROUTES_PACKAGE!r} holds routes, so none of those below "
                "this one is served.",
                f"Rename it to {ROUTES_PACKAGE!r}.",
            )


def _get_message(problem: Problem) -> CheckMessage:
    return Warning(
        problem.message,
        hint=problem.hint,
        obj=problem.files[0],
        id=f"{TAG}.{problem.id}",
    )
