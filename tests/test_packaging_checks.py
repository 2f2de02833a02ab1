"""What setuptools would leave out of a wheel is told before it is built."""

from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.checks import Warning as CheckWarning
from django.core.checks import registry

from django_routehandlers.packaging_checks import check_packaging
from django_routehandlers.wheels import find_lost_files, read_wheel
from tests.packages import PATTERNS, build_wheel, get_pyproject
from tests.test_wheels import get_folder

ROUTE = "def GET(): ...\n"
FIND = "[tool.setuptools.packages.find]"
DATA = f"[tool.setuptools.package-data]\nshop = {PATTERNS}"


@pytest.fixture
def check(site):
    """Return a function that checks a project with a `pyproject.toml`."""

    def check_project(pyproject, *folders, files=()):
        tree = {f"shop/routes/{folder}/route.py": ROUTE for folder in folders}
        root = site(
            {"pyproject.toml": pyproject, **tree, **dict.fromkeys(files, "")},
            apps=["shop"],
        )
        return root, check_packaging(None)

    return check_project


def make_warning(folder, others="", app="shop"):
    return CheckWarning(
        "A wheel that setuptools builds leaves the file out, because of the name of its "
        f"folder.{others}",
        hint="Add to [tool.setuptools.package-data] in pyproject.toml: "
        f'"{app}" = {PATTERNS}.',
        obj=f"{app.replace('.', '/')}/routes/{folder}/route.py",
        id="routehandlers.W019",
    )


@pytest.mark.parametrize(
    ("lines", "folders", "others"),
    [
        ([], ["[...slug]"], ""),
        ([], ["(auth)/x", "[id]", "items"], " (and 1 more)"),
        ([FIND], ["[[...path]]", "[id]"], ""),
        ([FIND], [".well-known/a", "v1.0/b"], " (and 1 more)"),
    ],
)
def test_files_that_setuptools_leaves_out_are_told(check, lines, folders, others):
    root, found = check(get_pyproject("setuptools", *lines), *folders)

    assert found == [make_warning(folders[0], others)]
    lost = find_lost_files(
        read_wheel(build_wheel(root, "setuptools")), [get_folder(root)]
    )
    assert len(lost) == (2 if others else 1)
    assert lost[0] == found[0].obj


@pytest.mark.parametrize(
    "pyproject",
    [
        get_pyproject("setuptools", DATA),
        get_pyproject("setuptools", '[tool.setuptools]\npackages = ["shop"]'),
        get_pyproject("setuptools", "[tool.setuptools]\npy-modules = []"),
        get_pyproject("hatchling"),
        get_pyproject("setuptools").replace('["setuptools"]', '["setuptools-scm>=8"]'),
        "[project]\nname = 'shop'\n",
        "[tool.ruff]\n",
        "not toml",
    ],
)
def test_project_that_is_packaged_otherwise_is_left_alone(check, pyproject):
    assert check(pyproject, "[...slug]", "[id]")[1] == []


@pytest.mark.parametrize("requirement", ["setuptools>=77", "setuptools", "wheel==1"])
def test_versions_of_setuptools_do_not_matter(check, requirement):
    text = get_pyproject("setuptools").replace('["setuptools"]', f'["{requirement}"]')

    assert check(text, "[id]")[1] == [make_warning("[id]")]


@pytest.mark.parametrize("file", ["MANIFEST.in", "setup.py", "setup.cfg"])
def test_arrangement_of_its_own_is_left_alone(check, file):
    assert check(get_pyproject("setuptools"), "[id]", files=[file])[1] == []


def test_folder_that_every_tool_takes_is_no_mistake(check):
    assert check(get_pyproject("setuptools"), "items", "_lib/x")[1] == []


def test_folder_for_sources_takes_any_name_without_a_dot(write_tree):
    root = write_tree(
        {
            "pyproject.toml": get_pyproject("setuptools"),
            "src/shop/routes/[id]/route.py": ROUTE,
            "src/shop/routes/[...slug]/route.py": ROUTE,
        },
    )
    config = SimpleNamespace(name="shop", path=str(root / "src/shop"))

    assert check_packaging([config]) == [make_warning("[...slug]")]


def test_check_of_one_app_looks_at_it_alone(check):
    check(get_pyproject("setuptools"), "[id]")

    assert check_packaging([apps.get_app_config("auth")]) == []
    assert len(check_packaging([apps.get_app_config("shop")])) == 1


def test_project_without_a_pyproject_is_left_alone(site):
    site({"shop/routes/[id]/route.py": ROUTE})

    assert check_packaging(None) == []


def test_check_is_for_deployment():
    assert check_packaging in registry.registry.deployment_checks
