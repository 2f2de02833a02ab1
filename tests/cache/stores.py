"""Store something, and read it again, in the keys of one tag."""

from typing import Any

import pytest
from django.core.cache import caches
from django.http import HttpResponse

from django_routehandlers.cache.entries import Entry, make_entry
from django_routehandlers.cache.freshness import Lifetime
from django_routehandlers.cache.hits import get_named_keys
from django_routehandlers.cache.lookups import get_path_tag, get_version_keys
from django_routehandlers.cache.store import (
    Saving,
    Store,
    get_key,
    get_store,
    set_namespace,
)
from django_routehandlers.cache.versions import Found
from tests.cache.failing import FAILING, SILENT

KEY = get_key("e", "digest")
KNOWN = get_version_keys(get_path_tag("/x"))
LATE = get_named_keys("author:1")
VERSION, OTHER = b"8 bytes.", b"8 others"


@pytest.fixture
def no_namespace(_route_cache: Any) -> None:
    """Use the keys of this module, which were made before any test had its own."""
    set_namespace("")


@pytest.fixture
def failing_store(settings: Any) -> Store:
    """Return an empty store in a backend that fails when a test says so."""
    settings.CACHES = FAILING
    caches["default"].clear()
    return get_store()


@pytest.fixture
def silent_store(settings: Any) -> Store:
    """Return an empty store in a backend that does not say when it fails."""
    settings.CACHES = SILENT
    caches["default"].clear()
    return get_store()


def get_entry() -> Entry:
    """Return what a run has made."""
    response = HttpResponse(b"body")
    return make_entry(response, Lifetime(60.0, 600.0), 1000.0, versions=b"")


def save(store: Store, seen: Found, late: Any = (), news: Any = None) -> str | None:
    """Store what a run has made; return None, or in a word why it was not stored."""
    tags = [(tag, *get_named_keys(tag)) for tag in late]
    return store.save(Saving(KEY, get_entry(), 600, KNOWN, tags, seen, news))


def read_entry(store: Store) -> Any:
    """Return what is stored for the key."""
    found = store.read([KEY])
    assert found is not None
    return found.get(KEY)


def begin(store: Store) -> Any:
    """Return what a run sees that begins."""
    return store.read_before_run([KEY, *KNOWN])
