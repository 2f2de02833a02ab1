"""INSTALLED_APPS alone serves the routes; an include takes their place."""

import pytest
from django.core.signals import request_started

from django_routehandlers import automount
from tests.projects import ask_project, run_project

SHOP = {"shop/routes/items/route.py": "def GET(): return 'items'\n"}
BLOG = {"blog/routes/posts/route.py": "def GET(): return 'posts'\n"}
BOTH = SHOP | BLOG
APPS = ["django_routehandlers", "shop", "blog"]

URLS = """
    from django.http import HttpResponse
    from django.urls import include, path
    from django_routehandlers.urls import include_routes

    urlpatterns = [
        path("own", lambda request: HttpResponse("own"), name="own"),
        {0}
    ]
"""


def test_no_root_urlconf_is_needed(tmp_path):
    answer = ask_project(
        tmp_path, SHOP, "answer = [get('/items'), reverse('/items'), get('/nothing')]"
    )

    assert answer == ['"items"', "/items", 404]


def test_routes_come_after_the_project_s_own_patterns(tmp_path):
    files = SHOP | {
        "urls.py": URLS.format(""),
        "shop/routes/own/route.py": "def GET(): return 'never'",
    }

    answer = ask_project(
        tmp_path,
        files,
        "answer = [get('/own'), get('/items'), reverse('own')]",
        ROOT_URLCONF="urls",
    )

    assert answer == ["own", '"items"', "/own"]


def test_project_s_error_handlers_stay(tmp_path):
    files = SHOP | {
        "urls.py": """
            from django.http import HttpResponse

            urlpatterns = []

            def handler404(request, exception):
                return HttpResponse("mine", status=404)
        """
    }

    answer = ask_project(
        tmp_path,
        files,
        "answer = Client().get('/nothing').content.decode()",
        ROOT_URLCONF="urls",
    )

    assert answer == "mine"


def test_error_handlers_are_django_s_without_a_root_urlconf(tmp_path):
    code = """
        headers = {"Accept": "text/html"}
        answer = Client().get("/nothing", headers=headers).content.decode()
    """

    answer = ask_project(tmp_path, SHOP, code)

    assert "<h1>Not Found</h1>" in answer


ADMIN = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
]


@pytest.mark.parametrize(
    "order",
    [
        ["django_routehandlers", "shop", *ADMIN],
        [*ADMIN, "shop", "django_routehandlers"],
    ],
    ids=["before", "after"],
)
def test_admin_is_complete_wherever_the_app_stands(tmp_path, order):
    files = SHOP | {
        "shop/models.py": """
            from django.db import models

            class Item(models.Model):
                name = models.CharField(max_length=9)
        """,
        "shop/admin.py": """
            from django.contrib import admin
            from shop.models import Item

            admin.site.register(Item)
        """,
        "shop/routes/names/route.py": """
            from shop.models import Item

            def GET(): return Item.__name__
        """,
        "urls.py": """
            from django.contrib import admin
            from django.urls import path

            urlpatterns = [path("admin/", admin.site.urls)]
        """,
    }

    answer = ask_project(
        tmp_path,
        files,
        """
        answer = [reverse("admin:shop_item_changelist"), get("/items"), get("/names")]
        """,
        INSTALLED_APPS=order,
        ROOT_URLCONF="urls",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )

    assert answer == ["/admin/shop/item/", '"items"', '"Item"']


def test_start_imports_neither_routes_nor_urlconf(tmp_path):
    files = {
        "shop/routes/items/route.py": "raise AssertionError('imported')",
        "urls.py": "raise AssertionError('imported')",
    }

    answer = ask_project(
        tmp_path,
        files,
        """
        import sys
        answer = [name for name in sys.modules if name == "urls" or "routes." in name]
        """,
        ROOT_URLCONF="urls",
    )

    assert answer == []


@pytest.mark.parametrize("mount", ["api", "api/", "/api/", "/api"])
def test_mount_is_a_prefix(site, client, mount):
    site(SHOP, ROUTE_HANDLERS={"MOUNT": mount})

    answers = [
        client.get(path).status_code for path in ("/api/items", "/items", "/api")
    ]

    assert answers == [200, 404, 404]


def test_mount_of_a_project(tmp_path):
    answer = ask_project(
        tmp_path,
        SHOP,
        "answer = [get('/api/v1/items'), get('/items'), reverse('/items')]",
        ROUTE_HANDLERS={"MOUNT": "api/v1"},
    )

    assert answer == ['"items"', 404, "/api/v1/items"]


def test_mount_none_mounts_nothing(tmp_path):
    files = SHOP | {"urls.py": URLS.format("")}

    answer = ask_project(
        tmp_path,
        files,
        "answer = [get('/items'), get('/own'), settings.ROOT_URLCONF]",
        ROOT_URLCONF="urls",
        ROUTE_HANDLERS={"MOUNT": None},
    )

    assert answer == [404, "own", "urls"]


