"""A mount's table: order, conflicts, and the match of a path."""

import pytest
from django.urls import ResolverMatch

from django_routehandlers.conf import Settings
from django_routehandlers.registry import Snapshot
from django_routehandlers.routing.endpoints import Endpoint
from django_routehandlers.routing.handlers import Handler
from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.segments import parse_segment
from django_routehandlers.table import build_table


def view(request, **params):
    """Do nothing: the handler of the endpoints here."""


async def aview(request, **params):
    """Do nothing: the async handler of the endpoints here."""


def make_endpoint(path, app="shop", *, functions=(view,), **config):
    folders = tuple(parse_segment(name) for name in path.split("/") if name)
    file = "/".join(filter(None, [f"{app}/routes", path, "route.py"]))
    route = Route(app, folders, f"{app}.routes.route", file, file)
    methods = ("GET", "POST")
    handlers = {
        method: Handler(method, f, file, is_async=f is aview, is_wrapped=True)
        for method, f in zip(methods, functions, strict=False)
    }
    return Endpoint(route, handlers, config)


def build(*paths, problems=(), **settings):
    endpoints = [make_endpoint(p) if isinstance(p, str) else p for p in paths]
    snapshot = Snapshot(tuple(endpoints), tuple(problems))
    return build_table(snapshot, Settings(**settings))


PATHS = ["[name]", "[id=int]", "b", "a", "b/[x]", "b/c"]


@pytest.mark.parametrize("paths", [PATHS, PATHS[::-1]], ids=["one", "other"])
def test_endpoints_are_in_the_order_of_precedence(paths):
    table = build("docs/[...slug]", "wiki/[[...path]]", *paths)

    assert [str(endpoint.route) for endpoint in table.endpoints] == [
        "/a",
        "/b",
        "/b/c",
        "/b/[x]",
        "/docs/[...slug]",
        "/wiki/[[...path]]",
        "/[id=int]",
        "/[name]",
    ]
    assert [target.endpoint for target in table.targets] == list(table.endpoints)


def test_patterns_are_those_of_the_targets_in_order():
    table = build("[name]", "wiki/[[...path]]", make_endpoint("a", name="short"))

    assert [(str(p.pattern), p.name) for p in table.patterns] == [
        ("a", "/a"),
        ("a", "short"),
        ("wiki", "/wiki/[[...path]]"),
        ("wiki/<segments:path>", "/wiki/[[...path]]"),
        ("<str:name>", "/[name]"),
    ]
    assert table.patterns is table.patterns


@pytest.mark.parametrize(
    ("path", "route", "kwargs"),
    [
        ("a", "a", {}),
        ("7", "<int:id>", {"id": 7}),
        ("x", "<str:id>", {"id": "x"}),
        ("docs/a/b", "docs/<segments:slug>", {"slug": ["a", "b"]}),
    ],
)
def test_path_has_a_match(path, route, kwargs):
    table = build("a", "[id=int]", "[id]", "docs/[...slug]")

    match = table.find_match(path)

    assert isinstance(match, ResolverMatch)
    assert (match.route, match.args, match.kwargs, match.captured_kwargs) == (
        route,
        (),
        kwargs,
        kwargs,
    )


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "b",
        "a/",
        "a/b",
        "docs",
        "docs/",
        "docs//x",
        "docs/../a",
        "docs/.",
        "a\n",
    ],
)
def test_path_has_no_match(path):
    table = build("a", "docs/[...slug]", TRAILING_SLASH="strict")

    assert table.find_match(path) is None


def test_text_that_is_only_not_printable_matches():
    table = build("[id]")

    match = table.find_match("a\u2028b")

    assert match.kwargs == {"id": "a\u2028b"}


def test_matches_share_no_params():
    table = build("[id]")

    one, other = table.find_match("1"), table.find_match("2")

    assert (one.kwargs, other.kwargs) == ({"id": "1"}, {"id": "2"})


def test_endpoints_with_one_shape_are_refused_and_their_url_fails():
    table = build("(a)/x", "(b)/x", "y")

    files = ("shop/routes/(a)/x/route.py", "shop/routes/(b)/x/route.py")
    problem = Problem(
        files,
        "E002",
        "Two files serve '/x'.",
        "Keep one of the folders, or put one of them under a static folder.",
    )
    assert (table.problems, table.all_problems) == ((problem,), (problem,))
    assert table.broken == set(files)
    assert table.find_match("x").func.__name__ == "GET"
    with pytest.raises(Exception, match="can't answer"):
        table.find_match("x").func(None)


def test_problem_of_a_single_file_breaks_it_too():
    problem = Problem(("shop/routes/x/route.py",), "E011", "Broken.", "Mend it.")

    table = build("x", problems=[problem])

    assert (table.problems, table.all_problems) == ((), (problem,))
    assert table.broken == {"shop/routes/x/route.py"}


def test_warning_breaks_nothing():
    problem = Problem(("shop/routes/x/route.py",), "W001", "Odd.", "Rename it.")

    table = build("x", problems=[problem])

    assert (table.all_problems, table.broken) == ((problem,), frozenset())


def test_route_with_an_unusable_converter_has_no_target():
    table = build("[id=nothing]", "[rest=path]/x", "y")

    assert [str(target.endpoint.route) for target in table.targets] == ["/y"]
    assert len(table.endpoints) == 3
    assert {problem.id for problem in table.problems} == {"E004", "E009"}
    assert table.find_match("x") is None


def test_name_that_two_routes_have_is_refused():
    table = build(make_endpoint("a", name="x"), make_endpoint("b", name="x"))

    assert [problem.id for problem in table.problems] == ["E017"]


def test_table_of_nothing_matches_nothing():
    table = build()

    assert (table.find_match(""), table.patterns, table.endpoints) == (None, [], ())


@pytest.mark.parametrize(
    ("mode", "path", "redirects"),
    [
        ("never", "a/", True),
        ("always", "a", True),
        ("ignore", "a/", False),
        ("ignore", "a", False),
        ("never", "a", False),
        ("always", "a/", False),
    ],
)
def test_other_spelling(mode, path, redirects):
    table = build("a", TRAILING_SLASH=mode)

    match = table.find_match(path)

    assert (match.func is not table.targets[0].views.view) is redirects
    assert (match.route, match.url_name) == (
        "a/" if mode == "always" else "a",
        "/a",
    )


@pytest.mark.parametrize("mode", ["never", "always", "ignore", "strict"])
def test_root_has_one_spelling(mode):
    table = build("", TRAILING_SLASH=mode)

    assert table.find_match("").func is table.targets[0].views.view
    assert table.find_match("/") is None


@pytest.mark.parametrize(
    ("functions", "calls"),
    [((view,), [True, False]), ((aview,), [False, True]), ((view, aview), [True] * 2)],
    ids=["sync", "async", "mixed"],
)
def test_target_of_a_cached_route_has_its_gate(functions, calls):
    endpoint = make_endpoint("a", functions=functions, revalidate=60)
    (target,) = build(endpoint).targets

    gate = target.gate

    assert gate.policy.route is endpoint.route
    assert [gate.call is not None, gate.acall is not None] == calls


def test_target_of_any_other_route_has_no_gate():
    problem = Problem(("shop/routes/c/route.py",), "E015", "Wrong.", "Mend it.")
    broken = make_endpoint("c", revalidate=60)
    post = make_endpoint("d", functions=(), revalidate=60)

    table = build(
        "a", make_endpoint("b", dynamic="auto"), broken, post, problems=[problem]
    )

    assert [target.gate for target in table.targets] == [None] * 4
