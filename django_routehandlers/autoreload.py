"""Let the development server notice new, changed and deleted route files."""

import os
from pathlib import Path
from typing import Any

from django.apps import apps
from django.dispatch import receiver
from django.utils.autoreload import BaseReloader, autoreload_started

from django_routehandlers.registry import find_routes_folder


@receiver(autoreload_started, dispatch_uid="routehandlers_watch")
def watch_routes(sender: BaseReloader, **kwargs: Any) -> None:
    """
    Watch every routes folder.

    Django's StatReloader compares times of files it has seen; a folder's own
    time changes when a file in it appears or goes, so folders are watched, too.
    """
    for app_config in apps.get_app_configs():
        if folder := find_routes_folder(app_config):
            sender.watch_dir(folder.location, "**/*.py")
            sender.extra_files.update(_get_folders(folder.location))


def _get_folders(location: Path) -> set[Path]:
    found = set()
    for directory, folders, _ in os.walk(location):
        # Python writes here while it imports; that is no change of ours.
        folders[:] = [name for name in folders if name != "__pycache__"]
        found.add(Path(directory))
    return found
