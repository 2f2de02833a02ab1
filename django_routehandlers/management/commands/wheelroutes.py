"""Tell which routes of the project a built wheel has lost."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from django.core.management.base import BaseCommand, CommandError

from django_routehandlers.management.own_apps import find_own_folders
from django_routehandlers.wheels import find_lost_files, find_packaged, read_wheel


class Command(BaseCommand):
    """Compare the routes folders of the project with what is in a wheel."""

    help = "Tell which routes of the project a built wheel has lost."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the wheel."""
        parser.add_argument("wheel", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """List the files that are missing, and exit with 1 if any is."""
        wheel: Path = options["wheel"]
        try:
            names = read_wheel(wheel)
        except (OSError, BadZipFile) as exc:
            raise CommandError(f"{wheel} can't be read: {exc}") from exc
        folders = find_packaged(names, find_own_folders())
        if not folders:
            raise CommandError(f"{wheel.name} has no app of the project with routes.")
        lost = find_lost_files(names, folders)
        for file in lost:
            self.stdout.write(file)
        places = ", ".join(folder.label for folder in folders)
        if lost:
            files = "1 file" if len(lost) == 1 else f"{len(lost)} files"
            raise CommandError(f"{wheel.name} lacks {files} of {places}.")
        self.stdout.write(f"{wheel.name} has every file of {places}.")
