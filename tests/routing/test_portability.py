import pytest

from django_routehandlers.routing.portability import check_portability
from django_routehandlers.routing.problems import Problem
from tests.routing.test_conflicts import make_routes

SPELL = "Rename the folder, or spell the character as %XX."


@pytest.mark.parametrize(
    "name",
    [
        "con",
        "CON",
        "nul.txt",
        "aux",
        "prn",
        "com1",
        "LPT9",
        "com\u00b9.log",
        "conin$",
        "nul .txt",
        "a:b",
        "a?b",
        'a"b',
        "a|b",
        "a*b",
        "a\\b",
        "ends.",
        "ends ",
        "(group?)",
    ],
)
def test_name_that_windows_refuses_is_a_warning(name):
    assert check_portability(make_routes(f"shop/{name}/x")) == [
        Problem(
            (f"shop/routes/{name}",),
            "W006",
            f"Windows can't hold a folder named {name!r}.",
            SPELL,
        )
    ]


@pytest.mark.parametrize(
    "name",
    [
        "items",
        "console",
        "com",
        "com0",
        "com10",
        "nulls.txt",
        ".well-known",
        "[id]",
        "[id=int]",
        "[...slug]",
        "[[...slug]]",
        "(group)",
        "%3F",
        "a b",
        "café",
    ],
)
def test_name_that_every_disk_holds_is_no_mistake(name):
    assert check_portability(make_routes(f"shop/{name}")) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Items", "items"),
        ("[ID]", "[id]"),
        ("(A)", "(a)"),
        ("STRASSE", "straße"),
        ("cafe\u0301", "caf\u00e9"),
    ],
)
def test_names_that_a_disk_mixes_up_are_a_warning(one, other):
    routes = make_routes(f"shop/{other}/x", f"shop/{one}/y")

    assert check_portability(routes) == [
        Problem(
            (f"shop/routes/{one}", f"shop/routes/{other}"),
            "W006",
            "A disk that ignores case holds only one of the folders.",
            "Rename one of them.",
        )
    ]


def test_names_in_two_folders_are_not_mixed_up():
    assert check_portability(make_routes("shop/a/Items", "shop/b/items")) == []


def test_folder_above_two_routes_is_told_once():
    assert len(check_portability(make_routes("shop/con/x", "shop/con/y"))) == 1


def test_no_routes_are_no_mistake():
    assert check_portability([]) == []
