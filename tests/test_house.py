"""The rules of the house that a test can hold."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "django_routehandlers"
MODULES = sorted(PACKAGE.rglob("*.py"))

MAX_LINES = 300
MAX_FUNCTION_LINES = 40

PUBLIC = {
    "django_routehandlers.cache": [
        "RevalidationError",
        "arevalidate_path",
        "arevalidate_tag",
        "cache_tag",
        "revalidate_path",
        "revalidate_tag",
    ],
    "django_routehandlers.exceptions": [
        "BrokenRouteError",
        "DynamicUsageError",
        "HandlerError",
        "HttpError",
        "RevalidationError",
        "RouteHandlersError",
    ],
    "django_routehandlers.http": [
        "Event",
        "HttpError",
        "Request",
        "Response",
        "after",
    ],
    "django_routehandlers.middleware": ["DownstreamCacheMiddleware"],
    "django_routehandlers.testing": [
        "RouteCache",
        "RouteCacheMixin",
        "RouteTestRunner",
        "aassert_cacheable",
        "acall_route",
        "assert_cacheable",
        "call_route",
        "get_route_module",
        "isolated_route_cache",
    ],
    "django_routehandlers.urls": ["include_routes", "urlpatterns"],
}

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def get_name(path):
    return str(path.relative_to(ROOT))


def get_module(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


each_module = pytest.mark.parametrize("path", MODULES, ids=get_name)


@each_module
def test_module_fits_in_one_reading(path):
    assert len(path.read_text().splitlines()) <= MAX_LINES


@each_module
def test_function_fits_on_a_screen(path):
    tree = ast.parse(path.read_text())

    long = {
        node.name: node.end_lineno - node.lineno + 1
        for node in ast.walk(tree)
        if isinstance(node, FUNCTIONS)
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION_LINES
    }
    assert long == {}


def find_inner_imports(path):
    """Yield the functions of a module that import something themselves."""
    for function in ast.walk(ast.parse(path.read_text())):
        if isinstance(function, FUNCTIONS):
            inner = ast.walk(function)
            if any(isinstance(node, ast.Import | ast.ImportFrom) for node in inner):
                yield f"{get_name(path)}: {function.name}"


def test_only_ready_and_the_pytest_plugin_import_inside_a_function():
    found = [name for path in MODULES for name in find_inner_imports(path)]

    assert found == [
        "django_routehandlers/apps.py: ready",
        "django_routehandlers/pytest_plugin.py: _find_package",
    ]


@each_module
def test_module_says_what_it_is_for(path):
    text = path.read_text()

    doc = ast.get_docstring(ast.parse(text))

    # Packages that only hold modules are empty files.
    assert doc or not text
    assert not doc or doc.splitlines()[0].endswith(".")


WITHOUT_DJANGO = [
    path
    for path in MODULES
    if path.is_relative_to(PACKAGE / "routing")
    or path in (PACKAGE / "exceptions.py", PACKAGE / "__init__.py")
]


@pytest.mark.parametrize("path", WITHOUT_DJANGO, ids=get_name)
def test_ground_floor_imports_no_django(path):
    code = f"import sys, {get_module(path)}; sys.exit('django' in sys.modules)"

    result = subprocess.run([sys.executable, "-W", "error", "-c", code], check=False)

    assert result.returncode == 0


# Models, and with them the checks of answers, need settings when they are imported.
WITHOUT_SETUP = [
    path
    for path in MODULES
    if path.is_relative_to(PACKAGE / "http")
    or path.name in ("conf.py", "patterns.py", "apps.py", "registry.py", "urls.py")
]


@pytest.mark.parametrize("path", WITHOUT_SETUP, ids=get_name)
def test_module_imports_before_django_is_set_up(path):
    code = f"import {get_module(path)}"

    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={"PATH": "", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(("module", "names"), PUBLIC.items(), ids=list(PUBLIC))
def test_public_names_are_listed(module, names):
    imported = __import__(module, fromlist=names)

    assert imported.__all__ == names
    for name in names:
        assert hasattr(imported, name)
        value = getattr(imported, name)
        assert value.__doc__ or isinstance(value, list)


def test_only_topics_list_public_names():
    listing = {
        get_module(path)
        for path in MODULES
        if re.search(r"^__all__ = ", path.read_text(), re.MULTILINE)
    }

    assert listing == set(PUBLIC)


def test_package_says_that_it_is_typed():
    assert (PACKAGE / "py.typed").read_text() == ""


CHANGELOG = ROOT / "docs" / "changelog.md"


def test_changelog_begins_with_the_version_or_what_is_not_released():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    headings = re.findall(r"^## \[?([^\]\s]+)", CHANGELOG.read_text(), re.MULTILINE)

    released = [heading for heading in headings if heading != "Unreleased"]
    assert headings[0] in ("Unreleased", project["version"])
    assert released[:1] in ([], [project["version"]])


def test_classifiers_name_every_python_that_is_tested():
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())
    tested = {
        f"{env[2]}.{env[3:5]}"
        for env in re.findall(r"py\d+", " ".join(data["tool"]["tox"]["env_list"]))
    }
    named = {
        found[1]
        for line in data["project"]["classifiers"]
        if (found := re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", line))
    }

    assert tested == named


IDS = re.compile(r"\b[EWI]0\d\d\b")
REFERENCE = ROOT / "docs" / "reference" / "checks.md"


def test_every_check_is_documented():
    used = {found for path in MODULES for found in IDS.findall(path.read_text())}
    used.discard("E501")

    documented = set(IDS.findall(REFERENCE.read_text()))

    assert used == documented
