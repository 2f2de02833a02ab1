"""mypy checks every file below a routes folder, and names the user's own."""

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from django_routehandlers.management.commands import mypyroutes
from tests.projects import run_project

FOLDERS = [
    "(auth)/login",
    ".well-known/x",
    "%5Fname",
    "[id]",
    "_lib",
    "café",
    "docs/[...slug]",
    "items",
    "items/[id=int]",
    "notes/[[...path]]",
    "route",
    "v1.0/x",
]
ROUTE = """\
from shop.prices import PRICE

from {dots}prices import PRICE as SAME
from .schemas import Item


def GET() -> dict[str, str]:
    item = Item(PRICE + SAME)
    text: str = item.price
    return {{"price": text}}
"""
SCHEMAS = """\
from dataclasses import dataclass


@dataclass
class Item:
    price: int
"""
MESSAGE = (
    'Incompatible types in assignment (expression has type "int", variable has type '
    '"str")  [assignment]'
)


def write_files(app="shop"):
    files = {f"{app}/prices.py": "PRICE: int = 3\n"}
    for folder in FOLDERS:
        place = f"{app}/routes/{folder}"
        dots = "." * (folder.count("/") + 3)
        source = ROUTE.format(dots=dots).replace("shop.", f"{app.replace('/', '.')}.")
        files |= {f"{place}/route.py": source, f"{place}/schemas.py": SCHEMAS}
    return files


def test_error_in_every_kind_of_folder_is_told_with_the_user_s_own_path(tmp_path):
    command = ["manage.py", "mypyroutes", "--", "--strict"]

    result = run_project(tmp_path, write_files(), *command)

    *lines, last = result.stdout.splitlines()
    assert set(lines) == {
        f"shop/routes/{folder}/route.py:9: error: {MESSAGE}" for folder in FOLDERS
    }
    assert last == "Found 12 errors in 12 files (checked 24 source files)"
    assert (result.returncode, result.stderr) == (1, "")


def test_app_in_a_package_is_found_whatever_the_config_leaves_out(tmp_path):
    files = write_files("city/shop") | {
        "city/__init__.py": "",
        "city/shop/__init__.py": "",
        "city/shop/routes/__init__.py": "",
        "city/shop/routes/items/tests/test-data.py": "1 + ''",
        "mypy.ini": "[mypy]\nfiles = settings.py\nexclude = /routes/\n",
        "broken.py": "1 + ''",
    }

    result = run_project(
        tmp_path,
        files,
        *("manage.py", "mypyroutes", "--", "-O", "json"),
        INSTALLED_APPS=["django_routehandlers", "city.shop"],
    )

    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert sorted(error["file"] for error in found) == sorted(
        f"city/shop/routes/{folder}/route.py" for folder in FOLDERS
    )
    assert {(error["line"], error["code"]) for error in found} == {(9, "assignment")}
    assert result.returncode == 1


def test_project_without_mistakes_passes(tmp_path):
    files = {"shop/routes/[id]/route.py": "def GET(id: str) -> str:\n    return id\n"}

    result = run_project(tmp_path, files, "manage.py", "mypyroutes")

    assert (result.returncode, result.stdout, result.stderr) == (
        0,
        "Success: no issues found in 1 source file\n",
        "",
    )


def test_wrong_option_is_told_by_mypy(tmp_path):
    files = {"shop/routes/a/route.py": ""}

    result = run_project(tmp_path, files, "manage.py", "mypyroutes", "--", "--nothing")

    assert result.returncode == 2
    assert result.stderr.endswith("mypy: error: unrecognized arguments: --nothing\n")


def test_second_run_says_the_same_of_files_that_have_moved_on(tmp_path):
    command = ["manage.py", "mypyroutes", "--", "--show-absolute-path"]
    files = {f"shop/routes/{name}/route.py": "1 + ''\n" for name in ("[a]", "b")}
    first = run_project(tmp_path, files, *command)
    shutil.rmtree(tmp_path / "shop/routes/b")

    second = run_project(tmp_path, {}, *command)

    error = ':1: error: Unsupported operand types for + ("int" and "str")  [operator]'
    assert set(first.stdout.splitlines()[:2]) == {
        f"shop/routes/[a]/route.py{error}",
        f"shop/routes/b/route.py{error}",
    }
    assert second.stdout.splitlines() == [
        f"shop/routes/[a]/route.py{error}",
        "Found 1 error in 1 file (checked 1 source file)",
    ]
    assert (tmp_path / ".mypy_cache/routes/.gitignore").read_text() == "*\n"


@pytest.fixture
def runs(monkeypatch, tmp_path):
    """Return the runs of mypy, none of which happens."""
    found = []
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def run(command, **options):
        found.append(SimpleNamespace(command=command, **options))
        copies = command[-1].removeprefix("@")
        path = Path(copies).read_text().splitlines()[0]
        text = f"{path}:1: error: No\n{path}x:1: note: Not ours\n"
        return subprocess.CompletedProcess(command, 0, text, "")

    monkeypatch.setattr(subprocess, "run", run)
    return found


def call(**options):
    out = io.StringIO()
    out.isatty = lambda: True
    call_command("mypyroutes", stdout=out, **options)
    return out.getvalue()


def test_file_outside_the_working_folder_is_named_in_full(site, runs):
    root = site({"shop/routes/[id]/route.py": ""})

    text = call(no_color=True)

    assert text.splitlines()[0] == f"{root}/shop/routes/[id]/route.py:1: error: No"
    assert text.splitlines()[1].endswith("/route.pyx:1: note: Not ours")


def test_mypy_finds_the_copies_first_then_what_it_is_told_then_the_apps(
    site, runs, monkeypatch
):
    monkeypatch.setenv("MYPYPATH", "stubs")
    root = site({"shop/routes/a/route.py": "", "blog/routes/b/route.py": ""})

    call(no_color=True)

    (run,) = runs
    copies, *others = run.env["MYPYPATH"].split(":")
    assert (others, copies in run.command[-1]) == (["stubs", str(root)], True)
    assert run.command[:3] == [sys.executable, "-m", "mypy"]


@pytest.mark.parametrize(
    ("options", "expected"), [({}, "1"), ({"no_color": True}, None)]
)
def test_colour_is_for_a_terminal(site, runs, monkeypatch, options, expected):
    monkeypatch.delenv("MYPY_FORCE_COLOR", raising=False)
    site({"shop/routes/a/route.py": ""})

    call(**options)

    assert runs[0].env.get("MYPY_FORCE_COLOR") == expected


def test_project_without_routes_has_nothing_to_check(site, runs):
    site({"shop/models.py": ""})

    assert call() == "No app of the project has a folder 'routes'.\n"
    assert runs == []


def test_mypy_must_be_installed(site, monkeypatch):
    monkeypatch.setattr(mypyroutes, "find_spec", lambda name: None)

    with pytest.raises(CommandError) as caught:
        call_command("mypyroutes")

    assert str(caught.value) == "mypy is not installed: pip install mypy."