def test_mount_none_in_a_test_mounts_nothing(site, client):
    site(SHOP, ROUTE_HANDLERS={"MOUNT": None})

    answers = [client.get(path).status_code for path in ("/items", "/own")]

    assert answers == [404, 200]


@pytest.mark.parametrize(
    ("apps", "answer"),
    [
        (None, ['"items"', '"posts"']),
        (["shop"], ['"items"', 404]),
        (["blog"], [404, '"posts"']),
        ([], [404, 404]),
        (["nothing"], [404, 404]),
    ],
)
def test_apps_are_those_that_are_mounted(site, client, apps, answer):
    site(BOTH, ROUTE_HANDLERS={"APPS": apps})

    found = [client.get("/items"), client.get("/posts")]

    assert [
        r.content.decode() if r.status_code == 200 else r.status_code for r in found
    ] == answer


def test_explicit_include_takes_the_place_of_the_mount(tmp_path):
    include = 'path("v1/", include("django_routehandlers.urls")),'
    files = BOTH | {"urls.py": URLS.format(include)}

    answer = ask_project(
        tmp_path,
        files,
        """
        answer = [get('/v1/items'), get('/v1/posts'), get('/items'), get('/own'),
                  reverse('/items')]
        """,
        INSTALLED_APPS=APPS,
        ROOT_URLCONF="urls",
    )

    assert answer == ['"items"', '"posts"', 404, "own", "/v1/items"]


def test_include_of_one_app_leaves_the_others_automatic(tmp_path):
    files = BOTH | {"urls.py": URLS.format('path("v1/", include_routes("shop")),')}

    answer = ask_project(
        tmp_path,
        files,
        "answer = [get(p) for p in ('/v1/items', '/items', '/v1/posts', '/posts')]",
        INSTALLED_APPS=APPS,
        ROOT_URLCONF="urls",
    )

    assert answer == ['"items"', 404, 404, '"posts"']


def test_check_says_which_apps_stay_automatic(tmp_path):
    files = BOTH | {"urls.py": URLS.format('path("v1/", include_routes("shop")),')}

    result = run_project(
        tmp_path,
        files,
        "manage.py",
        "check",
        INSTALLED_APPS=APPS,
        ROOT_URLCONF="urls",
    )

    assert (result.returncode, result.stdout, result.stderr) == (
        0,
        "",
        "System check identified some issues:\n\n"
        "INFOS:\n"
        "ROUTE_HANDLERS: (routehandlers.I001) The routes of 'shop' are included by the "
        "URLconf; those of 'blog' are still mounted automatically.\n"
        "\tHINT: Include these, too, or set ROUTE_HANDLERS['MOUNT'] to None.\n\n"
        "System check identified 1 issue (0 silenced).\n",
    )


def test_include_inside_another_urlconf_is_found(tmp_path):
    files = SHOP | {
        "urls.py": URLS.format('path("a/", include("inner")),'),
        "inner.py": URLS.format('path("b/", include_routes("shop")),'),
    }

    answer = ask_project(
        tmp_path,
        files,
        "answer = [get('/a/b/items'), get('/items')]",
        ROOT_URLCONF="urls",
    )

    assert answer == ['"items"', 404]


@pytest.mark.parametrize(
    "second", ['include("django_routehandlers.urls")', 'include_routes("shop")']
)
def test_included_twice_is_served_twice(tmp_path, second):
    include = (
        f'path("v1/", include("django_routehandlers.urls")), path("v2/", {second}),'
    )
    files = SHOP | {"urls.py": URLS.format(include)}

    answer = ask_project(
        tmp_path,
        files,
        "answer = [get('/v1/items'), get('/v2/items'), get('/items')]",
        ROOT_URLCONF="urls",
    )

    assert answer == ['"items"', '"items"', 404]


def test_namespaces(tmp_path):
    include = """
        path("v1/", include_routes("shop", namespace="one")),
        path("v2/", include(("django_routehandlers.urls", "two"), namespace="three")),
    """
    files = SHOP | {"urls.py": URLS.format(include)}

    answer = ask_project(
        tmp_path,
        files,
        """
        answer = [
            reverse("one:/items"),
            reverse("three:/items"),
            resolve("/v1/items").view_name,
            resolve("/v2/items").view_name,
            resolve("/v2/items").route,
            get(reverse("three:/items")),
        ]
        """,
        ROOT_URLCONF="urls",
    )

    assert answer == [
        "/v1/items",
        "/v2/items",
        "one:/items",
        "three:/items",
        "v2/items",
        '"items"',
    ]


