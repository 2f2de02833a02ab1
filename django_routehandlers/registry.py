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
from django_routehandlers.routing.conflicts import check_modules, check_parameters
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


_lock = threading.RLock()
_snapshot: Snapshot | None = None
_is_reading = False
_forgetters: list[Callable[[], None]] = []


def get_snapshot() -> Snapshot:
    """
    Return the snapshot, read from the disk the first time it is asked for.

    Threads that ask at once wait for one reading. Raise `RouteHandlersError` in
    a route module that asks while it is itself imported.
    """
    if _snapshot is not None:
        return _snapshot
    return _read_once()


def _read_once() -> Snapshot:
    global _snapshot, _is_reading  # noqa: PLW0603 - the one place that swaps it
    with _lock:
        if _snapshot is not None:
            return _snapshot
        if _is_reading:
            raise RouteHandlersError(
                "The routes are asked for while they are being imported.",
                "Use reverse_lazy(), or move the call into a handler.",
            )
        _is_reading = True
        try:
            _snapshot = _read_snapshot()
        finally:
            _is_reading = False
        return _snapshot


def forget_snapshot() -> None:
    """Read the disk again at the next question, and tell all who keep an answer."""
    global _snapshot  # noqa: PLW0603 - the one place that drops it
    with _lock:
        _snapshot = None
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


def _read_snapshot() -> Snapshot:
    install_finder()
    with paused_collection():
        return _read_installed_apps()


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


def _read_installed_apps() -> Snapshot:
    routes: list[Route] = []
    problems: list[Problem] = []
    initialised: set[str] = set()
    for app_config in apps.get_app_configs():
        if folder := find_routes_folder(app_config):
            discovery = discover_routes(folder)
            initialised |= discovery.initialised
            routes += discovery.routes
            problems += discovery.problems
    problems += check_modules(routes)
    problems += check_portability(routes)
    problems += check_parameters(routes)
    unreadable = {file for p in problems if p.is_error for file in p.files}
    endpoints = []
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
    except (Exception, SystemExit) as exc:  # noqa: BLE001 - whatever the file does
        return Endpoint(route, error=exc), [_get_import_problem(route, exc)]


def _get_import_problem(route: Route, exc: BaseException) -> Problem:
    reason = " ".join(str(exc).split()) or "no message"
    return Problem(
        (route.file,),
        "E011",
        f"The file can't be imported: {type(exc).__name__}: {reason}",
        f"Mend the file; manage.py shell -c 'import {route.module}' has the traceback.",
    )
