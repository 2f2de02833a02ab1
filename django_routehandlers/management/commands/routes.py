"""List every endpoint that the installed apps serve."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from django_routehandlers.audit.listing import Row, read_rows
from django_routehandlers.checks import find_problems, find_setting_problems
from django_routehandlers.routing.problems import Problem
from django_routehandlers.urls import find_root_mounts


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
        rows = read_rows(mounts)
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
