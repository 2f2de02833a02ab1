"""`manage.py check` names every mistake, with one action each."""

import io
import sys
from textwrap import dedent

import pytest
from django.apps import apps
from django.core.checks import Error, run_checks
from django.core.checks import Warning as CheckWarning
from django.core.management import CommandError, call_command

from django_routehandlers import checks
from django_routehandlers.checks import (
    TAG,
    check_foreign_apps,
    check_routes,
    find_problems,
    has_routes,
    is_development_server,
    is_foreign,
)
from django_routehandlers.urls import find_root_mounts
from tests.projects import run_project

GET = "def GET(): return {}\n"
GOOD = {"shop/routes/items/route.py": GET}

BROKEN = {
    "shop/routes/a/route.py": "def GET(wrong): ...\n",
    "shop/routes/b/route.py": "def get(): ...\ndef GET(): ...\n",
    "shop/routes/(one)/c/route.py": GET,
    "shop/routes/(two)/c/route.py": GET,
    "shop/routes/good/route.py": GET,
}

REPORT = """\
System check identified some issues:

ERRORS:
ROUTE_HANDLERS: (routehandlers.E020) ROUTE_HANDLERS has no key 'MOUNTS'. Did you mean 'MOUNT'?
\tHINT: Use any of 'MOUNT', 'APPS', 'TRAILING_SLASH', 'CSRF', 'MAX_BODY', 'CACHE', 'CACHE_MAX_BODY', 'CACHE_CONTEXT', 'BUILD_ID'.
shop/routes/(one)/c/route.py: (routehandlers.E002) Two files serve '/c'. (also: shop/routes/(two)/c/route.py)
\tHINT: Keep one of the folders, or put one of them under a static folder.
shop/routes/a/route.py: (routehandlers.E013) GET takes 'wrong', which the path does not give.
\tHINT: Take any of 'request', 'params', or read the query string with request.GET.

WARNINGS:
shop/routes/b/route.py: (routehandlers.W001) 'get' is not an HTTP method, so no request reaches it.
\tHINT: Rename it to 'GET', or start its name with an underscore.

System check identified 4 issues (0 silenced).
"""


def run_check(**options):
    """Return what `manage.py check` prints."""
    out = io.StringIO()
    try:
        call_command("check", stdout=out, stderr=out, no_color=True, **options)
    except CommandError as exc:
        out.write(str(exc))
    return out.getvalue()


def test_check_reports_everything_at_once(tmp_path):
    result = run_project(
        tmp_path, BROKEN, "manage.py", "check", ROUTE_HANDLERS={"MOUNTS": "api"}
    )

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == REPORT.replace("System", "SystemCheckError: System", 1)


def test_errors_of_routes_are_warnings_in_the_process_of_runserver(site, monkeypatch):
    site({"shop/routes/bad/route.py": "import nope"})
    before = check_routes(None)
    monkeypatch.setattr(sys, "argv", ["manage.py", "runserver"])

    after = check_routes(None)

    assert [(m.id, m.is_serious()) for m in before] == [("routehandlers.E011", True)]
    assert [(m.id, m.is_serious()) for m in after] == [("routehandlers.E011", False)]


def test_good_project_has_nothing_to_report(tmp_path):
    result = run_project(tmp_path, GOOD, "manage.py", "check", "--fail-level", "DEBUG")

    assert (result.returncode, result.stdout, result.stderr) == (
        0,
        "System check identified no issues (0 silenced).\n",
        "",
    )


@pytest.mark.parametrize(
    "folder", ["price$", "^start", "a b", "café", "x+y", "%5Fname"]
)
def test_django_s_own_url_checks_say_nothing(site, folder):
    site({f"shop/routes/{folder}/route.py": GET})

    assert run_checks(tags=["urls"]) == []


def test_reports_are_checks_of_urls_and_of_their_own_tag(site):
    site(BROKEN)

    own = run_checks(tags=[TAG])

    assert [message.id for message in own] == [
        "routehandlers.E002",
        "routehandlers.E013",
        "routehandlers.W001",
    ]
    assert run_checks(tags=["urls"]) == own


