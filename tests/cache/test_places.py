"""It is known from the routes alone at which paths cached answers may be."""

import pytest
from django.urls import include, path, set_script_prefix

from django_routehandlers.cache.lookups import MAX_ANCESTORS
from django_routehandlers.cache.places import (
    find_below,
    find_folder_paths,
    is_cached_path,
    parse_url_path,
    suggest,
)
from django_routehandlers.registry import forget_snapshot

CACHED = "revalidate = 60\ndef GET(): return {}\n"
PLAIN = "def GET(): return {}\n"

FILES = {
    "shop/routes/route.py": CACHED,
    "shop/routes/blog/route.py": CACHED,
    "shop/routes/blog/[slug]/route.py": CACHED,
    "shop/routes/blog/[slug]/edit/route.py": PLAIN,
    "shop/routes/docs/[[...parts]]/route.py": CACHED,
    "shop/routes/files/[...parts]/route.py": CACHED,
    "shop/routes/broken/route.py": "revalidate = -1\ndef GET(): return {}\n",
    "shop/routes/upload/route.py": "revalidate = 60\ndef POST(): return {}\n",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/", "/"),
        ("/blog", "/blog"),
        ("/blog/", "/blog"),
        ("/blog/a?page=2", "/blog/a"),
        ("/blog/a#top", "/blog/a"),
        ("/blog/a#top?x", "/blog/a"),
        ("/caf%C3%A9", "/café"),
        ("/café", "/café"),
        ("/cafe\u0301", "/caf\u00e9"),
        ("/a%20b", "/a b"),
        ("/a%2Fb", "/a/b"),
        ("/%FF", "/%FF"),
        ("/?page=2", "/"),
    ],
)
def test_a_path_is_read_as_a_request_has_it(text, expected):
    assert parse_url_path(text) == expected


@pytest.mark.parametrize("text", ["", "blog", "//host/blog", "http://host/blog", "?a"])
def test_what_is_no_path_is_refused(text):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is below
        parse_url_path(text)

    assert str(caught.value) == (
        f"{text!r} is not a path: it must begin with one slash."
    )


@pytest.mark.parametrize(
    ("folder_path", "expected"),
    [
        ("/blog/[id]", " Did you mean '/blog/[slug]'?"),
        ("/blgo/[slug]", " Did you mean '/blog/[slug]'?"),
        ("/nothing-like-it", ""),
    ],
)
def test_the_folder_path_that_was_perhaps_meant_is_named(folder_path, expected):
    assert suggest(folder_path, ["/", "/blog/[slug]", "/files/[...parts]"]) == expected


def test_all_folder_paths_that_are_served_are_known(site):
    site(FILES)

    assert find_folder_paths() == {
        "/",
        "/blog",
        "/blog/[slug]",
        "/blog/[slug]/edit",
        "/broken",
        "/docs/[[...parts]]",
        "/files/[...parts]",
        "/upload",
    }


SERVED = {
    "/": True,
    "/blog": True,
    "/blog/": True,
    "/blog/a": True,
    "/blog/a/edit": False,
    "/blog/a/b": False,
    "/docs": True,
    "/docs/a/b": True,
    "/files": False,
    "/files/a": True,
    "/files/a/b": True,
    "/broken": False,
    "/upload": False,
    "/other": False,
    "/Blog": False,
}


def test_a_path_is_cached_where_a_cached_route_may_serve_it(site):
    site(FILES)

    assert {path: is_cached_path(path) for path in SERVED} == SERVED


BELOW = {
    "/": (
        {"/", "/blog", "/blog/[slug]", "/docs/[[...parts]]", "/files/[...parts]"},
        set(),
    ),
    "/blog": ({"/blog", "/blog/[slug]"}, set()),
    "/blog/a": (set(), {"/blog/a"}),
    "/docs": ({"/docs/[[...parts]]"}, set()),
    "/docs/a": (set(), {"/docs/a"}),
    "/files": ({"/files/[...parts]"}, set()),
    "/files/a/b": (set(), {"/files/a/b"}),
    "/other": (set(), set()),
}


def test_what_is_cached_below_a_path_are_routes_or_has_the_path_above_it(site):
    site(FILES)

    assert {path: find_below(path) for path in BELOW} == BELOW


def test_a_path_that_is_too_deep_ends_more_than_it_names(site):
    site(FILES)
    parts = [str(number) for number in range(20)]

    found = find_below("/files/" + "/".join(parts))

    assert found == (set(), {"/files/" + "/".join(parts[:MAX_ANCESTORS])})


class URLs:
    urlpatterns = (
        path("v1/", include("django_routehandlers.urls")),
        path("<tenant>/", include("django_routehandlers.urls")),
    )


def test_a_route_is_known_at_every_mount(site):
    site({"shop/routes/blog/[slug]/route.py": CACHED}, ROOT_URLCONF=URLs)

    found = find_below("/v1/blog/a")

    # Of the mount that captures it is only known that it may be meant.
    assert found == ({"/blog/[slug]"}, {"/v1/blog/a"})
    assert (is_cached_path("/v1/blog/a"), is_cached_path("/other")) == (True, True)


@pytest.mark.parametrize(
    ("prefix", "text", "expected"),
    [
        ("/project/", "/project/blog/a", "/blog/a"),
        ("/project/", "/project", "/"),
        ("/project/", "/projects/a", "/projects/a"),
        ("/project/", "/blog/a", "/blog/a"),
        ("/", "/project/blog/a", "/project/blog/a"),
    ],
)
def test_paths_begin_where_the_project_is_served(prefix, text, expected):
    set_script_prefix(prefix)
    try:
        found = parse_url_path(text)
    finally:
        set_script_prefix("/")

    assert found == expected


def test_places_are_those_of_the_routes_as_they_are(site):
    root = site({"shop/routes/blog/route.py": CACHED})
    before = is_cached_path("/blog")

    (root / "shop/routes/blog/route.py").unlink()
    forget_snapshot()

    assert (before, is_cached_path("/blog")) == (True, False)
