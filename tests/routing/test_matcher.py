from itertools import product
from typing import Any
from uuid import UUID

import pytest
from django.urls import ResolverMatch
from django.urls.converters import get_converters
from django.urls.exceptions import Resolver404
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from django_routehandlers.conf import Settings
from django_routehandlers.patterns import get_convert
from django_routehandlers.registry import Snapshot
from django_routehandlers.routing.conflicts import check_conflicts, check_parameters
from django_routehandlers.routing.endpoints import Endpoint
from django_routehandlers.routing.handlers import Handler
from django_routehandlers.routing.matcher import Node, build_trie, find_target
from django_routehandlers.routing.routes import Route, get_shape
from django_routehandlers.routing.segments import parse_segment
from django_routehandlers.table import Table, build_table
from django_routehandlers.urls import RouteTree, Selection

CONVERTERS = {
    name: get_convert(converter)
    for name, converter in get_converters().items()
    if name != "path"
}


def get_shapes(path: str):
    return tuple(get_shape(parse_segment(folder)) for folder in path.split("/")[1:])


def make_trie(*paths: str) -> Node[str]:
    """Return a trie in which each route path is its own target."""
    return build_trie([(get_shapes(path), path) for path in paths], CONVERTERS)


def find(root: Node[str], path: str) -> tuple[str, list[Any]] | None:
    return find_target(root, path.split("/")[1:])


ALL_KINDS = "/x/new", "/x/[id=int]", "/x/[id]", "/x/[...rest]", "/[[...all]]"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/x/new", ("/x/new", [])),
        ("/x/3", ("/x/[id=int]", [3])),
        ("/x/three", ("/x/[id]", ["three"])),
        ("/x/3/4", ("/x/[...rest]", [["3", "4"]])),
        ("/x/new/4", ("/x/[...rest]", [["new", "4"]])),
        ("/x", ("/[[...all]]", [["x"]])),
        ("/y/z", ("/[[...all]]", [["y", "z"]])),
        ("/X/new", ("/[[...all]]", [["X", "new"]])),
        ("/x/", None),
        ("/x//y", None),
        ("/x/3/", None),
        ("/", None),
    ],
)
def test_static_wins_over_typed_over_dynamic_over_catch_all(path, found):
    assert find(make_trie(*ALL_KINDS), path) == found
    assert find(make_trie(*reversed(ALL_KINDS)), path) == found


def test_optional_catch_all_takes_no_segments_too():
    assert find_target(make_trie("/[[...all]]"), []) == ("/[[...all]]", [[]])
    assert find(make_trie("/x/[[...all]]"), "/x") == ("/x/[[...all]]", [[]])


def test_required_catch_all_takes_one_segment_at_least():
    assert find_target(make_trie("/[...all]"), []) is None
    assert find(make_trie("/x/[...all]"), "/x") is None


@pytest.mark.parametrize(
    ("paths", "path", "found"),
    [
        (
            ("/blog/abc/post", "/[...rest]"),
            "/blog/abc/zzz",
            ("/[...rest]", [["blog", "abc", "zzz"]]),
        ),
        (("/a/b", "/[x]/c"), "/a/c", ("/[x]/c", ["a"])),
        (("/a/b/c", "/a/[y]/d", "/[x]/b/e"), "/a/b/e", ("/[x]/b/e", ["a"])),
        (("/[n=int]/a", "/[x]/b"), "/3/b", ("/[x]/b", ["3"])),
        (("/[n=int]", "/[...rest]"), "/3/b", ("/[...rest]", [["3", "b"]])),
        (("/[x]/[y]/c", "/[...rest]"), "/1/2/3", ("/[...rest]", [["1", "2", "3"]])),
        (("/a/[...rest]", "/[x]/b"), "/a/b", ("/a/[...rest]", [["b"]])),
        (("/a/[[...rest]]", "/[x]"), "/a", ("/a/[[...rest]]", [[]])),
        (("/[x]/[[...rest]]", "/a/b"), "/a", ("/[x]/[[...rest]]", ["a", []])),
        (("/a/b", "/[x]/c"), "/a/d", None),
        (("/[n=int]/a",), "/x/a", None),
        (("/a",), "/b", None),
    ],
)
def test_next_candidate_is_tried_where_a_branch_leads_nowhere(paths, path, found):
    assert find(make_trie(*paths), path) == found


