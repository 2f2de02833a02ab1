"""A route takes a path, or says how far it got and what stopped it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_routehandlers.audit.candidates import (
    Comparison,
    compare_route,
    explain_order,
    find_parting,
    was_tried,
)
from django_routehandlers.routing.matcher import build_trie, find_target
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.segments import parse_segment


def fail(text):
    raise TypeError("no number")


CONVERTERS = {"int": int, "bad": fail}


def make(path):
    folders = tuple(parse_segment(name) for name in path.split("/") if name)
    return Route("shop", folders, "shop.routes.route", f"shop/routes{path}", path)


def compare(path, *parts):
    found = compare_route(make(path), parts, CONVERTERS)
    assert found.route == make(path)
    return found.depth, found.obstacle, found.is_refused


@pytest.mark.parametrize(
    ("path", "parts", "depth"),
    [
        ("/", (), 0),
        ("/items", ("items",), 1),
        ("/(a)/café", ("cafe\u0301",), 1),
        ("/items/[id=int]", ("items", "3"), 2),
        ("/items/[id]", ("items", "x"), 2),
        ("/docs/[...slug]", ("docs", "a", "b"), 2),
        ("/docs/[[...slug]]", ("docs",), 2),
    ],
)
def test_a_route_that_takes_a_path_has_no_obstacle(path, parts, depth):
    assert compare(path, *parts) == (depth, "", False)


@pytest.mark.parametrize(
    ("path", "parts", "depth", "obstacle"),
    [
        ("/items", (), 0, "The path ends before 'items'."),
        ("/items/[id]", ("items",), 1, "The path ends before '[id]'."),
        ("/docs/[...slug]", ("docs",), 1, "The path ends before '[...slug]'."),
        ("/", ("a", "b"), 0, "Nothing takes the rest, '/a/b'."),
        ("/items", ("items", "3"), 1, "Nothing takes the rest, '/3'."),
        ("/items", ("itmes",), 0, "'itmes' is not 'items'."),
        (
            "/items",
            ("Items",),
            0,
            "'Items' is not 'items'. Upper and lower case are not the same.",
        ),
        ("/[id]/x", ("", "x"), 0, "'[id]' takes no empty segment."),
        ("/[id=int]/x", ("", "x"), 0, "'[id=int]' takes no empty segment."),
        ("/[...a]", ("b", "", "c"), 0, "'[...a]' takes no empty segment."),
        ("/[[...a]]", ("",), 0, "'[[...a]]' takes no empty segment."),
    ],
)
def test_an_obstacle_says_what_stops_a_route(path, parts, depth, obstacle):
    assert compare(path, *parts)[:2] == (depth, obstacle)


@pytest.mark.parametrize(
    ("path", "obstacle"),
    [
        ("/[id=int]", "The converter 'int' refuses 'x'."),
        ("/[id=none]", "The converter 'none' can't be used."),
        ("/[id=bad]", "The converter 'bad' fails on 'x': TypeError: no number."),
    ],
)
def test_a_converter_refuses(path, obstacle):
    assert compare(path, "x") == (0, obstacle, True)


@pytest.mark.parametrize(
    ("winner", "loser", "reason"),
    [
        (
            "/items/me",
            "/items/[id]",
            "'me' wins over '[id]': a static segment comes before a plain parameter.",
        ),
        (
            "/[id=int]",
            "/[slug]",
            "'[id=int]' wins over '[slug]': a typed parameter comes before a plain "
            "parameter.",
        ),
        (
            "/a/[...x]",
            "/[[...y]]",
            "'a' wins over '[[...y]]': a static segment comes before an optional "
            "catch-all.",
        ),
        (
            "/[a]/[b]",
            "/[...c]",
            "'[a]' wins over '[...c]': a plain parameter comes before a catch-all.",
        ),
        ("/[a=int]", "/[a=str]", "'[a=int]' is tried before '[a=str]'."),
        ("/[a]", "/[b]", "It has the same URLs."),
        ("/a", "/a/[[...b]]", "'/a' ends where '[[...b]]' is optional."),
    ],
)
def test_an_order_is_explained(winner, loser, reason):
    assert explain_order(make(winner), make(loser)) == reason


def test_routes_part_at_the_first_segment_that_differs():
    assert find_parting(make("/a/[id]/b"), make("/a/[pk]/c")) == 2
    assert find_parting(make("/a"), make("/a/b")) == -1


@pytest.mark.parametrize(
    ("path", "winner", "parts", "was"),
    [
        # The branch of 'me' was entered, and had no way on.
        ("/me/posts", "/[id]/files", ("me", "files"), True),
        ("/[id=int]", "/[slug]", ("x",), True),
        # A static segment is looked up, not tried.
        ("/you", "/[id]", ("me",), False),
        # It comes later.
        ("/[...all]", "/me", ("me",), False),
        ("/[id]/posts", "/me/files", ("me", "files"), False),
        # It is the same as far as it goes.
        ("/me/posts", "/me", ("me",), False),
    ],
)
def test_what_the_matcher_turned_back_from_was_tried(path, winner, parts, was):
    comparison = compare_route(make(path), parts, CONVERTERS)

    assert was_tried(comparison, make(winner)) is was


def test_a_route_that_takes_the_path_was_not_left():
    assert not was_tried(Comparison(make("/a"), 1), make("/[id]"))


FOLDERS = ["a", "b", "[x]", "[x=int]", "[...x]", "[[...x]]"]
PATHS = st.lists(st.sampled_from(FOLDERS), max_size=3).filter(
    lambda names: not any("..." in name for name in names[:-1])
)


@given(
    st.lists(PATHS.map(lambda names: "/" + "/".join(names)), max_size=8, unique=True),
    st.lists(st.sampled_from(["a", "b", "3", "c", ""]), max_size=4),
)
def test_the_first_route_that_takes_a_path_is_the_one_that_is_served(paths, parts):
    routes = sorted(map(make, paths), key=lambda route: route.shape)
    trie = build_trie(((route.shape, route) for route in routes), CONVERTERS)

    found = find_target(trie, list(parts))

    comparisons = [compare_route(route, parts, CONVERTERS) for route in routes]
    takers = [c.route for c in comparisons if not c.obstacle]
    assert (found and found[0]) == (takers[0] if takers else None)
