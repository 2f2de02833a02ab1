"""Every kind of folder, asked through both servers' clients."""

from urllib.parse import unquote

import pytest
from django.urls import resolve
from django.urls.resolvers import URLResolver

from django_routehandlers.urls import find_root_mounts

ECHO = "def GET(params): return params\n"
ASYNC_ECHO = "async def GET(params): return params\n"


def write_echoes(*folders):
    """Return one route per folder that says who it is, sync and async in turn."""
    files = {}
    for number, folder in enumerate(folders):
        keyword = ("def", "async def")[number % 2]
        path = "/".join(filter(None, ["shop/routes", folder, "route.py"]))
        files[path] = f"{keyword} GET(params): return [{folder!r}, params]\n"
    return files


SITE = write_echoes(
    "",
    "items",
    "items/new",
    "items/[id=int]",
    "items/[id]",
    "items/[id]/parts",
    "items/[id=int]/parts/[part=slug]",
    "docs/[...slug]",
    "docs/old",
    "docs/[page]/raw",
    "wiki/[[...path]]",
    "(admin)/reports",
    "(admin)/(deep)/stats",
    "sitemap.xml",
    ".well-known/security.txt",
    "café",
    "a b",
    "%5Fname",
    "%40me",
    "%28x%29",
    "when/[at=uuid]/x",
    "when/[[...rest]]",
    "Case",
)

FOUND = [
    ("/", "", {}),
    ("/items", "items", {}),
    ("/items/new", "items/new", {}),
    ("/items/42", "items/[id=int]", {"id": 42}),
    ("/items/042", "items/[id=int]", {"id": 42}),
    ("/items/4x", "items/[id]", {"id": "4x"}),
    ("/items/-1", "items/[id]", {"id": "-1"}),
    ("/items/NEW", "items/[id]", {"id": "NEW"}),
    ("/items/new/parts", "items/[id]/parts", {"id": "new"}),
    ("/items/42/parts", "items/[id]/parts", {"id": "42"}),
    (
        "/items/42/parts/left-door",
        "items/[id=int]/parts/[part=slug]",
        {"id": 42, "part": "left-door"},
    ),
    ("/docs/a", "docs/[...slug]", {"slug": ["a"]}),
    ("/docs/a/b/c", "docs/[...slug]", {"slug": ["a", "b", "c"]}),
    ("/docs/old", "docs/old", {}),
    ("/docs/old/more", "docs/[...slug]", {"slug": ["old", "more"]}),
    ("/docs/old/raw", "docs/[page]/raw", {"page": "old"}),
    ("/docs/x/raw/y", "docs/[...slug]", {"slug": ["x", "raw", "y"]}),
    ("/wiki", "wiki/[[...path]]", {"path": []}),
    ("/wiki/a/b", "wiki/[[...path]]", {"path": ["a", "b"]}),
    ("/reports", "(admin)/reports", {}),
    ("/stats", "(admin)/(deep)/stats", {}),
    ("/sitemap.xml", "sitemap.xml", {}),
    ("/.well-known/security.txt", ".well-known/security.txt", {}),
    ("/caf%C3%A9", "café", {}),
    ("/cafe%CC%81", "café", {}),
    ("/a%20b", "a b", {}),
    ("/_name", "%5Fname", {}),
    ("/%5fname", "%5Fname", {}),
    ("/@me", "%40me", {}),
    ("/(x)", "%28x%29", {}),
    ("/items/a%20b", "items/[id]", {"id": "a b"}),
    ("/items/%C3%A9", "items/[id]", {"id": "é"}),
    ("/items/a+b", "items/[id]", {"id": "a+b"}),
    ("/items/a;b=c", "items/[id]", {"id": "a;b=c"}),
    ("/items/[id]", "items/[id]", {"id": "[id]"}),
    ("/items/...", "items/[id]", {"id": "..."}),
    ("/when/nothing/x", "when/[[...rest]]", {"rest": ["nothing", "x"]}),
    ("/when", "when/[[...rest]]", {"rest": []}),
    ("/Case", "Case", {}),
]

