"""Of all who ask at once for what is not there, one runs the handler."""

from importlib import import_module

import pytest
from django.db import connections
from django.test import AsyncClient, Client

from django_routehandlers.cache import filling, revalidate_path
from django_routehandlers.cache.flights import Flight
from tests.cache.crowds import SECONDS, begun, get_results, run_on_loop, wait_until
from tests.cache.requests.gated import (
    COLLAPSED,
    GATED,
    MISS,
    ask,
    slow_store,
    waiting,
)
from tests.cache.requests.routes import count, get_answer, get_told

__all__ = ["ask", "slow_store", "waiting"]

IS_CROSSED = True

pytestmark = pytest.mark.usefixtures("route_cache")

BARRIER = f"""
    import threading

    revalidate = 60

    barrier = threading.Barrier(10, timeout={SECONDS})
"""


def test_twenty_who_ask_at_once_get_the_answer_of_one_run(ask, serve, waiting):
    route = serve(count(config=GATED, before="wait()"))

    with begun(*[ask] * 20) as asking:
        wait_until(lambda: waiting() == 19)
        route.gate.set()
        responses = get_results(asking)

    answers = sorted(map(get_answer, responses))
    assert answers == [("v1", COLLAPSED)] * 19 + [("v1", MISS)]
    assert len(route.calls) == 1
    assert get_told(ask()) == "hit; ttl=60"


def test_who_asks_for_something_else_does_not_wait(ask, serve):
    route = serve(
        count("id", config=GATED, arguments="id", before="if id == '1': wait()"),
        path="x/[id]",
    )

    with begun(lambda: ask("/x/1")) as asking:
        assert route.begun.wait(SECONDS)
        other = ask("/x/2")
        route.gate.set()
        [response] = get_results(asking)

    assert [get_answer(r) for r in (response, other)] == [("1", MISS), ("2", MISS)]


def test_who_asks_after_an_invalidation_does_not_wait_for_the_old_answer(ask, serve):
    route = serve(
        count("old", config=GATED, before="old = len(calls) == 1\nif old: wait()")
    )

    with begun(ask) as asking:
        assert route.begun.wait(SECONDS)
        revalidate_path("/x")
        new = ask()
        route.gate.set()
        [old] = get_results(asking)

    assert [r.json() for r in (old, new, ask())] == [True, False, False]
    assert len(route.calls) == 2


def test_who_sees_the_first_versions_waits_for_their_entry(
    ask, serve, waiting, slow_store
):
    route = serve(count())

    with begun(ask) as asking:
        assert slow_store.reached.wait(SECONDS)
        with begun(ask) as later:
            wait_until(lambda: waiting() == 1 or len(route.calls) > 1)
            slow_store.gate.set()
            responses = get_results(asking) + get_results(later)

    assert [get_told(response) for response in responses] == [MISS, COLLAPSED]
    assert len(route.calls) == 1


@pytest.mark.parametrize(
    "failure", ["raise KeyError", "return HttpResponse('failed', status=500)"]
)
def test_nobody_inherits_a_failure(ask, serve, waiting, failure):
    before = f"wait()\nif len(calls) == 1: {failure}"
    route = serve(count("'fine'", config=GATED, before=before))

    with begun(*[ask] * 5) as asking:
        wait_until(lambda: waiting() == 4)
        route.gate.set()
        responses = get_results(asking)

    assert sorted(r.status_code for r in responses) == [200, 200, 200, 200, 500]
    # Nobody waits for another one, which might fail as well.
    assert len(route.calls) == 5


def test_a_handler_that_always_fails_is_asked_by_each(ask, serve, waiting):
    route = serve(count(config=GATED, before="wait()\nraise KeyError"))

    with begun(*[ask] * 5) as asking:
        wait_until(lambda: waiting() == 4)
        route.gate.set()
        responses = get_results(asking)

    assert [r.status_code for r in responses] == [500] * 5
    assert len(route.calls) == 5


