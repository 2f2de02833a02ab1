"""Hold one immutable snapshot of all routes and problems."""

import gc
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from types import ModuleType

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.utils.module_loading import import_string

from django_routehandlers.exceptions import RouteHandlersError
from django_routehandlers.routing.conflicts import check_parameters
from django_routehandlers.routing.discovery import RoutesFolder, discover_routes
from django_routehandlers.routing.endpoints import Endpoint, read_endpoint
from django_routehandlers.routing.foreign import check_dialects
from django_routehandlers.routing.importing import (
    ROUTES_PACKAGE,
    RouteImporter,
    install_finder,
)
from django_routehandlers.routing.middleware import check_middleware, get_problem
from django_routehandlers.routing.portability import check_portability
from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.routes import MiddlewareFile, Route
from django_routehandlers.routing.signatures import Signature, find_folders
from django_routehandlers.routing.suspects import find_suspects


@dataclass(frozen=True, slots=True)
class Snapshot:
    """
    Every endpoint of the installed apps and the problems of single files.

    `middleware` has the module of each `middleware.py` that can be used, by its file.
    `signature` is how the disk looked when they were read; only DEBUG asks for it.
    """

    endpoints: tuple[Endpoint, ...]
    problems: tuple[Problem, ...]
    middleware: Mapping[str, ModuleType] = field(default_factory=dict)
    signature: Signature | None = field(default=None, compare=False)


_lock = threading.Lock()
_snapshots: dict[frozenset[str], Snapshot] = {}
_local = threading.local()
_forgetters: list[Callable[[], None]] = []
_readers: list[Callable[[Snapshot], None]] = []


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
    snapshot = read_snapshot(names)
    with _lock:
        return _snapshots.setdefault(names, snapshot)


def read_snapshot(names: frozenset[str]) -> Snapshot:
    """Return the snapshot of some apps as the disk has it now, as yet unused."""
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
    for callback in _readers:
        callback(snapshot)
    return snapshot


def get_known_snapshots() -> dict[frozenset[str], Snapshot]:
    """Return the snapshots in use, by the names of their apps."""
    with _lock:
        return dict(_snapshots)


def swap_snapshots(snapshots: Mapping[frozenset[str], Snapshot]) -> None:
    """Put other snapshots in the place of those in use, and tell who keeps an answer."""
    with _lock:
        _snapshots.update(snapshots)
    for forget in _forgetters:
        forget()


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


def on_read(callback: Callable[[Snapshot], None]) -> Callable[[Snapshot], None]:
    """Call a function with every snapshot that is read."""
    _readers.append(callback)
    return callback


@receiver(setting_changed, dispatch_uid="routehandlers_snapshot")
def forget_after_change(*, setting: str, **kwargs: object) -> None:
    """Forget the snapshot after a test has changed what it was made from."""
    if setting in ("INSTALLED_APPS", "ROUTE_HANDLERS", "DATABASES"):
        forget_snapshot()


def find_routes_folder(app_config: AppConfig) -> RoutesFolder | None:
    """Return the routes folder of an installed app, None if it has none."""
    location = get_routes_location(app_config)
    if not location.is_dir():
        return None
    return RoutesFolder(app_config.name, location)


def get_routes_location(app_config: AppConfig) -> Path:
    """Return where the routes folder of an app is, or would be."""
    return Path(app_config.path, ROUTES_PACKAGE)


def _read_snapshot(names: frozenset[str]) -> Snapshot:
    install_finder()
    # Before the files are: what changes in between is then found at the next look.
    signature = _read_signature(names) if settings.DEBUG else None
    with paused_collection():
        snapshot = _read_apps(names)
    if signature is None:
        return snapshot
    signature.add(find_suspects(snapshot.endpoints))
    return replace(snapshot, signature=signature)


