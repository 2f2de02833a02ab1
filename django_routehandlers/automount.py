"""Be the root URLconf: the project's own patterns, then the routes."""

from importlib import import_module
from types import ModuleType
from typing import Any

from django.apps import apps
from django.conf import settings

from django_routehandlers.conf import get_settings
from django_routehandlers.urls import (
    RouteTree,
    Selection,
    find_app_name,
    find_mounts,
)

NAME = __name__

_is_installed = False
_project_urlconf: str | None = None


def install() -> None:
    """
    Put this module in the place of ROOT_URLCONF, unless MOUNT is None.

    Nothing is imported by it; a test that overrides ROOT_URLCONF gets exactly the
    URLconf it names.
    """
    global _is_installed, _project_urlconf  # noqa: PLW0603 - set once per process
    if _is_installed or get_settings().MOUNT is None:
        return
    _is_installed = True
    _project_urlconf = getattr(settings, "ROOT_URLCONF", None)
    settings.ROOT_URLCONF = NAME


def get_project_urlconf() -> ModuleType | None:
    """Return the project's own root URLconf, None if it has none."""
    return import_module(_project_urlconf) if _project_urlconf else None


def __getattr__(name: str) -> Any:
    """Return `urlpatterns` as they are now, and all else as the project has it."""
    if name.startswith("__"):
        raise AttributeError(name)
    project = get_project_urlconf()
    if name == "urlpatterns":
        patterns = list(getattr(project, name, []))
        return [*patterns, *get_automatic_trees(patterns)]
    return getattr(project, name)


def get_automatic_trees(patterns: list[Any]) -> list[RouteTree]:
    """Return the mount of the apps that the project's patterns do not include."""
    ours = get_settings()
    if ours.MOUNT is None or not apps.is_installed("django_routehandlers"):
        return []
    mounts = [mount.tree.selection for mount in find_mounts(patterns)]
    names = {app_config.name for app_config in apps.get_app_configs()}
    if ours.APPS is not None:
        names &= {name for app in ours.APPS if (name := find_app_name(app))}
    left = {name for name in names if not any(name in found for found in mounts)}
    return (
        [RouteTree(Selection(frozenset(left), is_automatic=True), ours.MOUNT)]
        if left
        else []
    )
