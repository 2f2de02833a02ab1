"""The development server watches the routes of every installed app."""

import os
import sys
from pathlib import Path

import pytest
from django.core.checks import registry
from django.utils.autoreload import (
    DJANGO_AUTORELOAD_ENV,
    BaseReloader,
    StatReloader,
    autoreload_started,
    file_changed,
)

from django_routehandlers import autoreload
from django_routehandlers.announcing import LISTING
from django_routehandlers.autoreload import has_only_noise, install, watch_routes
from django_routehandlers.registry import forget_snapshot, get_snapshot
from tests.trees import write_tree

GET = "def GET(): return {}\n"

FILES = {
    "shop/routes/items/[id]/route.py": GET,
    "shop/routes/items/[id]/helpers.py": "",
    "shop/routes/items/middleware.py": "middleware = []",
    "shop/routes/_private/notes.py": "",
    "shop/routes/docs/[...slug]/__pycache__/route.cpython-311.pyc": "",
    "shop/models.py": "",
    "blog/routes/route.py": GET,
    "plain/models.py": "",
}


def start():
    reloader = StatReloader()
    watch_routes(reloader)
    return reloader


def find_watched(root, reloader):
    return {
        str(path.relative_to(root))
        for path in reloader.extra_files
        if path.is_relative_to(root)
    }


def touch(folder):
    """Move the time of a folder on, however coarse its clock is."""
    later = folder.stat().st_mtime_ns + 2_000_000_000
    os.utime(folder, ns=(later, later))


def test_every_folder_is_watched_so_that_new_files_are_noticed(site):
    root = site(FILES)

    reloader = start()

    assert find_watched(root, reloader) == {
        "blog",
        "blog/routes",
        # Where a routes folder may come.
        "plain",
        "plain/routes",
        "shop",
        "shop/routes",
        "shop/routes/_private",
        "shop/routes/docs",
        "shop/routes/docs/[...slug]",
        "shop/routes/items",
        "shop/routes/items/[id]",
    }


def test_every_python_file_is_watched(site):
    root = site(FILES)

    reloader = start()

    assert {
        str(path.relative_to(root)): patterns
        for path, patterns in reloader.directory_globs.items()
        if path.is_relative_to(root)
    } == {f"{app}/routes": {"*.py", "**/*.py"} for app in ("blog", "plain", "shop")}


def test_folders_behind_links_are_watched_where_they_are(site, tmp_path):
    write_tree(tmp_path, {"elsewhere/deep/route.py": GET})
    root = site(FILES)
    (root / "shop/routes/link").symlink_to(tmp_path / "elsewhere")

    reloader = start()

    assert root / "shop/routes/link/deep" in reloader.extra_files
    assert tmp_path / "elsewhere" in reloader.directory_globs


def test_new_file_changes_what_the_reloader_compares(site):
    root = site(FILES)
    reloader = start()
    before = {path for path, _ in reloader.snapshot_files()}

    assert root / "shop/routes/docs/[...slug]" in before
    assert root / "shop/routes/items/[id]/route.py" in before
    assert root / "shop/routes/items/middleware.py" in before
    assert not any(
        "__pycache__" in str(path) for path in before if _is_ours(path, root)
    )


def _is_ours(path, root):
    return Path(path).is_relative_to(root)


def test_receivers_are_connected():
    reloader = StatReloader()

    started = autoreload_started.send_robust(sender=reloader)
    changed = file_changed.send_robust(sender=reloader, file_path=Path("/nowhere"))

    assert (watch_routes, None) in started
    assert (has_only_noise, False) in changed


CHANGES = {
    "new file": ("items", lambda folder: (folder / "route.py").touch(), False),
    "new folder": ("items", lambda folder: (folder / "new").mkdir(), False),
    "byte code": ("items", lambda folder: (folder / "__pycache__").mkdir(), True),
    "swap file": ("items", lambda folder: (folder / ".route.py.swp").touch(), True),
    "routes": ("../../plain", lambda folder: (folder / "routes").mkdir(), False),
    "no routes": ("../../plain", lambda folder: (folder / "new.py").touch(), True),
    "not ours": ("../..", lambda folder: None, False),
}


@pytest.mark.parametrize(
    ("name", "change", "is_noise"), CHANGES.values(), ids=list(CHANGES)
)
def test_noise_in_a_folder_starts_nothing_again(site, name, change, is_noise):
    folder = (site(FILES) / "shop/routes" / name).resolve()
    reloader = start()

    change(folder)
    touch(folder)

    assert has_only_noise(reloader, folder) is is_noise


def test_reloader_that_was_not_asked_is_left_alone(site):
    folder = site(FILES) / "shop/routes"

    assert has_only_noise(BaseReloader(), folder) is False


BROKEN = {
    "shop/routes/items/route.py": "from shop.words import A",
    "shop/words.py": "A =",
}


def test_what_may_mend_a_failed_import_is_watched(site):
    root = site(BROKEN)
    early = start()
    files = early.extra_files
    get_snapshot()
    late = start()

    expected = {"shop/words.py", "shop/routes/items/route.py"}
    assert expected <= find_watched(root, early)
    assert expected <= find_watched(root, late)
    # It may have been on its way through them.
    assert early.extra_files is not files
    assert root / "shop/words.py" not in files


def test_what_was_watched_is_looked_at_no_second_time(site):
    root = site(BROKEN)
    reloader = start()
    get_snapshot()
    (root / "shop/words.py").write_text("A = 1\n")
    touch(root / "shop/words.py")

    forget_snapshot()
    get_snapshot()

    assert has_only_noise(reloader, root / "shop/words.py") is False


@pytest.fixture
def checks(monkeypatch):
    found = set(registry.registry.registered_checks)
    monkeypatch.setattr(registry.registry, "registered_checks", found)
    return lambda: [c for c in found if c.__module__ == autoreload.__name__]


@pytest.fixture
def files(monkeypatch):
    made = []
    monkeypatch.setattr(autoreload, "keep_listing", lambda: made.append("made"))
    monkeypatch.delenv(LISTING, raising=False)
    monkeypatch.delenv(DJANGO_AUTORELOAD_ENV, raising=False)
    return made


def test_process_that_serves_announces_in_its_checks(
    site, checks, files, monkeypatch, capsys, tmp_path
):
    site({"shop/routes/items/route.py": GET})
    monkeypatch.setenv(DJANGO_AUTORELOAD_ENV, "true")
    monkeypatch.setenv(LISTING, str(tmp_path / "listing.json"))
    (tmp_path / "listing.json").write_text("[]")

    install()

    [check] = checks()
    assert (check(None), files) == ([], [])
    assert capsys.readouterr().err == "+ GET, HEAD  /items\n\n"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["manage.py", "runserver", "8001"], ["made"]),
        (["manage.py", "runserver", "--noreload"], []),
        (["manage.py", "check"], []),
        (["uvicorn"], []),
    ],
)
def test_only_runserver_makes_a_file_for_listings(
    checks, files, monkeypatch, arguments, expected
):
    monkeypatch.setattr(sys, "argv", arguments)

    install()

    assert (files, checks()) == (expected, [])