def _read_signature(names: frozenset[str]) -> Signature:
    return Signature(
        folder
        for app_config in apps.get_app_configs()
        if app_config.name in names
        for folder in find_folders(str(get_routes_location(app_config)))
    )


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
    problems += check_dialects(routes)
    problems += check_parameters(routes)
    unreadable = {file for problem in problems for file in problem.broken}
    readable = [route for route in routes if route.file not in unreadable]
    endpoints = [Endpoint(route) for route in routes if route.file in unreadable]
    with RouteImporter(readable, initialised):
        guards = _read_middleware(readable, routes)
        problems += guards.problems
        for route in readable:
            endpoint, found = _read_route(route, guards)
            endpoints.append(endpoint)
            problems += found
    problems = sorted(set(problems))
    return Snapshot(tuple(endpoints), tuple(problems), guards.modules)


@dataclass
class _Guards:
    """What was found in the `middleware.py` files, and why some can't be used."""

    modules: dict[str, ModuleType] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    refused: dict[str, BaseException | None] = field(default_factory=dict)
    # Of what a list names, by its file; the folder says it when it makes the middleware.
    failed: dict[str, BaseException] = field(default_factory=dict)


def _read_middleware(readable: Iterable[Route], routes: Iterable[Route]) -> _Guards:
    """Import the `middleware.py` files of some routes; all are named in problems."""
    guards = _Guards()
    guarded: dict[MiddlewareFile, list[str]] = defaultdict(list)
    for route in routes:
        for file in route.middleware:
            guarded[file].append(route.file)
    for file in dict.fromkeys(file for route in readable for file in route.middleware):
        _read_guard(file, (file.file, *guarded[file]), guards)
    return guards


def _read_guard(file: MiddlewareFile, files: tuple[str, ...], guards: _Guards) -> None:
    error: BaseException | None = None
    try:
        module = import_module(file.module)
        problems = list(check_middleware(module, files))
    except KeyboardInterrupt:
        raise
    except BaseException as exc:  # noqa: BLE001 - whatever the file does
        error = exc
        message, hint = _explain_import(file.module, exc)
        problems = [get_problem(files, f"{message.rstrip('.')}.", hint)]
    if problems:
        guards.problems += problems
        guards.refused[file.file] = error
    else:
        guards.modules[file.file] = module
        if failure := _find_failure(module):
            guards.failed[file.file] = failure


def _find_failure(module: ModuleType) -> BaseException | None:
    """Return why a middleware that a module lists by name can't be imported, or None."""
    for entry in module.middleware:
        try:
            if isinstance(entry, str):
                import_string(entry)
        except (Exception, SystemExit) as exc:  # noqa: BLE001 - whatever the module does
            return exc
    return None


def _read_route(route: Route, guards: _Guards) -> tuple[Endpoint, list[Problem]]:
    for file in route.middleware:
        if file.file in guards.refused:
            return Endpoint(route, error=guards.refused[file.file]), []
    failures = [f for file in route.middleware if (f := guards.failed.get(file.file))]
    try:
        endpoint, found = read_endpoint(route, import_module(route.module))
        return replace(endpoint, error=failures[0]) if failures else endpoint, found
    except KeyboardInterrupt:
        raise
    except BaseException as exc:  # noqa: BLE001 - whatever the file does
        problem = Problem((route.file,), "E011", *_explain_import(route.module, exc))
        return Endpoint(route, error=exc), [problem]


def _explain_import(module: str, exc: BaseException) -> tuple[str, str]:
    """Return why a module of a project can't be imported, and what to do."""
    return (
        f"The file can't be imported: {describe(exc)}",
        f"Mend the file; manage.py shell -c 'import {module}' has the traceback.",
    )


def describe(exc: BaseException) -> str:
    """Return the class and the message of an exception in one line."""
    try:
        reason = " ".join(str(exc).split()) or "no message"
    except Exception:  # noqa: BLE001 - an exception may fail to say what it is
        reason = "its message can't be read"
    return f"{type(exc).__name__}: {reason}"