def test_values_are_in_the_order_of_the_path():
    root = make_trie("/[a=int]/x/[b]/[c=uuid]/[...d]")
    key = "936da01f-9abd-4d9d-80c7-02af85c822a8"

    assert find(root, f"/1/x/2/{key}/3/4") == (
        "/[a=int]/x/[b]/[c=uuid]/[...d]",
        [1, "2", UUID(key), ["3", "4"]],
    )


@pytest.mark.parametrize("path", ["/caf\u00e9", "/cafe\u0301"])
def test_static_names_are_compared_in_nfc(path):
    assert find(make_trie("/caf\u00e9", "/[x]"), path) == ("/caf\u00e9", [])


def test_value_keeps_the_spelling_of_the_client():
    assert find(make_trie("/[x]"), "/cafe\u0301") == ("/[x]", ["cafe\u0301"])


def test_of_two_targets_with_one_shape_the_first_stays():
    shapes = [get_shapes(p) for p in ("/a", "/[x]", "/[n=int]/a", "/b/[...r]")]
    shapes.append(get_shapes("/c/[[...r]]"))
    targets = [
        (s, f"{n}{i}") for n in ("first", "second") for i, s in enumerate(shapes)
    ]
    root = build_trie(targets, CONVERTERS)

    found = [find(root, path)[0] for path in ("/a", "/x", "/3/a", "/b/x", "/c/x")]

    assert found == ["first0", "first1", "first2", "first3", "first4"]


def test_empty_trie_finds_nothing():
    root = build_trie([], {})

    assert (find_target(root, []), find_target(root, ["a"])) == (None, None)


class CountedFolders(dict):
    """The static children of a node; asking for one is entering the node."""

    entered = 0

    def get(self, name):
        self.entered += 1
        return super().get(name)


def count_entries(node: Node[str]) -> list[CountedFolders]:
    """Replace the static children below a node by counted ones."""
    children = [*node.static.values(), *(child for _, child in node.typed.values())]
    children += [node.dynamic] if node.dynamic else []
    node.static = CountedFolders(node.static)
    return [node.static, *(c for child in children for c in count_entries(child))]


@pytest.mark.parametrize("last", ["end", "miss"])
def test_no_node_is_entered_twice(last):
    folders = product(["1", "[n=int]", "[x]"], repeat=4)
    root = make_trie(*(f"/{'/'.join(names)}/end" for names in folders))
    counted = count_entries(root)

    find(root, f"/1/1/1/1/{last}")

    entries = [folder.entered for folder in counted]
    assert max(entries) == 1
    assert sum(entries) == (5 if last == "end" else len(counted) - 81)


def test_other_routes_cost_no_entries():
    root = make_trie("/a/b", *(f"/x{i}/[id]/y" for i in range(1000)))
    counted = count_entries(root)

    find(root, "/a/b")

    assert sum(folder.entered for folder in counted) == 2


STATICS = ["a", "b", "1", "x.y", "caf\u00e9", "日本"]
CAPTURES = ["[p]", "[p=int]", "[p=slug]", "[p=uuid]"]
RESTS = ["[...p]", "[[...p]]"]
UUIDS = ["936da01f-9abd-4d9d-80c7-02af85c822a8"]

paths_of_routes = st.builds(
    lambda folders, rest: [*folders, *rest],
    st.lists(st.sampled_from([*STATICS, *CAPTURES]), max_size=4),
    st.lists(st.sampled_from(RESTS), max_size=1),
)
texts = st.sampled_from([*STATICS, *UUIDS, "c", "A", "42", "a-b", "a b", "", "²", "é%"])
request_paths = st.lists(texts, max_size=6).map("/".join)


