"""A store whose backend fails answers all the same, and is never silent."""

import logging
from types import SimpleNamespace

import pytest
from django.core.cache.backends.db import DatabaseCache

from django_routehandlers.cache import store as module
from django_routehandlers.cache.store import (
    Saving,
    get_generation_key,
    get_store,
)
from django_routehandlers.exceptions import RevalidationError
from tests.cache.failing import failing
from tests.cache.stores import (
    KEY,
    KNOWN,
    OTHER,
    VERSION,
    begin,
    failing_store,
    get_entry,
    no_namespace,
    read_entry,
    save,
)

__all__ = ["failing_store", "no_namespace"]

pytestmark = pytest.mark.usefixtures("no_namespace")


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=1000.0, monotonic=lambda: clock.now)
    monkeypatch.setattr(module, "time", clock)
    return clock


MESSAGE = (
    "The cache 'default' failed, so nothing is cached for 5 s: ConnectionError: "
    "connection refused"
)

CALLS = {
    "read": (lambda store: store.read([KEY]), None),
    "read before run": (begin, None),
    "save": (lambda store: save(store, {get_generation_key(): VERSION}), "backend"),
    "delete": (lambda store: store.delete(KEY), None),
    "lock": (lambda store: store.lock(store.locks.take, "lock", b"token", 30), None),
    "default": (
        lambda store: store.lock(store.locks.take, "lock", b"", 1, default="default"),
        "default",
    ),
}


@pytest.mark.parametrize(("call", "expected"), CALLS.values(), ids=CALLS)
def test_a_failure_is_an_answer_and_a_line_in_the_log(
    failing_store, caplog, call, expected
):
    with failing():
        assert call(failing_store) == expected

    records = [(r.name, r.levelno, r.getMessage()) for r in caplog.records]
    assert records == [("django_routehandlers.cache", logging.ERROR, MESSAGE)]
    assert not failing_store.is_usable


@pytest.mark.parametrize("operation", ["add", "get", "set"])
def test_a_failure_in_the_middle_of_storing_is_one_too(failing_store, operation):
    seen = begin(failing_store)

    with failing(operation):
        result = save(failing_store, seen)

    assert (result, read_entry(failing_store)) == ("backend", None)


def test_an_entry_that_a_server_refuses_is_not_the_end_of_all(use_backend, caplog):
    use_backend("memcached")
    store = get_store()
    seen = begin(store)
    entry = get_entry()._replace(body=b"x" * 1_100_000)

    results = [
        store.save(Saving(KEY, entry, 600, KNOWN, (), seen)),
        store.is_usable,
        save(store, seen),
    ]

    assert results == ["backend", True, None]
    assert [(r.levelno, r.getMessage()) for r in caplog.records] == [
        (
            logging.WARNING,
            "The cache 'default' did not take an entry: MemcacheServerError: "
            "b'object too large for cache'",
        )
    ]


def test_a_backend_that_can_only_be_read_is_one_that_failed(
    failing_store, clock, caplog
):
    with failing("add"):
        for _ in range(3):
            begin(failing_store)

        assert not failing_store.is_usable

    assert [record.getMessage() for record in caplog.records] == [MESSAGE]


def test_for_five_seconds_a_backend_that_failed_is_not_asked(
    failing_store, clock, caplog
):
    with failing():
        failing_store.read([KEY])
        usable = []
        for clock.now in (1000.0, 1004.9, 1005.0):
            usable.append(failing_store.is_usable)
        failing_store.read([KEY])
        clock.now = 1009.9
        usable.append(failing_store.is_usable)

    assert usable == [False, False, True, False]
    assert [record.getMessage() for record in caplog.records] == [MESSAGE] * 2


def test_many_failures_at_once_are_one_line_in_the_log(failing_store, clock, caplog):
    with failing():
        for _ in range(20):
            failing_store.read([KEY])
            clock.now += 0.1

    assert [record.getMessage() for record in caplog.records] == [MESSAGE]


def test_what_works_again_is_usable_again(failing_store, clock, caplog):
    with failing():
        failing_store.read([KEY])
    clock.now += 5

    assert failing_store.read([KEY]) == {}
    clock.now -= 1
    assert failing_store.is_usable


def test_an_invalidation_that_fails_is_never_silent(failing_store, caplog):
    save(failing_store, begin(failing_store))

    with failing(), pytest.raises(RevalidationError) as caught:
        failing_store.bump([KNOWN[0]])

    assert str(caught.value) == (
        "The cache 'default' failed, so entries may still be served that should not: "
        "connection refused Try again when it is back."
    )
    assert isinstance(caught.value.__cause__, ConnectionError)
    assert [record.getMessage() for record in caplog.records] == [MESSAGE]


def test_what_a_server_did_not_take_is_never_silent(use_backend):
    use_backend("memcached")
    store = get_store()
    backend = store._get_backend()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backend, "set_many", lambda values, timeout: list(values))
        with pytest.raises(RevalidationError) as caught:
            store.bump([KNOWN[0]])

    assert str(caught.value) == (
        "The cache 'default' did not take the new versions. Try again when it is back."
    )


def test_what_a_database_swallows_is_never_silent(use_backend):
    """Its `set()` says nothing of an error of the database."""
    use_backend("database")
    store = get_store()
    save(store, begin(store))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseCache, "_base_set", lambda *args, **kwargs: False)
        with pytest.raises(RevalidationError, match="did not take the new versions"):
            store.bump([KNOWN[0]])


@pytest.mark.parametrize("lost", ["lost", "another"])
def test_a_version_that_is_no_longer_the_old_one_is_enough(use_backend, lost):
    """A database that is full deletes what it likes, and others write, too."""
    use_backend("database")
    store = get_store()
    save(store, begin(store))
    backend = store._get_backend()
    set_many = backend.set_many

    def set_and_change(values, timeout):
        failed = set_many(values, timeout)
        for key in values:
            backend.delete(key) if lost == "lost" else backend.set(key, OTHER)
        return failed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backend, "set_many", set_and_change)
        store.bump(KNOWN)

    assert store.read(KNOWN) == ({} if lost == "lost" else dict.fromkeys(KNOWN, OTHER))


def test_a_backend_without_entries_is_not_asked(settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    }

    assert not get_store().is_usable


def test_an_alias_that_is_not_there_is_told_once(settings, caplog):
    settings.ROUTE_HANDLERS = {"CACHE": "pages"}

    usable = [get_store().is_usable for _ in range(3)]

    assert usable == [False] * 3
    assert [record.getMessage() for record in caplog.records] == [
        "Nothing is cached, because CACHES['pages'] can't be used: "
        "InvalidCacheBackendError: CACHES has no 'pages'."
    ]
    with pytest.raises(RevalidationError, match=r"CACHES has no 'pages'\."):
        get_store().bump([KNOWN[0]])
