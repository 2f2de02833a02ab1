"""A process has one connection to its cache, and asks as that backend allows."""

import threading
from pickle import UnpicklingError

import pytest
from django.core.cache import InvalidCacheBackendError, caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache

from django_routehandlers.cache.backends import HeldBackend, get_random, read_many
from django_routehandlers.cache.store import get_store
from tests.backends import BACKENDS
from tests.cache.crowds import SECONDS, begun, get_results


def get_in_thread(held):
    with begun(held.get) as [getting]:
        return getting.result(SECONDS)


def test_all_threads_share_one_backend(backend, use_backend):
    use_backend(backend)
    held = HeldBackend("default")

    assert held.get() is held.get() is get_in_thread(held)


def test_it_is_not_the_one_that_django_closes_after_each_request(backend, use_backend):
    use_backend(backend)

    assert HeldBackend("default").get() is not caches["default"]


def test_it_has_the_records_that_django_s_has(backend, use_backend):
    use_backend(backend)
    held = HeldBackend("default").get()

    held.set("ours", 1)
    caches["default"].set("django's", 2)

    assert caches["default"].get("ours") == 1
    assert held.get("django's") == 2


def test_many_threads_may_ask_at_once(backend, use_backend):
    use_backend(backend)
    held, barrier = HeldBackend("default"), threading.Barrier(8)

    def ask(number):
        barrier.wait(SECONDS)
        for turn in range(10):
            held.get().set(f"key{number}", turn)
            assert held.get().get_many([f"key{number}"]) == {f"key{number}": turn}
        return "all right"

    with begun(*[lambda n=n: ask(n) for n in range(8)]) as asking:
        assert get_results(asking) == ["all right"] * 8


class OwnCache(LocMemCache):
    """A backend of a project, which is known to be a local one."""


class UnknownCache(BaseCache):
    """A backend of which nothing is known but its methods."""

    def __init__(self, location, params):
        super().__init__(params)


def use_own(settings, kind):
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.{kind.__name__}"}}
    return HeldBackend("default")


def test_a_backend_that_is_not_known_is_made_for_each_thread(settings):
    held = use_own(settings, UnknownCache)

    assert held.get() is held.get()
    assert get_in_thread(held) is not held.get()


def test_a_backend_made_from_a_known_one_is_shared(settings):
    held = use_own(settings, OwnCache)

    assert type(held.get()) is OwnCache
    assert held.get() is get_in_thread(held)
    assert held.is_private


FACTS = {
    "locmem": (True, False, False),
    "file": (False, False, True),
    "database": (False, True, False),
    "valkey": (False, False, False),
    "memcached": (False, False, False),
}


def test_what_is_known_of_a_backend(backend, use_backend):
    settings = use_backend(backend)
    held = HeldBackend("default")

    facts = held.is_private, held.needs_own_thread, held.folder is not None

    assert facts == FACTS[backend]
    assert not held.is_off
    assert held.folder in (None, settings["CACHES"]["default"]["LOCATION"])


def test_the_dummy_is_off(settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    }

    assert HeldBackend("default").is_off


def test_an_alias_that_is_not_there_is_an_error():
    with pytest.raises(InvalidCacheBackendError, match=r"CACHES has no 'pages'\."):
        HeldBackend("pages")


def test_the_options_of_a_local_backend_are_kept(settings):
    default = {
        "BACKEND": BACKENDS["locmem"],
        "LOCATION": "options",
        "TIMEOUT": 7,
        "KEY_PREFIX": "prefix",
        "VERSION": 3,
        "OPTIONS": {"MAX_ENTRIES": 10, "CULL_FREQUENCY": 2},
    }
    settings.CACHES = {"default": default}

    held, django_s = HeldBackend("default").get(), caches.create_connection("default")

    names = {"default_timeout", "key_prefix", "version", "_max_entries"}
    kept, given = ({n: vars(b)[n] for n in names} for b in (held, django_s))
    assert kept == given
    assert held._max_entries == 10


# What tells whether a value is still the same.


def test_what_was_not_written_is_the_same_object(use_backend):
    use_backend("locmem")
    held = HeldBackend("default")
    held.get().set("key", "value")

    first, second = held.find_packed("key"), held.find_packed("key")
    caches["default"].set("key", "value")
    third = held.find_packed("key")

    assert first is second
    assert first == third
    assert first is not third


@pytest.mark.parametrize("end", ["delete", "clear", "expire"])
def test_what_is_gone_is_not_found(use_backend, end):
    use_backend("locmem")
    held = HeldBackend("default")
    held.get().set("key", "value", None)
    assert held.find_packed("key") is not None

    if end == "delete":
        caches["default"].delete("key")
    elif end == "clear":
        caches["default"].clear()
    else:
        held.get()._expire_info[held.get().make_key("key")] = 1.0

    assert held.find_packed("key") is None


def test_what_was_looked_for_is_the_last_to_be_culled(use_backend):
    use_backend("locmem", OPTIONS={"MAX_ENTRIES": 3})
    held = HeldBackend("default")
    for key in ("a", "b", "c"):
        held.get().set(key, key)

    held.find_packed("a")
    held.get().set("d", "d")

    assert held.get().get_many(["a", "b"]) == {"a": "a"}


@pytest.mark.parametrize("name", [name for name in BACKENDS if name != "locmem"])
def test_other_backends_do_not_tell(name, use_backend):
    use_backend(name)
    held = HeldBackend("default")
    held.get().set("key", "value")

    assert held.find_packed("key") is None


# Records that nobody can read.


class UnreadableCache(LocMemCache):
    """A backend with one record that can't be read."""

    unreadable = "unreadable"

    def get(self, key, *args, **kwargs):
        if key == self.unreadable and super().get(key) is not None:
            raise UnpicklingError("invalid load key")
        return super().get(key, *args, **kwargs)


def test_what_is_read_with_a_record_that_cannot_be_is_lost():
    backend = UnreadableCache("unreadable", {})
    for key in ("one", "unreadable", "other"):
        backend.set(key, key)

    found = [read_many(backend, keys) for keys in (["one", "unreadable"], ["other"])]

    assert found == [{}, {"other": "other"}]
    assert backend.get_many(["one", "unreadable"]) == {}


def test_a_backend_that_can_never_be_read_is_one_that_fails(monkeypatch):
    monkeypatch.setattr(LocMemCache, "get_many", None)

    with pytest.raises(TypeError):
        read_many(LocMemCache("never", {}), ["one"])


def test_random_bytes_are_eight_and_never_the_same():
    made = {get_random() for _ in range(1000)}

    assert ({len(value) for value in made}, len(made)) == ({8}, 1000)


def test_a_test_that_changes_the_caches_is_obeyed_at_once(settings):
    before = get_store()

    settings.CACHES = {"default": {"BACKEND": BACKENDS["locmem"], "LOCATION": "new"}}

    assert get_store() is not before


@pytest.mark.parametrize("name", ["valkey", "memcached"])
def test_the_client_is_there_before_threads_ask_for_it(name, use_backend):
    use_backend(name)

    assert "_cache" in vars(HeldBackend("default").get())
