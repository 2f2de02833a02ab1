"""Files beside routes are modules of the names that their neighbours have."""

import pytest

from django_routehandlers import checks
from django_routehandlers.beside import (
    find_folder_above,
    find_module_name,
    find_test_modules,
)

FILES = {
    "city/shop/routes/test_root.py": "",
    "city/shop/routes/items/[id]/test_route.py": "",
    "city/shop/routes/items/[id]/tests.py": "",
    "city/shop/routes/items/[id]/test_data.json": "",
    "city/shop/routes/_lib/test_prices.py": "",
    "city/shop/routes/routes/(a)/test_route.py": "",
    "city/shop/tests/test_other.py": "",
    "blog/routes/test_blog.py": "",
    "news/models.py": "",
}


@pytest.fixture
def root(site):
    return site(FILES, apps=["city.shop", "blog", "news"])


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("city/shop/routes/test_root.py", "city.shop.routes.test_root"),
        (
            "city/shop/routes/items/[id]/test_route.py",
            "city.shop.routes.items.id__param.test_route",
        ),
        (
            "city/shop/routes/routes/(a)/test_route.py",
            "city.shop.routes.routes.a__group.test_route",
        ),
        ("city/shop/tests/test_other.py", None),
        ("news/routes/test_gone.py", None),
    ],
)
def test_module_has_the_name_of_its_neighbours(root, file, name):
    assert find_module_name(root / file) == name


def test_folder_is_found_through_a_link(root):
    (root / "link").symlink_to(root / "city")

    folder = find_folder_above(root / "link/shop/routes/items")

    assert (folder.app, folder.location) == ("city.shop", root / "link/shop/routes")
    assert find_module_name(root / "link/shop/routes/items/test_a.py") == (
        "city.shop.routes.items.test_a"
    )


ROOT = "city.shop.routes.test_root"
PRICES = "city.shop.routes._lib.test_prices"
ITEMS = "city.shop.routes.items.id__param.test_route"
MORE = "city.shop.routes.items.id__param.tests"
GROUP = "city.shop.routes.routes.a__group.test_route"
SHOP = [ROOT, PRICES, ITEMS, MORE, GROUP]


@pytest.mark.parametrize(
    ("place", "pattern", "names"),
    [
        (".", "test*.py", [*SHOP, "blog.routes.test_blog"]),
        ("city", "test*.py", SHOP),
        ("city/shop", "test_*.py", [ROOT, PRICES, ITEMS, GROUP]),
        ("city/shop/routes", "test*.py", SHOP),
        ("city/shop/routes/items", "test*.py", [ITEMS, MORE]),
        ("city/shop/tests", "test*.py", []),
        ("news", "test*.py", []),
    ],
)
def test_tests_are_found_at_or_below_a_folder(root, place, pattern, names):
    assert list(find_test_modules(root / place, pattern)) == names


def test_tests_of_installed_packages_are_for_who_names_them(root, monkeypatch):
    monkeypatch.setattr(checks, "_INSTALLED", frozenset({"blog"}))

    assert list(find_test_modules(root, "test*.py")) == SHOP
    for place in ("blog", "blog/routes"):
        found = find_test_modules(root / place, "test*.py")
        assert list(found) == ["blog.routes.test_blog"]
