"""`manage.py routes` lists every endpoint."""

import io
import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from django_routehandlers import checks
from tests.listings import BROKEN, GET, SHOP, Screen, fail_routes, run_routes
from tests.projects import run_project, write_project

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
        ["-", "/empty", "/empty", "sync", "-", "origin", "shop/routes/empty/route.py"],
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
            "max_body": None,
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
        "max_body",
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


def get_paths(*arguments):
    out, _ = run_routes("--format", "json", *arguments)
    return [row["path"] for row in json.loads(out)]


@pytest.mark.parametrize(
    ("arguments", "paths"),
    [
        (["--app", "blog"], ["/posts"]),
        (["--app", "blog", "--app", "shop"], ["/posts", "/items", "/items/[id=int]"]),
        (["--method", "put"], ["/items/[id=int]"]),
        (["--method", "PUT", "--method", "POST"], ["/items", "/items/[id=int]"]),
        (["--path", "/items"], ["/items", "/items/[id=int]"]),
        (["--cache", "any"], ["/items"]),
        (["--csrf", "token"], ["/items/[id=int]"]),
        (["--app", "shop", "--method", "GET"], ["/items"]),
        (["--app", "blog", "--method", "PUT"], []),
    ],
)
def test_filters_choose_endpoints(site, arguments, paths):
    site(SHOP)

    assert sorted(get_paths(*arguments)) == sorted(paths)


def test_where_nothing_matches_that_is_said(site):
    site(SHOP)

    assert run_routes("--method", "QUERY") == ("No route matches.\n", "")
    assert run_routes("--method", "QUERY", "--format", "tree") == (
        "No route matches.\n",
        "",
    )
    assert run_routes("--method", "QUERY", "--format", "json") == ("[]\n", "")


def test_a_filter_hides_no_problem(site):
    site(BROKEN | {"blog/": ""})

    out, err = run_routes("--app", "blog")

    assert (out, err) == ("No route matches.\n", PROBLEMS)
    with pytest.raises(CommandError, match=r"^1 error\(s\) in the routes\.$"):
        run_routes("--app", "blog", "--check")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--format", "yaml"],
            "--format takes table, json or tree, not 'yaml'.",
        ),
        (
            ["--format", "tre"],
            "--format takes table, json or tree, not 'tre'. Did you mean 'tree'?",
        ),
        (
            ["--app", "shp"],
            "--app shp: no installed app has that name or label. Did you mean 'shop'?",
        ),
        (
            ["--why", "GET", "items"],
            "'items' is not a path, which begins with a slash. Did you mean '/items'?",
        ),
        (
            ["--why", "GET", "/", "--diff", "a"],
            "--why and --diff are two things: give one of them.",
        ),
        (
            ["--why", "GET", "/", "--check"],
            "--why is about one request: leave out --check.",
        ),
        (
            ["--why", "GET", "/", "--app", "shop"],
            "--why is about one request: leave out --app.",
        ),
        (
            ["--diff", "a", "--format", "tree"],
            "--diff has no --format tree: use table or json.",
        ),
        (
            ["--diff", "none.json"],
            "none.json can't be read: No such file or directory.",
        ),
        (["--diff", "."], ".: it is a folder."),
        (["--diff", ""], "--diff takes a file, or - for standard input."),
    ],
)
def test_mistakes_are_told_in_one_line(site, arguments, message):
    site(SHOP)

    with pytest.raises(CommandError) as caught:
        run_routes(*arguments)

    assert (str(caught.value), caught.value.returncode) == (message, 2)


def test_a_tree_is_drawn(site):
    site(SHOP)

    out, err = run_routes("--format", "tree", "--app", "shop")

    assert (out, err) == (
        "/\n"
        "└── items         GET, HEAD, POST  60 s\n"
        "    └── [id=int]  PUT  csrf token\n",
        "",
    )


def test_a_stream_without_lines_gets_a_tree_in_ascii(site):
    site(SHOP)
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")

    call_command("routes", "--format", "tree", "--path", "/posts", stdout=stream)

    stream.flush()
    assert stream.buffer.getvalue() == b"/\n`-- posts  GET, HEAD\n"


def test_a_terminal_gets_what_fits(site, monkeypatch):
    site(SHOP)
    monkeypatch.setenv("COLUMNS", "60")
    out = Screen()

    call_command("routes", "--path", "/posts", stdout=out, no_color=True)

    assert out.getvalue() == (
        "METHODS    PATH    NAME    MODE  CACHE  CSRF\n"
        "    FILE\n"
        "GET, HEAD  /posts  /posts  sync  -      origin\n"
        "    blog/routes/posts/route.py\n"
    )


def test_broken_routes_of_a_tree_are_coloured(site, monkeypatch):
    site(BROKEN)
    monkeypatch.setenv("DJANGO_COLORS", "error=red")
    out = io.StringIO()

    call_command(
        "routes", format="tree", stdout=out, stderr=io.StringIO(), force_color=True
    )

    assert out.getvalue() == (
        "/\n\x1b[31m├── bad   broken\x1b[0m\n├── good  GET, HEAD\n└── odd   GET, HEAD\n"
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--why", "GET", "/good"], 0),
        (["--why", "GET", "/bad"], 0),
        (["--why", "GET", "/none"], 1),
        (["--why", "GET"], 2),
        (["--why", "", ""], 2),
        (["--diff", "manage.py"], 2),
        (["--csrf", "no"], 2),
    ],
)
def test_exit_codes_of_options(tmp_path, arguments, code):
    result = run_project(tmp_path, BROKEN, "manage.py", "routes", *arguments)

    assert result.returncode == code
    assert "Traceback" not in result.stderr


def test_who_closes_the_pipe_gets_no_traceback(tmp_path):
    environment = write_project(tmp_path, SHOP)
    reading, writing = os.pipe()
    os.close(reading)

    result = subprocess.run(
        [sys.executable, "-W", "error", "manage.py", "routes"],
        cwd=tmp_path,
        env=environment,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )

    os.close(writing)
    assert (result.returncode, result.stderr) == (141, "")


@pytest.mark.parametrize("arguments", [[], ["--why", "GET", "/a"], ["--diff", "-"]])
def test_a_urlconf_that_is_in_error_is_told_in_one_line(site, arguments, monkeypatch):
    stdin = SimpleNamespace(buffer=io.BytesIO(b"[]"))
    monkeypatch.setattr(sys, "stdin", stdin)
    site({"shop/urls.py": "1/0"}, ROOT_URLCONF="shop.urls")

    assert fail_routes(*arguments) == (
        "",
        "The URLconf can't be read: ZeroDivisionError: division by zero "
        "(--traceback shows where).",
        1,
    )


def test_apps_that_are_not_the_projects_own_are_named(site, tmp_path, monkeypatch):
    monkeypatch.setattr(checks, "_INSTALLED", frozenset({tmp_path.name}))
    site({"shop/routes/a/route.py": GET})

    _, err = run_routes("--check")

    assert err == (
        "shop: (routehandlers.W010) The app 'shop' is not the project's own, and serves "
        "routes.\n\tHINT: List the apps that may, in ROUTE_HANDLERS['APPS'].\n"
    )
