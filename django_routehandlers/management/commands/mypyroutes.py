"""Check the types of the code below routes folders with mypy."""

import json
import os
import re
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from django_routehandlers.management.own_apps import find_own_folders
from django_routehandlers.mirror import write_mirror
from django_routehandlers.routing.discovery import RoutesFolder

# mypy repeats what it said of a file that has not changed, under the path of then: so
# the copies lie in one place, beside its cache.
PLACE = ".mypy_cache/routes"

_FILE = r"[^\n:\"]*?\.pyi?\b"


class Command(BaseCommand):
    """Run mypy over the code below routes folders, whatever these are called."""

    help = "Check the types of the code below routes folders with mypy."
    # Types are checked of routes that are broken, too.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what mypy is to be told."""
        parser.add_argument(
            "options",
            nargs="*",
            metavar="-- OPTION",
            help="Options of mypy, behind two dashes: -- --strict.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what mypy says, and exit as it does."""
        if find_spec("mypy") is None:
            raise CommandError("mypy is not installed: pip install mypy.")
        folders = find_own_folders()
        if not folders:
            self.stdout.write("No app of the project has a folder 'routes'.")
            return
        root = _make_place()
        copies = write_mirror(root, folders)
        is_coloured = self.stdout.isatty() and not options["no_color"]
        environment = _get_environment(root, folders, is_coloured=is_coloured)
        done = _run_mypy(copies.values(), options["options"], environment, root)
        self.stdout.write(_restore(done.stdout, copies), ending="")
        if done.stderr:
            self.stderr.write(_restore(done.stderr, copies), ending="")
        if done.returncode:
            sys.exit(done.returncode)


def _make_place() -> Path:
    """Return an empty folder that no version control takes."""
    root = Path.cwd() / PLACE
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    (root / ".gitignore").write_text("*\n")
    return root


def _get_environment(
    root: Path, folders: Iterable[RoutesFolder], *, is_coloured: bool
) -> dict[str, str]:
    """Return an environment in which mypy finds the copies, then the apps."""
    bases = {
        str(folder.location.parents[folder.app.count(".") + 1]) for folder in folders
    }
    own = os.environ.get("MYPYPATH")
    path = [str(root), *([own] if own else []), *sorted(bases)]
    coloured = {"MYPY_FORCE_COLOR": "1"} if is_coloured else {}
    return os.environ | coloured | {"MYPYPATH": os.pathsep.join(path)}


def _run_mypy(
    files: Iterable[Path],
    options: list[str],
    environment: Mapping[str, str],
    root: Path,
) -> subprocess.CompletedProcess[str]:
    """Run mypy over some files; a command line would not hold the names of all."""
    listing = root / "files.txt"
    listing.write_text("\n".join(map(str, files)), encoding="utf-8")
    return subprocess.run(
        [
            *(sys.executable, "-m", "mypy"),
            *("--explicit-package-bases", "--namespace-packages"),
            *options,
            f"@{listing}",
        ],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def _restore(text: str, copies: Mapping[Path, Path]) -> str:
    """Return what mypy says, with the user's own files in place of the copies."""
    names = {_get_shown(copy): _get_shown(file) for file, copy in copies.items()}
    # In JSON they are spelt with escapes.
    names |= {_escape(copy): _escape(file) for copy, file in names.items()}
    place = str(Path(PLACE))
    starts = "|".join(map(re.escape, (place, _escape(place))))
    here = re.escape(f"{Path.cwd()}{os.sep}")
    return re.sub(
        f"(?:{here})?((?:{starts}){_FILE})",
        lambda found: names.get(found[1], found[0]),
        text,
    )


def _get_shown(file: Path) -> str:
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)


def _escape(text: str) -> str:
    return json.dumps(text)[1:-1]
