"""`manage.py startroute` writes a route that the checks accept, or nothing."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connections
from django.urls.converters import get_converters

from tests.projects import run_project, write_project

GET = "def GET(): return {}\n"

URLS = """
    from django.urls import include, path
    from django_routehandlers.urls import include_routes

    urlpatterns = [
        path("v1/", include_routes("shop")),
        path("<int:tenant>/", include_routes("blog")),
    ]
"""

UNMOUNTED = (
    "The routes of the app 'shop' are not mounted, so no request reaches them. Include "
    "them: path('', include_routes('shop')), from django_routehandlers.urls.\n"
)


@pytest.fixture
def start(monkeypatch):
    """Return a function that runs the command in the site and returns its output."""

    def run(*arguments, app="shop", **options):
        monkeypatch.chdir(Path(apps.get_app_config(app).path).parent)
        out, err = io.StringIO(), io.StringIO()
        call_command(
            *("startroute", app, *arguments),
            stdout=out,
            stderr=err,
            no_color=True,
            **options,
        )
        return out.getvalue(), err.getvalue()

    return run


def list_files(root):
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())


def read_error(start, *arguments, **options):
    with pytest.raises(CommandError) as caught:
        start(*arguments, **options)
    return str(caught.value)


def test_route_and_test_are_written_and_named(site, start):
    root = site({"shop/models.py": ""})

    written = start("/api/items/[id]", "POST", "GET", revalidate="60")

    assert written == (
        "Created shop/routes/api/items/[id]/route.py\n"
        "Created shop/test_api_items_id.py\n"
        "GET, HEAD, POST /api/items/[id]\n",
        "",
    )
    assert list_files(root) == [
        "shop/__init__.py",
        "shop/models.py",
        "shop/routes/api/items/[id]/route.py",
        "shop/test_api_items_id.py",
    ]
    route = (root / "shop/routes/api/items/[id]/route.py").read_text()
    assert route.startswith("from django_routehandlers.http import Response\n\nrev")
    assert (root / "shop/test_api_items_id.py").read_text().count("def test_") == 2


@pytest.mark.parametrize(
    ("settings", "answers", "told"),
    [
        ({"ROUTE_HANDLERS": {"MOUNT": "api"}}, "GET, HEAD /api/items/[id]\n", ""),
        (
            {"ROUTE_HANDLERS": {"TRAILING_SLASH": "always"}},
            "GET, HEAD /items/[id]/\n",
            "",
        ),
        ({"ROUTE_HANDLERS": {"APPS": ["blog"]}}, "", UNMOUNTED),
        ({"ROUTE_HANDLERS": {"MOUNT": None}}, "", UNMOUNTED),
        ({"ROOT_URLCONF": "shop.urls"}, "GET, HEAD /v1/items/[id]\n", ""),
        ({"ROOT_URLCONF": None}, "", UNMOUNTED),
    ],
)
def test_urls_are_those_of_the_mounts(site, start, settings, answers, told):
    site({"shop/urls.py": URLS, "blog/routes/": ""}, **settings)

    out, err = start("items/[id]", "GET")

    created = "Created shop/routes/items/[id]/route.py\nCreated shop/test_items_id.py\n"
    assert (out, err) == (created + answers, told)


FILES = {
    "shop/urls.py": URLS,
    "shop/routes/items/[id]/route.py": "def GET(id): return {}\n",
    "shop/routes/docs/[[...slug]]/route.py": "def GET(slug): return {}\n",
    "shop/routes/rates.py": "",
    "shop/routes/dates/[day=int]/route.py": "def GET(day): return {}\n",
    # A broken route is no reason to have no other one.
    "shop/routes/broken/route.py": "1 / 0",
    "blog/routes/items/[id]/route.py": "def GET(id): return {}\n",
    "blog/routes.py": "",
    "news/routes/": "",
}

HINT = "\n\tHINT: "

REFUSALS = {
    "items/[id]": "shop/routes/items/[id]/route.py exists already. Add a handler to it.",
    "(x)/items/[id]": (
        "shop/routes/(x)/items/[id]/route.py: (routehandlers.E002) Two files serve "
        "'/items/[id]'." + HINT + "Keep one of the folders, or put one of them under a "
        "static folder."
    ),
    "items/[pk]/edit": (
        "shop/routes/items/[id]/route.py: (routehandlers.E003) '[id]' and '[pk]' name "
        "the same part of the URL." + HINT + "Give the folders one name."
    ),
    "dates/[day=slug]": (
        "shop/routes/dates/[day=int]/route.py: (routehandlers.E004) '[day=int]' and "
        "'[day=slug]' are at one level; where both accept a value, neither comes "
        "first."
        + HINT
        + "Keep one of the converters, or put one folder under a static "
        "folder."
    ),
    "docs/[...slug]": (
        "shop/routes/docs/[...slug]/route.py: (routehandlers.E005) '/docs/[...slug]' "
        "and '/docs/[[...slug]]' match the same URLs." + HINT + "Keep one of the two; "
        "the optional one also serves the bare path."
    ),
    "docs": (
        "shop/routes/docs/[[...slug]]/route.py: (routehandlers.E006) '/docs' and "
        "'/docs/[[...slug]]' match the same URLs." + HINT + "Remove one of the two, or "
        "make the catch-all '[...name]'."
    ),
    "a/[x]/[x]": (
        "shop/routes/a/[x]/[x]/route.py: (routehandlers.E007) The path captures 'x' "
        "twice." + HINT + "Rename one of the two folders."
    ),
    "[...a]/b": (
        "shop/routes/[...a]/b/route.py: (routehandlers.E008) The folder is below "
        "'[...a]', which takes the whole rest of the path." + HINT + "Move it out of "
        "'[...a]', or make '[...a]' the last folder."
    ),
    "[a=odd]": (
        "shop/routes/[a=odd]/route.py: (routehandlers.E009) '[a=odd]' names a path "
        "converter that is not registered." + HINT + "Register it with "
        "django.urls.register_converter, or use one of: int, path, slug, str, uuid."
    ),
    "rates": (
        "shop/routes/rates: (routehandlers.E010) shop/routes/rates.py beside the folder "
        "has its module name, so none of the routes below the folder is served."
        + HINT
        + "Rename shop/routes/rates.py."
    ),
    "a/[id-x]": (
        "shop/routes/a/[id-x]: (routehandlers.E001) Folder '[id-x]' captures 'id-x', "
        "which is not a Python identifier."
        + HINT
        + "Rename the folder, for example to "
        "'[id_x]'."
    ),
    "../a": (
        "shop/routes/..: (routehandlers.E001) Folder '..' stands for '..', which "
        "clients remove from a URL." + HINT + "Rename the folder."
    ),
    "_lib/a": (
        "Folder '_lib' is private, so what is in it is never a route. Name it '%5Flib' "
        "for a URL with '_lib'."
    ),
    "rates.py/a": "shop/routes/rates.py is not a folder. Rename it.",
    "a" * 300: f"'{'a' * 300}' can't be checked: File name too long.",
}


@pytest.mark.parametrize(("path", "message"), REFUSALS.items())
def test_what_the_checks_would_refuse_is_not_written(site, start, path, message):
    root = site(FILES)
    before = list_files(root)

    told = read_error(start, path, "GET")

    assert told == message
    assert list_files(root) == before


def test_module_beside_the_folder_of_routes_is_refused(site, start):
    root = site({"blog/routes.py": ""})

    told = read_error(start, "a", "GET", app="blog")

    assert told == (
        "blog/routes.py: (routehandlers.E010) The module hides the folder blog/routes, "
        "so none of its routes is served."
        + HINT
        + "Rename the module, or add an empty blog/routes/__init__.py."
    )
    assert list_files(root) == ["blog/__init__.py", "blog/routes.py"]


def test_param_that_the_urlconf_captures_is_refused(site, start):
    site({"shop/urls.py": URLS, "blog/routes/": ""}, ROOT_URLCONF="shop.urls")

    told = read_error(start, "c/[tenant]", "GET", app="blog")

    assert told == (
        "blog/routes/c/[tenant]/route.py: (routehandlers.E023) The URLconf captures "
        "'tenant' before the routes, and so does this path, so reverse() can't tell "
        "them apart." + HINT + "Rename one of the two."
    )


def test_routes_of_other_apps_at_one_mount_are_conflicts(site, start):
    files = {"blog/routes/items/route.py": GET, "shop/urls.py": URLS}
    site(files)

    told = read_error(start, "items", "GET")

    assert told == (
        "blog/routes/items/route.py: (routehandlers.E002) Two files serve '/items'."
        + HINT
        + "Keep one of the folders, or put one of them under a static folder."
    )


def test_routes_of_other_mounts_are_none_and_told_apart_by_the_test(site, start):
    files = {"blog/routes/items/route.py": GET, "shop/urls.py": URLS}
    root = site(files, ROOT_URLCONF="shop.urls")

    out, err = start("items", "GET")

    assert out.endswith("GET, HEAD /v1/items\n")
    assert err == ""
    assert 'APP = "shop"' in (root / "shop/test_items.py").read_text()


def test_async_handlers_in_a_transaction_are_refused(site, start, monkeypatch):
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    site({"shop/": ""})

    told = read_error(start, "a", "GET", is_async=True)

    assert told == (
        "shop/routes/a/route.py: (routehandlers.E018) GET is async, but ATOMIC_REQUESTS "
        "of the database 'default' asks for a transaction around it, which async "
        "handlers cannot have." + HINT + "Make the handler sync, or decorate it with "
        "@transaction.non_atomic_requests."
    )


def test_what_is_broken_already_is_not_the_new_routes_fault(site, start):
    files = {
        "shop/routes/items/[id]/route.py": "def GET(id): return {}\n",
        "shop/routes/items/[pk]/edit/route.py": "def GET(pk): return {}\n",
    }
    site(files)

    # With two of them, '[id]' is the usual name.
    out, err = start("items/[id]/buy", "POST")

    assert out.endswith("POST /items/[id]/buy\n")
    assert err == ""


def test_link_to_a_folder_above_itself_is_refused(site, start):
    root = site({"shop/routes/": ""})
    (root / "shop/routes/loop").symlink_to("../routes")

    told = read_error(start, "loop/a", "GET")

    assert told == (
        "shop/routes/loop is a link to a folder above itself. Remove the link."
    )


def test_file_in_the_place_of_the_routes_is_refused(site, start):
    site({"shop/routes": "a file"})

    assert read_error(start, "a", "GET") == "shop/routes is not a folder. Rename it."


BROKEN = "middleware = 5"
WORKING = "middleware = ['django.middleware.http.ConditionalGetMiddleware']"


def test_middleware_that_can_not_be_used_is_refused(site, start):
    files = {"shop/routes/a/middleware.py": BROKEN, "shop/routes/a/b/route.py": GET}
    root = site(files)
    before = list_files(root)

    told = read_error(start, "a/c", "GET")

    assert told == (
        "shop/routes/a/middleware.py: (routehandlers.E022) 'middleware' is of type "
        "'int', not a list. No route at or below the folder is served without its "
        "middleware." + HINT + "Write middleware = [...], with nothing in it for no "
        "middleware."
    )
    assert list_files(root) == before


def test_middleware_that_can_be_used_is_none(site, start):
    files = {"shop/routes/a/middleware.py": WORKING, "shop/routes/a/b/route.py": GET}
    site(files)

    out, err = start("a/c", "GET")

    assert out.endswith("GET, HEAD /a/c\n")
    assert err == ""


def test_warnings_are_told(site, start):
    site({"shop/routes/con/a/route.py": GET})

    out, err = start("aux", "GET")

    assert out.endswith("GET, HEAD /aux\n")
    assert err == (
        "shop/routes/aux: (routehandlers.W006) Windows can't hold a folder named "
        "'aux'." + HINT + "Rename the folder, or spell the character as %XX.\n"
    )


CONVERTER = """
    from django.urls import include, path, register_converter
    from django_routehandlers.urls import include_routes

    class Odd:
        regex = "zz[0-9]{3}"
        to_python = to_url = str

    register_converter(Odd, "odd")
    urlpatterns = [path("", include_routes("shop"))]