@pytest.mark.parametrize(
    ("setting", "message", "hint"),
    [
        (
            ["x"],
            "ROUTE_HANDLERS is of type 'list', not a dict.",
            'Write ROUTE_HANDLERS = {"TRAILING_SLASH": "never"}.',
        ),
        (
            {"TRAILING_SLAHS": "never"},
            "ROUTE_HANDLERS has no key 'TRAILING_SLAHS'. Did you mean "
            "'TRAILING_SLASH'?",
            "Use any of 'MOUNT', 'APPS', 'TRAILING_SLASH', 'CSRF', 'MAX_BODY', "
            "'CACHE', 'CACHE_MAX_BODY', 'CACHE_CONTEXT', 'BUILD_ID'.",
        ),
        (
            {"CSRF": "maybe"},
            "ROUTE_HANDLERS['CSRF'] is 'maybe'; it takes 'origin', 'token' or 'off'.",
            "Give 'CSRF' such a value, or leave it out.",
        ),
        (
            {"APPS": ["shop", "shpo"]},
            "ROUTE_HANDLERS['APPS'] names 'shpo', which is not an installed app.",
            "Add the app to INSTALLED_APPS, or take the name out.",
        ),
        (
            {"CACHE": "routes"},
            "ROUTE_HANDLERS['CACHE'] names 'routes', which CACHES does not have.",
            "Add it to CACHES, or correct the name.",
        ),
        (
            {"CACHE_CONTEXT": "nowhere.context"},
            "ROUTE_HANDLERS['CACHE_CONTEXT'] names 'nowhere.context', which can't be "
            "imported: ModuleNotFoundError: No module named 'nowhere'",
            "Mend the module, or correct the name.",
        ),
        (
            {"CACHE_CONTEXT": "decimal.Context.create_decimal"},
            "ROUTE_HANDLERS['CACHE_CONTEXT'] names 'decimal.Context.create_decimal', "
            "which can't be imported: ModuleNotFoundError: No module named "
            "'decimal.Context'; 'decimal' is not a package",
            "Mend the module, or correct the name.",
        ),
        (
            {"CACHE_CONTEXT": "datetime.date"},
            "ROUTE_HANDLERS['CACHE_CONTEXT'] names 'datetime.date', which can't be "
            "imported: TypeError: function missing required argument 'year' (pos 1)",
            "Mend the module, or correct the name.",
        ),
        (
            {"CACHE_CONTEXT": 1},
            "ROUTE_HANDLERS['CACHE_CONTEXT'] is 1; it takes a dotted name, or None.",
            "Give 'CACHE_CONTEXT' such a value, or leave it out.",
        ),
    ],
    ids=[
        "type",
        "key",
        "value",
        "app",
        "alias",
        "module",
        "package",
        "class",
        "no-name",
    ],
)
def test_mistake_in_the_setting_is_an_error(site, setting, message, hint):
    site(GOOD, ROUTE_HANDLERS=setting)

    assert check_routes(None) == [
        Error(message, hint=hint, obj="ROUTE_HANDLERS", id="routehandlers.E020")
    ]


CONTEXT = """
    class Tenant:
        def capture(self, request):
            return {}

    class Complete(Tenant):
        def activate(self, values):
            return None

    tenant, complete = Tenant(), Complete()
"""


@pytest.mark.parametrize("name", ["Complete", "complete"])
def test_surroundings_may_be_a_class_or_an_object(site, name):
    setting = {"CACHE_CONTEXT": f"shop.context.{name}"}
    site(GOOD | {"shop/context.py": CONTEXT}, ROUTE_HANDLERS=setting)

    assert check_routes(None) == []


@pytest.mark.parametrize(
    ("name", "missing"),
    [("Tenant", ["activate"]), ("tenant", ["activate"]), ("CONTEXT", None)],
)
def test_surroundings_need_both_methods(site, name, missing):
    setting = {"CACHE_CONTEXT": f"shop.context.{name}"}
    source = f"{dedent(CONTEXT)}\nCONTEXT = 1\n"
    site(GOOD | {"shop/context.py": source}, ROUTE_HANDLERS=setting)

    assert check_routes(None) == [
        Error(
            f"ROUTE_HANDLERS['CACHE_CONTEXT'] names 'shop.context.{name}', which has "
            f"no method {method}().",
            hint=f"Define {method}() there.",
            obj="ROUTE_HANDLERS",
            id="routehandlers.E020",
        )
        for method in missing or ["capture", "activate"]
    ]


