"""Folders look other when Python files or folders in them come, go or are replaced."""

import os
from pathlib import Path

import pytest

from django_routehandlers.routing.signatures import Signature, find_folders
from tests.trees import write_tree


@pytest.fixture
def folder(tmp_path):
    write_tree(tmp_path, {"items/route.py": "", "items/[id]/": "", "items/a.txt": ""})
    return tmp_path / "items"


def touch(folder):
    """Move the time of a folder on, however coarse its clock is."""
    later = folder.stat().st_mtime_ns + 2_000_000_000
    os.utime(folder, ns=(later, later))


def make_lock(folder):
    (folder / ".#route.py").symlink_to("somebody@somewhere")


NOISE = {
    "nothing": lambda folder: None,
    "byte code": lambda folder: (folder / "__pycache__").mkdir(),
    "swap file": lambda folder: (folder / ".route.py.swp").touch(),
    "probe": lambda folder: (folder / "4913").touch(),
    "lock": make_lock,
    "other file": lambda folder: (folder / "a.txt").unlink(),
    "broken link": lambda folder: (folder / "loop").symlink_to(folder / "loop"),
}


@pytest.mark.parametrize("change", NOISE.values(), ids=NOISE)
def test_folder_looks_the_same_after(folder, change):
    signature = Signature([str(folder)])

    change(folder)
    touch(folder)

    assert not signature.is_other(str(folder))
    assert not signature.has_changed()


def replace(folder):
    (folder / "new.txt").touch()
    (folder / "new.txt").replace(folder / "route.py")


CHANGES = {
    "new file": lambda folder: (folder / "middleware.py").touch(),
    "new folder": lambda folder: (folder / "x").mkdir(),
    "deleted file": lambda folder: (folder / "route.py").unlink(),
    "deleted folder": lambda folder: (folder / "[id]").rmdir(),
    "renamed folder": lambda folder: (folder / "[id]").rename(folder / "[pk]"),
    "replaced file": replace,
    "new link": lambda folder: (folder / "link").symlink_to(folder),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_folder_looks_other_after(folder, change):
    signature = Signature([str(folder.parent), str(folder)])

    change(folder)
    touch(folder)

    assert signature.is_other(str(folder))
    assert signature.has_changed()
    assert not signature.is_other(str(folder.parent))


def test_folder_that_is_renamed_looks_other(folder):
    signature = Signature([str(folder)])

    folder.rename(folder.with_name("goods"))

    assert signature.is_other(str(folder))


def test_change_after_noise_is_seen(folder):
    signature = Signature([str(folder)])
    touch(folder)
    assert not signature.has_changed()

    (folder / "middleware.py").touch()
    touch(folder)

    assert signature.has_changed()


def test_file_looks_other_after_any_write(folder):
    file = folder / "a.txt"
    signature = Signature()
    signature.add([str(file)])
    before = signature.is_other(str(file))

    touch(file)

    assert (before, signature.is_other(str(file))) == (False, True)
    assert str(file) in signature
    assert str(folder) not in signature


@pytest.mark.parametrize("make", [Path.touch, Path.mkdir])
def test_what_was_not_there_looks_other_when_it_comes(tmp_path, make):
    place = tmp_path / "routes"
    signature = Signature([str(place)])
    before = signature.has_changed()

    make(place)

    assert (before, signature.has_changed()) == (False, True)


def test_folders_are_found_below_one_but_not_those_of_byte_code(tmp_path):
    write_tree(tmp_path, {"a/[id]/route.py": "", "b/__pycache__/c/": "", "_d/": ""})

    found = find_folders(str(tmp_path))

    assert sorted(found) == [
        str(tmp_path),
        *(str(tmp_path / name) for name in ("_d", "a", "a/[id]", "b")),
    ]


def test_links_are_followed_once(tmp_path):
    write_tree(tmp_path, {"routes/a/": "", "elsewhere/b/": ""})
    routes = tmp_path / "routes"
    (routes / "link").symlink_to(tmp_path / "elsewhere")
    (routes / "a/loop").symlink_to(routes)

    found = find_folders(str(routes))

    assert sorted(found) == [
        str(place)
        for place in (routes, routes / "a", routes / "link", routes / "link/b")
    ]


def test_folder_that_is_not_there_is_found_alone(tmp_path):
    assert list(find_folders(str(tmp_path / "routes"))) == [str(tmp_path / "routes")]
