"""Start a route: its folders, its `route.py` and a test."""

from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from django_routehandlers.conf import get_settings
from django_routehandlers.exceptions import RouteHandlersError
from django_routehandlers.management.arguments import (
    get_project_app,
    read_folders,
    read_methods,
    read_seconds,
)
from django_routehandlers.management.placing import explain_unseen, find_test_file
from django_routehandlers.management.rehearsal import (
    RefusedError,
    has_namesake,
    rehearse_folders,
    rehearse_route,
)
from django_routehandlers.management.stubs import (
    Stub,
    find_params,
    get_answered,
    write_route,
    write_test,
)
from django_routehandlers.management.writing import name_file, write_files
from django_routehandlers.patterns import ends_with_slash
from django_routehandlers.routing.discovery import RoutesFolder
from django_routehandlers.routing.handlers import METHODS
from django_routehandlers.routing.importing import ROUTES_PACKAGE
from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.routes import Route
from django_routehandlers.urls import find_root_mounts


class Command(BaseCommand):
    """Create the folders and the `route.py` of a new route, and a test of it."""

    help = "Create a route in an app of the project, and a test of it."
    missing_args_message = (
        "Name an app, a path and methods: startroute shop 'api/items/[id]' GET POST"
    )
    # Also a project with a broken route can have a new one.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take an app, a path of folders and methods."""
        parser.add_argument("app", metavar="APP", help="The app's label or name.")
        parser.add_argument(
            "path",
            metavar="PATH",
            help="The folders below routes/, such as 'api/items/[id]'; / for none.",
        )
        parser.add_argument(
            "methods", metavar="METHOD", nargs="+", help=f"Any of {', '.join(METHODS)}."
        )
        parser.add_argument(
            "--async",
            action="store_true",
            dest="is_async",
            help="Write async handlers.",
        )
        parser.add_argument(
            "--revalidate",
            metavar="SECONDS",
            help="Cache GET; its answers are fresh for that long.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Check the route as if it were there, then write it, and say what it is."""
        app_config = get_project_app(options["app"])
        folder = RoutesFolder(app_config.name, Path(app_config.path, ROUTES_PACKAGE))
        names = read_folders(options["path"])
        methods = read_methods(options["methods"])
        revalidate = read_seconds(options["revalidate"], methods)
        try:
            route = rehearse_folders(folder, names)
            stub = Stub(route, methods, options["is_async"], revalidate)
            text = write_route(stub)
            warnings = rehearse_route(route, text)
            files = {Path(route.location): text, **_write_test(stub, folder, names)}
        except RouteHandlersError as exc:
            raise CommandError(str(exc)) from exc
        except RefusedError as exc:
            raise CommandError("\n".join(map(str, exc.args))) from exc
        except OSError as exc:
            message = f"{options['path']!r} can't be checked: {exc.strerror}."
            raise CommandError(message) from exc
        write_files(files)
        self._tell(stub, files, warnings)

    def _tell(
        self, stub: Stub, files: Mapping[Path, str], warnings: Iterable[Problem]
    ) -> None:
        for file in files:
            self.stdout.write(f"Created {name_file(file)}")
        answered = ", ".join(get_answered(stub.methods))
        places = _find_places(stub.route)
        for place in places:
            self.stdout.write(f"{answered} {place}", self.style.SUCCESS)
        notes = list(map(str, warnings))
        if len(files) == 1:
            notes.append(_NO_TEST)
        else:
            _, test = files
            notes += explain_unseen(test)
        if not places:
            notes.append(_NOT_MOUNTED.format(stub.route.app))
        for note in notes:
            self.stderr.write(note, self.style.WARNING)


_NO_TEST = (
    "No test was written, because no value is known that the path converter accepts."
)
_NOT_MOUNTED = (
    "The routes of the app {0!r} are not mounted, so no request reaches them. Include "
    "them: path('', include_routes({0!r})), from django_routehandlers.urls."
)


def _write_test(stub: Stub, folder: RoutesFolder, names: list[str]) -> dict[Path, str]:
    """Return the test by its file, or nothing for a path that nobody can fill."""
    params = find_params(stub.route)
    if params is None:
        return {}
    app = stub.route.app if has_namesake(stub.route) else ""
    has_database = connections["default"].vendor != "unknown"
    text = write_test(stub, params, app=app, has_database=has_database)
    return {find_test_file(folder, names, stub.route): text}


def _find_places(route: Route) -> list[str]:
    """Return the path of a route at every mount, as `manage.py routes` has it."""
    has_slash = ends_with_slash(route, get_settings().TRAILING_SLASH)
    path = route.path.lstrip("/") + ("/" if has_slash else "")
    return [
        f"/{mount.prefix}{path}"
        for mount in find_root_mounts()
        if mount.serves(route.app)
    ]
