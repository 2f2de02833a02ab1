"""The store keeps an entry only if it can say later whether it still holds."""

import logging
import threading
from types import SimpleNamespace

import pytest
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.http import HttpResponse

from django_routehandlers.cache import store as module
from django_routehandlers.cache.backends import HeldBackend
from django_routehandlers.cache.entries import Names, make_entry, pack
from django_routehandlers.cache.freshness import Lifetime
from django_routehandlers.cache.hits import get_named_keys
from django_routehandlers.cache.lookups import get_path_tag, get_version_keys
from django_routehandlers.cache.store import (
    NAMES_SECONDS,
    Saving,
    get_generation_key,
    get_key,
    get_store,
    is_version,
    join_versions,
    set_namespace,
)
from django_routehandlers.exceptions import RevalidationError
from tests.cache.crowds import SECONDS, begun, get_results
from tests.cache.failing import FAILING, SILENT, failing
from tests.clients import counted

KEY = get_key("e", "digest")
KNOWN = get_version_keys(get_path_tag("/x"))
LATE = get_named_keys("author:1")
VERSION, OTHER = b"8 bytes.", b"8 others"
NOT_VERSIONS = [None, b"", b"short", b"longer than it is", "8 bytes.", 12345678, ()]


@pytest.fixture(autouse=True)
def _namespace(_route_cache):
    """Use the keys of this module, which are made before any test has its own."""
    set_namespace("")


@pytest.fixture
def store(backend, use_backend):
    """Return a store in each backend."""
    use_backend(backend)
    return get_store()


@pytest.fixture
def failing_store(settings):
    settings.CACHES = FAILING
    caches["default"].clear()
    return get_store()


@pytest.fixture
def silent_store(settings):
    settings.CACHES = SILENT
    caches["default"].clear()
    return get_store()


def get_entry(**versions):
    response = HttpResponse(b"body")
    return make_entry(response, Lifetime(60.0, 600.0), 1000.0, versions=b"", **versions)


def save(store, seen, late=(), news=None):
    """Store what a run has made; return what came of it."""
    tags = [(tag, *get_named_keys(tag)) for tag in late]
    return store.save(Saving(KEY, get_entry(), 600, KNOWN, tags, seen, news))


def read_entry(store):
    return store.read([KEY]).get(KEY)


def begin(store):
    """Return what a run sees that begins."""
    return store.read_before_run([KEY, *KNOWN])


# What is stored.


def test_what_is_not_there_is_not_found(store):
    assert store.read([KEY, *KNOWN]) == {}


def test_a_run_always_sees_a_generation(store):
    first, second = begin(store), begin(store)

    assert list(first) == [get_generation_key()]
    assert is_version(first[get_generation_key()])
    assert first == second


@pytest.mark.parametrize("value", NOT_VERSIONS[1:], ids=repr)
def test_what_is_no_generation_is_not_taken_for_one(silent_store, value):
    silent_store._get_backend().set(get_generation_key(), value)

    results = [save(silent_store, begin(silent_store))]
    silent_store.bump([])
    results.append(save(silent_store, begin(silent_store)))

    # Nobody knows whose record it was, but the next invalidation makes it ours.
    assert results == ["revalidated", None]


def test_tags_without_a_version_get_one_when_the_entry_is_stored(store):
    seen = begin(store)

    assert save(store, seen) is None

    found = store.read([KEY, *KNOWN])
    versions = join_versions(found, KNOWN)
    assert len(versions) == 16
    assert found[KEY] == pack(get_entry()._replace(versions=versions))


def test_tags_that_have_a_version_keep_it(store):
    save(store, begin(store))
    before = store.read(KNOWN)

    assert save(store, begin(store)) is None

    assert store.read(KNOWN) == before


def test_no_tag_begins_with_the_version_of_another(store):
    save(store, begin(store), late=["author:1"])

    found = store.read([*KNOWN, *LATE, get_generation_key()])

    assert len(set(found.values())) == 5


@pytest.mark.parametrize("value", NOT_VERSIONS[1:], ids=repr)
def test_what_is_no_version_ends_with_the_next_invalidation(silent_store, value):
    for key in KNOWN:
        silent_store._get_backend().set(key, value)
    save(silent_store, begin(silent_store))

    silent_store.bump(KNOWN)

    versions = join_versions(silent_store.read(KNOWN), KNOWN)
    assert len(versions) == 16
    assert save(silent_store, begin(silent_store)) is None
    assert read_entry(silent_store) == pack(get_entry()._replace(versions=versions))


def test_a_tag_of_the_handler_is_kept_with_its_versions(store):
    assert save(store, begin(store), late=["author:1"]) is None

    found = store.read([KEY, *KNOWN, *LATE])
    late = (("author:1", join_versions(found, LATE)),)
    versions = join_versions(found, KNOWN)
    assert found[KEY] == pack(get_entry()._replace(versions=versions, late=late))


def test_a_version_that_was_seen_before_the_run_is_the_one_that_is_kept(store):
    save(store, begin(store), late=["author:1"])
    seen = store.read_before_run([KEY, *KNOWN, *LATE])

    store.bump([LATE[0]])
    assert save(store, seen, late=["author:1"]) is None

    # It is stored, and nobody accepts it.
    [[_, stamped]] = read_entry(store)[-2]
    assert stamped == join_versions(seen, LATE)
    assert stamped != join_versions(store.read(LATE), LATE)