def test_apps_may_be_labels(site):
    site(GOOD, ROUTE_HANDLERS={"APPS": ["shop", "auth"]})

    assert check_routes(None) == []


def make_unmounted(label):
    return CheckWarning(
        f"The routes of the app {label!r} are not mounted, so no request reaches them.",
        hint=f"Include them: path('', include_routes({label!r})), from "
        "django_routehandlers.urls.",
        obj=label,
        id="routehandlers.W009",
    )


def test_app_that_is_not_mounted_is_a_warning(site):
    site(GOOD, ROUTE_HANDLERS={"MOUNT": None})

    assert check_routes(None) == [make_unmounted("shop")]


def test_app_that_the_setting_leaves_out_is_no_mistake(site):
    site(GOOD, ROUTE_HANDLERS={"APPS": []})

    assert check_routes(None) == []


def test_urlconf_without_an_include_is_a_warning(site):
    site(GOOD, ROOT_URLCONF="tests.urls")

    assert check_routes(None) == [make_unmounted("shop")]


def test_project_without_a_root_urlconf_and_mount_is_a_warning(tmp_path):
    result = run_project(
        tmp_path, GOOD, "manage.py", "check", ROUTE_HANDLERS={"MOUNT": None}
    )

    assert result.returncode == 0
    assert "(routehandlers.W009)" in result.stderr


@pytest.mark.parametrize(
    "files",
    [
        {"shop/models.py": ""},
        {"shop/routes/notes.txt": ""},
        {"shop/routes/_private/route.py": GET},
    ],
    ids=["no-folder", "no-route", "private"],
)
def test_app_without_routes_needs_no_mount(site, files):
    site(files, ROUTE_HANDLERS={"MOUNT": None})

    assert has_routes(apps.get_app_config("shop")) is False
    assert check_routes(None) == []


URLS = """
    from django.urls import include, path
    from django_routehandlers.urls import include_routes

    urlpatterns = [path("v1/", include_routes("shop"))]
"""


def test_apps_that_stay_automatic_are_named(tmp_path):
    files = GOOD | {
        "urls.py": URLS,
        "blog/routes/a/route.py": GET,
        "news/routes/b/route.py": GET,
    }

    result = run_project(
        tmp_path,
        files,
        "manage.py",
        "check",
        ROOT_URLCONF="urls",
        INSTALLED_APPS=["django_routehandlers", "shop", "blog", "news"],
    )

    assert (
        "ROUTE_HANDLERS: (routehandlers.I001) The routes of 'shop' are included by the "
        "URLconf; those of 'blog', 'news' are still mounted automatically.\n"
        "\tHINT: Include these, too, or set ROUTE_HANDLERS['MOUNT'] to None.\n"
    ) in result.stderr


def test_explicit_mounts_alone_are_fine(site):
    site(GOOD | {"shop/urls.py": URLS}, ROOT_URLCONF="shop.urls")

    assert check_routes(None) == []


@pytest.mark.parametrize(
    "name", ["ROUTE_HANDLER", "ROUTEHANDLERS", "ROUTES_HANDLERS", "ROUTE_HANLDERS"]
)
def test_setting_with_a_misspelt_name_is_an_error(site, name):
    site(GOOD, **{name: {"MOUNT": "api/"}})

    assert check_routes(None) == [
        Error(
            f"The setting {name!r} means nothing.",
            hint="Rename it to 'ROUTE_HANDLERS'.",
            obj="ROUTE_HANDLERS",
            id="routehandlers.E020",
        )
    ]


@pytest.mark.parametrize("value", [{}, {"MOUNT": "", "LEVEL": 1}, "api/"])
def test_setting_of_somebody_else_is_left_alone(site, value):
    site(GOOD, ROUTE_HANDLER=value)

    assert check_routes(None) == []


def test_silenced_checks_are_silent(site):
    site(BROKEN, SILENCED_SYSTEM_CHECKS=["routehandlers.E002", "routehandlers.E013"])

    assert run_check() == (
        "System check identified some issues:\n\n"
        "WARNINGS:\n"
        "shop/routes/b/route.py: (routehandlers.W001) 'get' is not an HTTP method, so no "
        "request reaches it.\n"
        "\tHINT: Rename it to 'GET', or start its name with an underscore.\n\n"
        "System check identified 1 issue (2 silenced).\n"
    )


