"""End entries of the cache, by tag and by path."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from django_routehandlers.cache import (
    RevalidationError,
    revalidate_path,
    revalidate_tag,
)
from django_routehandlers.cache.places import is_cached_path, parse_url_path
from django_routehandlers.management.shared_cache import require_shared_cache


class Command(BaseCommand):
    """End entries as `revalidate_tag()` and `revalidate_path()` do."""

    help = "End cached answers by tag and by path."
    # What shows old answers must end them, whatever else is wrong.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take tags and paths, and how they are meant."""
        parser.add_argument(
            "--tag", action="append", default=[], help="A tag; may come again."
        )
        parser.add_argument(
            "--path",
            action="append",
            default=[],
            help="A URL path (/blog/a) or a folder path (/blog/[slug]); may come again.",
        )
        parser.add_argument(
            "--below", action="store_true", help="End what is below the paths, too."
        )
        parser.add_argument(
            "--stale",
            action="store_true",
            help="Serve the old answers once more, while new ones are made.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """End the entries, and say which."""
        tags, paths = options["tag"], options["path"]
        below, stale = options["below"], options["stale"]
        if not tags and not paths:
            raise CommandError("Nothing to end: give --tag or --path.")
        if "" in tags:
            raise CommandError("A tag has one letter at least.")
        if below and not paths:
            raise CommandError("--below says nothing of tags: give --path, too.")
        require_shared_cache()
        try:
            for path in paths:
                revalidate_path(path, below=below, stale=stale)
            revalidate_tag(*tags, stale=stale)
        except (RevalidationError, ValueError) as exc:
            raise CommandError(str(exc)) from exc
        named = [f"tag {tag!r}" for tag in tags]
        named += [f"path {path!r}{' and below' if below else ''}" for path in paths]
        done = "Made stale" if stale else "Ended"
        self.stdout.write(f"{done}: {', '.join(named)}.")
        for path in paths:
            if (
                "[" not in path
                and not below
                and not is_cached_path(parse_url_path(path))
            ):
                self.stderr.write(f"No cached route serves {path!r}.")
