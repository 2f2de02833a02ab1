"""The test of a new route goes where the tests of its app live."""

import pytest
from django.apps import apps

from django_routehandlers.exceptions import RouteHandlersError
from django_routehandlers.management.placing import explain_unseen, find_test_file
from django_routehandlers.registry import find_routes_folder
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.segments import parse_segment

GET = "def GET(): ...\n"


def find(path, app="shop"):
    """Return the test file below the app's folder."""
    app_config = apps.get_app_config(app)
    folder = find_routes_folder(app_config)
    names = path.split("/") if path else []
    segments = tuple(map(parse_segment, names))
    file = find_test_file(folder, names, Route(app, segments, "", "", ""))
    return str(file.relative_to(app_config.path))


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("api/items/[id]", "test_api_items_id.py"),
        ("(group)/[[...slug]]", "test_slug.py"),
        ("%5Fname", "test_name.py"),
        (".well-known/security.txt", "test_well_known_security_txt.py"),
        ("café", "test_café.py"),
        ("", "test_root.py"),
        ("(group)", "test_root.py"),
        ("-", "test_root.py"),
    ],
)
def test_file_has_the_words_of_the_path(site, path, file):
    site({"shop/routes/": ""})

    assert find(path) == file


def test_folder_of_tests_is_used(site):
    site({"shop/routes/": "", "shop/tests/": ""})

    assert find("items") == "tests/test_items.py"


def test_second_name_is_that_of_the_module(site):
    site({"shop/routes/": "", "shop/test_items_id.py": "", "shop/test_root.py": ""})

    assert find("items/[id]") == "test_items_id__param.py"
    with pytest.raises(RouteHandlersError) as caught:
        find("")

    file = f"{apps.get_app_config('shop').path}/test_root.py"
    assert str(caught.value) == f"{file} exists already. Rename it, or remove it."


def test_test_stands_beside_the_route_where_others_do(site):
    site(
        {
            "shop/routes/a/test_a.py": "",
            "shop/routes/b/test_route.py": "",
            "shop/tests/": "",
            "blog/routes/": "",
        }
    )

    assert find("items/[id]") == "routes/items/[id]/test_route.py"
    assert find("items/[id]", "blog") == "test_items_id.py"
    # Pytest would not look there.
    assert find(".well-known/x") == "tests/test_well_known_x.py"
    with pytest.raises(RouteHandlersError) as caught:
        find("b")

    file = f"{apps.get_app_config('shop').path}/routes/b/test_route.py"
    assert str(caught.value) == f"{file} exists already. Rename it, or remove it."


@pytest.mark.parametrize(
    ("file", "runner", "expected"),
    [
        ("shop/test_x.py", "django.test.runner.DiscoverRunner", []),
        ("shop/tests/test_x.py", "django_routehandlers.testing.RouteTestRunner", None),
        ("blog/tests/test_x.py", "django.test.runner.DiscoverRunner", []),
        (
            "shop/routes/a/test_x.py",
            "django_routehandlers.testing.RouteTestRunner",
            [],
        ),
        (
            "shop/routes/a/test_x.py",
            "django.test.runner.DiscoverRunner",
            [
                "manage.py test does not find the test beside the route: the project's "
                "TEST_RUNNER is no RouteTestRunner, from django_routehandlers.testing."
            ],
        ),
    ],
)
def test_test_that_django_does_not_find_is_told(site, file, runner, expected):
    root = site(
        {
            "shop/routes/a/test_x.py": "",
            "shop/tests/": "",
            "blog/tests/__init__.py": "",
        },
        TEST_RUNNER=runner,
    )
    if expected is None:
        expected = [
            f"manage.py test does not look into {root}/shop/tests, which has no "
            "__init__.py."
        ]

    assert explain_unseen(root / file) == expected
