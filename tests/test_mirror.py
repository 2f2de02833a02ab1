"""The copies of routes folders lie where the names of their modules lead."""

import pytest

from django_routehandlers.mirror import read_modules, write_mirror
from django_routehandlers.routing.discovery import RoutesFolder, discover_routes


@pytest.fixture
def folder(write_tree):
    root = write_tree(
        {
            "city/shop/routes/__init__.py": "",
            "city/shop/routes/(a)/[...slug]/route.py": "one",
            "city/shop/routes/[id=int]/middleware.py": "two",
            "city/shop/routes/[id=int]/route.py": "three",
            "city/shop/routes/[id=int]/types.pyi": "four",
            "city/shop/routes/_lib/tools.py": "five",
            "city/shop/routes/route/route.py": "six",
            # What no import could name.
            "city/shop/routes/[id].py": "",
            "city/shop/routes/notes.txt": "",
            "city/shop/routes/__pycache__/route.py": "",
        }
    )
    location = root / "city/shop/routes"
    (location / "up").symlink_to(location.parent)
    return RoutesFolder("city.shop", location)


EXPECTED = {
    "__init__.py": "city/shop/routes/__init__.py",
    "(a)/[...slug]/route.py": "city/shop/routes/a__group/slug__catchall/route.py",
    "[id=int]/middleware.py": "city/shop/routes/id__int_param/middleware.py",
    "[id=int]/route.py": "city/shop/routes/id__int_param/route.py",
    "[id=int]/types.pyi": "city/shop/routes/id__int_param/types.pyi",
    "_lib/tools.py": "city/shop/routes/_lib/tools.py",
    "route/route.py": "city/shop/routes/route__folder/route.py",
}


def test_every_file_that_has_a_name_is_copied(folder, tmp_path):
    root = tmp_path / "copies"

    copies = write_mirror(root, [folder])

    assert copies == {
        folder.location / file: root / copy for file, copy in EXPECTED.items()
    }
    for file, copy in copies.items():
        assert copy.read_text() == file.read_text()
        assert copy.stat().st_mtime_ns == file.stat().st_mtime_ns


def test_modules_have_the_names_under_which_routes_are_imported(folder):
    named = {str(file): module for file, module in read_modules(folder)}

    for route in discover_routes(folder).routes:
        assert named[route.location] == route.module
