"""Find folders that would capture elsewhere, and are static here."""

from collections.abc import Iterable

from django_routehandlers.routing.dialects import translate_folder
from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.routes import Route, group_folders


def check_dialects(routes: Iterable[Route]) -> list[Problem]:
    """Return the folders on the way to a route that are spelt as other frameworks do."""
    return [
        Problem(
            (f"{parent}/{name}",),
            "W017",
            f"Folder {name!r} captures nothing; its URL has just this text.",
            f"Rename the folder to {meant!r}, or write its {name[0]!r} as "
            f"'%{ord(name[0]):02X}'.",
        )
        for parent, names in group_folders(routes).items()
        for name in sorted(names)
        if (meant := translate_folder(name))
    ]
