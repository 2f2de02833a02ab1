"""Be the root URLconf: the project's own patterns, then the routes."""

import logging
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import request_started

from django_routehandlers.conf import check_settings, get_settings
from django_routehandlers.unmatched import find_handler404
from django_routehandlers.urls import (
    RouteTree,
    Selection,
    find_app_name,
    find_mounts,
)

NAME = __name__

_LOG_UID = "routehandlers_mistakes"

logger = logging.getLogger("django_routehandlers")

_is_installed = False
_project_urlconf: Any = None


def install() -> None:
    """
    Put this module in the place of ROOT_URLCONF, unless MOUNT is None.

    Nothing is imported by it; a test that overrides ROOT_URLCONF gets exactly the
    URLconf it names.
    """
    if check_settings():
        request_started.connect(log_mistakes, dispatch_uid=_LOG_UID)
    global _is_installed, _project_urlconf  # noqa: PLW0603 - set once per process
    if _is_installed or get_settings().MOUNT is None:
        return
    _is_installed = True
    _project_urlconf = getattr(settings, "ROOT_URLCONF", None)
    settings.ROOT_URLCONF = NAME


def log_mistakes(**kwargs: Any) -> None:
    """Log the mistakes in the setting once, at the first request of a server."""
    # Servers run no checks, and routes that are not mounted say nothing.
    request_started.disconnect(dispatch_uid=_LOG_UID)
    for message, hint in check_settings():
        logger.error("%s %s", message, hint)


def get_project_urlconf() -> Any:
    """
    Return the project's own root URLconf, None if it has none.

    Raise `ImproperlyConfigured` for an `AttributeError` in its file, which Django
    would take for an answer of this module.
    """
    if not isinstance(_project_urlconf, str):
        return _project_urlconf
    try:
        return import_module(_project_urlconf)
    except AttributeError as exc:
        message = f"The URLconf {_project_urlconf} can't be imported: {exc}"
        raise ImproperlyConfigured(message) from exc


def __getattr__(name: str) -> Any:
    """Return the patterns and `handler404`, and all else as the project has it."""
    if name.startswith("__"):
        raise AttributeError(name)
    project = get_project_urlconf()
    if name == "handler404":
        return find_handler404(project)
    if name != "urlpatterns":
        return getattr(project, name)
    # Django takes a URLconf that is itself a list, and says what is wrong with others.
    found = [] if project is None else getattr(project, name, project)
    if not isinstance(found, Iterable):
        return found
    patterns = list(found)
    return [*patterns, *get_automatic_trees(patterns)]


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
