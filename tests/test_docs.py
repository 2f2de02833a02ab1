"""The README and the docs: their examples run, their names and links are right."""

import argparse
import dataclasses
import datetime
import decimal
import enum
import json
import os
import re
import shlex
import subprocess
import tomllib
import unicodedata
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from django.core.management import call_command
from django.utils.functional import lazystr
from django.utils.safestring import mark_safe

from django_routehandlers.audit import losers
from django_routehandlers.audit.answers import Answer, Surrounding
from django_routehandlers.audit.cached import CacheState
from django_routehandlers.audit.filters import CACHE_WORDS
from django_routehandlers.audit.listing import Row
from django_routehandlers.audit.losers import Candidate
from django_routehandlers.cache import (
    background,
    dimensions,
    filling,
    freshness,
    gates,
    names,
    store,
    storing,
)
from django_routehandlers.conf import Settings
from django_routehandlers.exceptions import SegmentError
from django_routehandlers.http import Response
from django_routehandlers.http.encoding import MOST_LEVELS
from django_routehandlers.management.commands import routes
from django_routehandlers.routing.config import CONFIG_NAMES
from django_routehandlers.routing.importing import get_module_part
from django_routehandlers.routing.segments import parse_segment
from tests import docs_commands
from tests.docs_commands import PYTHON

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "django_routehandlers"
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_FILE = re.compile(r"# (\S+/\S+\.py)\n")
_SETTINGS = "config/settings.py"

MANAGE = "python manage.py"


@dataclass
class Step:
    """Files that a page adds to its project, and the commands that follow them."""

    files: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    commands: list[tuple[str, str]] = field(default_factory=list)


