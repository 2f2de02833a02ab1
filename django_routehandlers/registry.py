"""Hold one immutable snapshot of all routes and problems."""

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from django.apps import AppConfig, apps
from django.core.signals import setting_changed
from django.dispatch import receiver

from django_routehandlers.exceptions import RouteHandlersError
from django_routehandlers.routing.conflicts import check_parameters
from django_routehandlers.routing.discovery import RoutesFolder, discover_routes
from django_routehandlers.routing.endpoints import Endpoint, read_endpoint
from django_routehandlers.routing.importing import (
    ROUTES_PACKAGE,
    RouteImporter,
    install_finder,
)
from django_routehandlers.routing.portability import check_portability
from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.routes import Route


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every endpoint of the installed apps and the problems of single files."""

    endpoints: tuple[Endpoint, ...]
    problems: tuple[Problem, ...]


_lock = threading.Lock()
_snapshots: dict[frozenset[str], Snapshot] = {}
_local = threading.local()
_forgetters: list[Callable[[], None]] = []


def get_snapshot(names: frozenset[str] | None = None) -> Snapshot:
    """
    Return the snapshot of some apps, by dotted name, or of all.

    It is read from the disk the first time it is asked for. Threads that ask at
    once may each read, and get the snapshot of the first; a lock around imports
    could meet Python's own and never open. Raise `RouteHandlersError` in a route
    module that asks while it is itself imported.
    """
    if names is None:
        names = frozenset(app_config.name for app_config in apps.get_app_configs())
    if names in _snapshots:
        return _snapshots[names]
    if getattr(_local, "is_reading", False):
        raise RouteHandlersError(
            "The routes are asked for while they are being imported.",
            "Use reverse_lazy(), or move the call into a handler.",
        )
    _local.is_reading = True
    try:
        snapshot = _read_snapshot(names)
    finally:
        _local.is_reading = False
    with _lock:
        return _snapshots.setdefault(names, snapshot)


def forget_snapshot() -> None:
    """Read the disk again at the next question, and tell all who keep an answer."""
    with _lock:
        _snapshots.clear()
    for forget in _forgetters:
        forget()


def on_forget(callback: Callable[[], None]) -> Callable[[], None]:
    """Call a function whenever the snapshot is forgotten."""
    _forgetters.append(callback)
    return callback


@receiver(setting_changed, dispatch_uid="routehandlers_snapshot")
def forget_after_change(*, setting: str, **kwargs: object) -> None:
    """Forget the snapshot after a test has changed what it was made from."""
    if setting in ("INSTALLED_APPS", "ROUTE_HANDLERS", "DATABASES"):
        forget_snapshot()


def find_routes_folder(app_config: AppConfig) -> RoutesFolder | None:
    """Return the routes folder of an installed app, None if it has none."""
    location = Path(app_config.path, ROUTES_PACKAGE)
    if not location.is_dir():
        return None
    return RoutesFolder(app_config.name, location)


def _read_snapshot(names: frozenset[str]) -> Snapshot:
    install_finder()
    with paused_collection():
        return _read_apps(names)


@contextmanager
def paused_collection() -> Iterator[None]:
    """
    Pause Python's garbage collector.

    What is read at start stays, and each pass over it would look at every object
    of Django's and the project's again: at 1,000 routes half of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _read_apps(names: frozenset[str]) -> Snapshot:
    routes: list[Route] = []
    problems: list[Problem] = []
    initialised: set[str] = set()
    for app_config in apps.get_app_configs():
        folder = find_routes_folder(app_config)
        if folder and app_config.name in names:
            discovery = discover_routes(folder)
            initialised |= discovery.initialised
            routes += discovery.routes
            problems += discovery.problems
    problems += check_portability(routes)
    problems += check_parameters(routes)
    unreadable = {file for problem in problems for file in problem.broken}
    readable = [route for route in routes if route.file not in unreadable]
    endpoints = [Endpoint(route) for route in routes if route.file in unreadable]
    with RouteImporter(readable, initialised):
        for route in readable:
            endpoint, found = _read_route(route)
            endpoints.append(endpoint)
            problems += found
    return Snapshot(tuple(endpoints), tuple(sorted(set(problems))))


def _read_route(route: Route) -> tuple[Endpoint, list[Problem]]:
    try:
        return read_endpoint(route, import_module(route.module))
    except KeyboardInterrupt:
        raise
    except BaseException as exc:  # noqa: BLE001 - whatever the file does
        return Endpoint(route, error=exc), [_get_import_problem(route, exc)]


def _get_import_problem(route: Route, exc: BaseException) -> Problem:
    try:
        reason = " ".join(str(exc).split()) or "no message"
    except Exception:  # noqa: BLE001 - an exception may fail to say what it is
        reason = "its message can't be read"
    return Problem(
        (route.file,),
        "E011",
        f"The file can't be imported: {type(exc).__name__}: {reason}",
        f"Mend the file; manage.py shell -c 'import {route.module}' has the traceback.",
    )
