"""`manage.py check` warns of surroundings in which cached routes fall short."""

import pytest
from django.core.checks import Warning as CheckWarning
from django.core.checks import run_checks

from django_routehandlers.cache_checks import (
    COOKIE_MIDDLEWARE,
    check_cache,
    check_cache_at_deployment,
)
from django_routehandlers.routing.problems import TAG
from tests.clients import send
from tests.projects import run_project

__all__ = ["send"]

GET = "def GET(): return {}\n"

CACHED = {"shop/routes/a/route.py": f"revalidate = 60\n{GET}"}
DOWNSTREAM = {"shop/routes/a/route.py": f"revalidate = 60\ndownstream = 'cdn'\n{GET}"}

BACKENDS = "django.core.cache.backends"
OURS = "django_routehandlers.middleware.DownstreamCacheMiddleware"

# What nobody could warn of, but for the routes.
BAD = {
    "ALLOWED_HOSTS": ["*"],
    "MIDDLEWARE": ["crum.CurrentRequestUserMiddleware"],
    "CACHES": {"default": {"BACKEND": f"{BACKENDS}.filebased.FileBasedCache"}},
}


def make_caches(kind, **options):
    """Return the setting CACHES for a kind of backend, with MAX_ENTRIES enough."""
    options = {"MAX_ENTRIES": 1000} | options
    backend = {"BACKEND": f"{BACKENDS}.{kind}", "LOCATION": "/nowhere"}
    return {"default": backend | {"OPTIONS": options}}


def make(id_, message, hint, obj):
    return CheckWarning(message, hint=hint, obj=obj, id=f"routehandlers.{id_}")


@pytest.mark.parametrize(
    "files",
    [
        {"shop/routes/a/route.py": GET},
        {
            "shop/routes/a/route.py": "revalidate = 60\ndownstream = 9\ndef POST(): ...\n"
        },
        {"shop/routes/a/route.py": f"revalidate = 0\ndownstream = 9\n{GET}"},
        {"shop/routes/a/route.py": f"dynamic = 'force-dynamic'\n{GET}"},
        {"shop/routes/a/route.py": f"revalidate = '60'\n{GET}"},
        {"shop/models.py": ""},
    ],
    ids=["uncached", "post", "never", "dynamic", "broken", "no-route"],
)
def test_project_without_a_cached_route_hears_nothing(site, files):
    site(files, **BAD)

    assert check_cache(None) == []
    assert check_cache_at_deployment(None) == []


def test_unmounted_route_is_no_cached_route(site):
    site(CACHED, ROUTE_HANDLERS={"MOUNT": None}, **BAD)

    assert check_cache(None) == []
    assert check_cache_at_deployment(None) == []


def test_checks_are_registered(site):
    site(CACHED, **BAD)

    always = {message.id for message in run_checks(tags=[TAG])}
    deployed = {
        message.id for message in run_checks(tags=[TAG], include_deployment_checks=True)
    }

    assert always == {"routehandlers.W016"}
    assert deployed == always | {
        "routehandlers.W013",
        "routehandlers.W014",
        "routehandlers.W015",
    }


def test_app_registers_them(tmp_path):
    result = run_project(
        tmp_path, CACHED, "manage.py", "check", "--deploy", "--tag", TAG
    )

    assert result.returncode == 0
    assert "(routehandlers.W011)" in result.stderr


def test_downstream_without_the_middleware_is_a_warning(site):
    files = DOWNSTREAM | {
        "shop/routes/b/route.py": DOWNSTREAM["shop/routes/a/route.py"]
    }
    site(files, MIDDLEWARE=[])

    assert check_cache(None) == [
        make(
            "W012",
            "'downstream' has no effect: MIDDLEWARE lacks DownstreamCacheMiddleware, "
            "which writes the headers.",
            f"Put {OURS!r} first into MIDDLEWARE.",
            "shop/routes/a/route.py",
        )
    ]


@pytest.mark.parametrize("name", COOKIE_MIDDLEWARE)
def test_middleware_behind_one_that_sets_cookies_is_a_warning(site, name):
    site(DOWNSTREAM, MIDDLEWARE=["django.middleware.gzip.GZipMiddleware", name, OURS])

    assert check_cache(None) == [
        make(
            "W012",
            f"DownstreamCacheMiddleware stands behind {name!r}, whose cookies and Vary "
            "it can't see, so CDNs may hand one visitor's answer to others.",
            f"Move {OURS!r} to the front of MIDDLEWARE.",
            "MIDDLEWARE",
        )
    ]


@pytest.mark.parametrize("before", [[], ["django.middleware.gzip.GZipMiddleware"]])
def test_middleware_before_all_that_set_cookies_is_right(site, before):
    site(DOWNSTREAM, MIDDLEWARE=[*before, OURS, *COOKIE_MIDDLEWARE])

    assert check_cache(None) == []


def test_without_downstream_no_middleware_is_needed(site):
    site(CACHED, MIDDLEWARE=[*COOKIE_MIDDLEWARE])

    assert check_cache(None) == []


def make_ambient(package):
    return make(
        "W016",
        f"{package!r} keeps the visitor or the tenant where every function can read it, "
        "and cached answers are not kept apart by it.",
        "Name in ROUTE_HANDLERS['CACHE_CONTEXT'] what captures it.",
        "ROUTE_HANDLERS",
    )


