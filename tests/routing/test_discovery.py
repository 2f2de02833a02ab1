import os
import random
from pathlib import Path

import pytest

from django_routehandlers.routing import discovery
from django_routehandlers.routing.discovery import (
    Discovery,
    RoutesFolder,
    discover_routes,
    has_route_file,
    is_loop,
)
from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.routes import MiddlewareFile
from tests.trees import GET, SITES


def discover(root: Path, app: str = "shop") -> Discovery:
    """Return what a walk over the routes folder of an app finds."""
    return discover_routes(RoutesFolder(app, root / app.replace(".", "/") / "routes"))


def get_paths(found: Discovery) -> list[str]:
    return [route.path for route in found.routes]


def test_every_form_of_folder_is_read():
    found = discover(SITES / "folder_forms", "catalog")

    assert found.problems == []
    assert {route.path: (route.file, route.module) for route in found.routes} == {
        path: (f"catalog/routes/{file}route.py", f"catalog.routes.{module}route")
        for path, file, module in [
            ("/", "", ""),
            ("/items", "items/", "items."),
            ("/items/[id]", "items/[id]/", "items.id__param."),
            ("/items/[id=int]", "items/[id=int]/", "items.id__int_param."),
            ("/docs/[...slug]", "docs/[...slug]/", "docs.slug__catchall."),
            ("/help/[[...slug]]", "help/[[...slug]]/", "help.slug__optional."),
            ("/cart", "(shop)/cart/", "shop__group.cart."),
            (
                "/orders/[order]/lines/[line=int]",
                "(shop)/(open)/orders/[order]/lines/[line=int]/",
                "shop__group.open__group.orders.order__param.lines.line__int_param.",
            ),
            ("/%5Fname", "%5Fname/", "_x25_5Fname."),
            ("/%40me", "%40me/", "_x25_40me."),
            ("/%28x%29", "%28x%29/", "_x25_28x_x25_29."),
            ("/sitemap.xml", "sitemap.xml/", "sitemap_x2e_xml."),
            (
                "/.well-known/security.txt",
                ".well-known/security.txt/",
                "_x2e_well_x2d_known.security_x2e_txt.",
            ),
            ("/caf\u00e9", "caf\u00e9/", "caf\u00e9."),
        ]
    }


def test_route_knows_where_its_file_lies(write_tree):
    root = write_tree({"city/shop/routes/(a)/items/route.py": GET})

    route = discover(root, "city.shop").routes[0]

    assert (route.app, route.file, route.module, Path(route.location)) == (
        "city.shop",
        "city/shop/routes/(a)/items/route.py",
        "city.shop.routes.a__group.items.route",
        root / "city/shop/routes/(a)/items/route.py",
    )


def test_label_is_the_folder_as_messages_print_it():
    assert RoutesFolder("city.shop", Path("/srv")).label == "city/shop/routes"


def test_empty_folder_has_no_routes(write_tree):
    assert discover(write_tree({"shop/routes/items/": ""})) == Discovery()


def test_only_a_file_named_route_makes_an_endpoint(write_tree):
    root = write_tree(
        {
            "shop/routes/a/routes.py": "",
            "shop/routes/b/Route.py": "",
            "shop/routes/c/route.pyc": "",
            "shop/routes/d/route.html": "",
            "shop/routes/e/route.py/readme.txt": "",
            "shop/routes/f/route.py": "",
        }
    )

    assert discover(root) == Discovery(routes=discover(root).routes)
    assert get_paths(discover(root)) == ["/f"]


@pytest.mark.parametrize("seed", range(5))
def test_order_of_the_directory_decides_nothing(write_tree, monkeypatch, seed):
    names = ["b", "a", "[id]", "[[x]]", "(g)/c", "(g)/[[y]]", "_p", "d/[...r]/e"]
    root = write_tree({f"shop/routes/{name}/route.py": GET for name in names})
    expected = discover(root)
    shuffle = random.Random(seed).shuffle

    class Shuffled(list):
        """Entries of a folder in an order that no disk promises not to use."""

        def __enter__(self):
            return self

        def __exit__(self, *exc_info):
            pass

    def scan(directory):
        with os.scandir(directory) as entries:
            found = Shuffled(entries)
        shuffle(found)
        return found

    monkeypatch.setattr(discovery, "os", type("os", (), {**vars(os), "scandir": scan}))

    assert discover(root) == expected
    assert len(expected.problems) == 3


