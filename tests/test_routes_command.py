"""`manage.py routes` lists every endpoint."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from tests.projects import run_project

GET = "def GET(): return {}\n"

FILES = {
    "shop/routes/route.py": GET,
    "shop/routes/items/route.py": f"name = 'item-list'\n{GET}async def POST(): ...\n",
    "shop/routes/items/[id=int]/route.py": (
        "csrf = 'token'\nasync def GET(id): ...\nasync def DELETE(id): ...\n"
    ),
    "shop/routes/docs/[[...slug]]/route.py": f"dynamic = 'force-dynamic'\n{GET}",
    "shop/routes/hook/route.py": "csrf = 'off'\ndef POST(): ...\ndef OPTIONS(): ...\n",
    "shop/routes/empty/route.py": "",
}


def run_routes(*arguments):
    """Return what `manage.py routes` writes to its two streams."""
    out, err = io.StringIO(), io.StringIO()
    call_command("routes", *arguments, stdout=out, stderr=err, no_color=True)
    return out.getvalue(), err.getvalue()


def read_table(text):
    """Return the cells of a table, by the two spaces that part them."""
    rows = [line.split("  ") for line in text.splitlines()]
    return [[cell.strip() for cell in row if cell.strip()] for row in rows]


def test_table_lists_endpoints_in_the_order_of_precedence(site):
    site(FILES)

    out, err = run_routes()

    assert read_table(out) == [
        ["METHODS", "PATH", "NAME", "MODE", "CACHE", "CSRF", "FILE"],
        ["GET, HEAD", "/", "/", "sync", "-", "origin", "shop/routes/route.py"],
        [
            "GET, HEAD",
            "/docs/[[...slug]]",
            "/docs/[[...slug]]",
            "sync",
            "force-dynamic",
            "origin",
            "shop/routes/docs/[[...slug]]/route.py",
        ],
        ["/empty", "/empty", "sync", "-", "origin", "shop/routes/empty/route.py"],
        [
            "OPTIONS, POST",
            "/hook",
            "/hook",
            "sync",
            "-",
            "off",
            "shop/routes/hook/route.py",
        ],
        [
            "GET, HEAD, POST",
            "/items",
            "item-list",
            "mixed",
            "-",
            "origin",
            "shop/routes/items/route.py",
        ],
        [
            "DELETE, GET, HEAD",
            "/items/[id=int]",
            "/items/[id=int]",
            "async",
            "-",
            "token",
            "shop/routes/items/[id=int]/route.py",
        ],
    ]
    assert "W002" in err


def test_columns_are_aligned(site):
    site({"shop/routes/a/route.py": GET, "shop/routes/long/name/route.py": GET})

    out, _ = run_routes()

    assert out == (
        "METHODS    PATH        NAME        MODE  CACHE  CSRF    FILE\n"
        "GET, HEAD  /a          /a          sync  -      origin  shop/routes/a/route.py\n"
        "GET, HEAD  /long/name  /long/name  sync  -      origin  "
        "shop/routes/long/name/route.py\n"
    )


def test_json_has_stable_keys(site):
    site({"shop/routes/items/[id=int]/route.py": f"name = 'item'\n{GET}"})

    out, err = run_routes("--format", "json")

    assert json.loads(out) == [
        {
            "path": "/items/[id=int]",
            "methods": ["GET", "HEAD"],
            "name": "item",
            "mode": "sync",
            "cache": "-",
            "csrf": "origin",
            "middleware": [],
            "app": "shop",
            "module": "shop.routes.items.id__int_param.route",
            "file": "shop/routes/items/[id=int]/route.py",
            "params": ["id"],
            "broken": False,
        }
    ]
    assert list(json.loads(out)[0]) == [
        "path",
        "methods",
        "name",
        "mode",
        "cache",
        "csrf",
        "middleware",
        "app",
        "module",
        "file",
        "params",
        "broken",
    ]
    assert err == ""


GUARDED = {
    "shop/stack.py": "class Own:\n    def __init__(self, get_response): pass\n",
    "shop/routes/a/middleware.py": (
        "from django.middleware.gzip import GZipMiddleware\n"
        "middleware = ['django.middleware.http.ConditionalGetMiddleware', "
        "GZipMiddleware]\n"
    ),
    "shop/routes/a/route.py": GET,
    "shop/routes/a/(b)/middleware.py": "middleware = ['shop.stack.Own']",
    "shop/routes/a/(b)/b/route.py": GET,
    "shop/routes/c/middleware.py": "middleware = ['shop.stack.Nothing']",
    "shop/routes/c/route.py": GET,
    "shop/routes/d/middleware.py": "",
    "shop/routes/d/route.py": GET,
    "shop/routes/e/route.py": GET,
}


def test_middleware_of_folders_is_shown_outermost_first(site):
    site(GUARDED)

    out, _ = run_routes()
    listing = json.loads(run_routes("--format", "json")[0])

    of_django = "ConditionalGetMiddleware, GZipMiddleware"
    rows = [line.split("  ") for line in out.splitlines()]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert [(row[0], row[-2]) for row in cells] == [
        ("METHODS", "MIDDLEWARE"),
        ("GET, HEAD", of_django),
        ("GET, HEAD", f"{of_django}, Own"),
        ("broken", "-"),
        ("broken", "-"),
        ("GET, HEAD", "-"),
    ]
    dotted = [
        "django.middleware.http.ConditionalGetMiddleware",
        "django.middleware.gzip.GZipMiddleware",
    ]
    own = [*dotted, "shop.stack.Own"]
    assert [row["middleware"] for row in listing] == [dotted, own, [], [], []]


def test_empty_project_has_no_routes(site):
    site({"shop/": ""})

    assert run_routes() == ("No routes.\n", "")
    assert run_routes("--format", "json") == ("[]\n", "")
    assert run_routes("--check") == ("No routes.\n", "")


BROKEN = {
    "shop/routes/bad/route.py": "1/0",
    "shop/routes/good/route.py": GET,
    "shop/routes/odd/route.py": f"{GET}def get(): ...\n",
}

PROBLEMS = (
    "shop/routes/bad/route.py: (routehandlers.E011) The file can't be imported: "
    "ZeroDivisionError: division by zero\n"
    "\tHINT: Mend the file; manage.py shell -c 'import shop.routes.bad.route' has the "
    "traceback.\n"
    "shop/routes/odd/route.py: (routehandlers.W001) 'get' is not an HTTP method, so no "
    "request reaches it.\n"
    "\tHINT: Rename it to 'GET', or start its name with an underscore.\n"
)


def test_broken_route_is_listed_with_its_reason(site):
    site(BROKEN)

    out, err = run_routes()

    assert read_table(out)[1:] == [
        ["broken", "/bad", "/bad", "sync", "-", "origin", "shop/routes/bad/route.py"],
        [
            "GET, HEAD",
            "/good",
            "/good",
            "sync",
            "-",
            "origin",
            "shop/routes/good/route.py",
        ],
        [
            "GET, HEAD",
            "/odd",
            "/odd",
            "sync",
            "-",
            "origin",
            "shop/routes/odd/route.py",
        ],
    ]
    assert err == PROBLEMS


def test_broken_route_is_marked_in_json(site):
    site(BROKEN)

    out, _ = run_routes("--format", "json")

    assert [row["broken"] for row in json.loads(out)] == [True, False, False]


def test_check_fails_where_a_route_is_in_error(site):
    site(BROKEN)

    with pytest.raises(CommandError) as caught:
        run_routes("--check")

    assert (str(caught.value), caught.value.returncode) == (
        "1 error(s) in the routes.",
        1,
    )


def test_check_passes_where_there_are_only_warnings(site):
    site({"shop/routes/odd/route.py": f"{GET}def get(): ...\n"})

    _, err = run_routes("--check")

    assert "(routehandlers.W001)" in err


def test_check_fails_on_a_mistake_in_the_setting(site):
    site({"shop/routes/a/route.py": GET}, ROUTE_HANDLERS={"CSRF": "maybe"})

    with pytest.raises(CommandError):
        run_routes("--check")


@pytest.mark.parametrize(
    ("arguments", "code"), [([], 0), (["--check"], 1), (["--format", "json"], 0)]
)
def test_exit_code_of_the_process(tmp_path, arguments, code):
    result = run_project(tmp_path, BROKEN, "manage.py", "routes", *arguments)

    assert result.returncode == code
    assert result.stderr.startswith(PROBLEMS)
    assert "\x1b[" not in result.stdout + result.stderr


def test_broken_routes_are_coloured_where_asked(site):
    site(BROKEN)
    out = io.StringIO()

    call_command("routes", stdout=out, stderr=io.StringIO(), force_color=True)

    heading, bad, good, _ = out.getvalue().splitlines()
    assert (heading.startswith("\x1b["), bad.startswith("\x1b[")) == (True, True)
    assert good.startswith("GET")


URLS = """
    from django.urls import include, path
    from django_routehandlers.urls import include_routes

    urlpatterns = [
        path("v1/", include_routes("shop", namespace="one")),
        path("v2/<int:tenant>/", include("django_routehandlers.urls")),
    ]
