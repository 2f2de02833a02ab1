"""A route or a middleware that nothing looks into is named by `manage.py check`."""

import pytest
from django.apps import apps
from django.core.checks import Warning as CheckWarning

from django_routehandlers.file_checks import check_files

GET = "def GET(): ...\n"
LOST = {"shop/routes/items/Route.py": GET}


def make_warning(file, hint="Rename it to 'route.py'."):
    return CheckWarning(
        "Only a file 'route.py' makes a route, so no request reaches this one.",
        hint=hint,
        obj=file,
        id="routehandlers.W018",
    )


def test_misnamed_file_is_told_where_no_route_is_right(site):
    site(LOST)

    assert check_files(None) == [make_warning("shop/routes/items/Route.py")]


def test_helper_that_a_route_imports_is_in_use(site):
    files = {
        "shop/routes/[id]/shared.py": GET,
        "shop/routes/[id]/route.py": "from .shared import GET\n",
        "shop/routes/[id]/lost.py": GET,
    }
    site(files)

    assert check_files(None) == [
        make_warning("shop/routes/[id]/lost.py", "Move it to 'lost/route.py'.")
    ]


@pytest.mark.parametrize("folder", ["Routes", "route", "_routes"])
def test_misnamed_folder_is_told(site, folder):
    site({f"shop/{folder}/items/route.py": GET})

    assert check_files(None) == [
        CheckWarning(
            "Only a folder 'routes' holds routes, so none of those below this one is "
            "served.",
            hint="Rename it to 'routes'.",
            obj=f"shop/{folder}",
            id="routehandlers.W018",
        )
    ]


@pytest.mark.parametrize(
    "files",
    [
        {"shop/api/items/route.py": GET},
        {"shop/route/items/route.py": "class Route: ..."},
        {"shop/route.py": GET},
        {"shop/routes/items/route.py": GET, "shop/route/items/route.py": GET},
    ],
    ids=["name", "content", "file", "beside"],
)
def test_folder_of_another_purpose_is_left_alone(site, files):
    site(files)

    assert check_files(None) == []


def test_app_that_is_not_mounted_is_told_otherwise(site):
    site(LOST, ROUTE_HANDLERS={"MOUNT": None})

    assert check_files(None) == []


def test_check_of_one_app_looks_at_it_alone(site):
    site(LOST)

    assert check_files([apps.get_app_config("auth")]) == []
    assert len(check_files([apps.get_app_config("shop")])) == 1
