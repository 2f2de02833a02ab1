import pytest

from django_routehandlers.routing.discovery import RoutesFolder, is_test_file
from django_routehandlers.routing.misnamed import (
    check_file_names,
    has_handlers,
    is_near,
)
from django_routehandlers.routing.problems import Problem

GET = "import this\n\nasync def GET(): ...\n"
LIST = 'middleware = ["a.B"]\n'
MISSED = "Only a file 'route.py' makes a route, so no request reaches this one."
UNGUARDED = "Only a file 'middleware.py' surrounds routes, so nothing passes this one."


@pytest.fixture
def check(write_tree):
    """Return a function that gives the problems of files below `shop/routes`."""

    def check_files(files, used=()):
        root = write_tree({f"shop/routes/{name}": text for name, text in files.items()})
        folder = RoutesFolder("shop", root / "shop/routes")
        return list(check_file_names(folder, set(used).__contains__))

    return check_files


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Route.py", "Rename it to 'route.py'."),
        ("routes.py", "Rename it to 'route.py'."),
        ("rout.py", "Rename it to 'route.py'."),
        ("items/router.py", "Rename it to 'route.py'."),
        ("items/page.py", "Rename it to 'route.py'."),
        ("items/index.py", "Rename it to 'route.py'."),
        ("items/views.py", "Rename it to 'route.py'."),
        ("items.py", "Move it to 'items/route.py'."),
        ("(a)/[id].py", "Move it to '[id]/route.py'."),
        ("{id}.py", "Move it to '[id]/route.py'."),
        ("[id]/edit.py", "Move it to 'edit/route.py'."),
    ],
)
def test_file_with_a_handler_and_another_name_is_a_warning(check, name, hint):
    assert check({name: GET}) == [
        Problem((f"shop/routes/{name}",), "W018", MISSED, hint)
    ]


def test_route_beside_it_is_where_its_functions_belong(check):
    (problem,) = check({"a/routes.py": GET, "a/route.py": GET})

    assert problem.hint == "Move its functions into 'route.py'."


@pytest.mark.parametrize("name", ["route.ts", "route.tsx", "route.js", "route.mjs"])
def test_route_in_another_language_is_a_warning(check, name):
    assert check({f"a/{name}": ""}) == [
        Problem(
            (f"shop/routes/a/{name}",),
            "W018",
            MISSED,
            "Write it in Python, as 'route.py'.",
        )
    ]
    assert check({"a/route.py": GET}) == []


@pytest.mark.parametrize(
    "name", ["Middleware.py", "middlewares.py", "_middleware.py", "midleware.py"]
)
@pytest.mark.parametrize(
    "text", [LIST, "middleware: list[str] = []", "middleware = (\n'a',)"]
)
def test_list_of_middleware_in_another_file_is_a_warning(check, name, text):
    assert check({f"a/{name}": text}) == [
        Problem(
            (f"shop/routes/a/{name}",),
            "W018",
            UNGUARDED,
            "Rename it to 'middleware.py'.",
        )
    ]


def test_package_of_middleware_is_a_warning(check):
    assert check({"a/middleware/__init__.py": LIST}) == [
        Problem(
            ("shop/routes/a/middleware/__init__.py",),
            "W018",
            UNGUARDED,
            "Move its list into '../middleware.py'.",
        )
    ]


def test_middleware_beside_it_is_where_its_list_belongs(check):
    (problem,) = check({"a/middlewares.py": LIST, "a/middleware.py": LIST})

    assert problem.hint == "Move its list into 'middleware.py'."


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("route.py", GET),
        ("middleware.py", GET),
        ("__init__.py", GET),
        ("a/__init__.py", LIST),
        ("middleware/__init__.py", "from .logins import Login"),
        ("schemas.py", "def get(): ...\n"),
        ("schemas.py", "class View:\n    def GET(self): ...\n"),
        ("schemas.py", "GET = 1\n"),
        ("lib.py", "def GET(url): ...\n"),
        ("constants.py", "def PUT(x, y=1): ...\n"),
        ("_helpers.py", GET),
        ("_lib/items.py", GET),
        ("test_items.py", GET),
        ("tests/items.py", GET),
        ("conftest.py", GET),
        ("notes.txt", GET),
        ("items.pyi", GET),
        ("layers.py", LIST),
        ("middlewares.py", "class A: ...\n"),
        ("Middleware.py", "def middleware(request): ...\n"),
    ],
)
def test_other_files_may_stand_there(check, name, text):
    assert check({name: text}) == []


@pytest.mark.parametrize(
    ("name", "module", "text"),
    [
        ("(a)/[id]/shared.py", "shop.routes.a__group.id__param.shared", GET),
        ("middlewares.py", "shop.routes.middlewares", LIST),
    ],
)
def test_file_that_somebody_imports_is_in_use(check, name, module, text):
    assert check({name: text}, used=[module]) == []


def test_file_that_cannot_be_read_tells_nothing(check, write_tree):
    root = write_tree({"shop/routes/a/x.py": ""})
    (root / "shop/routes/a/x.py").write_bytes(b"\xff\ndef GET(): ...")

    assert check({}) == []


def test_link_is_not_followed(check, write_tree):
    root = write_tree({"shop/routes/a/route.py": GET, "other/x.py": GET})
    (root / "shop/routes/a/up").symlink_to(root / "other")

    assert check({}) == []


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"a/route.py": GET}, True),
        ({"a/route.py": "x = 1"}, False),
        ({"a/views.py": GET}, False),
        ({}, False),
    ],
)
def test_folder_has_handlers_in_its_route_files(write_tree, files, expected):
    root = write_tree({"z/": "", **files})

    assert has_handlers(root) is expected


def test_route_file_that_cannot_be_read_has_no_handlers(tmp_path):
    (tmp_path / "route.py").write_bytes(b"\xff\ndef GET(): ...")

    assert has_handlers(tmp_path) is False


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *[(name, True) for name in ("Routes", "routes", "_routes", "route", "rotues")],
        *[(name, False) for name in ("api", "rotors", "views", "")],
    ],
)
def test_name_is_near(name, expected):
    assert is_near(name, "routes") is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        *[(p, True) for p in ("tests/a.py", "a/test/b.py", "test_a.py", "a/b_test.py")],
        *[(p, True) for p in ("tests.py", "a/conftest.py", "tests/")],
        *[(p, False) for p in ("route.py", "latest/a.py", "contest.py", "testing.py")],
    ],
)
def test_tests_are_known_by_their_names(path, expected):
    assert is_test_file(path) is expected
