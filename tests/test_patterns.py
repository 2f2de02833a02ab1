"""A route is an ordinary URL pattern to Django and its tools."""

import uuid

import pytest
from django.urls.converters import get_converters
from django.urls.resolvers import RoutePattern, URLPattern

from django_routehandlers.patterns import (
    FolderPattern,
    SegmentsConverter,
    build_patterns,
    can_match_slash,
    check_converters,
    check_names,
    ends_with_slash,
    get_convert,
    get_django_route,
    get_names,
    write_path,
)
from django_routehandlers.routing.endpoints import Endpoint
from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.segments import parse_segment


def make_route(path, app="shop"):
    folders = tuple(parse_segment(name) for name in path.split("/") if name)
    file = "/".join(filter(None, [f"{app}/routes", path, "route.py"]))
    return Route(app, folders, f"{app}.routes.route", file, file)


def make_endpoint(path, **config):
    return Endpoint(make_route(path), config=config)


def view(request):
    """Do nothing: the view of the patterns here."""


def build(path, mode="never", **config):
    return list(build_patterns(make_endpoint(path, **config), view, mode))


ROUTES = [
    ("", "never", ""),
    ("items", "never", "items"),
    ("items", "always", "items/"),
    ("items/[id]", "never", "items/<str:id>"),
    ("items/[id=int]/parts", "always", "items/<int:id>/parts/"),
    ("docs/[...slug]", "never", "docs/<segments:slug>"),
    ("docs/[...slug]", "always", "docs/<segments:slug>/"),
    ("(group)/x", "never", "x"),
    ("%5Fname", "never", "_name"),
    ("a.b+c$", "never", "a.b+c$"),
]


@pytest.mark.parametrize(("path", "mode", "text"), ROUTES)
def test_pattern_has_the_route_that_django_would_have(path, mode, text):
    (pattern,) = build(path, mode)

    assert isinstance(pattern, URLPattern)
    assert isinstance(pattern.pattern, RoutePattern)
    assert (str(pattern.pattern), pattern.callback, pattern.default_args) == (
        text,
        view,
        {},
    )
    assert get_django_route(make_route(path), mode) == text


@pytest.mark.parametrize(
    ("path", "text"),
    [row[::2] for row in ROUTES if row[1] == "never" and "..." not in row[0]],
)
def test_pattern_matches_as_django_s_own_does(path, text):
    (ours,) = build(path)
    theirs = RoutePattern(text, is_endpoint=True)

    for tried in ("", "items", "items/3", "items/x", "x", "_name", "a.b+c$", "axb+c$"):
        assert ours.pattern.match(tried) == theirs.match(tried)
    assert ours.pattern.converters == theirs.converters
    assert ours.pattern.regex.pattern == theirs.regex.pattern


def test_pattern_of_a_catch_all_matches_segments():
    (pattern,) = build("docs/[...slug]")

    match = pattern.resolve("docs/a/b")

    assert match.kwargs == {"slug": ["a", "b"]}
    assert [
        pattern.resolve(path) for path in ("docs", "docs/", "docs/a//b", "docs/a/")
    ] == [
        None,
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("path", "mode", "texts"),
    [
        ("docs/[[...slug]]", "never", ["docs", "docs/<segments:slug>"]),
        ("docs/[[...slug]]", "always", ["docs/", "docs/<segments:slug>/"]),
        ("[[...slug]]", "never", ["", "<segments:slug>"]),
        ("[[...slug]]", "always", ["", "<segments:slug>/"]),
    ],
)
def test_optional_catch_all_has_two_patterns(path, mode, texts):
    short, long = build(path, mode)

    assert [str(short.pattern), str(long.pattern)] == texts
    assert (short.default_args, long.default_args) == ({"slug": []}, {})
    assert short.name == long.name == make_route(path).path


def test_short_name_has_patterns_of_its_own():
    patterns = build("items/[[...rest]]", name="all")

    assert [(str(p.pattern), p.name) for p in patterns] == [
        ("items", "/items/[[...rest]]"),
        ("items/<segments:rest>", "/items/[[...rest]]"),
        ("items", "all"),
        ("items/<segments:rest>", "all"),
    ]


