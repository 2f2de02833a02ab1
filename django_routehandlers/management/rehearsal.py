"""Check a route that is not there yet, as if it were."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from django.apps import apps

from django_routehandlers.checks import find_problems
from django_routehandlers.conf import get_settings
from django_routehandlers.exceptions import RouteHandlersError, SegmentError
from django_routehandlers.registry import Snapshot, find_routes_folder
from django_routehandlers.routing.conflicts import check_parameters
from django_routehandlers.routing.discovery import (
    ROUTE_FILE,
    RoutesFolder,
    discover_routes,
    is_loop,
)
from django_routehandlers.routing.endpoints import Endpoint, read_endpoint
from django_routehandlers.routing.importing import ROUTES_PACKAGE
from django_routehandlers.routing.portability import check_portability
from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.segments import SegmentKind, parse_segment
from django_routehandlers.table import Table, build_table
from django_routehandlers.urls import Mount, RouteTree, Selection, find_root_mounts


class RefusedError(Exception):
    """A route that the checks would refuse; its arguments are the problems."""


def rehearse_folders(folder: RoutesFolder, names: list[str]) -> Route:
    """
    Return the route that a `route.py` in some folders would be.

    Raise `RefusedError` with what discovery says of such folders, which walks over a copy
    of their names and of those beside them, so that nothing is written in the app.
    Raise `RouteHandlersError` where there can't be a new route, or is one.
    """
    _check_names(folder, names)
    if folder.location.joinpath(*names, ROUTE_FILE).exists():
        file = "/".join([folder.label, *names, ROUTE_FILE])
        raise RouteHandlersError(f"{file} exists already.", "Add a handler to it.")
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory, ROUTES_PACKAGE)
        _copy_names(folder.location, copy, names)
        found = discover_routes(RoutesFolder(folder.app, copy))
    if problems := [*found.problems, *check_parameters(found.routes)]:
        raise RefusedError(*problems)
    (route,) = found.routes
    return replace(route, location=str(folder.location.joinpath(*names, ROUTE_FILE)))


def _check_names(folder: RoutesFolder, names: list[str]) -> None:
    place, label = folder.location, folder.label
    _refuse_file(place, label)
    for name in names:
        place, label = place / name, f"{label}/{name}"
        try:
            segment = parse_segment(name)
        except SegmentError as exc:
            problem = Problem((label,), "E001", exc.message, exc.hint)
            raise RefusedError(problem) from None
        if segment.kind is SegmentKind.PRIVATE:
            raise RouteHandlersError(
                f"Folder {name!r} is private, so what is in it is never a route.",
                f"Name it '%5F{name[1:]}' for a URL with {name!r}.",
            )
        if place.is_symlink() and is_loop(str(place), str(folder.location)):
            raise RouteHandlersError(
                f"{label} is a link to a folder above itself.", "Remove the link."
            )
        _refuse_file(place, label)


def _refuse_file(place: Path, label: str) -> None:
    if place.exists() and not place.is_dir():
        raise RouteHandlersError(f"{label} is not a folder.", "Rename it.")


def _copy_names(source: Path, copy: Path, names: list[str]) -> None:
    if source.with_suffix(".py").exists():
        copy.with_suffix(".py").touch()
    for name in [*names, None]:
        copy.mkdir(exist_ok=True)
        if source.is_dir():
            with os.scandir(source) as entries:
                for entry in entries:
                    # The only route there is the new one.
                    if entry.name != ROUTE_FILE:
                        _copy_name(entry, copy / entry.name)
        if name is not None:
            source, copy = source / name, copy / name
    copy.joinpath(ROUTE_FILE).touch()


def _copy_name(entry: os.DirEntry[str], copy: Path) -> None:
    if entry.is_dir():
        copy.mkdir(exist_ok=True)
    else:
        copy.touch()


def rehearse_route(route: Route, text: str) -> list[Problem]:
    """
    Return the warnings that a route with a text would bring to the project.

    Raise `RefusedError` if it would be in error, or bring another route into one.
    The modules of other routes are imported only if middleware is around the new one.
    """
    if route.middleware:
        _refuse_middleware(route)
    module = ModuleType(route.module)
    exec(compile(text, route.file, "exec"), vars(module))
    alone = replace(route, middleware=())
    endpoint, problems = read_endpoint(alone, module)
    before = find_problems(_stage(route.app, [], []))
    after = find_problems(_stage(route.app, [endpoint], problems))
    broken = {file for problem in before for file in problem.broken}
    added = [problem for problem in after if problem not in before]
    errors = [problem for problem in added if not broken.issuperset(problem.broken)]
    if errors:
        raise RefusedError(*errors)
    return [problem for problem in added if not problem.is_error]


def _refuse_middleware(route: Route) -> None:
    files = {file.file for file in route.middleware}
    found = find_problems(find_root_mounts())
    errors = [p for p in found if p.is_error and p.files[0] in files]
    if errors:
        raise RefusedError(*errors)


def has_namesake(route: Route) -> bool:
    """Tell whether another app has a route with the same path of folders."""
    return any(r.path == route.path and r.app != route.app for r in _read_routes())


class _StagedTree(RouteTree):
    """A mount whose table is given."""

    def __init__(self, selection: Selection, table: Table) -> None:
        super().__init__(selection)
        self._table = table


def _stage(app: str, added: list[Endpoint], problems: list[Problem]) -> list[Mount]:
    """Return all mounts with the routes that the disk has, and with those added."""
    mounts = find_root_mounts()
    if not any(mount.serves(app) for mount in mounts):
        alone = RouteTree(Selection(frozenset({app})))
        mounts.append(Mount("", (), frozenset(), is_translated=False, tree=alone))
    endpoints = [*map(Endpoint, _read_routes()), *added]
    return [
        replace(mount, tree=_stage_tree(mount, endpoints, problems)) for mount in mounts
    ]


def _stage_tree(
    mount: Mount, endpoints: list[Endpoint], problems: list[Problem]
) -> RouteTree:
    served = tuple(e for e in endpoints if mount.serves(e.route.app))
    routes = [endpoint.route for endpoint in served]
    found = (*problems, *check_portability(routes))
    table = build_table(Snapshot(served, found), get_settings())
    return _StagedTree(mount.tree.selection, table)


def _read_routes() -> Iterator[Route]:
    for app_config in apps.get_app_configs():
        if folder := find_routes_folder(app_config):
            for route in discover_routes(folder).routes:
                yield replace(route, middleware=())