def test_news_of_the_query_are_told_for_a_week(store):
    names = Names(("page",), all=False)
    backend = store._get_backend()

    with counted(backend, "set") as calls:
        assert save(store, begin(store), news=("names", names)) is None

    # Who has read them looks for the entry.
    assert [call[0] for call in calls][-2:] == [KEY, "names"]
    assert calls[-1] == ("names", pack(names), NAMES_SECONDS)
    assert store.read(["names"]) == {"names": pack(names)}


def test_an_entry_can_be_deleted(store):
    save(store, begin(store))

    store.delete(KEY)

    assert read_entry(store) is None


# What is not.


@pytest.mark.parametrize("key", [KNOWN[0], KNOWN[1], LATE[0], "rh1something-else"])
def test_after_any_invalidation_tags_that_had_no_version_get_none_in_vain(store, key):
    seen = begin(store)

    store.bump([key])

    assert save(store, seen, late=["author:1"]) == "revalidated"
    assert read_entry(store) is None


def test_an_invalidation_of_other_tags_harms_no_run_whose_tags_had_versions(store):
    save(store, begin(store))
    seen = begin(store)

    store.bump(["rh1something-else"])

    assert save(store, seen) is None


def test_without_a_generation_at_the_end_nothing_is_stored(store):
    seen = begin(store)

    store._get_backend().delete(get_generation_key())

    assert save(store, seen) == "revalidated"
    assert read_entry(store) is None


def test_without_a_generation_at_the_beginning_nothing_is_stored(store):
    begin(store)

    assert save(store, {}) == "revalidated"
    assert read_entry(store) is None


def test_a_version_that_is_lost_at_once_is_none(silent_store):
    seen = begin(silent_store)

    with failing("add"):
        result = save(silent_store, seen, late=["author:1"])

    assert (result, read_entry(silent_store)) == ("evicted", None)


# Invalidation.


def test_an_invalidation_changes_the_version_and_the_generation_and_no_more(store):
    save(store, begin(store), late=["author:1"])
    keys = [*KNOWN, *LATE, get_generation_key(), KEY]
    before = store.read(keys)

    store.bump([KNOWN[0]])

    after = store.read(keys)
    changed = {key for key in keys if before[key] != after[key]}
    assert changed == {KNOWN[0], get_generation_key()}
    assert is_version(after[KNOWN[0]])


def test_an_invalidation_is_two_writes_however_much_it_ends(store):
    backend = store._get_backend()

    with counted(backend, "set_many") as calls:
        store.bump([f"rh1{number}" for number in range(10)])

    assert [list(values) for values, *_ in calls] == [
        [get_generation_key()],
        [f"rh1{number}" for number in range(10)],
    ]
    assert [timeout for _, timeout in calls] == [None, None]


def test_who_looks_before_the_end_of_an_invalidation_looks_again(monkeypatch):
    store = get_store()
    backend, before = store._get_backend(), store.bumps
    set_many, during = backend.set_many, []

    def look_and_set(*args):
        during.append(store.bumps)
        return set_many(*args)

    monkeypatch.setattr(backend, "set_many", look_and_set)
    store.bump([KNOWN[0]])

    assert during == [before, before]
    assert store.bumps != before


# Backends that fail.


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


# Which store.


def test_there_is_one_store_in_a_process():
    assert get_store() is get_store()


def test_of_two_threads_that_begin_at_once_none_has_a_store_of_its_own(
    settings, monkeypatch
):
    settings.CACHES, barrier = FAILING, threading.Barrier(2)

    class SlowBackend(HeldBackend):
        def __init__(self, alias):
            barrier.wait(SECONDS)
            super().__init__(alias)

    monkeypatch.setattr(module, "HeldBackend", SlowBackend)
    with begun(get_store, get_store) as stores:
        one, other = get_results(stores)

    assert one is other


def test_another_cache_is_another_store(settings):
    default = get_store()
    settings.CACHES = FAILING | {"pages": SILENT["default"]}
    changed = get_store()

    settings.ROUTE_HANDLERS = {"CACHE": "pages"}
    named = get_store()

    assert len({default, changed, named}) == 3
    assert type(named._get_backend()) is type(caches["pages"])


def test_a_child_process_has_a_store_of_its_own(monkeypatch):
    ours = get_store()

    monkeypatch.setattr(module.os, "getpid", lambda: -1)

    assert get_store() is not ours


def test_a_test_has_records_of_its_own():
    before = get_key("e", "digest")

    set_namespace("another:")

    assert get_key("e", "digest") == "rh1another:edigest" != before


@pytest.mark.parametrize("value", NOT_VERSIONS, ids=repr)
def test_a_version_is_eight_bytes(value):
    assert not is_version(value)
    assert is_version(VERSION)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"a": VERSION, "b": OTHER}, VERSION + OTHER),
        ({"a": VERSION}, None),
        ({"a": VERSION, "b": None}, None),
        ({"a": VERSION, "b": "8 others"}, None),
        ({}, None),
    ],
)
def test_versions_are_joined_if_all_are_there(found, expected):
    assert join_versions(found, ["a", "b"]) == expected