def test_unregistered_converter_is_a_key_error():
    with pytest.raises(KeyError, match="nothing"):
        build("[id=nothing]")


@pytest.mark.parametrize("path", ["items", "[id]", "x/[...slug]", "a b", ""])
def test_django_s_checks_accept_every_pattern(path):
    (pattern,) = build(path)

    assert pattern.check() == []


def test_pattern_can_be_shown():
    (pattern,) = build("items/[id=int]")

    assert repr(pattern) == "<URLPattern 'items/<int:id>' [name='/items/[id=int]']>"


def test_pattern_is_compiled_once():
    pattern = FolderPattern((), {}, "x", ends_with_slash=False)

    assert pattern.regex is pattern.regex


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (["a"], "a"),
        (["a", "b"], "a/b"),
        ("a", "a"),
        ((1, "b"), "1/b"),
        (("a",), "a"),
    ],
)
def test_segments_are_written_as_a_path(value, path):
    assert SegmentsConverter().to_url(value) == path


@pytest.mark.parametrize(
    "value", [[], (), "", [""], ["a", ""], ["a/b"], "a/b", ["/"], None, 5]
)
def test_members_that_would_not_come_back_are_refused(value):
    with pytest.raises(ValueError, match="is not a list of segments") as caught:
        SegmentsConverter().to_url(value)

    assert str(caught.value) == f"{value!r} is not a list of segments."


def test_segments_are_read_as_a_list():
    assert SegmentsConverter().to_python("a/b") == ["a", "b"]


@pytest.mark.parametrize(
    ("config", "names"),
    [
        ({}, ("/items",)),
        ({"name": "list"}, ("/items", "list")),
        ({"name": "/items"}, ("/items",)),
        ({"name": 1}, ("/items",)),
    ],
)
def test_names_of_an_endpoint(config, names):
    assert get_names(make_endpoint("items", **config)) == names


@pytest.mark.parametrize(
    ("path", "mode", "expected"),
    [
        ("items", "always", True),
        ("[id]", "always", True),
        ("", "always", False),
        ("(group)", "always", False),
        ("feed.xml", "always", False),
        ("feed.xml/items", "always", True),
        ("v1.0/[id]", "always", True),
        (".well-known/id", "always", False),
        (".well-known", "always", False),
        ("items", "never", False),
        ("items", "ignore", False),
        ("items", "strict", False),
    ],
)
def test_slash_at_the_end(path, mode, expected):
    assert ends_with_slash(make_route(path), mode) is expected


def test_convert_reads_as_the_converter_does():
    converters = get_converters()
    number = get_convert(converters["int"])
    unique = get_convert(converters["uuid"])

    assert number("042") == 42
    assert unique(str(uuid.UUID(int=1))) == uuid.UUID(int=1)
    for text in ("", "x", "4x", "-1", "4\n"):
        with pytest.raises(ValueError, match=f"\\A{text}\\Z"):
            number(text)


def test_convert_refuses_what_the_converter_refuses():
    class Even:
        regex = "[0-9]+"

        def to_python(self, value):
            if int(value) % 2:
                raise ValueError("odd")
            return int(value)

    convert = get_convert(Even())

    assert convert("2") == 2
    with pytest.raises(ValueError, match="odd"):
        convert("3")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("int", False), ("str", False), ("slug", False), ("uuid", False), ("path", True)],
)
def test_converters_of_django_that_match_a_slash(name, expected):
    assert can_match_slash(get_converters()[name]) is expected


@pytest.mark.parametrize("regex", [".*", "[a-z/]+", "[0-9]/[0-9]", "a?/?"])
def test_converter_that_matches_a_slash_is_found(regex):
    assert can_match_slash(type("Own", (), {"regex": regex})()) is True


def test_routes_with_names_of_their_own_are_fine():
    endpoints = [make_endpoint("a", name="one"), make_endpoint("b", name="two")]

    assert list(check_names(endpoints)) == []


