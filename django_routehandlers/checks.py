"""Report every mistake in routes and settings to `manage.py check`."""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import (
    CheckMessage,
    Error,
    Info,
    Tags,
    Warning,
    register,
)
from django.utils.module_loading import import_string

from django_routehandlers.conf import (
    SETTING,
    UNIMPORTABLE,
    Settings,
    check_settings,
    get_settings,
)
from django_routehandlers.registry import find_routes_folder
from django_routehandlers.routing.conflicts import check_conflicts
from django_routehandlers.routing.discovery import has_route_file
from django_routehandlers.routing.problems import TAG, Problem
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.spelling import is_one_edit_away
from django_routehandlers.urls import Mount, find_app_name, find_root_mounts

_SQUEEZED = SETTING.replace("_", "")


@register(Tags.urls, TAG)
def check_routes(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Report the mistakes in settings, folders, route files and their order."""
    mounts = find_root_mounts()
    mistakes = find_setting_problems()
    messages = [*mistakes, *find_problems(mounts, app_configs)]
    # A mistake in the setting is why nothing is mounted.
    notes = [] if mistakes else _check_mounts(mounts)
    return [*map(_get_message, messages), *notes]


def find_setting_problems() -> list[Problem]:
    """Return the mistakes in the ROUTE_HANDLERS setting."""
    return [
        Problem((SETTING,), "E020", message, hint)
        for message, hint in (
            *check_settings(),
            *_check_setting_name(),
            *_check_apps(),
            *_check_alias(),
            *_check_context(),
        )
    ]


def find_problems(
    mounts: Iterable[Mount], app_configs: Sequence[AppConfig] | None = None
) -> list[Problem]:
    """Return the problems of all mounted routes, or of those of some apps, sorted."""
    mounts = list(mounts)
    problems = set(_check_neighbours(mounts))
    for mount in mounts:
        problems.update(mount.tree.table.all_problems)
        problems.update(_check_captured(mount))
    if app_configs is None:
        return sorted(problems)
    folders = [f.label for config in app_configs if (f := find_routes_folder(config))]
    return sorted(
        problem
        for problem in problems
        if any(file.startswith(label) for file in problem.files for label in folders)
    )


def _check_neighbours(mounts: list[Mount]) -> Iterator[Problem]:
    """Yield the conflicts between mounts with one prefix, of which the first wins."""
    prefixes: dict[str, list[Route]] = defaultdict(list)
    for mount in mounts:
        prefixes[mount.prefix] += [e.route for e in mount.tree.table.endpoints]
    for routes in prefixes.values():
        yield from check_conflicts(dict.fromkeys(routes))


def _check_captured(mount: Mount) -> Iterator[Problem]:
    for endpoint in mount.tree.table.endpoints:
        for name in sorted(mount.captured.intersection(endpoint.route.params)):
            yield Problem(
                (endpoint.route.file,),
                "E023",
                f"The URLconf captures {name!r} before the routes, and so does this "
                "path, so reverse() can't tell them apart.",
                "Rename one of the two.",
            )


def is_development_server() -> bool:
    """Tell whether this is the process that runserver serves from."""
    commands = [word for word in sys.argv[1:] if not word.startswith("-")]
    return commands[:1] == ["runserver"]


def _get_message(problem: Problem) -> CheckMessage:
    # An error would keep runserver from starting, and with it from serving the
    # other routes and from seeing the file mended.
    is_error = problem.is_error and not is_development_server()
    others = ", ".join(problem.files[1:])
    message = f"{problem.message} (also: {others})" if others else problem.message
    return (Error if is_error else Warning)(
        message, hint=problem.hint, obj=problem.files[0], id=f"{TAG}.{problem.id}"
    )


def _check_setting_name() -> Iterator[tuple[str, str]]:
    keys = {field.name for field in fields(Settings)}
    for name in dir(settings):
        squeezed = name.replace("_", "")
        if name == SETTING or not is_one_edit_away(squeezed, _SQUEEZED):
            continue
        value = getattr(settings, name)
        if isinstance(value, dict) and value and value.keys() <= keys:
            yield f"The setting {name!r} means nothing.", f"Rename it to {SETTING!r}."


def _check_apps() -> Iterator[tuple[str, str]]:
    for name in get_settings().APPS or ():
        if find_app_name(name) is None:
            yield (
                f"{SETTING}['APPS'] names {name!r}, which is not an installed app.",
                "Add the app to INSTALLED_APPS, or take the name out.",
            )


def _check_alias() -> Iterator[tuple[str, str]]:
    alias = get_settings().CACHE
    if alias not in settings.CACHES:
        yield (
            f"{SETTING}['CACHE'] names {alias!r}, which CACHES does not have.",
            "Add it to CACHES, or correct the name.",
        )


def _check_context() -> Iterator[tuple[str, str]]:
    name = get_settings().CACHE_CONTEXT
    # A value of another type is told already.
    if name is None or name == UNIMPORTABLE:
        return
    mistake = f"{SETTING}['CACHE_CONTEXT'] names {name!r}, which"
    try:
        found = import_string(name)
        found = found() if isinstance(found, type) else found
    except Exception as exc:  # noqa: BLE001 - whatever the project's module does
        yield (
            f"{mistake} can't be imported: {type(exc).__name__}: {exc}",
            "Mend the module, or correct the name.",
        )
        return
    for method in ("capture", "activate"):
        if not callable(getattr(found, method, None)):
            yield f"{mistake} has no method {method}().", f"Define {method}() there."


def _check_mounts(mounts: list[Mount]) -> Iterator[CheckMessage]:
    publishing = [config for config in apps.get_app_configs() if has_routes(config)]
    explicit: list[str] = []
    automatic: list[str] = []
    for config in publishing:
        serving = [mount for mount in mounts if mount.serves(config.name)]
        if not serving and _is_wanted(config):
            yield Warning(
                f"The routes of the app {config.label!r} are not mounted, so no "
                "request reaches them.",
                hint="Include them: path('', include_routes("
                f"{config.label!r})), from django_routehandlers.urls.",
                obj=config.label,
                id=f"{TAG}.W009",
            )
        elif not serving:
            continue
        elif any(mount.is_automatic for mount in serving):
            automatic.append(config.label)
        else:
            explicit.append(config.label)
    if explicit and automatic:
        yield Info(
            f"The routes of {_join(explicit)} are included by the URLconf; those of "
            f"{_join(automatic)} are still mounted automatically.",
            hint="Include these, too, or set ROUTE_HANDLERS['MOUNT'] to None.",
            obj=SETTING,
            id=f"{TAG}.I001",
        )


def _is_wanted(app_config: AppConfig) -> bool:
    """Tell whether the setting leaves it to a URLconf to mount an app."""
    names = get_settings().APPS
    return names is None or not {app_config.name, app_config.label}.isdisjoint(names)


def _join(labels: list[str]) -> str:
    return ", ".join(map(repr, labels))


def has_routes(app_config: AppConfig) -> bool:
    """Tell whether an app has a `route.py` anywhere in its routes folder."""
    folder = find_routes_folder(app_config)
    return folder is not None and has_route_file(folder.location)


@register(Tags.urls, TAG, deploy=True)
def check_foreign_apps(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Name the installed packages that publish routes in this project."""
    if get_settings().APPS is not None:
        return []
    mounts = find_root_mounts()
    return [
        Warning(
            f"The app {config.label!r} is not the project's own, and serves routes.",
            hint="List the apps that may, in ROUTE_HANDLERS['APPS'].",
            obj=config.label,
            id=f"{TAG}.W010",
        )
        for config in apps.get_app_configs()
        if is_foreign(config)
        and has_routes(config)
        and any(mount.is_automatic for mount in mounts if mount.serves(config.name))
    ]


# Where Python, and Debian's, keep what is installed.
_INSTALLED = frozenset({"site-packages", "dist-packages"})


def is_foreign(app_config: AppConfig) -> bool:
    """Tell whether an app is an installed package and not part of the project."""
    return not _INSTALLED.isdisjoint(Path(app_config.path).parts)
