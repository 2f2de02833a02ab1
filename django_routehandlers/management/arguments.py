"""Read what `startroute` is given, and say of each mistake what is allowed."""

import difflib
import math
from collections.abc import Iterable

from django.apps import AppConfig, apps
from django.core.management import CommandError

from django_routehandlers.checks import is_foreign
from django_routehandlers.routing.config import MOST_SECONDS
from django_routehandlers.routing.dialects import translate_folder
from django_routehandlers.routing.discovery import ROUTE_FILE
from django_routehandlers.routing.handlers import METHODS


def get_project_app(name: str) -> AppConfig:
    """Return the app of the project that has a label or a dotted name."""
    for app_config in apps.get_app_configs():
        if name in (app_config.label, app_config.name):
            if _is_others(app_config):
                raise CommandError(
                    f"The app {name!r} is an installed package, and what is written "
                    "there is lost with its next version. Name an app of the project."
                )
            return app_config
    own = [config for config in apps.get_app_configs() if not _is_others(config)]
    known = [name for config in own for name in (config.label, config.name)]
    meant = _suggest(name, known) or " Add it to INSTALLED_APPS."
    raise CommandError(f"No installed app is named or labelled {name!r}.{meant}")


def _is_others(app_config: AppConfig) -> bool:
    return is_foreign(app_config) or app_config.name == "django_routehandlers"


def read_folders(path: str) -> list[str]:
    """
    Return the names of the folders that a path has, none for the root.

    >>> read_folders("/api/items/[id]")
    ['api', 'items', '[id]']
    """
    if "\\" in path:
        raise CommandError(
            f"{path!r} has a backslash. Write '/' between folders, and '%5C' for a "
            "backslash in a URL."
        )
    names = path.removeprefix("/").removesuffix("/").split("/")
    if names == [""]:
        return []
    if "" in names:
        raise CommandError(f"{path!r} has an empty folder name. Write one '/' there.")
    if names[-1] == ROUTE_FILE:
        raise CommandError(f"{path!r} names a file. Leave '/{ROUTE_FILE}' out.")
    for name in names:
        if meant := translate_folder(name):
            raise CommandError(
                f"Folder {name!r} would capture nothing. Did you mean {meant!r}?"
            )
    return names


def read_methods(words: Iterable[str]) -> tuple[str, ...]:
    """
    Return the methods that some words name, each once, in the usual order.

    >>> read_methods(["POST", "GET", "POST"])
    ('GET', 'POST')
    """
    words = list(words)
    for word in words:
        if word not in METHODS:
            meant = _suggest(word.upper(), METHODS)
            meant = meant or f" Use any of {', '.join(METHODS)}."
            raise CommandError(f"{word!r} is not a method of a route.{meant}")
    return tuple(method for method in METHODS if method in words)


def read_seconds(text: str | None, methods: Iterable[str]) -> str:
    """
    Return the seconds of `revalidate` as Python has them, "" for none.

    >>> read_seconds("60", ["GET"]), read_seconds("0.50", ["GET"])
    ('60', '0.5')
    """
    if text is None:
        return ""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    # What is not a number is not in the range, either.
    if not 0 <= seconds <= MOST_SECONDS:
        raise CommandError(
            f"--revalidate takes seconds, a number from 0 to {MOST_SECONDS}, and got "
            f"{text!r}."
        )
    if "GET" not in methods:
        raise CommandError("--revalidate caches GET alone. Add GET to the methods.")
    return repr(int(seconds) if seconds.is_integer() else seconds)


def _suggest(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""