def test_folder_that_stands_for_no_segment_is_reported(write_tree):
    root = write_tree(
        {
            "shop/routes/[[id]]/x/route.py": GET,
            "shop/routes/@modal/notes.txt": "",
            "shop/routes/@slot/_hidden/route.py": "",
            "shop/routes/items/route.py": GET,
        }
    )

    found = discover(root)

    assert get_paths(found) == ["/items"]
    assert found.problems == [
        Problem(
            ("shop/routes/[[id]]",),
            "E001",
            "Folder '[[id]]' would capture an optional segment; only a catch-all may "
            "be optional.",
            "Use '[id]' beside a route in the parent folder, or '[[...id]]'.",
        )
    ]


def test_folder_with_bytes_outside_utf8_is_reported(write_tree):
    root = write_tree({"shop/routes/items/route.py": GET})
    folder = os.fsencode(root / "shop/routes") + b"/\xff"
    Path(os.fsdecode(folder)).mkdir()
    Path(os.fsdecode(folder), "route.py").touch()

    found = discover(root)

    assert get_paths(found) == ["/items"]
    assert [(problem.id, problem.files) for problem in found.problems] == [
        ("E001", ("shop/routes/\udcff",))
    ]


@pytest.mark.parametrize("folder", ["[...slug]", "[[...slug]]"])
def test_folder_below_a_catch_all_is_reported(write_tree, folder):
    root = write_tree(
        {
            f"shop/routes/docs/{folder}/edit/route.py": GET,
            f"shop/routes/docs/{folder}/(group)/route.py": GET,
        }
    )

    found = discover(root)

    assert get_paths(found) == [f"/docs/{folder}"]
    assert found.problems == [
        Problem(
            (f"shop/routes/docs/{folder}/edit/route.py",),
            "E008",
            f"The folder is below '{folder}', which takes the whole rest of the path.",
            f"Move it out of '{folder}', or make '{folder}' the last folder.",
        )
    ]


@pytest.mark.parametrize(
    ("beside", "files", "folder"),
    [
        ("items.py", ["items.py"], "items"),
        ("id__param.py", ["id__param.py"], "[id]"),
        ("auth__group.py", ["auth__group.py"], "(auth)"),
        ("feed_x2e_xml.py", ["feed_x2e_xml.py"], "feed.xml"),
        ("route__folder.py", ["route__folder.py"], "route"),
        ("id__param", ["id__param/__init__.py", "id__param/helpers.py"], "[id]"),
        ("id__param.py", ["id__param.py", "[id]/__init__.py"], "[id]"),
    ],
)
def test_module_with_the_name_of_a_folder_is_reported(
    write_tree, beside, files, folder
):
    root = write_tree(
        {
            **{f"shop/routes/{file}": "" for file in files},
            f"shop/routes/{folder}/x/route.py": GET,
            "shop/routes/other/route.py": GET,
        }
    )

    found = discover(root)

    assert get_paths(found) == ["/other"]
    assert found.problems == [
        Problem(
            (f"shop/routes/{folder}",),
            "E010",
            f"shop/routes/{beside} beside the folder has its module name, so none of "
            "the routes below the folder is served.",
            f"Rename shop/routes/{beside}.",
        )
    ]


def test_module_beside_a_folder_without_routes_is_no_mistake(write_tree):
    root = write_tree(
        {"shop/routes/items.py": "", "shop/routes/items/templates/list.html": ""}
    )

    assert discover(root) == Discovery()


def test_package_comes_before_the_module_of_its_name(write_tree):
    root = write_tree(
        {
            "shop/routes/items.py": "",
            "shop/routes/items/__init__.py": "",
            "shop/routes/items/route.py": GET,
        }
    )

    found = discover(root)

    assert (get_paths(found), found.problems) == (["/items"], [])
    assert found.initialised == {"shop.routes.items"}