def name_page(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def read_blocks(page: Path) -> Iterator[tuple[str, str]]:
    """Yield the language and the text of each fenced block, without its indent."""
    for block in _FENCE.finditer(page.read_text("utf-8")):
        indent = f"^{block['indent']}"
        yield block["language"], re.sub(indent, "", block["text"], flags=re.MULTILINE)


def read_steps(page: Path) -> list[Step]:
    """Return the steps in which a page builds its project; a file begins a new one."""
    steps = [Step()]
    for language, text in read_blocks(page):
        if language == "python":
            file = _FILE.match(text)
            assert file, f"{name_page(page)}: a block without the path of its file"
            if steps[-1].commands:
                steps.append(Step())
            steps[-1].files[file[1]] = text
        elif language == "console":
            _add_commands(steps[-1], text)
    return [step for step in steps if step.files]


def _add_commands(step: Step, text: str) -> None:
    first, *commands = re.split(r"^\$ ", text, flags=re.MULTILINE)
    assert first == "", f"No command before {first!r}."
    for block in commands:
        command, _, answer = block.partition("\n")
        if command.startswith("export "):
            name, _, value = shlex.split(command)[1].partition("=")
            step.environment[name] = value
        else:
            step.commands.append((command, answer))


class Project:
    """A project as `startproject` makes it, with the files of a page so far."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }
        call_command("startproject", "config", str(root))
        self.settings = (root / _SETTINGS).read_text("utf-8")
        self.added = ""
        self.files: dict[str, str] = {}

    def add(self, step: Step) -> None:
        self.files |= step.files
        for name, text in step.files.items():
            file = self.root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        self.added = step.files.get(_SETTINGS, self.added)
        self.environment |= step.environment
        folders = (entry.name for entry in self.root.iterdir() if entry.is_dir())
        # Tools keep folders of their own, such as .pytest_cache.
        apps = sorted(n for n in folders if n.isidentifier() and n != "config")
        for app in apps:
            (self.root / app / "__init__.py").touch()
        text = f"{self.settings}\n{self.added}"
        if "INSTALLED_APPS +=" not in self.added:
            text += f'INSTALLED_APPS += ["django_routehandlers", *{apps!r}]\n'
        (self.root / _SETTINGS).write_text(text, "utf-8")

    def run(self, commands: list[str]) -> dict[str, list[str]]:
        """Return the errors that the checks find, and the answers to commands."""
        done = subprocess.run(
            [*PYTHON, "-m", docs_commands.__name__],
            cwd=self.root,
            env=self.environment,
            input=json.dumps(commands),
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found: dict[str, list[str]] = json.loads(done.stdout)
        return found


@pytest.mark.parametrize("page", [p for p in PAGES if read_steps(p)], ids=name_page)
def test_examples_run(page, tmp_path):
    project = Project(tmp_path)

    for step in read_steps(page):
        project.add(step)
        commands = [*step.commands, *get_test_command(step, project.files)]
        found = project.run([command for command, _ in commands])

        assert found["errors"] == []
        for (command, shown), answer in zip(commands, found["answers"], strict=True):
            is_silent = command.startswith(MANAGE) and not shown
            assert is_silent or is_shown(shown, answer), f"{command}\n{answer}"


def get_test_command(step: Step, files: dict[str, str]) -> list[tuple[str, str]]:
    """Return the command that runs all tests, if a step has any that it finds."""
    if not count_tests(step.files):
        return []
    return [(f"{MANAGE} test", f"Found {count_tests(files)} test(s).\n...\nOK\n...\n")]


def count_tests(files: dict[str, str]) -> int:
    """Return how many tests Django finds, which are those in classes."""
    tests = "".join(text for name, text in files.items() if "/test" in name)
    return len(re.findall(r"^    (?:async )?def test_", tests, re.MULTILINE))


def is_shown(shown: str, answer: str) -> bool:
    """Tell whether an answer is the one shown; a line `...` stands for any lines."""
    pattern = "".join(
        r"(?:.*\n)*?" if line == "..." else f"{re.escape(line)}\n"
        for line in shown.splitlines()
    )
    return re.fullmatch(pattern, answer) is not None


@pytest.mark.parametrize(
    ("shown", "answer", "result"),
    [
        ("a\n", "a\n", True),
        ("a\n", "b\n", False),
        ("a\n", "a\nb\n", False),
        ("a\n...\nd\n", "a\nb\nc\nd\n", True),
        ("a\n...\nd\n", "a\nd\n", True),
        ("a\n...\nd\n", "a\nb\n", False),
    ],
)
def test_answers_are_compared_line_by_line(shown, answer, result):
    assert is_shown(shown, answer) is result


def test_readme_fits_on_two_screens():
    shown = re.sub(r"<!--.*?-->\n\n", "", PAGES[0].read_text("utf-8"), flags=re.DOTALL)

    assert len(shown.splitlines()) <= 120


def test_readme_names_the_two_commands():
    blocks = list(read_blocks(PAGES[0]))

    commands = ("run example_project/manage.py demo", "run pytest")
    block = "".join(f"pip install uv && uv {command}\n" for command in commands)
    assert ("sh", block) in blocks


def read_rows(page: str, heading: str) -> list[list[str]]:
    """Return the cells of the table that follows a heading."""
    text = (DOCS / page).read_text("utf-8").partition(f"\n{heading}\n")[2]
    table = re.search(r"^\|.*\n\| ---.*\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert table, f"No table below {heading!r}."
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in table[1].splitlines()
    ]


def read_codes(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_floors_are_those_that_the_build_checks():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]

    shown = [
        read_codes(modules) for _, modules in read_rows("contributing.md", "## Floors")
    ]
    assert shown == [layer.split(" | ") for layer in layers]


def test_every_check_id_is_documented_once():
    source = "\n".join(p.read_text("utf-8") for p in PACKAGE.rglob("*.py"))
    ids = set(re.findall(r"(?:\"|\{TAG\}\.)([EWI]\d{3})\"", source))
    text = (DOCS / "reference/checks.md").read_text("utf-8")

    headings = re.findall(r"^## routehandlers\.(\w+)$", text, re.MULTILINE)
    assert headings == sorted(ids, key=lambda id_: ("EWI".index(id_[0]), id_))


def test_changelog_names_the_checks():
    text = (DOCS / "reference/checks.md").read_text("utf-8")
    ids = re.findall(r"^## routehandlers\.(\w+)$", text, re.MULTILINE)
    ranges = [[i for i in ids if i[0] == kind] for kind in "EW"]

    shown = ", ".join(f"`{found[0]}` to `{found[-1]}`" for found in ranges)
    changelog = (DOCS / "changelog.md").read_text("utf-8")
    assert f"`routehandlers.`: {shown} and `I001`" in changelog


def test_every_setting_is_documented():
    text = (DOCS / "reference/settings.md").read_text("utf-8")

    headings = re.findall(r"^## (\w+)$", text, re.MULTILINE)
    assert headings == [field.name for field in dataclasses.fields(Settings)]


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("### `--format json`", Row),
        ("#### Keys", Answer),
        ("#### Keys of `cache`", CacheState),
        ("#### Keys of `middleware`", Surrounding),
        ("#### Keys of `candidates`", Candidate),
    ],
)
def test_every_key_of_json_is_documented(heading, kind):
    rows = read_rows("reference/commands.md", heading)

    fields = [field.name for field in dataclasses.fields(kind)]
    assert [read_codes(name) for name, _ in rows] == [[field] for field in fields]


def test_every_option_of_routes_is_documented():
    parser = argparse.ArgumentParser()
    routes.Command().add_arguments(parser)
    options = [text for action in parser._actions for text in action.option_strings]

    rows = read_rows("reference/commands.md", "### Options of `routes`")
    shown = [read_codes(option)[0].split()[0] for option, _ in rows]
    assert shown == [text for text in options if text not in ("-h", "--help")]


def test_every_word_for_a_cache_policy_is_documented():
    rows = read_rows("reference/commands.md", "### Filters")
    shown = [code for cell, _ in rows if "cache" in cell for code in read_codes(cell)]

    assert {word.removeprefix("--cache ").strip('"') for word in shown} == {
        *CACHE_WORDS,
        "60",
    }


def test_outcomes_and_states_are_those_of_the_code():
    for heading, module in (
        ("#### Outcomes", "served.py"),
        ("#### States of an entry", "cached.py"),
    ):
        source = (PACKAGE / "audit" / module).read_text("utf-8")
        source += (PACKAGE / "audit" / "asking.py").read_text("utf-8")
        words = [
            read_codes(w)[0] for w, _ in read_rows("reference/commands.md", heading)
        ]

        assert [word for word in words if f'"{word}"' not in source] == []


def test_numbers_of_candidates_are_those_of_the_code():
    text = (DOCS / "reference/commands.md").read_text("utf-8")

    assert f"at most {losers.MOST_TRIED} that were tried" in text
    assert f"at most {losers.MOST_NEAREST} that came near" in text


def test_every_config_name_is_documented():
    rows = read_rows("reference/route-py.md", "## Config")

    assert {read_codes(name)[0] for name, *_ in rows} == CONFIG_NAMES.keys()


def test_documented_depth_of_json_is_that_of_the_code():
    for page in ("reference/route-py.md", "explanation/decisions.md"):
        text = (DOCS / page).read_text("utf-8")

        assert f" {MOST_LEVELS} " in text


def test_limits_of_the_cache_are_those_of_the_code():
    rows = read_rows("reference/route-py.md", "### Limits")

    assert [int(number) for _, number in rows] == [
        freshness.STALE_SECONDS,
        Settings().CACHE_MAX_BODY,
        filling.WAIT_SECONDS,
        gates.ALONE_SECONDS,
        store.BYPASS_SECONDS,
        gates.SHORTEST_BACKOFF,
        gates.LONGEST_BACKOFF,
        gates.LONGEST_REPEATED_BACKOFF,
        background.WORKERS,
        background.MOST_TASKS,
        names.MAX_NAMES,
        dimensions.MAX_VALUE,
        dimensions.MAX_TOTAL,
        names.MAX_VARIANTS,
    ]
    assert names.WINDOW_SECONDS == 60 * 60


def test_statuses_that_are_stored_are_those_of_the_code():
    text = (DOCS / "reference/route-py.md").read_text("utf-8")

    found = re.search(r"^Answers with status (.*)\.$", text, re.MULTILINE)
    assert found
    assert set(map(int, re.findall(r"\d+", found[1]))) == storing.STORED_STATUSES


def test_details_of_cache_status_are_in_the_code():
    sections = ("After `fwd=uri-miss` and", "And after `fwd=bypass`:")
    text = (DOCS / "reference/route-py.md").read_text("utf-8")
    tables = [text.partition(f"\n{section}")[2] for section in sections]
    source = "\n".join(p.read_text("utf-8") for p in (PACKAGE / "cache").glob("*.py"))

    rows = [row for t in tables for row in t.split("\n\n")[1].splitlines()[2:]]
    words = [re.match(r"[\w=-]+", read_codes(row)[0])[0] for row in rows]
    assert [word for word in words if f'"{word}' not in source] == []


@pytest.mark.parametrize(
    ("folder", "part"),
    [
        (read_codes(folder)[0], read_codes(part)[0])
        for folder, part in read_rows(
            "reference/file-conventions.md", "## Module names"
        )
    ],
)
def test_module_names_are_as_documented(folder, part):
    assert get_module_part(folder) == part


@pytest.mark.parametrize(
    "folder",
    [
        folder
        for cell, _ in read_rows("reference/file-conventions.md", "## Refused names")
        for folder in read_codes(cell)
    ],
)
def test_refused_names_are_refused(folder):
    with pytest.raises(SegmentError):
        parse_segment(folder)


class Colour(enum.Enum):
    RED = "red"


@dataclass
class Point:
    x: int
    y: int


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (read_codes(value)[0], read_codes(text)[0])
        for value, text in read_rows(
            "reference/route-py.md", "## What a handler returns"
        )
    ],
)
def test_values_become_the_json_shown(value, text):
    names: dict[str, Any] = {
        "date": datetime.date,
        "datetime": datetime.datetime,
        "time": datetime.time,
        "timedelta": datetime.timedelta,
        "UTC": datetime.UTC,
        "Decimal": decimal.Decimal,
        "UUID": uuid.UUID,
        "Colour": Colour,
        "Point": Point,
        "gettext_lazy": lazystr,
        "mark_safe": mark_safe,
    }

    data = eval(value, names)

    assert Response.json(data).content.decode() == text


def read_anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    text = _FENCE.sub("", page.read_text("utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in headings
    }


def find_links(page: Path) -> list[str]:
    """Return the links of a page that stay inside the repository, each once."""
    text = _FENCE.sub("", page.read_text("utf-8"))
    targets = dict.fromkeys(re.findall(r"\]\(([^)\s]+)\)", text))
    return [target for target in targets if not urlsplit(target).scheme]


LINKS = [
    pytest.param(page, target, id=f"{name_page(page)}:{target}")
    for page in PAGES
    for target in find_links(page)
]


@pytest.mark.parametrize(("page", "target"), LINKS)
def test_links_lead_somewhere(page, target):
    path, _, anchor = target.partition("#")
    file = (page.parent / unquote(path)).resolve() if path else page

    assert file.is_file()
    assert not anchor or unicodedata.normalize("NFC", anchor) in read_anchors(file)


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=name_page)
def test_every_page_is_in_the_index(page):
    index = DOCS / "index.md"

    listed = f"]({page.relative_to(DOCS).as_posix()})" in index.read_text("utf-8")
    assert listed or page == index
