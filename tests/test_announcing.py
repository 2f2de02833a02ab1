"""What has changed in the routes is printed, and nothing when nothing has."""

import json
import os
import sys
from io import StringIO
from pathlib import Path

import pytest

from django_routehandlers import announcing
from django_routehandlers.announcing import (
    LISTING,
    announce,
    announce_restart,
    keep_listing,
    read_listing,
    save_listing,
)
from tests.trees import GET

OLD = {"path": "/items", "methods": ["GET", "HEAD"], "csrf": "origin", "file": "a"}
NEW = {"path": "/new", "methods": ["POST"], "csrf": "origin", "file": "b"}
CHANGED = OLD | {"csrf": "off"}


class Terminal(StringIO):
    def isatty(self):
        return True


@pytest.fixture
def listing(tmp_path, monkeypatch):
    monkeypatch.setenv(LISTING, str(tmp_path / "listing.json"))
    return tmp_path / "listing.json"


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ([], [], ""),
        ([OLD], [OLD], ""),
        ([OLD], [CHANGED, NEW], "+ POST  /new\n~ /items  csrf: origin -> off\n\n"),
        ([OLD, NEW], [NEW], "- GET, HEAD  /items\n\n"),
    ],
)
def test_a_line_for_each_route_that_differs(capsys, before, now, expected):
    announce(before, now)

    assert capsys.readouterr() == ("", expected)


@pytest.mark.parametrize(
    ("colours", "expected"),
    [
        (
            "dark",
            "\x1b[32;1m+ POST  /new\x1b[0m\n"
            "\x1b[33;1m~ /items  csrf: origin -> off\x1b[0m\n\n"
            "\x1b[31m- GET, HEAD  /items\x1b[0m\n\n",
        ),
        (
            "nocolor",
            "+ POST  /new\n~ /items  csrf: origin -> off\n\n- GET, HEAD  /items\n\n",
        ),
    ],
)
def test_colours_are_those_of_django_and_for_terminals(monkeypatch, colours, expected):
    monkeypatch.setenv("DJANGO_COLORS", colours)
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setattr(sys, "stderr", Terminal())

    announce([OLD], [CHANGED, NEW])
    announce([OLD], [])

    assert sys.stderr.getvalue() == expected


def test_restart_is_compared_with_what_the_process_before_has_left(
    site, listing, capsys
):
    root = site({"shop/routes/items/route.py": GET})
    announce_restart()
    first = capsys.readouterr().err
    kept = json.loads(listing.read_text())
    announce_restart()
    second = capsys.readouterr().err
    listing.write_text(json.dumps([*kept, OLD | {"path": "/old"}]))
    announce_restart()
    third = capsys.readouterr().err

    assert (first, second, third) == ("", "", "- GET, HEAD  /old\n\n")
    assert [row["path"] for row in kept] == ["/items"]
    assert json.loads(listing.read_text()) == kept == read_listing()
    assert root.is_dir()


@pytest.mark.parametrize("text", ["", "{", "\x00"])
def test_listing_that_cannot_be_read_is_none(site, listing, capsys, text):
    site({"shop/routes/items/route.py": GET})
    listing.write_text(text)

    announce_restart()

    assert capsys.readouterr().err == ""
    assert [row["path"] for row in json.loads(listing.read_text())] == ["/items"]


def test_listing_is_kept_for_nobody_without_a_file(monkeypatch, tmp_path):
    monkeypatch.delenv(LISTING, raising=False)
    save_listing([OLD])
    monkeypatch.setenv(LISTING, str(tmp_path / "nowhere/listing.json"))
    save_listing([OLD])

    assert list(tmp_path.iterdir()) == []


def test_file_is_made_for_later_processes_and_removed_at_the_end(monkeypatch, tmp_path):
    at_exit = []
    monkeypatch.setattr(announcing.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(
        announcing.atexit,
        "register",
        lambda *args, **kwargs: at_exit.append((args, kwargs)),
    )
    monkeypatch.setenv(LISTING, "none")

    keep_listing()
    [file] = tmp_path.iterdir()
    named = os.environ[LISTING]
    for (function, *args), kwargs in at_exit:
        function(*args, **kwargs)

    assert Path(named) == file
    assert file.name.startswith("routehandlers-")
    assert not file.exists()