@pytest.mark.parametrize("name", ["route", "middleware"])
def test_folder_may_be_named_as_a_file_of_ours(write_tree, name):
    root = write_tree(
        {"shop/routes/route.py": GET, f"shop/routes/{name}/route.py": GET}
    )

    found = discover(root)

    assert found.problems == []
    assert [(route.path, route.module) for route in found.routes] == [
        ("/", "shop.routes.route"),
        (f"/{name}", f"shop.routes.{name}__folder.route"),
    ]


def test_module_named_routes_hides_the_folder(write_tree):
    root = write_tree(
        {"shop/routes.py": "", "shop/routes/[[id]]/route.py": GET, "shop/routes/x/": ""}
    )

    assert discover(root) == Discovery(
        problems=[
            Problem(
                ("shop/routes.py",),
                "E010",
                "The module hides the folder shop/routes, so none of its routes is "
                "served.",
                "Rename the module, or add an empty shop/routes/__init__.py.",
            )
        ]
    )


@pytest.mark.parametrize(
    ("files", "paths"),
    [
        (["shop/routes.py", "shop/routes/x/urls.py"], []),
        (
            ["shop/routes.py", "shop/routes/__init__.py", "shop/routes/x/route.py"],
            ["/x"],
        ),
    ],
)
def test_module_named_routes_that_hides_nothing_is_no_mistake(write_tree, files, paths):
    found = discover(write_tree(dict.fromkeys(files, "")))

    assert (get_paths(found), found.problems) == (paths, [])


def test_routes_know_the_middleware_of_their_folders_outermost_first(write_tree):
    files = ["a/middleware.py", "a/route.py", "a/b/[id]/route.py", "ab/route.py"]
    groups = ["(x)/middleware.py", "(x)/c/route.py", "c/d/route.py"]
    below = ["a/b/[id]/middleware.py", "a/_private/middleware.py", "a/e/middleware.py/"]
    root = write_tree(
        {f"shop/routes/{file}": "" for file in (*files, *groups, *below)}
        | {"shop/routes/a/e/route.py": ""}
    )

    found = discover(root)

    a, b, x = (
        MiddlewareFile(
            f"shop.routes.{module}.middleware",
            f"shop/routes/{folder}/middleware.py",
            f"{root}/shop/routes/{folder}/middleware.py",
        )
        for module, folder in [
            ("a", "a"),
            ("a.b.id__param", "a/b/[id]"),
            ("x__group", "(x)"),
        ]
    )
    assert found.problems == []
    assert {route.path: route.middleware for route in found.routes} == {
        "/a": (a,),
        "/a/b/[id]": (a, b),
        "/a/e": (a,),
        "/ab": (),
        "/c": (x,),
        "/c/d": (),
    }


def test_middleware_of_the_routes_folder_is_for_all_routes(write_tree):
    files = ["middleware.py", "route.py", "(x)/a/[...rest]/route.py"]
    root = write_tree({f"shop/routes/{file}": "" for file in files})

    found = discover(root)

    assert [[f.module for f in r.middleware] for r in found.routes] == [
        ["shop.routes.middleware"],
        ["shop.routes.middleware"],
    ]


def test_folder_with_init_file_is_noted(write_tree):
    root = write_tree(
        {
            "shop/routes/__init__.py": "",
            "shop/routes/[id]/__init__.py": "",
            "shop/routes/[id]/x/route.py": GET,
        }
    )

    assert discover(root).initialised == {"shop.routes", "shop.routes.id__param"}


def test_link_to_another_folder_is_followed(write_tree):
    root = write_tree({"shared/ping/route.py": GET, "shop/routes/": ""})
    (root / "shop/routes/tools").symlink_to(root / "shared")

    assert get_paths(discover(root)) == ["/tools/ping"]


def test_link_to_a_folder_above_is_reported(write_tree):
    root = write_tree({"shop/routes/a/b/route.py": GET})
    (root / "shop/routes/a/b/up").symlink_to("..")

    found = discover(root)

    assert get_paths(found) == ["/a/b"]
    assert found.problems == [
        Problem(
            ("shop/routes/a/b/up",),
            "E021",
            "The folder is a link to a folder above itself.",
            "Remove the link.",
        )
    ]


def test_link_to_itself_breaks_no_other_route(write_tree):
    root = write_tree({"shop/routes/items/route.py": GET})
    (root / "shop/routes/loop").symlink_to("loop")

    assert get_paths(discover(root)) == ["/items"]


