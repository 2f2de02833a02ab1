"""Fill the cache before visitors come."""

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.management.base import BaseCommand, CommandError
from django.http import HttpRequest
from django.utils import translation

from django_routehandlers.cache.background import background
from django_routehandlers.cache.places import parse_url_path
from django_routehandlers.conf import SETTING, get_settings
from django_routehandlers.management.shared_cache import require_shared_cache
from django_routehandlers.visitors import find_default_host, get_default_scheme
from django_routehandlers.warming import Origin, Outcome, get_language, warm


class Command(BaseCommand):
    """Ask for the paths of all cached routes, or of those below some paths."""

    help = "Fill the cache with the answers of the cached routes."
    # One broken route is no reason to leave the others cold.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the paths to be warmed, and where visitors ask for them."""
        parser.add_argument(
            "prefixes",
            nargs="*",
            metavar="PATH-PREFIX",
            help="Ask only for paths at or below this one.",
        )
        parser.add_argument(
            "--host", help="The host; by default the first one of ALLOWED_HOSTS."
        )
        parser.add_argument(
            "--scheme",
            choices=("http", "https"),
            help="By default https where the settings redirect to it or trust a proxy.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what came of each path, and fail if any path did."""
        require_shared_cache()
        if settings.DEBUG and get_settings().BUILD_ID is None:
            raise CommandError(
                "With DEBUG each process has entries of its own, so the server would not "
                f"find these. Set {SETTING}['BUILD_ID'], or turn DEBUG off."
            )
        origin = Origin(
            options["scheme"] or get_default_scheme(), read_host(options["host"])
        )
        try:
            prefixes = [parse_url_path(prefix) for prefix in options["prefixes"]]
        except ValueError as exc:
            raise CommandError(str(exc)) from exc
        found = failures = 0
        with translation.override(get_language()), _refreshing_inline():
            for outcome in warm(prefixes, origin):
                found += 1
                failures += outcome.is_failure
                self._tell(outcome, options["verbosity"])
        if prefixes and not found:
            named = ", ".join(map(repr, options["prefixes"]))
            self.stderr.write(f"No path to be warmed is at or below {named}.")
        if failures:
            raise CommandError(f"{failures} path(s) failed.")

    def _tell(self, outcome: Outcome, verbosity: int) -> None:
        line = f"{outcome.path}  {outcome.text}"
        if outcome.is_failure:
            self.stderr.write(self.style.ERROR(line))
        elif verbosity >= outcome.verbosity:
            self.stdout.write(line)


def read_host(given: str | None) -> str:
    """
    Return the host that visitors ask for, as it was given or as the settings say.

    Raise `CommandError` if it is not known, or not one that is served.
    """
    host = given or find_default_host()
    if host is None:
        raise CommandError("ALLOWED_HOSTS names no single host: give one with --host.")
    request = HttpRequest()
    request.META["HTTP_HOST"] = host
    try:
        return request.get_host()
    except DisallowedHost as exc:
        raise CommandError(str(exc)) from exc


@contextmanager
def _refreshing_inline() -> Iterator[None]:
    was_inline = background.is_inline
    background.is_inline = True
    try:
        yield
    finally:
        background.is_inline = was_inline