MISSED = [
    "/Items",
    "/ITEMS/new",
    "/case",
    "/items/42/parts/left%20door",
    "/items/x/parts/y",
    "/items//new",
    "/items/",
    "//items",
    "/docs",
    "/docs//a",
    "/docs/a//b",
    "/wiki//a",
    "/admin/reports",
    "/(admin)/reports",
    "/_name/x",
    "/me",
    "/nothing",
    "/sitemapxxml",
    "/x",
]


@pytest.mark.parametrize(("path", "folder", "params"), FOUND, ids=str)
def test_path_finds_its_folder(send, site, path, folder, params):
    site(SITE, ROUTE_HANDLERS={"TRAILING_SLASH": "strict"})

    response = send("GET", path)

    assert response.json() == [folder, params]


@pytest.mark.parametrize("path", MISSED)
def test_path_of_no_folder_is_404(send, site, path):
    site(SITE, ROUTE_HANDLERS={"TRAILING_SLASH": "strict"})

    response = send("GET", f"http://testserver{path}")

    assert response.status_code == 404


def test_uuid_arrives_converted(send, site):
    site({"shop/routes/[id=uuid]/route.py": "def GET(id): return type(id).__name__"})

    response = send("GET", "/6c1f31f0-0000-4000-8000-000000000001")

    assert response.json() == "UUID"


def test_converter_of_the_project_reads_a_segment(send, site):
    files = {
        "shop/apps.py": """
            from django.apps import AppConfig
            from django.urls import register_converter
            from django.urls.converters import get_converters

            class Year:
                regex = "[0-9]{4}"

                def to_python(self, value):
                    if value == "0000":
                        raise ValueError
                    return int(value)

                def to_url(self, value):
                    return f"{value:04}"

            class Shop(AppConfig):
                name = "shop"

                def ready(self):
                    if "four_digit_year" not in get_converters():
                        register_converter(Year, "four_digit_year")
        """,
        "shop/routes/[year=four_digit_year]/route.py": "def GET(year): return year + 1",
        "shop/routes/[name]/route.py": "def GET(name): return name",
    }
    site(files)

    answers = [send("GET", path).json() for path in ("/2025", "/0000", "/20250")]

    assert answers == [2026, "0000", "20250"]


def test_private_folders_are_no_routes(send, site):
    files = {
        "shop/routes/_lib/route.py": ECHO,
        "shop/routes/_lib/deep/route.py": ECHO,
        "shop/routes/a/__pycache__/route.py": ECHO,
    }
    site(files)

    answers = [
        send("GET", path).status_code for path in ("/_lib", "/_lib/deep", "/deep", "/a")
    ]

    assert answers == [404, 404, 404, 404]


def test_precedence_is_the_same_over_all_apps(send, site):
    site(
        {
            "alpha/routes/[...rest]/route.py": "def GET(): return 'alpha'",
            "beta/routes/x/[id]/route.py": "def GET(id): return 'beta'",
            "gamma/routes/x/y/route.py": "def GET(): return 'gamma'",
        }
    )

    answers = [send("GET", path).json() for path in ("/x/y", "/x/z", "/x/y/z", "/x")]

    assert answers == ["gamma", "beta", "alpha", "alpha"]


def test_patterns_of_the_project_come_first(send, site):
    site({"shop/routes/own/route.py": ECHO, "shop/routes/[name]/route.py": ECHO})

    response = send("GET", "/own")

    assert response.content == b"own"


def test_list_of_a_catch_all_belongs_to_one_request(send, site):
    source = """
        def GET(slug):
            slug.append("seen")
            return slug
    """
    site({"shop/routes/[[...slug]]/route.py": source})

    answers = [send("GET", "/").json() for _ in range(2)]

    assert answers == [["seen"], ["seen"]]


@pytest.mark.parametrize(("path", "folder", "params"), FOUND, ids=str)
def test_django_s_own_walk_over_the_patterns_agrees(site, path, folder, params):
    site(SITE, ROUTE_HANDLERS={"TRAILING_SLASH": "strict"})
    (mount,) = find_root_mounts()
    text = unquote(path)
    if "e\N{COMBINING ACUTE ACCENT}" in text:
        text = "/café"  # a pattern compares code points

    ours = resolve(text)
    theirs = URLResolver.resolve(mount.tree, text[1:])

    assert (theirs.url_name, theirs.kwargs) == (ours.url_name, ours.kwargs)
