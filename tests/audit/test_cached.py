"""What the cache has for a request is told without running a handler."""

import pytest
from django.test import Client

from django_routehandlers.audit.asking import find_answer
from django_routehandlers.audit.cached import CacheState
from django_routehandlers.audit.questions import parse_question
from django_routehandlers.cache import clock, revalidate_tag
from django_routehandlers.cache.gates import forget_gates
from django_routehandlers.cache.store import get_store

FILES = {
    "shop/routes/items/[id=int]/route.py": """
        from django_routehandlers.cache import cache_tag

        revalidate = 60
        expire = 100
        tags = ["items", "item:{id}"]
        vary = ["X-Tenant"]

        def GET(request, id):
            cache_tag(f"page:{request.GET.get('page')}", "items")
            return {"id": id}

        def PUT(): ...
    """,
    "shop/routes/plain/route.py": "def GET(): return {}\n",
    "shop/routes/never/route.py": "revalidate = 0\ndef GET(): return {}\n",
    "shop/routes/own/route.py": "revalidate = 60\ndef GET(): ...\ndef HEAD(): ...\n",
    "shop/routes/until/route.py": "revalidate = False\ndef GET(): return 'abc'\n",
}

FILE_CACHE = "django.core.cache.backends.filebased.FileBasedCache"
LOCAL_CACHE = "django.core.cache.backends.locmem.LocMemCache"


@pytest.fixture
def shared(site, tmp_path):
    """Install the routes, with a cache that other processes see, too."""
    caches = {"default": {"BACKEND": FILE_CACHE, "LOCATION": str(tmp_path / "cache")}}
    site(FILES, CACHES=caches, TIME_ZONE="UTC")


def ask(url, method="GET"):
    return find_answer(parse_question(method, url)).cache


def look(url, method="GET"):
    """Return what is told of an entry, but for the key."""
    found = ask(url, method)
    return found.state, found.age, found.left, found.status, found.size, found.tags


TAGS = ["items", "item:3"]


@pytest.mark.usefixtures("shared")
def test_an_absent_entry_has_a_key():
    found = ask("/items/3?page=2&utm=x")

    build = found.key["build"]
    assert build.startswith("source:")
    assert found == CacheState(
        "60 s",
        "default",
        "absent",
        tags=TAGS,
        key={
            "scheme": "http",
            "host": "testserver",
            "path": "/items/3",
            "query": {},
            "headers": {"x-tenant": None},
            "language": "en-us",
            "timezone": "UTC",
            "context": {},
            "build": build,
        },
    )


@pytest.mark.usefixtures("shared")
def test_an_entry_is_fresh_then_stale_then_expired(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: now)
    now = 1000.0
    Client().get("/items/3?page=2")

    late = [*TAGS, "page:2"]
    now = 1000.5
    assert look("/items/3?page=2") == ("fresh", 0, 59, 200, 8, late)
    assert look("/items/3?page=2", "HEAD") == ("fresh", 0, 59, 200, 8, late)
    assert look("/items/3?page=1")[0] == "absent"
    now = 999.0
    assert look("/items/3?page=2") == ("fresh", 0, 61, 200, 8, late)
    now = 1061.0
    assert look("/items/3?page=2") == ("stale", 61, None, 200, 8, late)
    now = 1101.0
    assert look("/items/3?page=2") == ("expired", 101, None, 200, 8, late)


@pytest.mark.usefixtures("shared")
def test_what_other_processes_have_learned_of_the_query_is_in_the_key():
    Client().get("/items/3?page=2&utm=x")
    forget_gates()

    found = ask("/items/3?utm=y&page=2")

    assert (found.state, found.key["query"]) == ("fresh", {"page": ["2"]})


