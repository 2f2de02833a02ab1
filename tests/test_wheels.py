"""What a wheel has lost of the routes is found, with the tools that build wheels."""

import subprocess
import sys
from zipfile import ZipFile

import pytest

from django_routehandlers.routing.discovery import RoutesFolder
from django_routehandlers.wheels import (
    find_lost_files,
    find_packaged,
    read_route_files,
    read_wheel,
)
from tests.packages import PATTERNS, build_wheel, get_pyproject

# What the tools make of each kind of folder.
PLAIN = ["_lib/route.py", "items/route.py"]
NAMED = [
    *("%5Fname/route.py", "(auth)/login/route.py", "[id]/route.py"),
    *("health-check/route.py", "items/[id=int]/middleware.py"),
    "items/[id=int]/route.py",
]
DOTTED = ["docs/[...slug]/route.py", "notes/[[...path]]/route.py", "v1.0/x/route.py"]
HIDDEN = [".well-known/x/route.py"]
TESTS = ["items/test_items.py", "items/tests.py", "tests/data.py", "conftest.py"]
DATA = f"[tool.setuptools.package-data]\nshop = {PATTERNS}"
SOME_DATA = '[tool.setuptools.package-data]\nshop = ["routes/**/*.py"]'
FIND = '[tool.setuptools.packages.find]\ninclude = ["shop*"]'


@pytest.fixture
def project(tmp_path):
    """Write an app with every kind of folder."""
    for name in [*PLAIN, *NAMED, *DOTTED, *HIDDEN, *TESTS]:
        file = tmp_path / "shop/routes" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("def GET(): ...\n")
    (tmp_path / "shop/__init__.py").touch()
    return tmp_path


def get_folder(root):
    return RoutesFolder("shop", root / "shop/routes")


@pytest.mark.parametrize(
    ("tool", "lines", "lost"),
    [
        ("hatchling", [], []),
        ("poetry-core", [], []),
        ("setuptools", [], [*NAMED, *DOTTED, *HIDDEN]),
        ("setuptools", [FIND], [*DOTTED, *HIDDEN]),
        ("setuptools", [SOME_DATA], HIDDEN),
        ("setuptools", [DATA], []),
        ("setuptools", [FIND, DATA], []),
    ],
)
def test_lost_files_are_found(project, tool, lines, lost):
    (project / "pyproject.toml").write_text(get_pyproject(tool, *lines))

    names = read_wheel(build_wheel(project, tool))

    found = find_lost_files(names, [get_folder(project)])
    assert sorted(found) == sorted(f"shop/routes/{file}" for file in lost)


def test_routes_of_an_installed_wheel_are_served(project):
    (project / "pyproject.toml").write_text(get_pyproject("setuptools", DATA))
    with ZipFile(build_wheel(project, "setuptools")) as archive:
        archive.extractall(project / "installed")
    code = """
import sys; sys.path.insert(0, "installed")
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=["django_routehandlers", "shop"])
django.setup()
from django.urls import get_resolver
print(*sorted(str(p.pattern) for p in get_resolver().url_patterns[0].url_patterns))
"""

    result = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=project,
        capture_output=True,
        check=True,
        text=True,
    )

    assert result.stdout.split() == [
        ".well-known/x",
        *("<str:id>", "_name", "docs/<segments:slug>", "health-check", "items"),
        *("items/<int:id>", "login", "notes", "notes/<segments:path>", "v1.0/x"),
    ]


def test_tests_are_not_missed(project):
    names = [
        file.removeprefix("shop/routes/")
        for file in read_route_files(get_folder(project))
    ]

    assert sorted(names) == sorted([*PLAIN, *NAMED, *DOTTED, *HIDDEN])


def test_only_apps_that_a_wheel_has_are_compared(project):
    shop, blog = get_folder(project), RoutesFolder("city.blog", project)

    assert find_packaged({"shop/__init__.py"}, [shop, blog]) == [shop]
    assert find_packaged({"city/blog/apps.py"}, [shop, blog]) == [blog]
    assert find_packaged({"shopping/__init__.py"}, [shop, blog]) == []


def test_names_are_those_after_installation(tmp_path):
    wheel = tmp_path / "x.whl"
    with ZipFile(wheel, "w") as archive:
        for name in ("a/b.py", "x-1.0.data/purelib/shop/c.py", "cafe\u0301.py"):
            archive.writestr(name, "")

    assert read_wheel(wheel) == {"a/b.py", "shop/c.py", "caf\u00e9.py"}
