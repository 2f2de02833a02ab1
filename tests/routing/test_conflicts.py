from itertools import permutations

import pytest

from django_routehandlers.routing.conflicts import (
    check_conflicts,
    check_parameters,
)
from django_routehandlers.routing.importing import get_module_part
from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.segments import parse_segment


def make_route(file: str) -> Route:
    """Return the route of a path such as `shop/items/[id]`: app, then folders."""
    app, *folders = file.split("/")
    parts = "".join(f"{get_module_part(folder)}." for folder in folders)
    path = "/".join([app, "routes", *folders, "route.py"])
    segments = tuple(map(parse_segment, folders))
    return Route(app, segments, f"{app}.routes.{parts}route", path, f"/srv/{path}")


def make_routes(*files: str) -> list[Route]:
    return [make_route(file) for file in files]


def get_files(*files: str) -> tuple[str, ...]:
    return tuple(make_route(file).file for file in files)


KEEP_ONE = "Keep one of the folders, or put one of them under a static folder."
ONE_NAME = "Give the folders one name."
ONE_TYPE = "Keep one of the converters, or put one folder under a static folder."
ONE_REST = "Keep one of the two; the optional one also serves the bare path."
ONE_BARE = "Remove one of the two, or make the catch-all '[...name]'."


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (("blog/items", "shop/items"), "Two files serve '/items'."),
        (("blog", "shop"), "Two files serve '/'."),
        (("shop/(a)/items", "shop/(b)/items"), "Two files serve '/items'."),
        (("shop/%69tems", "shop/items"), "Two files serve '/items'."),
        (("shop/(a)/[id]", "shop/[id]"), "Two files serve '/[id]'."),
        (("a/x", "b/x", "c/x"), "Three files serve '/x'."),
        (("a/x", "b/x", "c/x", "d/x"), "4 files serve '/x'."),
        (("blog/[id]", "shop/[pk]"), "'/[id]' and '/[pk]' match the same URLs."),
        (
            ("shop/[id=int]", "shop/[pk=int]"),
            "'/[id=int]' and '/[pk=int]' match the same URLs.",
        ),
        (
            ("shop/x/[...a]", "shop/x/[...b]"),
            "'/x/[...a]' and '/x/[...b]' match the same URLs.",
        ),
        (
            ("blog/[[...a]]", "shop/[[...b]]"),
            "'/[[...a]]' and '/[[...b]]' match the same URLs.",
        ),
    ],
)
def test_two_endpoints_for_one_shape_of_url_are_an_error(files, message):
    assert check_conflicts(make_routes(*files)) == [
        Problem(get_files(*files), "E002", message, KEEP_ONE)
    ]


@pytest.mark.parametrize(
    "files",
    [
        ("shop/items", "shop/Items"),
        ("shop/[id]", "shop/[id=int]", "shop/[...rest]", "shop/new"),
        ("shop/[id]", "shop/[[...rest]]"),
        ("shop/docs", "shop/docs/[...slug]"),
        ("shop/a/[id=int]", "shop/b/[id=slug]"),
        ("shop/a/[id]", "shop/b/[pk]"),
        ("shop/[id=int]", "shop/[slug]"),
        ("shop/[id]/x", "shop/[id]/y", "blog/[id]/z"),
        ("shop/[...a]", "shop/x/[[...b]]"),
    ],
)
def test_routes_that_can_be_put_in_order_are_no_mistake(files):
    assert check_conflicts(make_routes(*files)) == []


@pytest.mark.parametrize(
    ("files", "one", "other"),
    [
        (("shop/[id]/x", "shop/[pk]/y"), "[id]", "[pk]"),
        (("shop/a/[id]", "shop/a/[pk]/y"), "[id]", "[pk]"),
        (("shop/(g)/[pk]/y", "shop/[id]/x"), "[id]", "[pk]"),
        (("shop/[id=int]/x", "shop/[pk=int]/y"), "[id=int]", "[pk=int]"),
        (("shop/[a]/[id]/x", "shop/[a]/[pk]/y"), "[id]", "[pk]"),
    ],
)
def test_two_names_for_one_part_of_the_url_are_an_error(files, one, other):
    assert check_conflicts(make_routes(*files)) == [
        Problem(
            get_files(*files),
            "E003",
            f"'{one}' and '{other}' name the same part of the URL.",
            ONE_NAME,
        )
    ]


def test_all_names_at_one_level_are_told_at_once():
    problems = check_conflicts(make_routes("shop/[a]/x", "shop/[b]/y", "shop/[c]/z"))

    assert [problem.message for problem in problems] == [
        "'[a]' and '[b]' and '[c]' name the same part of the URL.",
    ]