def test_links_between_two_folders_are_reported(write_tree):
    root = write_tree({"shop/routes/a/route.py": GET, "shop/routes/b/route.py": GET})
    (root / "shop/routes/a/to_b").symlink_to("../b")
    (root / "shop/routes/b/to_a").symlink_to("../a")

    found = discover(root)

    assert get_paths(found) == ["/a", "/a/to_b", "/b", "/b/to_a"]
    assert [(problem.id, problem.files) for problem in found.problems] == [
        ("E021", ("shop/routes/a/to_b/to_a",)),
        ("E021", ("shop/routes/b/to_a/to_b",)),
    ]


def test_link_that_leads_nowhere_is_no_folder(write_tree):
    root = write_tree({"shop/routes/items/route.py": GET})
    (root / "shop/routes/gone").symlink_to("nowhere")

    assert discover(root) == Discovery(routes=discover(root).routes)


@pytest.mark.parametrize(
    ("link", "leads_back"),
    [
        ("a/up", True),
        ("a/self", True),
        ("a/to_b", False),
        ("a/to_b/to_a", True),
        ("b/to_a", False),
        ("b/to_a/to_b", True),
        ("b/to_a/self", True),
    ],
)
def test_loop_is_a_link_to_a_folder_on_the_way_to_it(tmp_path, link, leads_back):
    for folder, name, target in [
        ("a", "up", ".."),
        ("a", "self", "."),
        ("a", "to_b", "../b"),
        ("b", "to_a", "../a"),
    ]:
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).symlink_to(target)

    assert is_loop(str(tmp_path / link), str(tmp_path)) is leads_back


def test_folder_that_is_gone_is_reported(tmp_path):
    assert discover(tmp_path) == Discovery(
        problems=[
            Problem(
                ("shop/routes",),
                "E021",
                "The folder can't be read: No such file or directory.",
                "Give the server's user the right to read it.",
            )
        ]
    )


needs_permissions = pytest.mark.skipif(
    os.geteuid() == 0, reason="root reads every folder"
)


@pytest.fixture
def closed(write_tree):
    """Return the root of a tree with a folder that nobody may read."""
    root = write_tree(
        {
            "secret/a/route.py": GET,
            "shop/routes/secret/route.py": GET,
            "shop/routes/items/route.py": GET,
        }
    )
    folders = [root / "secret", root / "shop/routes/secret"]
    for folder in folders:
        folder.chmod(0)
    yield root
    for folder in folders:
        folder.chmod(0o700)


@needs_permissions
def test_folder_without_permission_is_reported(closed):
    found = discover(closed)

    assert get_paths(found) == ["/items"]
    assert found.problems == [
        Problem(
            ("shop/routes/secret",),
            "E021",
            "The folder can't be read: Permission denied.",
            "Give the server's user the right to read it.",
        )
    ]


@needs_permissions
def test_module_beside_a_folder_without_permission_breaks_no_route(closed):
    (closed / "shop/routes/secret.py").touch()

    assert get_paths(discover(closed)) == ["/items"]


@needs_permissions
def test_link_into_a_folder_without_permission_breaks_no_route(closed):
    (closed / "shop/routes/a").symlink_to(closed / "secret/a")

    assert get_paths(discover(closed)) == ["/items"]


@pytest.mark.parametrize(
    ("file", "has_route"),
    [
        ("route.py", True),
        ("a/b/route.py", True),
        ("[[bad]]/route.py", True),
        ("_private/route.py", False),
        ("a/__pycache__/route.py", False),
        ("a/routes.py", False),
    ],
)
def test_route_file_is_found_at_any_depth(write_tree, file, has_route):
    assert has_route_file(write_tree({file: ""})) is has_route


def test_route_file_is_found_behind_a_link(write_tree):
    root = write_tree({"shared/ping/route.py": GET, "shop/routes/": ""})
    (root / "shop/routes/tools").symlink_to(root / "shared")

    assert has_route_file(root / "shop/routes") is True


def test_search_for_a_route_file_ends_in_a_loop_of_links(write_tree):
    root = write_tree({"a/": "", "b/": ""})
    (root / "a/to_b").symlink_to("../b")
    (root / "b/to_a").symlink_to("../a")

    assert has_route_file(root) is False
