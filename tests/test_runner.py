"""Django's test runner finds the tests beside routes, under the names that are served."""

import sys

import pytest
from django.conf import settings
from django.test.utils import iter_test_cases

from django_routehandlers.testing import RouteTestRunner
from tests.projects import run_project

TEST = """
    import sys
    from unittest import TestCase

    from .route import GET

    class RouteTests(TestCase):
        def test_neighbour_is_the_module_that_is_served(self):
            name = __name__.rpartition(".")[0] + ".route"
            file = sys.modules[name].__file__
            modules = list(sys.modules.items())
            copies = [n for n, m in modules if getattr(m, "__file__", None) == file]
            self.assertIs(sys.modules[name].GET, GET)
            self.assertEqual(copies, [name])
"""
GET = "def GET(): return {}\n"

FILES = {
    "shop/routes/items/[id]/route.py": GET,
    "shop/routes/items/[id]/test_route.py": TEST,
    "shop/routes/docs/[...slug]/route.py": GET,
    "shop/routes/docs/[...slug]/test_route.py": TEST,
    "shop/routes/(group)/.hidden/v1.0/route.py": GET,
    "shop/routes/(group)/.hidden/v1.0/test_route.py": TEST,
    "shop/tests.py": "from django.test import SimpleTestCase\n\n"
    "class ShopTests(SimpleTestCase):\n    def test_shop(self): ...\n",
}

ITEMS = "shop.routes.items.id__param.test_route"
DOCS = "shop.routes.docs.slug__catchall.test_route"
HIDDEN = "shop.routes.group__group._x2e_hidden.v1_x2e_0.test_route"
BESIDE = [HIDDEN, DOCS, ITEMS]


def load(label, **options):
    """Return the modules of the tests that a label names."""
    runner = RouteTestRunner(**options)
    suite = runner.load_tests_for_label(
        label, {"pattern": runner.pattern or "test*.py"}
    )
    return [type(test).__module__ for test in iter_test_cases(suite)]


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ("shop", ["shop.tests", *BESIDE]),
        ("shop.routes", BESIDE),
        ("shop/routes", BESIDE),
        ("shop.routes.items", [ITEMS]),
        ("shop/routes/items/[id]", [ITEMS]),
        ("shop.tests", ["shop.tests"]),
        (ITEMS, [ITEMS]),
        (f"{ITEMS}.RouteTests", [ITEMS]),
        ("blog", []),
    ],
)
def test_labels_find_what_they_name(site, monkeypatch, label, found):
    root = site({**FILES, "blog/models.py": ""})
    monkeypatch.chdir(root)

    assert load(label) == found


def test_folders_that_are_packages_make_no_difference(site, monkeypatch):
    files = {
        "shop/routes/__init__.py": "from unittest import TestCase\n\n"
        "class RootTests(TestCase):\n    def test_root(self): ...\n",
        "shop/routes/a/__init__.py": "",
        "shop/routes/a/route.py": GET,
        "shop/routes/a/test_route.py": TEST,
        "shop/routes/a/[b]/__init__.py": "",
        "shop/routes/a/[b]/route.py": GET,
        "shop/routes/a/[b]/test_route.py": TEST,
        "shop/routes/a/[...c]/__init__.py": "",
        "shop/routes/a/[...c]/test_route.py": "from unittest import TestCase",
    }
    monkeypatch.chdir(site(files))

    assert load("shop") == [
        "shop.routes",
        "shop.routes.a.test_route",
        "shop.routes.a.b__param.test_route",
    ]
    assert [name for name in sys.modules if "[" in name] == []


def test_package_that_can_not_be_imported_is_a_failure(site, monkeypatch):
    monkeypatch.chdir(site({"shop/routes/__init__.py": "1 / 0"}))

    (test,) = iter_test_cases(RouteTestRunner().load_tests_for_label("shop", {}))

    with pytest.raises(ImportError, match="Failed to import test module: shop"):
        test.debug()


def test_names_of_tests_are_chosen(site, monkeypatch):
    monkeypatch.chdir(site(FILES))

    assert load("shop", test_name_patterns=["*shop"]) == ["shop.tests"]


def test_file_is_no_label(site, monkeypatch):
    monkeypatch.chdir(site(FILES))

    with pytest.raises(RuntimeError, match="path to a file"):
        load("shop/tests.py")


def test_module_that_can_not_be_imported_is_a_failure(site, monkeypatch):
    monkeypatch.chdir(site({"shop/routes/a/test_a.py": "1 / 0"}))

    (test,) = iter_test_cases(RouteTestRunner().load_tests_for_label("shop", {}))

    with pytest.raises(ImportError) as caught:
        test.debug()
    lines = str(caught.value).splitlines()
    assert lines[0] == "Failed to import test module: shop.routes.a.test_a"
    assert lines[-1] == "ZeroDivisionError: division by zero"


def test_module_that_is_skipped_is_counted(site, monkeypatch):
    source = "import unittest\nraise unittest.SkipTest('not here')"
    monkeypatch.chdir(site({"shop/routes/a/test_a.py": source}))

    (test,) = iter_test_cases(RouteTestRunner().load_tests_for_label("shop", {}))
    result = test.run()

    assert "shop.routes.a.test_a" in str(test)
    assert [reason for _, reason in result.skipped] == ["not here"]


def test_runner_takes_the_place_of_djangos_own():
    assert settings.TEST_RUNNER == "django_routehandlers.testing.RouteTestRunner"


def test_tests_beside_routes_are_run_by_manage_py(tmp_path):
    result = run_project(tmp_path, FILES, "manage.py", "test", "--parallel", "2")

    assert "Ran 4 tests" in result.stderr, result.stderr
    assert result.returncode == 0, result.stderr


RUNNERS = """
    from django.test.runner import DiscoverRunner
    from django_routehandlers.testing import RouteTestRunner

    class Theirs(DiscoverRunner):
        def build_suite(self, *args, **kwargs):
            print("theirs")
            return super().build_suite(*args, **kwargs)

    class Both(RouteTestRunner, Theirs):
        pass
"""


@pytest.mark.parametrize(
    ("runner", "ran"), [("Theirs", "Ran 1 test in"), ("Both", "Ran 4 tests in")]
)
def test_runner_of_the_project_is_left_alone(tmp_path, runner, ran):
    files = {**FILES, "shop/runners.py": RUNNERS}

    result = run_project(
        tmp_path, files, "manage.py", "test", TEST_RUNNER=f"shop.runners.{runner}"
    )

    assert "theirs" in result.stdout
    assert ran in result.stderr, result.stderr
    assert result.returncode == 0, result.stderr
