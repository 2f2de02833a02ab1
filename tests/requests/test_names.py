"""The folder path is the URL name, to Django and to every tool."""

from urllib.parse import unquote

import pytest
from django.template.backends.django import DjangoTemplates
from django.urls import NoReverseMatch, resolve, reverse

GET = "def GET(): return {}\n"

SITE = {
    "shop/routes/route.py": GET,
    "shop/routes/items/route.py": f"name = 'item-list'\n{GET}",
    "shop/routes/items/[id=int]/route.py": f"name = 'item-detail'\n{GET}",
    "shop/routes/posts/[slug]/(group)/route.py": GET,
    "shop/routes/docs/[...slug]/route.py": GET,
    "shop/routes/wiki/[[...path]]/route.py": GET,
    "shop/routes/%5Fname/route.py": GET,
    "shop/routes/a b/route.py": GET,
    "shop/routes/café/route.py": GET,
}

REVERSED = [
    ("/", {}, "/"),
    ("/items", {}, "/items"),
    ("item-list", {}, "/items"),
    ("/items/[id=int]", {"id": 3}, "/items/3"),
    ("item-detail", {"id": 3}, "/items/3"),
    ("/posts/[slug]", {"slug": "a b/é"}, None),
    ("/posts/[slug]", {"slug": "a b"}, "/posts/a%20b"),
    ("/docs/[...slug]", {"slug": ["a", "b"]}, "/docs/a/b"),
    ("/docs/[...slug]", {"slug": ["é", 1]}, "/docs/%C3%A9/1"),
    ("/docs/[...slug]", {"slug": "a"}, "/docs/a"),
    ("/docs/[...slug]", {"slug": ["a/b"]}, None),
    ("/docs/[...slug]", {"slug": [""]}, None),
    ("/docs/[...slug]", {"slug": []}, None),
    ("/docs/[...slug]", {}, None),
    ("/wiki/[[...path]]", {}, "/wiki"),
    ("/wiki/[[...path]]", {"path": []}, "/wiki"),
    ("/wiki/[[...path]]", {"path": ["a", "b"]}, "/wiki/a/b"),
    ("/wiki/[[...path]]", {"path": ["a/b"]}, None),
    ("/%5Fname", {}, "/_name"),
    ("/a b", {}, "/a%20b"),
    ("/café", {}, "/caf%C3%A9"),
    ("/items/[id]", {"id": 3}, None),
    ("/items/[id=int]", {"id": "x"}, None),
]


@pytest.mark.parametrize(("name", "kwargs", "url"), REVERSED, ids=str)
def test_reverse(site, name, kwargs, url):
    site(SITE)

    if url is None:
        with pytest.raises(NoReverseMatch):
            reverse(name, kwargs=kwargs)
    else:
        assert reverse(name, kwargs=kwargs) == url


@pytest.mark.parametrize(
    ("name", "kwargs", "url"), [row for row in REVERSED if row[2]], ids=str
)
def test_reversed_url_leads_back(site, name, kwargs, url):
    site(SITE)

    match = resolve(unquote(url))

    assert reverse(match.view_name, kwargs=match.kwargs) == url


def test_reverse_takes_positional_arguments(site):
    site(SITE)

    assert reverse("/items/[id=int]", args=[3]) == "/items/3"


def test_url_tag(site):
    site(SITE)
    options = {"NAME": "test", "DIRS": [], "APP_DIRS": False, "OPTIONS": {}}
    template = DjangoTemplates(options).from_string(
        "{% url '/items/[id=int]' id=3 %} {% url '/docs/[...slug]' slug=parts %}"
    )

    assert template.render({"parts": ["a", "b"]}) == "/items/3 /docs/a/b"


@pytest.mark.parametrize(
    ("path", "route", "name", "kwargs"),
    [
        ("/", "", "/", {}),
        ("/items", "items", "/items", {}),
        ("/items/3", "items/<int:id>", "/items/[id=int]", {"id": 3}),
        ("/posts/x", "posts/<str:slug>", "/posts/[slug]", {"slug": "x"}),
        ("/docs/a/b", "docs/<segments:slug>", "/docs/[...slug]", {"slug": ["a", "b"]}),
        ("/_name", "_name", "/%5Fname", {}),
    ],
)
def test_match_reads_well_in_tools(send, site, path, route, name, kwargs):
    site(SITE)

    match = send("GET", path).resolver_match

    assert (match.route, match.url_name, match.view_name, match.kwargs) == (
        route,
        name,
        name,
        kwargs,
    )
    assert (match.args, match.app_names, match.namespaces) == ((), [], [])
    assert match.captured_kwargs == kwargs
    assert match.extra_kwargs == {}


def test_request_has_the_match(send, site):
    source = """
        def GET(request):
            match = request.resolver_match
            return [match.route, match.url_name, match.view_name, match._func_path]

        POST = GET
    """
    site({"shop/routes/[id]/route.py": source})

    response = send("GET", "/7")

    assert response.json() == [
        "<str:id>",
        "/[id]",
        "/[id]",
        "shop.routes.id__param.route.GET",
    ]


def test_match_can_be_shown_and_unpacked(site):
    site(SITE)

    match = resolve("/items/3")
    func, args, kwargs = match

    assert (func, args, kwargs) == (match.func, (), {"id": 3})
    assert repr(match) == (
        "ResolverMatch(func=shop.routes.items.id__int_param.route.GET, args=(), "
        "kwargs={'id': 3}, url_name='/items/[id=int]', app_names=[], namespaces=[], "
        "route='items/<int:id>', captured_kwargs={'id': 3})"
    )