def make_endpoints(trees: list[list[str]]) -> list[Endpoint]:
    """Return endpoints for folder paths, those with a conflict left out."""
    routes: list[Route] = []
    for number, tree in enumerate(trees):
        named = [
            folder.replace("p", f"p{depth}", 1) if "[" in folder else folder
            for depth, folder in enumerate(tree)
        ]
        module = f"app{number % 2}.routes.r{number}.route"
        folders = tuple(map(parse_segment, named))
        route = Route(f"app{number % 2}", folders, module, f"{number}", f"/{number}")
        if not _has_conflict([*routes, route]):
            routes.append(route)
    return [
        Endpoint(route, {"GET": Handler("GET", dict, route.file, False)})
        for route in routes
    ]


def _has_conflict(routes: list[Route]) -> bool:
    problems = [*check_conflicts(routes), *check_parameters(routes)]
    return any(problem.is_error for problem in problems)


def make_tree(endpoints: list[Endpoint], mode: str) -> RouteTree:
    """Return a mount of some endpoints, as an app registry would have them."""
    tree = RouteTree(Selection())
    snapshot = Snapshot(tuple(endpoints), ())
    tree._table = build_table(snapshot, Settings(TRAILING_SLASH=mode))
    return tree


Answer = tuple[Any, str, dict[str, Any], str]


def describe(match: ResolverMatch) -> Answer:
    """Return what a match says; an empty rest has two routes, so it says none."""
    route = "" if [] in match.kwargs.values() else match.route
    return match.func, match.url_name, match.kwargs, route


def find_in_trie(table: Table, path: str) -> Answer | None:
    match = table.find_match(path)
    return None if match is None or is_redirect(match) else describe(match)


def is_redirect(match: ResolverMatch) -> bool:
    return match.func.__name__.endswith("redirect")


def find_by_scan(tree: RouteTree, path: str) -> Answer | None:
    """Return what Django's own URLResolver answers, a scan of all patterns."""
    try:
        return describe(super(RouteTree, tree).resolve(path))
    except Resolver404:
        return None


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(paths_of_routes, max_size=12),
    st.lists(request_paths, min_size=1, max_size=20),
    st.sampled_from(["never", "strict", "always"]),
    st.randoms(use_true_random=False),
)
def test_trie_answers_as_djangos_scan_does(trees, paths, mode, random):
    endpoints = make_endpoints(trees)
    tree = make_tree(endpoints, mode)
    random.shuffle(endpoints)
    shuffled = make_tree(endpoints, mode)
    paths += [f"{path}/" for path in paths]
    if mode == "always":
        # The routes of files have no slash, so a redirect to one may come before
        # another route's match; elsewhere all patterns end alike.
        found = {path: tree.table.find_match(path) for path in paths}
        paths = [p for p in paths if not (found[p] and is_redirect(found[p]))]

    scanned = [find_by_scan(tree, path) for path in paths]

    assert [find_in_trie(tree.table, path) for path in paths] == scanned
    assert [found and found[1:] for found in scanned] == [
        found and found[1:]
        for found in (find_in_trie(shuffled.table, path) for path in paths)
    ]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(paths_of_routes, min_size=1, max_size=12), st.data())
def test_path_made_from_a_route_finds_a_route(trees, data):
    endpoints = make_endpoints(trees)
    tree = make_tree(endpoints, "strict")
    route = data.draw(st.sampled_from(endpoints)).route
    values = {"": "c", "int": "7", "slug": "a-b", "uuid": UUIDS[0]}

    path = "/".join(
        values[segment.converter] if segment.kind.captures else segment.name
        for segment in route.segments
    )

    assert find_in_trie(tree.table, path) is not None
    assert find_in_trie(tree.table, path) == find_by_scan(tree, path)