@pytest.mark.usefixtures("shared")
def test_a_header_that_varies_is_in_the_key():
    Client().get("/items/3", headers={"X-Tenant": "acme"})

    assert ask("/items/3").state == "absent"
    assert ask("/items/3").key["query"] == {"page": None}


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("tag", ["item:3", "page:None"])
def test_an_invalidated_entry_has_ended(tag):
    Client().get("/items/3")

    revalidate_tag(tag)

    assert look("/items/3")[0] == "ended"


@pytest.mark.usefixtures("shared")
def test_a_soft_invalidation_makes_an_entry_stale():
    Client().get("/items/3")

    revalidate_tag("page:None", stale=True)

    assert look("/items/3")[0] == "stale"


@pytest.mark.usefixtures("shared")
def test_an_entry_without_an_end_is_fresh():
    Client().get("/until")

    found = ask("/until")
    assert (found.state, found.left) == ("fresh", None)
    assert (found.status, found.size) == (200, 5)


@pytest.mark.usefixtures("shared")
def test_what_is_not_cached_has_no_entry():
    assert ask("/plain") is None
    assert ask("/items/3", "PUT") is None
    assert ask("/items/3", "POST") is None
    assert ask("/own", "HEAD") is None
    assert ask("/never") == CacheState(
        "never", "default", "bypassed", "The route is never cached."
    )


def test_a_private_cache_is_not_seen_from_here(site):
    site(FILES, CACHES={"default": {"BACKEND": LOCAL_CACHE}})

    found = ask("/items/3")

    assert (found.state, found.reason) == (
        "unknown",
        "The cache is private to each process, so what a server has is not seen from "
        "here.",
    )


def test_entries_of_each_process_are_not_seen_from_here(site, tmp_path):
    caches = {"default": {"BACKEND": FILE_CACHE, "LOCATION": str(tmp_path / "cache")}}
    site(FILES, CACHES=caches, DEBUG=True)

    found = ask("/items/3")

    assert (found.state, found.reason) == (
        "unknown",
        "With DEBUG each process has entries of its own, so what a server has is not "
        "seen from here, unless BUILD_ID is set.",
    )
    assert found.key["build"].startswith("start:")


def test_a_cache_that_stores_nothing_is_passed_by(site):
    dummy = "django.core.cache.backends.dummy.DummyCache"
    site(FILES, CACHES={"default": {"BACKEND": dummy}})

    assert ask("/items/3") == CacheState(
        "60 s",
        "default",
        "bypassed",
        "The backend can't be used, or stores nothing.",
    )


@pytest.mark.usefixtures("shared")
def test_a_backend_that_fails_is_told(monkeypatch):
    def fail(keys):
        raise OSError("gone")

    monkeypatch.setattr(get_store()._backend.get(), "get_many", fail)

    found = ask("/items/3")

    assert (found.state, found.reason) == ("unknown", "The backend failed.")


@pytest.mark.usefixtures("shared")
def test_a_host_that_is_not_allowed_is_told():
    found = ask("http://example.com/items/3")

    assert (found.state, found.key) == ("unknown", {})
    assert found.reason.startswith("DisallowedHost: Invalid HTTP_HOST header: 'example")


def test_surroundings_that_can_not_be_captured_are_told(site, tmp_path):
    caches = {"default": {"BACKEND": FILE_CACHE, "LOCATION": str(tmp_path / "cache")}}
    context = """
        class Tenant:
            def capture(self, request): raise LookupError("no tenant")
            def activate(self, values): ...
    """
    site(
        FILES | {"shop/surroundings.py": context},
        CACHES=caches,
        ROUTE_HANDLERS={"CACHE_CONTEXT": "shop.surroundings.Tenant"},
    )

    assert ask("/items/3").reason == "LookupError: no tenant"


def test_time_zone_is_told_without_use_tz(site, tmp_path):
    caches = {"default": {"BACKEND": FILE_CACHE, "LOCATION": str(tmp_path / "cache")}}
    site(FILES, CACHES=caches, USE_TZ=False, TIME_ZONE="Europe/Berlin")

    assert ask("/items/3").key["timezone"] == "Europe/Berlin"
