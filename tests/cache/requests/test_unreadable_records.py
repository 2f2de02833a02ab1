"""A record that nobody can read is one that is lost, and no failure of the cache."""

import zlib
from pathlib import Path

import pytest
from django.core.cache import caches
from django.db import connections, router

from django_routehandlers.cache.store import get_store
from tests.cache.requests.routes import count, get_told
from tests.clients import counted, send_wsgi

pytestmark = pytest.mark.usefixtures("route_cache")

MISS, HIT = "fwd=uri-miss; stored", "hit; ttl=60"


def spoil_file(key):
    backend = caches["default"]
    for content in (b"garbage", zlib.compress(b"garbage")):
        path = Path(backend._key_to_file(key))
        # It has its end first, and then what it ends.
        path.write_bytes(b"\x80\x05N." + content)
        yield


def spoil_database(key):
    alias = router.db_for_read(caches["default"].cache_model_class)
    for value in ("garbage", "Z2FyYmFnZQ=="):
        with connections[alias].cursor() as cursor:
            made = caches["default"].make_key(key)
            sql = "UPDATE cache_entries SET value = %s WHERE cache_key = %s"
            cursor.execute(sql, [value, made])
            assert cursor.rowcount == 1
        yield


def spoil_valkey(key):
    backend = caches["default"]
    for value in (b"garbage", b"\x80\x05cnowhere\nNothing\n."):
        backend._cache.get_client().set(backend.make_key(key), value)
        yield


def spoil_memcached(key):
    backend = caches["default"]
    for value in (b"garbage", b"\x80\x05cnowhere\nNothing\n."):
        # Its serializer says with a flag that this was pickled.
        backend._cache.set(backend.make_key(key), value, flags=1)
        yield


SPOILERS = {
    "file": spoil_file,
    "database": spoil_database,
    "valkey": spoil_valkey,
    "memcached": spoil_memcached,
}


def find_keys():
    """Return the keys that a hit reads: that of its entry, and those of versions."""
    with counted(get_store(), "read") as calls:
        send_wsgi("GET", "/x")
    [[keys]] = calls
    return keys


@pytest.mark.parametrize(
    ("backend", "place"),
    # The client of Memcached makes a version that it can't read None.
    [(name, 0) for name in SPOILERS] + [(name, 1) for name in [*SPOILERS][:3]],
)
def test_a_record_that_cannot_be_read_costs_a_run_and_no_more(
    any_backend, serve, place, caplog
):
    serve(count())
    send_wsgi("GET", "/x")
    spoilt = SPOILERS[any_backend](find_keys()[place])

    told = [[get_told(send_wsgi("GET", "/x")) for _ in range(2)] for _ in spoilt]

    assert told == [[MISS, HIT]] * 2
    assert caplog.records == []