def test_at_its_first_read_of_a_visitor_nobody_waits_any_longer(ask, serve, waiting):
    """They all meet in the handler, so each of them runs it, and at once."""
    before = f"""
        if len(calls) == 1: wait()
        request.COOKIES.get('a')
        barrier.wait({SECONDS})
    """
    config = GATED + "\n    barrier = threading.Barrier(10)"
    route = serve(count("len(calls)", config=config, before=before))

    with begun(*[ask] * 10) as asking:
        wait_until(lambda: waiting() == 9)
        route.gate.set()
        responses = get_results(asking)

    told = {get_told(response) for response in responses}
    assert told == {'fwd=uri-miss; detail="dynamic:cookie:a"'}
    assert len(route.calls) == 10


def test_where_nothing_was_stored_lately_nobody_waits(ask, serve):
    # They all meet before it is known that this run is not stored either.
    before = "if len(calls) > 1: barrier.wait()\nrequest.COOKIES.get('a')"
    route = serve(count(config=BARRIER, before=before))
    ask()

    with begun(*[ask] * 10) as asking:
        responses = get_results(asking)

    assert [response.status_code for response in responses] == [200] * 10
    assert len(route.calls) == 11


def test_a_clean_run_ends_that(ask, serve):
    route = serve(count(before="if len(calls) == 1: request.COOKIES.get('a')"))

    told = [get_told(ask()) for _ in range(3)]

    assert told == ['fwd=uri-miss; detail="dynamic:cookie:a"', MISS, "hit; ttl=60"]
    assert len(route.calls) == 2


def test_who_has_waited_long_enough_runs_it_alone(ask, serve, monkeypatch, route_cache):
    route = serve(count(config=GATED, before="if len(calls) == 1: wait()"))

    with begun(ask) as asking:
        assert route.begun.wait(SECONDS)
        with monkeypatch.context() as patch:
            patch.setattr(filling, "WAIT_SECONDS", 0.02)
            waited = ask()
        stored = dict(route_cache.entries)
        route.gate.set()
        [first] = get_results(asking)

    assert get_answer(waited) == ("v2", "fwd=uri-miss; detail=waited")
    assert get_answer(first) == ("v2", MISS)
    assert stored == {}
    assert len(route.calls) == 2


# Handlers that ask for cached paths themselves.


def test_a_handler_may_ask_for_its_own_path(site):
    source = """
        from django.test import Client
        revalidate = 60
        calls = []
        def GET(request):
            calls.append(1)
            inner = Client().get("/x").json() if len(calls) == 1 else None
            return [len(calls), inner]
    """
    site({"shop/routes/x/route.py": source})

    with begun(lambda: Client().get("/x")) as asking:
        [response] = get_results(asking)

    assert response.json() == [2, [2, None]]
    assert Client().get("/x").json() == [2, [2, None]]


def test_an_async_handler_may_ask_for_its_own_path(site):
    source = """
        from django.test import AsyncClient
        revalidate = 60
        calls = []
        async def GET(request):
            calls.append(1)
            inner = (await AsyncClient().get("/x")).json() if len(calls) == 1 else None
            return [len(calls), inner]
    """
    site({"shop/routes/x/route.py": source})

    response = run_on_loop(AsyncClient().get("/x"))

    assert response.json() == [2, [2, None]]


# What is held while somebody waits.


def ask_and_close():
    try:
        return Client().get("/x").json()
    finally:
        # Django never closes a database in memory.
        if connection := connections["default"].connection:
            connection.close()


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_inside_a_transaction(site, monkeypatch):
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    config = GATED + "\n    from django.db import connection"
    source = count("connection.in_atomic_block", config=config, before="wait()")
    site({"shop/routes/x/route.py": source})
    route = import_module("shop.routes.x.route")
    states, wait = [], Flight.wait

    def tell_and_wait(self, seconds):
        states.append(connections["default"].in_atomic_block)
        return wait(self, seconds)

    monkeypatch.setattr(Flight, "wait", tell_and_wait)
    with begun(*[ask_and_close] * 3) as asking:
        wait_until(lambda: len(states) == 2)
        route.gate.set()
        bodies = get_results(asking)

    assert (bodies, states) == ([True] * 3, [False] * 2)


@pytest.mark.django_db
def test_a_hit_asks_no_database(send, serve, django_assert_num_queries):
    serve(count())
    send("GET", "/x")

    with django_assert_num_queries(0):
        response = send("GET", "/x")

    assert get_told(response) == "hit; ttl=60"