@pytest.mark.parametrize(
    ("names", "packages"),
    [
        (["crum.CurrentRequestUserMiddleware"], ["crum"]),
        (
            [
                "threadlocals.middleware.ThreadLocalMiddleware",
                "django_currentuser.middleware.ThreadLocalUserMiddleware",
                "django_currentuser.middleware.Other",
            ],
            ["django_currentuser", "threadlocals"],
        ),
        (["crumbs.Middleware", "shop.crum.Middleware"], []),
    ],
)
def test_middleware_that_keeps_the_visitor_is_a_warning(site, names, packages):
    site(CACHED, MIDDLEWARE=names)

    assert check_cache(None) == [make_ambient(package) for package in packages]


@pytest.mark.parametrize("package", ["django_tenants", "tenant_schemas"])
def test_app_that_keeps_the_tenant_is_a_warning(site, package):
    site(CACHED | {f"{package}/models.py": ""})

    assert check_cache(None) == [make_ambient(package)]


def test_project_with_a_context_knows_what_it_does(site):
    files = CACHED | {"shop/tenants.py": ""}
    site(files, ROUTE_HANDLERS={"CACHE_CONTEXT": "shop.tenants"}, **BAD)

    assert check_cache(None) == []


PRIVATE = make(
    "W011",
    "The cache 'default' is private to each process: revalidate_tag() and "
    "revalidate_path() end entries in the one that calls them only.",
    "Name a cache that all processes share in ROUTE_HANDLERS['CACHE'].",
    "ROUTE_HANDLERS",
)
NO_BUILD = make(
    "W014",
    "Entries stay when code is deployed that changes what handlers call, but not their "
    "own files.",
    "Set ROUTE_HANDLERS['BUILD_ID'] to what names a deployment, such as a commit.",
    "ROUTE_HANDLERS",
)


def make_small(size):
    return make(
        "W015",
        f"The cache 'default' holds {size} records, and one entry takes several, so "
        "entries are soon dropped.",
        "Set MAX_ENTRIES in its OPTIONS to 1000 or more.",
        "CACHES",
    )


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("locmem.LocMemCache", [PRIVATE]),
        ("filebased.FileBasedCache", [NO_BUILD]),
        ("db.DatabaseCache", [NO_BUILD]),
        ("redis.RedisCache", [NO_BUILD]),
        ("dummy.DummyCache", []),
    ],
)
def test_cache_is_one_that_all_processes_share(site, kind, expected):
    site(CACHED, CACHES=make_caches(kind))

    assert check_cache_at_deployment(None) == expected


def test_build_that_has_a_name_is_right(site):
    caches = make_caches("filebased.FileBasedCache")
    site(CACHED, CACHES=caches, ROUTE_HANDLERS={"BUILD_ID": "4f2c19e"})

    assert check_cache_at_deployment(None) == []


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("locmem.LocMemCache", [PRIVATE, make_small(999)]),
        ("filebased.FileBasedCache", [make_small(999)]),
        ("db.DatabaseCache", [make_small(999)]),
        ("redis.RedisCache", []),
        ("dummy.DummyCache", []),
    ],
)
def test_cache_that_holds_little_is_a_warning_where_it_culls(site, kind, message):
    caches = make_caches(kind, MAX_ENTRIES=999)
    site(CACHED, CACHES=caches, ROUTE_HANDLERS={"BUILD_ID": "4f2c19e"})

    assert check_cache_at_deployment(None) == message


def test_cache_holds_300_records_unless_it_is_told(site):
    caches = {"default": {"BACKEND": f"{BACKENDS}.locmem.LocMemCache"}}
    site(CACHED, CACHES=caches)

    assert check_cache_at_deployment(None) == [PRIVATE, make_small(300)]


def test_alias_that_is_missing_is_told_as_an_error_only(site):
    site(CACHED, ROUTE_HANDLERS={"CACHE": "routes"})

    assert check_cache_at_deployment(None) == []


def test_alias_that_is_missing_caches_nothing(site, send, caplog):
    site(CACHED, ROUTE_HANDLERS={"CACHE": "routes"})

    response = send("GET", "/a")

    assert response.json() == {}
    assert response["Cache-Status"] == "routehandlers; fwd=bypass; detail=backend"
    assert caplog.messages == [
        "Nothing is cached, because CACHES['routes'] can't be used: "
        "InvalidCacheBackendError: CACHES has no 'routes'."
    ]


def test_any_host_is_a_warning(site):
    site(
        CACHED, ALLOWED_HOSTS=["a.example", "*"], CACHES=make_caches("dummy.DummyCache")
    )

    assert check_cache_at_deployment(None) == [
        make(
            "W013",
            "ALLOWED_HOSTS has '*', so every host that a client makes up has entries of "
            "its own in the cache.",
            "List the hosts in ALLOWED_HOSTS.",
            "ALLOWED_HOSTS",
        )
    ]


def test_hosts_of_one_domain_are_right(site):
    site(CACHED, ALLOWED_HOSTS=[".example"], CACHES=make_caches("dummy.DummyCache"))

    assert check_cache_at_deployment(None) == []