def test_root_urlconf_of_a_test_is_taken_as_it_is(tmp_path):
    files = SHOP | {"urls.py": URLS.format(""), "other.py": URLS.format("")}

    answer = ask_project(
        tmp_path,
        files,
        """
        answer = [get("/items")]
        with override_settings(ROOT_URLCONF="other"):
            answer += [get("/items"), get("/own")]
        answer += [get("/items"), get("/own")]
        """,
        ROOT_URLCONF="urls",
    )

    assert answer == ['"items"', 404, "own", '"items"', "own"]


def test_installed_apps_of_a_test_are_served(tmp_path):
    answer = ask_project(
        tmp_path,
        BOTH,
        """
        answer = [get("/items"), get("/posts")]
        with override_settings(INSTALLED_APPS=["django_routehandlers", "blog"]):
            answer += [get("/items"), get("/posts"), reverse("/posts")]
        answer += [get("/items"), get("/posts")]
        with override_settings(INSTALLED_APPS=["shop"]):
            answer += [get("/items")]
        answer += [get("/items")]
        """,
    )

    assert answer == [
        '"items"',
        404,
        404,
        '"posts"',
        "/posts",
        '"items"',
        404,
        404,
        '"items"',
    ]


def test_app_that_only_tests_install_is_mounted_in_each_of_them(tmp_path):
    files = SHOP | {"urls.py": URLS.format("")}

    answer = ask_project(
        tmp_path,
        files,
        """
        answer = []
        for _ in range(2):
            with override_settings(INSTALLED_APPS=["django_routehandlers", "shop"]):
                answer += [get("/items"), get("/own")]
            answer += [get("/items"), get("/own")]
        """,
        INSTALLED_APPS=["shop"],
        ROOT_URLCONF="urls",
    )

    assert answer == ['"items"', "own", 404, "own"] * 2


def test_language_prefixes_of_the_project_stay(tmp_path):
    files = SHOP | {
        "urls.py": """
            from django.conf.urls.i18n import i18n_patterns
            from django.http import HttpResponse
            from django.urls import path

            urlpatterns = i18n_patterns(path("own", lambda request: HttpResponse("own")))
        """
    }

    answer = ask_project(
        tmp_path,
        files,
        "answer = [get('/en/own'), get('/items'), get('/own')]",
        ROOT_URLCONF="urls",
        MIDDLEWARE=["django.middleware.locale.LocaleMiddleware"],
        LANGUAGE_CODE="en",
    )

    assert answer == ["own", '"items"', 302]


def test_request_with_a_urlconf_of_its_own_includes_explicitly(site, client):
    files = SHOP | {
        "shop/urls.py": URLS.format('path("v1/", include_routes("shop")),'),
        "shop/hosts.py": """
            def choose(get_response):
                def middleware(request):
                    request.urlconf = "shop.urls"
                    return get_response(request)
                return middleware
        """,
    }
    site(files, MIDDLEWARE=["shop.hosts.choose"])

    answers = [client.get(path).status_code for path in ("/v1/items", "/items")]

    assert answers == [200, 404]


def test_unknown_name_of_the_project_is_an_attribute_error():
    from django_routehandlers import automount

    with pytest.raises(AttributeError):
        _ = automount.no_such_name
    with pytest.raises(AttributeError):
        _ = automount.__no_such_name__


def test_install_does_nothing_twice():
    from django.conf import settings

    from django_routehandlers import automount

    automount.install()

    assert settings.ROOT_URLCONF == "django_routehandlers.automount"
    assert automount.get_project_urlconf().__name__ == "tests.urls"


MISTAKEN = """
    from django.urls import path
    import shop.views as views

    urlpatterns = [path("x", views.{name})]
"""


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (MISTAKEN.format(name="indx"), "module 'shop.views' has no attribute 'indx'"),
        ("url_patterns = []", "does not appear to have any patterns in it"),
    ],
    ids=["AttributeError", "no urlpatterns"],
)
def test_mistake_in_the_projects_urlconf_is_told(tmp_path, source, message):
    files = {"shop/urls.py": source, "shop/views.py": ""}

    result = run_project(
        tmp_path, files, "manage.py", "check", ROOT_URLCONF="shop.urls"
    )

    assert result.returncode == 1
    assert message in result.stderr


@pytest.mark.django_db
def test_mistake_in_the_setting_is_logged_at_the_first_request(caplog, settings):
    settings.ROUTE_HANDLERS = {"MOUNT": 1}
    automount.install()

    request_started.send(sender=None, environ={})
    request_started.send(sender=None, environ={})

    assert caplog.messages == [
        "ROUTE_HANDLERS['MOUNT'] is 1; it takes a URL prefix such as 'api/', '' or "
        "None. Give 'MOUNT' such a value, or leave it out."
    ]