@pytest.mark.parametrize(
    ("endpoints", "files", "name", "count"),
    [
        (
            [make_endpoint("a", name="one"), make_endpoint("b", name="one")],
            ("shop/routes/a/route.py", "shop/routes/b/route.py"),
            "one",
            2,
        ),
        (
            [make_endpoint("a", name="/b"), make_endpoint("b")],
            ("shop/routes/a/route.py", "shop/routes/b/route.py"),
            "/b",
            2,
        ),
        (
            [make_endpoint(path, name="x") for path in "cab"],
            (
                "shop/routes/a/route.py",
                "shop/routes/b/route.py",
                "shop/routes/c/route.py",
            ),
            "x",
            3,
        ),
    ],
    ids=["two", "path", "three"],
)
def test_name_of_several_routes_is_an_error(endpoints, files, name, count):
    assert list(check_names(endpoints)) == [
        Problem(
            files,
            "E017",
            f"{count} routes have the URL name {name!r}.",
            "Give each route a name of its own.",
        )
    ]


@pytest.mark.parametrize("path", ["items/[id=int]", "items/[id]", "a/[...slug]"])
def test_known_converters_are_fine(path):
    assert list(check_converters(make_route(path))) == []


def test_unknown_converter_is_an_error():
    known = ", ".join(sorted(get_converters()))

    assert list(check_converters(make_route("[id=nothing]"))) == [
        Problem(
            ("shop/routes/[id=nothing]/route.py",),
            "E009",
            "'[id=nothing]' names a path converter that is not registered.",
            f"Register it with django.urls.register_converter, or use one of: {known}.",
        )
    ]


@pytest.mark.parametrize(
    ("folder", "meant"),
    [
        ("[id=integer]", "[id=int]"),
        ("[id=Int]", "[id=int]"),
        ("[id=string]", "[id=str]"),
        ("[id=guid]", "[id=uuid]"),
        ("[id=slgu]", "[id=slug]"),
    ],
)
def test_converter_that_is_nearly_known_is_answered_with_the_known_one(folder, meant):
    (problem,) = check_converters(make_route(folder))

    assert problem.hint == f"Rename the folder to '{meant}'."


def test_converter_of_several_segments_is_an_error():
    assert list(check_converters(make_route("[rest=path]/x"))) == [
        Problem(
            ("shop/routes/[rest=path]/x/route.py",),
            "E009",
            "'[rest=path]' names a path converter that also matches a slash.",
            "Use '[...rest]' for more than one segment.",
        )
    ]


WRITTEN = [
    ("", {}, "never", ""),
    ("", {}, "always", ""),
    ("(group)/a.b", {}, "always", "a.b"),
    ("items/[id]", {"id": 7}, "never", "items/7"),
    ("items/[id]", {"id": "a b/ü%"}, "always", "items/a b/ü%/"),
    ("[user]/[id=int]", {"id": 7, "user": "ada"}, "never", "ada/7"),
    ("[id=uuid]", {"id": uuid.UUID(int=1)}, "never", str(uuid.UUID(int=1))),
    ("docs/[...slug]", {"slug": ["a", "b"]}, "never", "docs/a/b"),
    ("docs/[[...slug]]", {"slug": ["a"]}, "always", "docs/a/"),
    ("docs/[[...slug]]", {"slug": []}, "always", "docs/"),
    ("[[...slug]]", {"slug": []}, "always", ""),
]


@pytest.mark.parametrize(("path", "params", "mode", "text"), WRITTEN)
def test_path_is_written_from_all_params(path, params, mode, text):
    assert write_path(make_route(path), params, mode) == text


@pytest.mark.parametrize(
    ("path", "params", "message"),
    [
        ("items", {"id": 7}, "It takes nothing, and was given 'id'."),
        ("[a]/[b]", {"a": 1}, "It takes 'a', 'b', and was given 'a'."),
        (
            "[...slug]",
            {"slug": ["a/b"]},
            "['a/b'] can't be written for '[...slug]': ['a/b'] is not a list of "
            "segments.",
        ),
        (
            "[[...slug]]",
            {"slug": 7},
            "7 can't be written for '[[...slug]]': 7 is not a list of segments.",
        ),
    ],
)
def test_path_is_not_written_from_other_params(path, params, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is compared
        write_path(make_route(path), params, "never")

    assert str(caught.value) == message