"""


@pytest.fixture
def converters(monkeypatch):
    """Let a URLconf register path converters until the test ends."""
    monkeypatch.setattr("django.urls.converters.REGISTERED_CONVERTERS", {})
    yield
    get_converters.cache_clear()


@pytest.mark.usefixtures("converters")
def test_value_that_nobody_knows_leaves_no_test(site, start):
    root = site({"shop/urls.py": CONVERTER}, ROOT_URLCONF="shop.urls")

    out, err = start("[a=odd]", "GET")

    assert out == "Created shop/routes/[a=odd]/route.py\nGET, HEAD /[a=odd]\n"
    assert err == (
        "No test was written, because no value is known that the path converter "
        "accepts.\n"
    )
    assert list_files(root) == [
        "shop/__init__.py",
        "shop/routes/[a=odd]/route.py",
        "shop/urls.py",
    ]


def test_disk_that_can_not_be_written_is_told(site, start, monkeypatch):
    root = site({"shop/models.py": ""})
    before = list_files(root)
    mkdir = type(root).mkdir

    def refuse(self, *args, **kwargs):
        if self.name == "routes" and self.parent == root / "shop":
            raise OSError(30, "Read-only file system")
        mkdir(self, *args, **kwargs)

    monkeypatch.setattr(type(root), "mkdir", refuse)

    told = read_error(start, "a", "GET")

    assert told == ("shop/routes/a/route.py can't be written: Read-only file system.")
    assert list_files(root) == before


def test_arguments_are_asked_for(tmp_path):
    result = run_project(tmp_path, {"shop/models.py": ""}, "manage.py", "startroute")

    last = result.stderr.splitlines()[-1]
    assert (result.returncode, last) == (
        2,
        "manage.py startroute: error: Name an app, a path and methods: startroute shop "
        "'api/items/[id]' GET POST",
    )


# The tests that are written pass at once, wherever they are run.

SHAPES = [
    ("/", "GET"),
    ("hello", "GET", "POST", "--revalidate", "60"),
    ("api/items/[id]", "GET", "PUT", "PATCH", "DELETE"),
    ("api/items/[id]/%5Fmeta", "QUERY", "--async"),
    ("(group)/café/[größe]", "GET", "HEAD", "OPTIONS", "POST"),
    ("docs/[[...slug]]", "GET", "--async", "--revalidate", "0.5"),
    (".well-known/security.txt", "HEAD"),
    ("only/[Response]", "OPTIONS", "POST", "--async"),
    ("u/[uid=uuid]/[n=int]/[s=slug]/[t=str]/[...rest]", "GET", "DELETE"),
    ("route/middleware", "POST"),
    ("[user]/[data]/[params_]/[self_]", "GET", "PUT"),
]

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}

SCRIPT = f"""
    import django
    from django.core.management import call_command

    django.setup()
    for shape in {SHAPES!r}:
        call_command("startroute", "shop", *shape, verbosity=0)
"""


@pytest.mark.parametrize(
    ("settings", "has_init"),
    [
        ({"DATABASES": DATABASES}, True),
        ({"ROUTE_HANDLERS": {"MOUNT": None}}, True),
        ({"ROUTE_HANDLERS": {"MOUNT": "api", "TRAILING_SLASH": "always"}}, False),
    ],
    ids=["database", "not mounted", "namespace package"],
)
def test_written_tests_pass(tmp_path, settings, has_init):
    files = {"shop/routes/": "", "script.py": SCRIPT}
    environment = write_project(tmp_path, files, **settings)
    if not has_init:
        (tmp_path / "shop/__init__.py").unlink()

    def run(*arguments):
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    started = run("script.py")
    tests = run("-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider")
    django = run("manage.py", "test", "shop")

    assert started.returncode == 0, started.stderr
    assert "21 passed" in tests.stdout, tests.stdout
    assert "Ran 21 tests" in django.stderr, django.stderr
    assert django.returncode == 0, django.stderr
