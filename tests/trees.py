"""Write folder trees, and install the apps in them."""

import importlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from textwrap import dedent
from typing import Any

from django.apps import apps as registry_of_apps
from django.conf import settings as django_settings
from django.db.models.signals import pre_migrate
from django.test import override_settings
from django.urls.converters import REGISTERED_CONVERTERS, get_converters

from django_routehandlers.registry import forget_snapshot

# One folder per story; each folder in a story is an app.
SITES = Path(__file__).parent / "sites"

# A handler for trees whose folders are the story.
GET = "def GET():\n    return {}\n"


def write_tree(root: Path, files: Mapping[str, str]) -> Path:
    """
    Write files by their path below `root`, folders for paths that end in a slash.

    The sources may be indented as the test is.
    """
    for name, source in files.items():
        place = root / name
        if name.endswith("/"):
            place.mkdir(parents=True, exist_ok=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(dedent(source), encoding="utf-8")
    return root


@contextmanager
def install_site(
    root: Path, apps: Iterable[str] | None = None, **settings: Any
) -> Iterator[Path]:
    """
    Install the apps below `root`, beside those of the settings, for a while.

    `apps` are dotted names, by default one for each folder in `root`. Afterwards
    the process is as before: settings, sys.path, sys.modules and the snapshot.
    """
    names = sorted(p.name for p in root.iterdir() if p.is_dir())
    names = names if apps is None else list(apps)
    settings.setdefault("INSTALLED_APPS", [*django_settings.INSTALLED_APPS, *names])
    writes_byte_code = not sys.dont_write_bytecode
    # A file that a test writes twice within a second is read twice.
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(root))
    # Django's own apps connect to it each time they are installed.
    receivers = pre_migrate.receivers
    converters = dict(REGISTERED_CONVERTERS)
    pre_migrate.receivers = [*receivers]
    try:
        _forget_files()
        with override_settings(**settings):
            forget_snapshot()
            yield root
    finally:
        pre_migrate.receivers = receivers
        REGISTERED_CONVERTERS.clear()
        REGISTERED_CONVERTERS.update(converters)
        get_converters.cache_clear()
        sys.path.remove(str(root))
        sys.dont_write_bytecode = not writes_byte_code
        _forget_apps(names)
        _forget_folders(root)
        _forget_files()
        forget_snapshot()


def _forget_files() -> None:
    """Let imports look at the disk again."""
    for _ in range(10):
        # Python goes through a dict that imports in other threads add to.
        with suppress(RuntimeError):
            importlib.invalidate_caches()
            break


def _forget_folders(root: Path) -> None:
    """Spare later imports a look at what thousands of tests have left."""
    for folder in list(sys.path_importer_cache):
        if folder.startswith(str(root)):
            sys.path_importer_cache.pop(folder, None)


def _forget_apps(names: Iterable[str]) -> None:
    for name in {name.partition(".")[0] for name in names}:
        for module in list(sys.modules):
            if module == name or module.startswith(f"{name}."):
                del sys.modules[module]
        registry_of_apps.all_models.pop(name, None)
    registry_of_apps.clear_cache()
