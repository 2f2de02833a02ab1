"""The store keeps an entry only if it can say later whether it still holds."""

import threading

import pytest
from django.core.cache import caches

from django_routehandlers.cache import store as module
from django_routehandlers.cache.backends import HeldBackend
from django_routehandlers.cache.entries import Names, pack
from django_routehandlers.cache.store import (
    NAMES_SECONDS,
    get_generation_key,
    get_key,
    get_store,
    set_namespace,
)
from django_routehandlers.cache.versions import is_version, join_versions
from tests.cache.crowds import SECONDS, begun, get_results
from tests.cache.failing import FAILING, SILENT, failing
from tests.cache.stores import (
    KEY,
    KNOWN,
    LATE,
    begin,
    get_entry,
    no_namespace,
    read_entry,
    save,
    silent_store,
)
from tests.clients import counted

__all__ = ["no_namespace", "silent_store"]

pytestmark = pytest.mark.usefixtures("no_namespace")

NOT_VERSIONS = [b"", b"short", b"longer than it is", "8 bytes.", 12345678, ()]


@pytest.fixture
def store(backend, use_backend):
    """Return a store in each backend."""
    use_backend(backend)
    return get_store()


# What is stored.


def test_what_is_not_there_is_not_found(store):
    assert store.read([KEY, *KNOWN]) == {}


def test_a_run_always_sees_a_generation(store):
    first, second = begin(store), begin(store)

    assert list(first) == [get_generation_key()]
    assert is_version(first[get_generation_key()])
    assert first == second


@pytest.mark.parametrize("value", NOT_VERSIONS, ids=repr)
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


@pytest.mark.parametrize("value", NOT_VERSIONS, ids=repr)
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
