"""Warn of folders that a wheel built with setuptools leaves out."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
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
from django_routehandlers.routing.discovery import RoutesFolder
from django_routehandlers.routing.problems import TAG
from django_routehandlers.wheels import read_route_files

# With any of these it is somebody's own arrangement that says what goes along.
_OWN_FILES = ("MANIFEST.in", "setup.py", "setup.cfg")

_BUILDERS = re.compile(r"(?:setuptools|wheel)\b(?![-_.]).*")


@register(Tags.urls, TAG, deploy=True)
def check_packaging(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Name the files of routes that setuptools would leave out of a wheel."""
    configs = apps.get_app_configs() if app_configs is None else app_configs
    folders = [f for c in configs if not is_foreign(c) and (f := find_routes_folder(c))]
    return [message for folder in folders for message in _check_folder(folder)]


def _check_folder(folder: RoutesFolder) -> Iterator[CheckMessage]:
    project = _find_project(folder.location)
    if project is None:
        return
    tool = _read_setuptools(project)
    if tool is None:
        return
    # Only a folder `src` may hold packages with any name (setuptools 84).
    is_flat = "packages" not in tool and not folder.location.is_relative_to(
        project / "src"
    )
    lost = [f for f in read_route_files(folder) if _is_lost(f, is_flat=is_flat)]
    if lost:
        others = f" (and {len(lost) - 1} more)" if len(lost) > 1 else ""
        yield Warning(
            f"A wheel that setuptools builds leaves the file out, because of the name "
            f"of its folder.{others}",
            hint="Add to [tool.setuptools.package-data] in pyproject.toml: "
            f'"{folder.app}" = ["routes/**/*", "routes/**/.*/**/*"].',
            obj=lost[0],
            id=f"{TAG}.W019",
        )


def _find_project(location: Path) -> Path | None:
    found = (p for p in location.parents if (p / "pyproject.toml").is_file())
    return next(found, None)


def _read_setuptools(project: Path) -> dict[str, Any] | None:
    """Return the table of setuptools, None where it is not known what that takes."""
    try:
        data = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    build = data.get("build-system", {})
    tool: dict[str, Any] = data.get("tool", {}).get("setuptools", {})
    is_known = (
        build.get("build-backend") == "setuptools.build_meta"
        # Its plugins take whatever a version control has.
        and all(map(_BUILDERS.fullmatch, build.get("requires", [])))
        and isinstance(tool.get("packages", {}), dict)
        and not tool.keys() & {"package-data", "py-modules"}
        and not any((project / name).exists() for name in _OWN_FILES)
    )
    return tool if is_known else None


def _is_lost(file: str, *, is_flat: bool) -> bool:
    folders = PurePosixPath(file).parts[:-1]
    return any("." in name or (is_flat and not name.isidentifier()) for name in folders)
