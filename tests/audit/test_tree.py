"""The tree shows folders, groups and what surrounds them."""

from django_routehandlers.audit.listing import read_listing
from django_routehandlers.audit.tree import PLAIN, build_tree
from django_routehandlers.urls import find_root_mounts

GET = "def GET(): return {}\n"

FILES = {
    "shop/routes/route.py": GET,
    "shop/routes/middleware.py": (
        "middleware = ['django.middleware.http.ConditionalGetMiddleware']"
    ),
    "shop/routes/items/route.py": f"revalidate = 60\n{GET}def POST(): ...\n",
    "shop/routes/items/[id=int]/route.py": "csrf = 'off'\ndef PUT(id): ...\n",
    "shop/routes/(pages)/middleware.py": (
        "middleware = ['django.middleware.gzip.GZipMiddleware', "
        "'django.middleware.csrf.CsrfViewMiddleware']"
    ),
    "shop/routes/(pages)/docs/[...slug]/route.py": "def GET(slug): return {}\n",
    "shop/routes/routes/middleware.py": "middleware = []",
    "shop/routes/routes/route.py": "",
    "shop/routes/shut/middleware.py": "1/0",
    "shop/routes/shut/a/route.py": GET,
}


def draw(*arguments):
    return [
        line.text for line in build_tree(read_listing(find_root_mounts()), *arguments)
    ]


def test_tree_shows_folders_groups_and_middleware(site):
    site(FILES)

    assert draw() == [
        "/                      GET, HEAD  middleware: ConditionalGetMiddleware",
        "├── (pages)            middleware: GZipMiddleware, CsrfViewMiddleware",
        "│   └── docs",
        "│       └── [...slug]  GET, HEAD",
        "├── items              GET, HEAD, POST  60 s",
        "│   └── [id=int]       PUT  csrf off",
        "├── routes             no handler",
        "└── shut               middleware: broken",
        "    └── a              broken",
    ]


def test_broken_routes_are_marked(site):
    site(FILES)

    lines = build_tree(read_listing(find_root_mounts()))

    assert [line.text for line in lines if line.is_broken] == [
        "    └── a              broken"
    ]


def test_a_narrow_tree_tells_below_the_names(site):
    site(FILES)

    lines = draw(40)

    assert lines == [
        "/",
        "│   GET, HEAD  middleware:",
        "│   ConditionalGetMiddleware",
        "├── (pages)",
        "│   │   middleware: GZipMiddleware,",
        "│   │   CsrfViewMiddleware",
        "│   └── docs",
        "│       └── [...slug]",
        "│               GET, HEAD",
        "├── items",
        "│   │   GET, HEAD, POST  60 s",
        "│   └── [id=int]",
        "│           PUT  csrf off",
        "├── routes",
        "│       no handler",
        "└── shut",
        "    │   middleware: broken",
        "    └── a",
        "            broken",
    ]
    assert draw(80) == draw(None)


def test_a_tree_can_be_drawn_in_ascii(site):
    site({"shop/routes/a/b/route.py": GET, "shop/routes/c/route.py": GET})

    assert draw(None, PLAIN) == [
        "/",
        "|-- a",
        "|   `-- b  GET, HEAD",
        "`-- c      GET, HEAD",
    ]


URLS = """
    from django.urls import include, path
    from django_routehandlers.urls import include_routes

    urlpatterns = [
        path("v1/", include_routes("shop")),
        path("v2/", include("django_routehandlers.urls")),
        path("v1/", include_routes("blog")),
    ]
"""


def test_mounts_are_trees_of_their_own_and_apps_are_named(site):
    site(
        {
            "shop/routes/a/b/route.py": GET,
            "blog/routes/a/c/route.py": GET,
            "shop/urls.py": URLS,
        },
        ROOT_URLCONF="shop.urls",
    )

    assert draw() == [
        "/v1/",
        "└── a",
        "    ├── b  GET, HEAD  shop",
        "    └── c  GET, HEAD  blog",
        "/v2/",
        "└── a",
        "    ├── b  GET, HEAD  shop",
        "    └── c  GET, HEAD  blog",
    ]


def test_two_routes_of_one_folder_are_both_told(site):
    site({"shop/routes/a/route.py": GET, "blog/routes/a/route.py": GET})

    assert draw() == ["/", "└── a  broken  blog  broken  shop"]


def test_no_routes_have_no_tree(site):
    site({"shop/": ""})

    assert draw() == draw(80) == []
