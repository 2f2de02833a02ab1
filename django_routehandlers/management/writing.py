"""Write new files, all or none of them."""

from collections.abc import Mapping
from pathlib import Path

from django.core.management import CommandError


def write_files(files: Mapping[Path, str]) -> None:
    """
    Write files that are not there yet, and the folders that they need.

    Raise `CommandError` for one that can't be written; those before it, and the
    folders, are removed again, and named where that fails.
    """
    made: list[Path] = []
    for path, text in files.items():
        try:
            _make_folders(path.parent, made)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                made.append(path)
                file.write(text)
        except OSError as exc:
            left = _remove(made)
            rest = f" Left behind: {', '.join(left)}." if left else ""
            message = f"{name_file(path)} can't be written: {exc.strerror}.{rest}"
            raise CommandError(message) from exc


def _make_folders(folder: Path, made: list[Path]) -> None:
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir()
        made.append(place)


def _remove(made: list[Path]) -> list[str]:
    """Remove what was made, and return the names of what could not be."""
    left = []
    for path in reversed(made):
        try:
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink()
        except OSError:
            left.append(name_file(path))
    return left


def name_file(path: Path) -> str:
    """Return a path as it is reached from where the command runs."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
