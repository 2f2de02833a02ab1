"""A hit asks the backend once, from where it is, through one connection."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import AsyncToSync, SyncToAsync
from django.core.cache import caches
from django.core.handlers.asgi import ASGIHandler

from django_routehandlers.cache import background, gates
from django_routehandlers.cache.store import get_store
from tests.cache.crowds import SECONDS, ask_server, run_on_loop
from tests.cache.requests.routes import count, get_told
from tests.clients import send_asgi, send_wsgi

IS_CROSSED = True

pytestmark = pytest.mark.usefixtures("route_cache")


OPERATIONS = [
    "add",
    "delete",
    "delete_many",
    "find_packed",
    "get",
    "get_many",
    "has_key",
    "incr",
    "set",
    "set_many",
    "touch",
]


@pytest.fixture
def round_trips(monkeypatch):
    """Return a function that lists what the backend is asked from then on."""
    names = []

    def watch():
        held = get_store()._backend.get()
        inside = []
        for name in OPERATIONS:
            if hasattr(held, name):
                original = getattr(held, name)
                monkeypatch.setattr(held, name, count_outermost(original, inside))
        return names

    def count_outermost(original, inside):
        # Some backends do one operation by several others.
        def act(*args, **kwargs):
            if not inside:
                names.append(original.__name__)
            inside.append(1)
            try:
                return original(*args, **kwargs)
            finally:
                inside.pop()

        return act

    return watch


TAGS = "revalidate = 60; tags = ['posts', 'post:1']"


def test_a_hit_is_one_round_trip(any_backend, send, serve, round_trips):
    serve(count("request.GET.get('page')", config=TAGS))
    for _ in range(3):
        send("GET", "/x?page=2&utm=a")

    asked = round_trips()
    told = [get_told(send("GET", "/x?page=2&utm=a")) for _ in range(2)]

    assert told == ["hit; ttl=60"] * 2
    private = get_store().is_private
    assert asked == ["find_packed" if private else "get_many"] * 2


def test_a_hit_with_tags_of_the_handler_is_two(any_backend, send, serve, round_trips):
    config = f"from django_routehandlers.cache import cache_tag\n{TAGS}"
    serve(count(config=config, before="cache_tag('author:1', 'author:2')"))
    for _ in range(3):
        send("GET", "/x")

    asked = round_trips()
    told = get_told(send("GET", "/x"))

    assert told == "hit; ttl=60"
    private = get_store().is_private
    assert asked == ["find_packed" if private else "get_many", "get_many"]


def test_a_stale_hit_is_one_where_another_process_makes_the_new_answer(
    any_backend, send, serve, route_cache, round_trips, monkeypatch
):
    serve(count())
    send("GET", "/x")
    route_cache.advance(61)
    monkeypatch.setattr(get_store().locks, "try_take", lambda *args: False)
    monkeypatch.setattr(background, "_PAUSE_SECONDS", SECONDS)
    # The first one looks, the second one after a refresh has set the language.
    for _ in range(2):
        send("GET", "/x")

    asked = round_trips()
    told = [get_told(send("GET", "/x")) for _ in range(2)]

    assert told == ["hit; ttl=-1; detail=stale"] * 2
    private = get_store().is_private
    assert asked == ["find_packed" if private else "get_many"] * 2


# Look, take the lock, look again, store, and see whether the lock is still ours to free.
MISS = ["get_many", "add", "get_many", "set", "get", "delete"]

# A generation, a hard and a soft version of the path and of the route, and a last look.
FIRST = ["add", "get_many", *["add"] * 4, "get_many", "get_many"]


def test_a_miss_is_six_and_the_first_one_makes_versions(
    use_backend, send, serve, round_trips
):
    use_backend("valkey")
    serve(count())
    asked = round_trips()

    send("GET", "/x")
    first = asked[:]
    get_store().delete(_find_entry_key())
    del asked[:]
    told = get_told(send("GET", "/x"))

    assert told == "fwd=uri-miss; stored"
    assert (first, asked) == ([*MISS[:3], *FIRST, *MISS[3:]], MISS)


def _find_entry_key():
    [lookup] = gates._lookups.values()
    return lookup.key


# Threads.


@pytest.fixture
def hops(monkeypatch):
    """Collect how often anything of ours is sent to another thread or loop."""
    names = []
    call, acall = AsyncToSync.__call__, SyncToAsync.__call__
    submit = ThreadPoolExecutor.submit

    def counting(self, *args, **kwargs):
        if _is_ours(self.awaitable):
            names.append("to loop")
        return call(self, *args, **kwargs)

    async def acounting(self, *args, **kwargs):
        if _is_ours(self.func):
            names.append("to thread")
        return await acall(self, *args, **kwargs)

    def counting_submit(self, function, *args, **kwargs):
        if self._thread_name_prefix == "routehandlers-cache":
            names.append("to backend")
        return submit(self, function, *args, **kwargs)

    monkeypatch.setattr(AsyncToSync, "__call__", counting)
    monkeypatch.setattr(SyncToAsync, "__call__", acounting)
    monkeypatch.setattr(ThreadPoolExecutor, "submit", counting_submit)
    return names


def _is_ours(function):
    """Tell whether a function is one of the package's, and not Django's or a view."""
    function = getattr(function, "func", function)
    return str(getattr(function, "__module__", "")).startswith("django_routehandlers")


SYNC = "revalidate = 60\ndef GET(): return {}\n"
ASYNC = "revalidate = 60\nasync def GET(): return {}\n"
SOURCES = {
    "sync": SYNC,
    "async": ASYNC,
    "sync, mixed": SYNC + "async def POST(): pass\n",
    "async, mixed": ASYNC + "def POST(): pass\n",
}

# How a hit crosses to a backend that is elsewhere: a view on a loop must not wait.
ON_LOOP = {"sync": [], "async": [1], "sync, mixed": [1], "async, mixed": [1]}

WAYS = {
    "locmem": None,
    "file": "to backend",
    "database": "to thread",
    "valkey": "to backend",
    "memcached": "to backend",
}


@pytest.mark.parametrize("kind", SOURCES)
def test_under_asgi_a_hit_crosses_once_and_only_to_a_backend_elsewhere(
    any_backend, backend, site, hops, kind
):
    site({"shop/routes/x/route.py": SOURCES[kind]})
    send_asgi("GET", "/x")
    del hops[:]

    response = send_asgi("GET", "/x")

    assert get_told(response) == "hit; ttl=60"
    way = WAYS[backend]
    assert hops == ([] if way is None else [way for _ in ON_LOOP[kind]])


@pytest.mark.parametrize("kind", SOURCES)
def test_under_wsgi_a_hit_of_a_sync_view_stays_in_its_thread(
    any_backend, backend, site, hops, kind
):
    site({"shop/routes/x/route.py": SOURCES[kind]})
    send_wsgi("GET", "/x")
    del hops[:]

    response = send_wsgi("GET", "/x")

    assert get_told(response) == "hit; ttl=60"
    # Django makes a loop for an async view, which is not ours to save.
    is_elsewhere = kind == "async" and WAYS[backend] is not None
    assert hops == ([WAYS[backend]] if is_elsewhere else [])


# Connections.


def get_clients():
    """Return the connections that the Valkey has."""
    clients = caches["default"]._cache.get_client().client_list()
    return {client["addr"] for client in clients}


@pytest.mark.parametrize("kind", ["async", "sync, mixed", "async, mixed"])
def test_a_hundred_requests_at_once_need_two_connections(use_backend, site, kind):
    """Django would have one for each."""
    use_backend("valkey")
    site({"shop/routes/x/route.py": SOURCES[kind]})
    before = get_clients()

    async def ask():
        application = ASGIHandler()
        await ask_server(application, "/x")
        many = [ask_server(application, "/x") for _ in range(100)]
        return await asyncio.gather(*many)

    responses = run_on_loop(ask())

    assert [get_told(response) for response in responses] == ["hit; ttl=60"] * 100
    assert 1 <= len(get_clients() - before) <= 2


def test_a_hundred_requests_to_sync_views_need_no_more_than_run_at_once(
    use_backend, site
):
    use_backend("valkey")
    site({"shop/routes/x/route.py": SYNC})
    before = get_clients()

    async def ask():
        application = ASGIHandler()
        for _ in range(100):
            response = await ask_server(application, "/x")
        return response

    response = run_on_loop(ask())

    assert get_told(response) == "hit; ttl=60"
    assert len(get_clients() - before) == 1


# Bytes.

# Three headers, the times, and the versions of two tags.
MOST_OVERHEAD = 270


@pytest.mark.parametrize("size", [0, 500, 5000, 100_000])
def test_an_entry_is_little_more_than_its_body(send, serve, size):
    serve(count(repr("x" * size)))

    body = send("GET", "/x").content

    packed = get_store().find_packed(_find_entry_key())
    assert len(body) < len(packed) <= len(body) + MOST_OVERHEAD