def test_check_of_one_app_reports_its_routes_only(site):
    site(BROKEN | {"blog/routes/x/route.py": "def GET(bad): ..."})
    mounts = find_root_mounts()

    shop = find_problems(mounts, [apps.get_app_config("shop")])
    blog = find_problems(mounts, [apps.get_app_config("blog")])
    auth = find_problems(mounts, [apps.get_app_config("auth")])

    assert [problem.id for problem in shop] == ["E002", "E013", "W001"]
    assert [problem.files for problem in blog] == [("blog/routes/x/route.py",)]
    assert auth == []
    assert len(find_problems(mounts)) == 4


def test_problem_of_two_mounts_is_reported_once(site):
    urls = """
        from django.urls import include, path

        urlpatterns = [
            path("v1/", include("django_routehandlers.urls")),
            path("v2/", include("django_routehandlers.urls")),
        ]
    """
    site(BROKEN | {"shop/urls.py": urls}, ROOT_URLCONF="shop.urls")

    assert len(check_routes(None)) == 3


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["manage.py", "runserver"], True),
        (["manage.py", "--settings=config.settings", "runserver", "8123"], True),
        (["manage.py", "check"], False),
        (["manage.py", "test", "runserver"], False),
        (["uvicorn"], False),
    ],
)
def test_development_server_is_recognised(monkeypatch, argv, expected):
    monkeypatch.setattr(sys, "argv", argv)

    assert is_development_server() is expected


@pytest.fixture
def foreign(monkeypatch, tmp_path):
    """Take everything in tmp_path for installed packages."""
    monkeypatch.setattr(checks, "_INSTALLED", frozenset({tmp_path.name}))


def test_installed_package_that_publishes_routes_is_named_at_deployment(site, foreign):
    site(GOOD | {"blog/models.py": ""})

    assert check_foreign_apps(None) == [
        CheckWarning(
            "The app 'shop' is not the project's own, and serves routes.",
            hint="List the apps that may, in ROUTE_HANDLERS['APPS'].",
            obj="shop",
            id="routehandlers.W010",
        )
    ]
    assert run_checks(tags=[TAG]) == []
    assert check_foreign_apps(None)[0] in run_checks(
        tags=[TAG], include_deployment_checks=True
    )


def test_app_of_the_project_is_its_own(site):
    site(GOOD)

    assert is_foreign(apps.get_app_config("shop")) is False
    assert is_foreign(apps.get_app_config("auth")) is True
    assert check_foreign_apps(None) == []


def test_included_package_is_wanted(site, foreign):
    site(GOOD | {"shop/urls.py": URLS}, ROOT_URLCONF="shop.urls")

    assert check_foreign_apps(None) == []


@pytest.mark.parametrize("setting", [{"APPS": ["shop"]}, {"MOUNT": None}, {"APPS": []}])
def test_listed_or_unmounted_package_is_not_named(site, foreign, setting):
    site(GOOD, ROUTE_HANDLERS=setting)

    assert check_foreign_apps(None) == []


def test_name_that_the_prefix_captures_too_is_an_error(site):
    files = {
        "shop/routes/[id]/route.py": "def GET(id): return id",
        "shop/urls.py": """
            from django.urls import include, path

            urlpatterns = [path("<int:id>/", include("django_routehandlers.urls"))]
        """,
    }
    site(files, ROOT_URLCONF="shop.urls")

    assert [(message.id, message.obj) for message in check_routes(None)] == [
        ("routehandlers.E023", "shop/routes/[id]/route.py")
    ]


def test_conflict_between_two_mounts_at_one_prefix_is_an_error(site):
    handler = "def GET(): return {}"
    files = {
        "shop/routes/x/route.py": handler,
        "blog/routes/x/route.py": handler,
        "blog/urls.py": """
            from django.urls import path
            from django_routehandlers.urls import include_routes

            urlpatterns = [
                path("", include_routes("shop")), path("", include_routes("blog"))
            ]
        """,
    }
    site(files, ROOT_URLCONF="blog.urls")

    assert [(message.id, message.obj) for message in check_routes(None)] == [
        ("routehandlers.E002", "blog/routes/x/route.py")
    ]
