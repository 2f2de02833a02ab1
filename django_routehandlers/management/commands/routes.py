"""List every endpoint that the installed apps serve, compare, and explain."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from dataclasses import asdict, astuple
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from django_routehandlers.audit.asking import find_answer
from django_routehandlers.audit.changes import (
    Changes,
    Facts,
    compare,
    describe,
    get_json,
)
from django_routehandlers.audit.filters import (
    CACHE_WORDS,
    Filters,
    parse_filters,
    parse_word,
)
from django_routehandlers.audit.listing import Listed, Row, read_listing
from django_routehandlers.audit.questions import Question, parse_question
from django_routehandlers.audit.saved import parse_listing
from django_routehandlers.audit.table import build_table
from django_routehandlers.audit.telling import (
    fold,
    format_section,
    get_headline,
    tell,
    tell_candidates,
)
from django_routehandlers.audit.tree import PLAIN, Drawing, build_tree
from django_routehandlers.checks import (
    check_foreign_apps,
    find_problems,
    find_setting_problems,
)
from django_routehandlers.conf import CSRF_MODES
from django_routehandlers.management.terminal import Terminal, read_to_the_end
from django_routehandlers.routing.problems import Problem
from django_routehandlers.urls import Mount, find_root_mounts

FORMATS = ("table", "json", "tree")

_FILTERS = ("app", "method", "path", "cache", "csrf")
_ROLES = {"+": "SUCCESS", "~": "WARNING", "-": "ERROR"}


class Command(BaseCommand):
    """List every endpoint: methods, path, name, sync or async, cache and file."""

    help = "List every endpoint that the installed apps serve."
    # Also a project with a broken route can be listed.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a format, filters, and what to do besides listing."""
        add = parser.add_argument
        add("--format", default="table", metavar="FORMAT", help=_list(FORMATS))
        for name, metavar, text in (
            ("app", "APP", "Only endpoints of this app, by name or label."),
            ("method", "METHOD", "Only endpoints that export this method."),
            ("path", "PREFIX", "Only endpoints at or below this path."),
            (
                "cache",
                "POLICY",
                f"Only those cached so: {_list(CACHE_WORDS)}, seconds.",
            ),
            ("csrf", "MODE", f"Only those with this mode: {_list(CSRF_MODES)}."),
        ):
            add(f"--{name}", action="append", default=[], metavar=metavar, help=text)
        add("--check", action="store_true", help="Exit with 1 if a route is in error.")
        add(
            "--diff",
            metavar="FILE",
            help="Compare with a listing that --format json wrote; - reads from stdin.",
        )
        add(
            "--why",
            nargs=2,
            metavar=("METHOD", "PATH"),
            help="Say what answers a request, and why nothing else does.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the options ask, and print problems to standard error."""
        force_color = options["force_color"]
        self.terminal = Terminal(self.stdout, self.style, force_color=force_color)
        self.errors = Terminal(self.stderr, self.style, force_color=force_color)
        try:
            check_options(options)
            filters = parse_filters(*(options[name] for name in _FILTERS))
            saved = read_saved(options["diff"])
            question = parse_question(*options["why"]) if options["why"] else None
        except ValueError as exc:
            raise CommandError(str(exc), returncode=2) from exc
        mounts = read_mounts()
        with read_to_the_end(self.stdout):
            if question is not None:
                self._explain(question, is_json=options["format"] == "json")
            else:
                self._report(mounts, filters, saved, options)

    def _report(
        self,
        mounts: list[Mount],
        filters: Filters,
        saved: list[Facts] | None,
        options: Mapping[str, Any],
    ) -> None:
        listing = [
            listed
            for listed in read_listing(mounts)
            if not filters or filters.accepts(asdict(listed.row))
        ]
        failures = []
        if saved is None:
            self._list(listing, options["format"], filters)
        else:
            old = [facts for facts in saved if filters.accepts(facts)]
            changes = compare(old, (listed.row for listed in listing))
            failures += self._compare(changes, is_json=options["format"] == "json")
        errors = self._write_problems(
            [*find_setting_problems(), *find_problems(mounts)]
        )
        if options["check"] and errors:
            failures.append(f"{errors} error(s) in the routes.")
        if failures:
            raise CommandError(" ".join(failures), returncode=1)

    def _list(self, listing: list[Listed], kind: str, filters: Filters) -> None:
        if kind == "json":
            self._write_json([asdict(listed.row) for listed in listing])
        elif not listing:
            self.terminal.write("No route matches." if filters else "No routes.")
        elif kind == "tree":
            drawing = Drawing()
            is_plain = not self.terminal.can_write("".join(astuple(drawing)))
            for line in build_tree(
                listing, self.terminal.width, PLAIN if is_plain else drawing
            ):
                self.terminal.write(line.text, "ERROR" if line.is_broken else None)
        else:
            self._write_table([listed.row for listed in listing])

    def _write_table(self, rows: list[Row]) -> None:
        heading, *blocks = build_table(rows, self.terminal.width)
        for line in heading:
            self.terminal.write(line, "MIGRATE_HEADING")
        for row, block in zip(rows, blocks, strict=True):
            for line in block:
                self.terminal.write(line, "ERROR" if row.broken else None)

    def _write_json(self, value: Any) -> None:
        for line in json.dumps(value, indent=2).splitlines():
            self.terminal.write(line)

    def _compare(self, changes: Changes, *, is_json: bool) -> list[str]:
        """Print changes; return why they fail the command, if they do."""
        counts = {
            "added": len(changes.added),
            "changed": len(changes.changed),
            "removed": len(changes.removed),
        }
        if is_json:
            self._write_json(get_json(changes))
        elif not changes:
            self.terminal.write("No changes.")
        else:
            for line in describe(changes):
                self.terminal.write(line, _ROLES[line[0]])
            told = ", ".join(f"{count} {name}" for name, count in counts.items())
            self.terminal.write(f"{told}.")
        if not counts["changed"] and not counts["removed"]:
            return []
        return [f"{counts['changed']} changed and {counts['removed']} removed."]

    def _explain(self, question: Question, *, is_json: bool) -> None:
        answer = find_answer(question)
        if is_json:
            self._write_json(asdict(answer))
        else:
            role = "ERROR" if answer.status in (404, 500) else "MIGRATE_HEADING"
            width = self.terminal.width
            for line in fold(get_headline(answer), width):
                self.terminal.write(line, role)
            for section in tell(answer):
                for line in format_section(section, width):
                    self.terminal.write(line)
            for line in tell_candidates(answer, width):
                self.terminal.write(line)
        if answer.outcome == "nothing":
            raise CommandError("Nothing answers it.", returncode=1)

    def _write_problems(self, problems: list[Problem]) -> int:
        """Print problems to standard error, and return how many are errors."""
        style = self.errors.style
        for problem in problems:
            paint = style.ERROR if problem.is_error else style.WARNING
            self.stderr.write(paint(str(problem)))
        for message in check_foreign_apps(None):
            self.stderr.write(style.WARNING(str(message)))
        return sum(problem.is_error for problem in problems)


def _list(words: Iterable[str]) -> str:
    return ", ".join(words)


def check_options(options: Mapping[str, Any]) -> None:
    """Raise `ValueError` for a format that there is not, and for what does not go together."""
    kind = parse_word("--format", options["format"], FORMATS)
    modes = [name for name in ("why", "diff") if options[name]]
    if len(modes) > 1:
        raise ValueError("--why and --diff are two things: give one of them.")
    if modes and kind == "tree":
        raise ValueError(f"--{modes[0]} has no --format tree: use table or json.")
    others = [name for name in (*_FILTERS, "check") if options[name]]
    if options["why"] and others:
        raise ValueError(f"--why is about one request: leave out --{others[0]}.")


def read_mounts() -> list[Mount]:
    """Return all mounts; raise `CommandError` for a URLconf that can't be read."""
    try:
        return find_root_mounts()
    except Exception as exc:
        raise CommandError(
            f"The URLconf can't be read: {type(exc).__name__}: {exc} "
            "(--traceback shows where).",
            returncode=1,
        ) from exc


def read_saved(name: str | None) -> list[Facts] | None:
    """
    Return a saved listing, None if none is asked for.

    Raise `ValueError` if it can't be read, or is something else.
    """
    if name is None:
        return None
    if name == "-":
        return parse_listing(sys.stdin.buffer.read(), "standard input")
    if not name:
        raise ValueError("--diff takes a file, or - for standard input.")
    if Path(name).is_dir():
        raise ValueError(f"{name}: it is a folder.")
    try:
        return parse_listing(Path(name).read_bytes(), name)
    except OSError as exc:
        raise ValueError(f"{name} can't be read: {exc.strerror}.") from exc
