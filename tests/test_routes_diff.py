"""`manage.py routes --diff` tells what has changed since a listing."""

import importlib
import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from django_routehandlers.registry import forget_snapshot
from tests.listings import BROKEN, GET, SHOP, fail_routes, run_routes
from tests.trees import write_tree


@dataclass
class Saved:
    """A shop whose listing was saved in a file, and may change."""

    root: Path
    file: str

    def change(self, files):
        for name in SHOP:
            (self.root / name).unlink()
        write_tree(self.root, files)
        for name in [n for n in sys.modules if n.startswith(("shop.", "blog."))]:
            del sys.modules[name]
        importlib.invalidate_caches()
        forget_snapshot()


@pytest.fixture
def saved(site, tmp_path):
    file = tmp_path / "routes.json"
    root = site(SHOP)
    file.write_text(run_routes("--format", "json")[0])
    return Saved(root, str(file))


def test_a_listing_without_changes_is_no_failure(saved):
    assert run_routes("--diff", saved.file) == ("No changes.\n", "")
    assert run_routes("--diff", saved.file, "--format", "json") == (
        '{\n  "added": [],\n  "changed": [],\n  "removed": []\n}\n',
        "",
    )


def test_what_was_added_is_no_failure(saved):
    saved.change(SHOP | {"blog/routes/new/route.py": GET})

    assert run_routes("--diff", saved.file) == (
        "+ GET, HEAD  /new\n1 added, 0 changed, 0 removed.\n",
        "",
    )


CHANGED = {
    "shop/routes/items/route.py": f"revalidate = 5\n{GET}",
    "blog/routes/new/route.py": GET,
}


def test_what_was_changed_and_removed_is_a_failure(saved):
    saved.change(CHANGED)

    assert fail_routes("--diff", saved.file) == (
        "+ GET, HEAD  /new\n"
        "~ /items  methods: GET, HEAD, POST -> GET, HEAD; cache: 60 s -> 5 s\n"
        "- PUT  /items/[id=int]\n"
        "- GET, HEAD  /posts\n"
        "1 added, 1 changed, 2 removed.\n",
        "1 changed and 2 removed.",
        1,
    )


def test_changes_are_told_in_json(saved):
    saved.change(CHANGED)

    out, message, code = fail_routes("--diff", saved.file, "--format", "json")

    found = json.loads(out)
    assert (message, code) == ("1 changed and 2 removed.", 1)
    assert [row["path"] for row in found["added"]] == ["/new"]
    assert [row["path"] for row in found["removed"]] == ["/items/[id=int]", "/posts"]
    assert found["changed"] == [
        {
            "path": "/items",
            "fields": {
                "methods": {"old": ["GET", "HEAD", "POST"], "new": ["GET", "HEAD"]},
                "cache": {"old": "60 s", "new": "5 s"},
            },
        }
    ]


def test_filters_hold_for_both_listings(saved):
    saved.change(CHANGED)

    assert fail_routes("--diff", saved.file, "--csrf", "token") == (
        "- PUT  /items/[id=int]\n0 added, 0 changed, 1 removed.\n",
        "0 changed and 1 removed.",
        1,
    )
    assert run_routes("--diff", saved.file, "--path", "/new")[0] == (
        "+ GET, HEAD  /new\n1 added, 0 changed, 0 removed.\n"
    )


def test_a_listing_is_read_from_standard_input(saved, monkeypatch):
    with Path(saved.file).open("rb") as file:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=file))

        assert run_routes("--diff", "-") == ("No changes.\n", "")


def test_a_malformed_listing_is_a_mistake(site, tmp_path):
    site(SHOP)
    file = tmp_path / "a.json"
    file.write_bytes(b"\x00")

    _, message, code = fail_routes("--diff", str(file))

    assert code == 2
    assert message.startswith(f"{file} is no JSON: ")


def test_check_and_diff_may_both_fail(saved):
    saved.change(BROKEN)

    _, message, code = fail_routes("--diff", saved.file, "--check")

    assert (message, code) == ("0 changed and 3 removed. 1 error(s) in the routes.", 1)


def test_changes_are_coloured_by_kind(saved, monkeypatch):
    saved.change(CHANGED)
    monkeypatch.setenv("DJANGO_COLORS", "success=green;warning=yellow;error=red")
    out = io.StringIO()

    with pytest.raises(CommandError):
        call_command("routes", "--diff", saved.file, stdout=out, force_color=True)

    added, changed, removed, *_ = out.getvalue().splitlines()
    assert added == "\x1b[32m+ GET, HEAD  /new\x1b[0m"
    assert changed.startswith("\x1b[33m~ /items")
    assert removed == "\x1b[31m- PUT  /items/[id=int]\x1b[0m"