"""


def test_every_mount_is_listed(site):
    files = {"shop/routes/items/route.py": GET, "shop/routes/route.py": GET}
    site(files | {"shop/urls.py": URLS}, ROOT_URLCONF="shop.urls")

    out, _ = run_routes("--format", "json")

    assert [(row["path"], row["name"]) for row in json.loads(out)] == [
        ("/v1/", "one:/"),
        ("/v1/items", "one:/items"),
        ("/v2/<int:tenant>/", "/"),
        ("/v2/<int:tenant>/items", "/items"),
    ]


def test_paths_are_spelt_as_they_are_served(site):
    files = {
        "shop/routes/route.py": GET,
        "shop/routes/items/route.py": GET,
        "shop/routes/feed.xml/route.py": GET,
    }
    site(files, ROUTE_HANDLERS={"TRAILING_SLASH": "always", "MOUNT": "api"})

    out, _ = run_routes("--format", "json")

    assert [row["path"] for row in json.loads(out)] == [
        "/api/",
        "/api/feed.xml",
        "/api/items/",
    ]


def test_unknown_format_is_refused():
    with pytest.raises(CommandError, match="invalid choice: 'yaml'"):
        call_command("routes", "--format", "yaml")


POLICIES = {
    "": "-",
    "dynamic = 'auto'": "-",
    "dynamic = 'error'": "until revalidated, error",
    "dynamic = 'force-static'": "until revalidated, force-static",
    "dynamic = 'force-dynamic'": "force-dynamic",
    "revalidate = 60": "60 s",
    "revalidate = 60; dynamic = 'auto'": "60 s",
    "revalidate = 60; dynamic = 'error'": "60 s, error",
    "revalidate = 60; dynamic = 'force-static'": "60 s, force-static",
    "revalidate = 0.5": "0.5 s",
    "revalidate = 0": "never",
    "revalidate = False": "until revalidated",
    "revalidate = 2_592_000": "2592000 s",
    "revalidate = timedelta(minutes=1)": "60 s",
    "def revalidate(response): return 1": "by response",
    "def revalidate(response): return 1\ndynamic = 'error'": "by response, error",
}


def test_column_says_how_get_is_cached(site):
    start = f"from datetime import timedelta\n{GET}"
    site(
        {
            f"shop/routes/r{number:02}/route.py": f"{start}{config}\n"
            for number, config in enumerate(POLICIES)
        }
    )

    out, _ = run_routes("--format", "json")

    assert [row["cache"] for row in json.loads(out)] == list(POLICIES.values())


@pytest.mark.parametrize(
    "source",
    [
        "revalidate = 60\ndef POST(): ...\n",
        "revalidate = 60\ndef HEAD(): ...\n",
        f"revalidate = '60'\n{GET}",
        "revalidate = 60\ndef GET(wrong): ...\n",
    ],
    ids=["post", "head", "config", "handler"],
)
def test_nothing_is_cached_without_a_get_that_answers(site, source):
    site({"shop/routes/a/route.py": source})

    out, _ = run_routes("--format", "json")

    assert [row["cache"] for row in json.loads(out)] == ["-"]
