"""List every endpoint that the installed apps serve."""

import json
from argparse import ArgumentParser
from dataclasses import asdict, dataclass
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from django_routehandlers.cache.policies import Mode
from django_routehandlers.checks import find_problems, find_setting_problems
from django_routehandlers.layers import find_policy
from django_routehandlers.patterns import ends_with_slash, get_names
from django_routehandlers.routing.endpoints import Endpoint
from django_routehandlers.routing.problems import Problem
from django_routehandlers.table import Table
from django_routehandlers.urls import Mount, find_root_mounts


@dataclass(frozen=True, slots=True)
class Row:
    """One endpoint at one mount, as the listing shows it."""

    path: str
    methods: list[str]
    name: str
    mode: str
    cache: str
    csrf: str
    middleware: list[str]
    app: str
    module: str
    file: str
    params: list[str]
    broken: bool


class Command(BaseCommand):
    """List every endpoint: methods, path, name, sync or async, cache and file."""

    help = "List every endpoint that the installed apps serve."
    # Also a project with a broken route can be listed.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a format, and whether problems are to fail the command."""
        parser.add_argument("--format", choices=("table", "json"), default="table")
        parser.add_argument(
            "--check", action="store_true", help="Exit with 1 if a route is in error."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the listing, and the problems to standard error."""
        mounts = find_root_mounts()
        rows = [row for mount in mounts for row in _read_rows(mount)]
        problems = [*find_setting_problems(), *find_problems(mounts)]
        if options["format"] == "json":
            listing = json.dumps([asdict(row) for row in rows], indent=2)
            self.stdout.write(listing)
        else:
            self._write_table(rows)
        self._write_problems(problems)
        errors = sum(problem.is_error for problem in problems)
        if options["check"] and errors:
            raise CommandError(f"{errors} error(s) in the routes.", returncode=1)

    def _write_table(self, rows: list[Row]) -> None:
        if not rows:
            self.stdout.write("No routes.")
            return
        lines = [_HEADINGS, *map(_get_cells, rows)]
        if not any(row.middleware for row in rows):
            lines = [cells[:_MIDDLEWARE] + cells[_MIDDLEWARE + 1 :] for cells in lines]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        for number, cells in enumerate(lines):
            padded = map(str.ljust, cells, widths)
            text = "  ".join(padded).rstrip()
            self.stdout.write(self._paint(number, rows, text))

    def _paint(self, number: int, rows: list[Row], text: str) -> str:
        if number == 0:
            return self.style.MIGRATE_HEADING(text)
        return self.style.ERROR(text) if rows[number - 1].broken else text

    def _write_problems(self, problems: list[Problem]) -> None:
        for problem in problems:
            paint = self.style.ERROR if problem.is_error else self.style.WARNING
            self.stderr.write(paint(str(problem)))


_HEADINGS = ("METHODS", "PATH", "NAME", "MODE", "CACHE", "CSRF", "MIDDLEWARE", "FILE")

# A column that is left out where it would be empty.
_MIDDLEWARE = _HEADINGS.index("MIDDLEWARE")


def _get_cells(row: Row) -> tuple[str, ...]:
    methods = "broken" if row.broken else ", ".join(row.methods)
    names = ", ".join(name.rpartition(".")[2] for name in row.middleware) or "-"
    answers = row.path, row.name, row.mode, row.cache, row.csrf, names
    return methods, *answers, row.file


def _read_rows(mount: Mount) -> list[Row]:
    return [_read_row(mount, endpoint) for endpoint in mount.tree.table.endpoints]


def _read_row(mount: Mount, endpoint: Endpoint) -> Row:
    route, table = endpoint.route, mount.tree.table
    slash = "/" if ends_with_slash(route, table.settings.TRAILING_SLASH) else ""
    is_broken = route.file in table.broken
    return Row(
        path=f"/{mount.prefix}{route.path.lstrip('/')}{slash}",
        methods=[m for m in endpoint.allowed_methods if m in _get_shown(endpoint)],
        name=":".join((*mount.namespaces, get_names(endpoint)[-1])),
        mode=_get_mode(endpoint),
        cache="-" if is_broken else get_cache_policy(endpoint),
        csrf=str(endpoint.config.get("csrf", table.settings.CSRF)),
        middleware=_get_middleware(endpoint, table),
        app=route.app,
        module=route.module,
        file=route.file,
        params=list(route.params),
        broken=is_broken,
    )


def _get_shown(endpoint: Endpoint) -> set[str]:
    """Return the methods that the author exports, with HEAD where GET is."""
    return {*endpoint.handlers, *(["HEAD"] if "GET" in endpoint.handlers else [])}


def _get_middleware(endpoint: Endpoint, table: Table) -> list[str]:
    """Return the dotted names of the middleware of all folders, the outermost first."""
    files = [file.file for file in endpoint.route.middleware]
    return [
        name
        for file in files
        if file in table.folders
        for name in table.folders[file].names
    ]


def _get_mode(endpoint: Endpoint) -> str:
    modes = {handler.is_async for handler in endpoint.handlers.values()}
    return {
        frozenset({True}): "async",
        frozenset({True, False}): "mixed",
    }.get(frozenset(modes), "sync")


def get_cache_policy(endpoint: Endpoint) -> str:
    """Return how the GET of an endpoint without errors is cached, in a few words."""
    policy = find_policy(endpoint)
    if policy is None:
        return "-"
    if policy.mode is Mode.FORCE_DYNAMIC:
        return "never" if "revalidate" in endpoint.config else policy.mode.value
    fresh = policy.lifetime.fresh
    lifetime = "until revalidated" if fresh is None else f"{fresh:.15g} s"
    if policy.choose is not None:
        lifetime = "by response"
    return lifetime if policy.mode is Mode.AUTO else f"{lifetime}, {policy.mode.value}"
