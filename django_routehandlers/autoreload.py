"""Let the development server notice new, changed and deleted route files."""

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Tags, register
from django.dispatch import receiver
from django.utils.autoreload import (
    DJANGO_AUTORELOAD_ENV,
    BaseReloader,
    autoreload_started,
    file_changed,
)

from django_routehandlers.announcing import announce_restart, keep_listing
from django_routehandlers.registry import (
    Snapshot,
    get_known_snapshots,
    get_routes_location,
    on_read,
)
from django_routehandlers.routing.problems import TAG
from django_routehandlers.routing.signatures import Signature, find_folders
from django_routehandlers.routing.suspects import find_suspects

# Not every reloader takes the second for one of the first.
_GLOBS = ("*.py", "**/*.py")


@dataclass
class _Watch:
    """The places that one reloader has from us, and where to look when they change."""

    places: dict[Path, str] = field(default_factory=dict)
    signature: Signature = field(default_factory=Signature)


_watches: WeakKeyDictionary[BaseReloader, _Watch] = WeakKeyDictionary()


@receiver(autoreload_started, dispatch_uid="routehandlers_watch")
def watch_routes(sender: BaseReloader, **kwargs: Any) -> None:
    """
    Watch the routes folder of every app, also of an app that has none yet.

    Django's StatReloader compares times of files it has seen; a folder's own
    time changes when a file in it appears or goes, so folders are watched, too.
    """
    _watches[sender] = watch = _Watch()
    for app_config in apps.get_app_configs():
        root = str(get_routes_location(app_config))
        folders = list(find_folders(root))
        _add(sender, folders)
        # Where a first routes folder comes.
        watch.places[Path(app_config.path)] = root
        sender.extra_files.add(Path(app_config.path))
        links = filter(os.path.islink, folders)
        for directory in {root, *map(os.path.realpath, links)}:
            for glob in _GLOBS:
                sender.watch_dir(directory, glob)
    for snapshot in get_known_snapshots().values():
        watch_suspects(snapshot)


@on_read
def watch_suspects(snapshot: Snapshot) -> None:
    """Watch what may mend a failed import; Django watches what has been imported."""
    suspects = find_suspects(snapshot.endpoints)
    for reloader in list(_watches):
        _add(reloader, suspects)


def _add(reloader: BaseReloader, places: Iterable[str]) -> None:
    watch = _watches[reloader]
    new = [place for place in places if place not in watch.signature]
    watch.signature.add(new)
    watch.places |= {Path(place): place for place in new}
    # Another set: the reloader may be going through the one that it has.
    reloader.extra_files = reloader.extra_files.union(map(Path, new))


@receiver(file_changed, dispatch_uid="routehandlers_quieten")
def has_only_noise(sender: BaseReloader, file_path: Path, **kwargs: Any) -> bool:
    """
    Tell Django not to reload for a folder of ours in which nothing has changed.

    Its time also moves for byte code, and for what editors put there for a moment.
    """
    watch = _watches.get(sender)
    place = watch and watch.places.get(file_path)
    return bool(watch and place and not watch.signature.is_other(place))


def install() -> None:
    """Let the processes that runserver starts one after the other compare routes."""
    if os.environ.get(DJANGO_AUTORELOAD_ENV) == "true":
        register(_announce, Tags.urls, TAG)
    elif sys.argv[1:2] == ["runserver"] and "--noreload" not in sys.argv:
        keep_listing()


def _announce(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Print what has changed; by the time of the checks all routes have been read."""
    announce_restart()
    return []