def test_routes_with_the_usual_name_are_spared():
    files = "shop/[id]/x", "shop/[id]/y", "shop/[pk]/z"

    (problem,) = check_conflicts(make_routes(*files))

    assert problem.files == get_files("shop/[id]/x", "shop/[pk]/z")
    assert problem.broken == get_files("shop/[pk]/z")


def test_two_names_below_two_names_are_told_once_per_level():
    problems = check_conflicts(make_routes("shop/[a]/[x]/1", "shop/[b]/[y]/2"))

    files = get_files("shop/[a]/[x]/1", "shop/[b]/[y]/2")
    assert problems == [
        Problem(
            files, "E003", "'[a]' and '[b]' name the same part of the URL.", ONE_NAME
        ),
        Problem(
            files, "E003", "'[x]' and '[y]' name the same part of the URL.", ONE_NAME
        ),
    ]


def test_two_names_in_two_apps_are_a_warning():
    files = "blog/[pk]/y", "shop/[id]/x"

    assert check_conflicts(make_routes(*files)) == [
        Problem(
            get_files(*files),
            "W005",
            "Two apps name the same part of the URL '[id]' and '[pk]'; each handler "
            "gets its own name.",
            ONE_NAME,
        )
    ]


def test_one_name_in_two_apps_is_no_mistake():
    assert check_conflicts(make_routes("blog/[id]/y", "shop/[id]/x")) == []


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            ("shop/[id=int]", "shop/[id=slug]"),
            "'[id=int]' and '[id=slug]' are at one level; where both accept a value, "
            "neither comes first.",
        ),
        (
            ("blog/[id=int]/x", "shop/[key=uuid]/y"),
            "'[id=int]' and '[key=uuid]' are at one level; where both accept a value, "
            "neither comes first.",
        ),
        (
            ("a/x/[id=int]", "b/x/[id=slug]", "c/x/[id=uuid]"),
            "'[id=int]' and '[id=slug]' and '[id=uuid]' are at one level; where both "
            "accept a value, neither comes first.",
        ),
    ],
)
def test_two_converters_at_one_level_are_an_error(files, message):
    assert check_conflicts(make_routes(*files)) == [
        Problem(get_files(*files), "E004", message, ONE_TYPE)
    ]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            ("shop/[...a]", "shop/[[...b]]"),
            "'/[...a]' and '/[[...b]]' match the same URLs.",
        ),
        (
            ("blog/x/[[...a]]", "shop/x/[...a]"),
            "'/x/[...a]' and '/x/[[...a]]' match the same URLs.",
        ),
    ],
)
def test_catch_all_beside_an_optional_one_is_an_error(files, message):
    assert check_conflicts(make_routes(*files)) == [
        Problem(get_files(*files), "E005", message, ONE_REST)
    ]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            ("shop/docs/[[...slug]]", "shop/docs"),
            "'/docs' and '/docs/[[...slug]]' match the same URLs.",
        ),
        (
            ("blog", "shop/[[...slug]]"),
            "'/' and '/[[...slug]]' match the same URLs.",
        ),
        (
            ("shop/(a)/x/[[...slug]]", "shop/(b)/x"),
            "'/x' and '/x/[[...slug]]' match the same URLs.",
        ),
    ],
)
def test_optional_catch_all_below_a_route_is_an_error(files, message):
    assert check_conflicts(make_routes(*files)) == [
        Problem(get_files(*files), "E006", message, ONE_BARE)
    ]


def test_parameter_twice_along_a_path_is_an_error():
    routes = make_routes("shop/[id]/x/[id]", "shop/[a]/[a=int]/[...a]", "shop/[b]")

    assert check_parameters(routes) == [
        Problem(
            get_files("shop/[id]/x/[id]"),
            "E007",
            "The path captures 'id' twice.",
            "Rename one of the two folders.",
        ),
        Problem(
            get_files("shop/[a]/[a=int]/[...a]"),
            "E007",
            "The path captures 'a' twice.",
            "Rename one of the two folders.",
        ),
    ]


def test_order_of_the_routes_changes_no_message():
    routes = make_routes(
        "shop/[a]/x", "shop/[b]/y", "blog/[c]/x", "blog/[[...r]]", "shop/[...q]"
    )

    answers = {tuple(check_conflicts(order)) for order in permutations(routes)}

    assert len(answers) == 1


def test_all_problems_are_told_at_once():
    problems = check_conflicts(
        make_routes("blog/[c]/x", "shop/[a]/x", "shop/[b=int]/y", "shop/[d=slug]/y")
    )

    assert [(problem.id, problem.files) for problem in problems] == [
        ("E002", get_files("blog/[c]/x", "shop/[a]/x")),
        ("E004", get_files("shop/[b=int]/y", "shop/[d=slug]/y")),
    ]
