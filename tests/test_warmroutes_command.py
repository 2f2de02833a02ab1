"""`manage.py warmroutes` fills the cache from a shell."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from django_routehandlers.cache.background import background
from django_routehandlers.management.commands.warmroutes import (
    read_host,
)
from tests.backends import backend, backend_settings, use_backend
from tests.projects import ask_project, run_project

__all__ = ["backend", "backend_settings", "use_backend"]

GET = "def GET(): return {}\n"

FILES = {
    "shop/routes/about/route.py": f"revalidate = 60\n{GET}",
    "shop/routes/items/[id=int]/route.py": """
        revalidate = False
        def GET(id): return 84 // id
        def generate_static_params(): return [{"id": 7}, {"id": 0}, {"id": 12}]
    """,
    "shop/routes/users/[user]/route.py": f"revalidate = 60\n{GET}",
    "shop/urls.py": """
        from django.urls import include, path
        from django_routehandlers.urls import include_routes

        urlpatterns = [
            path("", include_routes("shop")),
            path("<int:tenant>/", include_routes("shop")),
        ]
    """,
}

FAILED = "/items/0  ZeroDivisionError: integer division or modulo by zero\n"
WARMED = (
    "/about  fwd=uri-miss; stored\n"
    "/items/7  fwd=uri-miss; stored\n"
    "/items/12  fwd=uri-miss; stored\n"
)
UNKNOWN = "/users/[user]  skipped: it has no generate_static_params.\n"
CAPTURED = (
    "/<int:tenant>/  skipped: the URLconf captures what stands before the routes.\n"
)


@pytest.fixture(autouse=True)
def shared(use_backend):
    """Use a cache that other processes see, too."""
    return use_backend("file")


def run_warmroutes(*arguments, **options):
    """Return what `manage.py warmroutes` writes to its two streams."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(
            "warmroutes", *arguments, stdout=out, stderr=err, no_color=True, **options
        )
    except CommandError as exc:
        err.write(f"{exc}\n")
    return out.getvalue(), err.getvalue()


@pytest.mark.parametrize(
    ("verbosity", "out"),
    [(0, ""), (1, WARMED + CAPTURED), (2, WARMED + UNKNOWN + CAPTURED)],
)
def test_each_path_is_a_line_and_failures_are_counted(site, verbosity, out):
    site(FILES, ROOT_URLCONF="shop.urls")

    written = run_warmroutes(verbosity=verbosity)

    assert written == (out, f"{FAILED}1 path(s) failed.\n")


def test_only_paths_below_the_arguments_are_asked_for(site):
    site(FILES)

    assert run_warmroutes("/about/", "/items/7?x=1") == (
        "/about  fwd=uri-miss; stored\n/items/7  fwd=uri-miss; stored\n",
        "",
    )


def test_nothing_to_do_is_no_failure(site):
    site({"shop/routes/a/route.py": GET})

    assert run_warmroutes() == ("", "")


def test_paths_of_no_cached_route_are_told(site):
    site({"shop/routes/about/route.py": f"revalidate = 60\n{GET}"})

    assert run_warmroutes("/abuot", "/nope") == (
        "",
        "No path to be warmed is at or below '/abuot', '/nope'.\n",
    )


def test_what_is_no_path_is_refused(site):
    site(FILES)

    assert run_warmroutes("about") == (
        "",
        "'about' is not a path: it must begin with one slash.\n",
    )


def test_process_goes_on_as_before(site, monkeypatch):
    site(FILES)
    monkeypatch.setattr(background, "is_inline", False)

    with translation.override("fr"):
        run_warmroutes()

        assert translation.get_language() == "fr"
    assert background.is_inline is False


def test_with_debug_other_processes_have_other_entries(site):
    site(FILES, DEBUG=True)

    assert run_warmroutes() == (
        "",
        "With DEBUG each process has entries of its own, so the server would not find "
        "these. Set ROUTE_HANDLERS['BUILD_ID'], or turn DEBUG off.\n",
    )


def test_build_with_a_name_is_warmed_with_debug(site):
    site(FILES, DEBUG=True, ROUTE_HANDLERS={"BUILD_ID": "4f2c19e"})

    assert run_warmroutes("/about") == ("/about  fwd=uri-miss; stored\n", "")


def test_paths_begin_with_the_language_of_who_wishes_for_none(site):
    urls = """
        from django.conf.urls.i18n import i18n_patterns
        from django.urls import path
        from django_routehandlers.urls import include_routes

        urlpatterns = i18n_patterns(path("", include_routes("shop")))
    """
    site(
        FILES | {"shop/urls.py": urls},
        ROOT_URLCONF="shop.urls",
        LANGUAGE_CODE="de-at",
        MIDDLEWARE=["django.middleware.locale.LocaleMiddleware"],
    )

    with translation.override("fr"):
        written = run_warmroutes("/de/about")

    assert written == ("/de/about  fwd=uri-miss; stored\n", "")


def test_scheme_and_host_are_in_the_answers(site):
    source = "revalidate = 60\ndef GET(request): return request.build_absolute_uri()\n"
    files = {"shop/routes/a/route.py": source}
    site(files, ALLOWED_HOSTS=["a.example", "b.example"])

    run_warmroutes("--scheme", "https", "--host", "b.example")

    out, _ = run_warmroutes("--scheme", "https", "--host", "B.EXAMPLE:443")
    other, _ = run_warmroutes("--host", "b.example")
    assert out.startswith("/a  hit")
    assert other == "/a  fwd=uri-miss; stored\n"


@pytest.mark.parametrize(
    ("allowed", "given", "host"),
    [
        (["a.example", "b.example"], None, "a.example"),
        (["*", ".b.example", "c.example"], None, "c.example"),
        (["*"], "a.example:8000", "a.example:8000"),
        ([".b.example"], "a.b.example", "a.b.example"),
        (["[::1]"], None, "[::1]"),
    ],
)
def test_host_is_the_first_that_is_one(site, allowed, given, host):
    site({"shop/models.py": ""}, ALLOWED_HOSTS=allowed)

    assert read_host(given) == host


def test_host_that_nobody_names_is_asked_for(site):
    site(FILES, ALLOWED_HOSTS=["*", ".b.example"])

    assert run_warmroutes() == (
        "",
        "ALLOWED_HOSTS names no single host: give one with --host.\n",
    )


def test_host_that_is_not_served_is_refused(site):
    site(FILES, ALLOWED_HOSTS=["a.example"])

    assert run_warmroutes("--host", "b.example") == (
        "",
        "Invalid HTTP_HOST header: 'b.example'. You may need to add 'b.example' to "
        "ALLOWED_HOSTS.\n",
    )


def test_other_scheme_is_refused():
    with pytest.raises(CommandError, match="invalid choice: 'ftp'"):
        call_command("warmroutes", "--scheme", "ftp")


ASK = """
    answer = [
        Client().get(path, headers={"Host": "testserver"})["Cache-Status"]
        for path in ("/about", "/items/7")
    ]
"""


def test_other_process_finds_the_answers(tmp_path, backend_settings):
    settings = backend_settings("file")

    result = run_project(tmp_path, FILES, "manage.py", "warmroutes", **settings)

    about, item = ask_project(tmp_path, FILES, ASK, **settings)
    assert (result.returncode, result.stdout) == (1, WARMED)
    assert result.stderr == f"{FAILED}CommandError: 1 path(s) failed.\n"
    assert about.startswith("routehandlers; hit; ttl=")
    assert item == "routehandlers; hit"
