"""A path that is ended is ended in each of its variants, and nothing else is."""

from functools import partial

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory
from django.urls import include, path, set_script_prefix

from django_routehandlers.cache import revalidate_path
from tests.cache.requests.routes import count, get_told
from tests.clients import send_wsgi

pytestmark = pytest.mark.usefixtures("route_cache")


def ask(*paths, **options):
    """Ask for paths, and return those for which a handler was run."""
    responses = [(path, send_wsgi("GET", path, **options)) for path in paths]
    return [path for path, r in responses if not get_told(r).startswith("hit")]


HOSTS = {"ALLOWED_HOSTS": ["a.example", "b.example", "testserver"]}
LOCALES = ["django.middleware.locale.LocaleMiddleware"]


def test_a_path_ends_each_variant_of_itself(site):
    answer = "[id, request.GET.get('page')]"
    files = {"shop/routes/x/[id]/route.py": count(answer, arguments="request, id")}
    site(files, MIDDLEWARE=LOCALES, **HOSTS)
    variants = [
        partial(ask, path, headers={"Host": host, "Accept-Language": language})
        for path in ("/x/1", "/x/1?page=2", "/x/2")
        for host in ("a.example", "b.example")
        for language in ("en", "de")
    ]
    assert all(variant() for variant in variants)
    assert not any(variant() for variant in variants)

    revalidate_path("/x/1")

    assert [bool(variant()) for variant in variants] == [True] * 8 + [False] * 4


TREE = {
    "shop/routes/blog/route.py": count(),
    "shop/routes/blog/[slug]/route.py": count("[slug, len(calls)]", arguments="slug"),
    "shop/routes/blog/[slug]/edit/route.py": count("[slug]", arguments="slug"),
    "shop/routes/blog/archive/route.py": count(),
    "shop/routes/files/[...parts]/route.py": count("parts", arguments="parts"),
    "shop/routes/about/route.py": count(),
}

PATHS = [
    "/blog",
    "/blog/a",
    "/blog/a/edit",
    "/blog/b",
    "/blog/b/edit",
    "/blog/archive",
    "/files/a",
    "/files/a/b",
    "/files/a/b/c",
    "/files/ab",
    "/about",
]


@pytest.mark.parametrize(
    ("text", "below", "ended"),
    [
        ("/blog", False, ["/blog"]),
        ("/blog/", False, ["/blog"]),
        ("/blog/a", False, ["/blog/a"]),
        ("/blog/%61", False, ["/blog/a"]),
        ("/blog/a?page=1#top", False, ["/blog/a"]),
        ("/blog/c", False, []),
        ("/blog/[slug]", False, ["/blog/a", "/blog/b"]),
        ("/blog/[slug]/edit", False, ["/blog/a/edit", "/blog/b/edit"]),
        ("/blog", True, [path for path in PATHS if path.startswith("/blog")]),
        ("/blog/a", True, ["/blog/a", "/blog/a/edit"]),
        ("/blog/a/", True, ["/blog/a", "/blog/a/edit"]),
        ("/blog/[slug]", True, ["/blog/a", "/blog/a/edit", "/blog/b", "/blog/b/edit"]),
        ("/files", True, [path for path in PATHS if path.startswith("/files")]),
        ("/files/a", False, ["/files/a"]),
        ("/files/a", True, ["/files/a", "/files/a/b", "/files/a/b/c"]),
        ("/files/a/b", True, ["/files/a/b", "/files/a/b/c"]),
        ("/files/[...parts]", False, [p for p in PATHS if p.startswith("/files")]),
        ("/", True, PATHS),
        ("/", False, []),
        ("/nowhere", True, []),
    ],
)
def test_a_path_ends_what_it_names(site, text, below, ended):
    site(TREE)
    ask(*PATHS)

    revalidate_path(text, below=below)

    assert ask(*PATHS) == ended
    assert ask(*PATHS) == []


@pytest.mark.parametrize("mode", ["never", "always", "ignore", "strict"])
@pytest.mark.parametrize("text", ["/x/a", "/x/a/"])
def test_a_path_may_be_spelt_with_a_slash_or_without(site, mode, text):
    files = {"shop/routes/x/[id]/route.py": count("id", arguments="id")}
    site(files, ROUTE_HANDLERS={"TRAILING_SLASH": mode})
    urls = {"always": ["/x/a/"], "ignore": ["/x/a", "/x/a/"]}.get(mode, ["/x/a"])
    ask(*urls)
    assert ask(*urls) == []

    revalidate_path(text)

    assert ask(*urls) == urls


MOUNTS = [
    path("", include("django_routehandlers.urls")),
    path("v1/", include("django_routehandlers.urls")),
    path("<str:tenant>/", include("django_routehandlers.urls")),
]
MOUNTED = ["/blog/a", "/v1/blog/a", "/some/blog/a", "/other/blog/a"]


@pytest.mark.parametrize(
    ("text", "below", "ended"),
    [
        ("/blog/a", False, MOUNTED[:1]),
        ("/v1/blog/a", False, MOUNTED[1:2]),
        ("/some/blog/a", False, MOUNTED[2:3]),
        ("/blog/[slug]", False, MOUNTED),
        ("/", True, MOUNTED),
    ],
)
def test_a_url_path_is_at_one_mount_and_a_folder_path_at_all(site, text, below, ended):
    site(TREE, ROOT_URLCONF=type("urls", (), {"urlpatterns": MOUNTS}))
    ask(*MOUNTED)
    assert ask(*MOUNTED) == []

    revalidate_path(text, below=below)

    assert ask(*MOUNTED) == ended


# A server's request looks after connections that any test has left.
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "below", "is_ended"),
    [
        ("/app/blog/a", False, True),
        # As a shell spells it, which does not know the prefix.
        ("/blog/a", False, True),
        ("/blog/b", False, False),
        ("/blog/[slug]", False, True),
        ("/app/blog", True, True),
        ("/app", True, True),
        ("/blog", True, True),
        ("/app/blog/a", True, True),
    ],
)
def test_below_a_script_prefix_paths_have_it(site, text, below, is_ended):
    site(TREE | {"shop/routes/end/route.py": END.format(text, below)})
    try:
        for _ in range(2):
            ask_below("/app", "GET", "/blog/a")
        ask_below("/app", "POST", "/end")
        told = ask_below("/app", "GET", "/blog/a")
    finally:
        set_script_prefix("/")

    assert told.startswith("hit") is not is_ended


END = """
from django_routehandlers.cache import revalidate_path

def POST():
    revalidate_path({!r}, below={})
    return {{}}
"""


def ask_below(prefix, method, path):
    """Ask as a server below a prefix does; return what the cache says."""
    environ = RequestFactory().generic(method, path, SCRIPT_NAME=prefix).environ
    response = WSGIHandler()(environ | {"HTTP_HOST": "testserver"}, lambda *args: None)
    return get_told(response) if method == "GET" else None
