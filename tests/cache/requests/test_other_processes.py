"""Of all processes one runs the handler; here two of them are played in one."""

import pytest
from django.core.cache import cache

from django_routehandlers.cache import filling
from django_routehandlers.cache.gates import forget_gates
from django_routehandlers.cache.locks import CacheLocks, Claim
from tests.backends import SHARED_BACKENDS
from tests.cache.crowds import SECONDS, begun, get_results, wait_until
from tests.cache.requests.gated import (
    COLLAPSED,
    GATED,
    MISS,
    ask,
    ask_elsewhere,
    polling,
    slow_store,
)
from tests.cache.requests.routes import count, get_answer, get_told
from tests.clients import counted

__all__ = ["ask", "ask_elsewhere", "polling", "slow_store"]

IS_CROSSED = True

pytestmark = pytest.mark.usefixtures("route_cache")


def test_another_process_waits_for_the_same_run(
    any_backend, ask, ask_elsewhere, serve, polling
):
    route = serve(count(config=GATED, before="wait()"))

    with begun(ask) as asking:
        assert route.begun.wait(SECONDS)
        with begun(ask_elsewhere) as elsewhere:
            wait_until(lambda: polling() >= 3)
            route.gate.set()
            [other] = get_results(elsewhere)
        [response] = get_results(asking)

    assert get_answer(response) == ("v1", MISS)
    assert get_answer(other) == ("v1", COLLAPSED)
    assert len(route.calls) == 1


@pytest.mark.parametrize("backend", SHARED_BACKENDS)
def test_another_process_waits_for_the_entry_of_the_first_versions(
    any_backend, ask, ask_elsewhere, serve, polling, slow_store
):
    route = serve(count())

    with begun(ask) as asking:
        assert slow_store.reached.wait(SECONDS)
        with begun(ask_elsewhere) as elsewhere:
            wait_until(lambda: polling() >= 3 or len(route.calls) > 1)
            slow_store.gate.set()
            responses = get_results(asking) + get_results(elsewhere)

    assert [get_told(response) for response in responses] == [MISS, COLLAPSED]
    assert len(route.calls) == 1


@pytest.mark.parametrize("backend", ["locmem", "database", "valkey", "memcached"])
def test_a_lock_that_is_lost_costs_one_more_run(any_backend, ask, ask_elsewhere, serve):
    """So does one that ends before its run: it is lost, too."""
    route = serve(count(config=GATED, before="if len(calls) == 1: wait()"))

    with counted(CacheLocks, "take") as taken, begun(ask) as asking:
        assert route.begun.wait(SECONDS)
        [(_, lock, *_)] = taken
        cache.delete(lock)
        other = ask_elsewhere()
        route.gate.set()
        [response] = get_results(asking)

    assert get_answer(other) == ("v2", MISS)
    assert get_answer(response) == ("v2", MISS)
    assert get_answer(ask()) == ("v2", "hit; ttl=60")
    assert len(route.calls) == 2


def test_who_has_waited_for_another_process_long_enough_runs_it_alone(
    any_backend, ask, ask_elsewhere, serve, monkeypatch
):
    route = serve(count(config=GATED, before="if len(calls) == 1: wait()"))

    with begun(ask) as asking:
        assert route.begun.wait(SECONDS)
        with monkeypatch.context() as patch:
            patch.setattr(filling, "WAIT_SECONDS", 0.02)
            waited = ask_elsewhere()
        route.gate.set()
        get_results(asking)

    assert get_answer(waited) == ("v2", "fwd=uri-miss; detail=waited")


@pytest.mark.parametrize("backend", SHARED_BACKENDS)
def test_where_nothing_was_stored_lately_no_other_process_waits(
    any_backend, ask, ask_elsewhere, serve
):
    gated = "request.COOKIES.get('a')\nif len(calls) == 2: wait()"
    route = serve(count(config=GATED, before=gated))
    ask()

    with begun(ask_elsewhere) as asking:
        assert route.begun.wait(SECONDS)
        other = ask_elsewhere()
        route.gate.set()
        get_results(asking)

    assert get_told(other) == 'fwd=uri-miss; detail="dynamic:cookie:a"'
    assert len(route.calls) == 3


@pytest.mark.parametrize("forgets", [False, True], ids=["known", "forgotten"])
@pytest.mark.parametrize("claim", [Claim.TAKEN, Claim.HELD])
def test_what_another_process_has_made_meanwhile_is_looked_for(
    ask, ask_elsewhere, serve, monkeypatch, claim, forgets
):
    """Its answer is there when the lock is asked for, perhaps under another key."""
    route = serve(count("request.GET.get('page')"))
    take = CacheLocks.take

    def ask_and_take(*args):
        monkeypatch.setattr(CacheLocks, "take", take)
        with begun(lambda: ask_elsewhere("/x?page=2")) as asking:
            get_results(asking)
        if forgets:
            # Here nobody has seen that the handler reads the page.
            forget_gates()
        return take(*args) if claim is Claim.TAKEN else claim

    monkeypatch.setattr(CacheLocks, "take", ask_and_take)
    response = ask("/x?page=2")

    assert get_answer(response) == ("2", COLLAPSED)
    assert len(route.calls) == 1


def test_an_answer_that_is_there_when_the_lock_is_taken_is_not_made_again(
    ask, ask_elsewhere, serve, monkeypatch
):
    route, take = serve(count()), CacheLocks.take

    def ask_and_take(*args):
        monkeypatch.setattr(CacheLocks, "take", take)
        with begun(ask_elsewhere) as asking:
            get_results(asking)
        return take(*args)

    monkeypatch.setattr(CacheLocks, "take", ask_and_take)
    response = ask()

    assert get_answer(response) == ("v1", COLLAPSED)
    assert len(route.calls) == 1


def test_what_another_process_has_refreshed_meanwhile_is_not_made_again(
    ask, serve, route_cache, monkeypatch
):
    route, try_take = serve(count()), CacheLocks.try_take

    def take_when_it_is_fresh(*args):
        # As if it had been made anew just now.
        route_cache.advance(-61)
        return try_take(*args)

    monkeypatch.setattr(CacheLocks, "try_take", take_when_it_is_fresh)
    ask()
    route_cache.advance(61)
    stale, fresh = ask(), ask()

    assert get_told(stale) == "hit; ttl=-1; detail=stale"
    assert get_answer(fresh) == ("v1", "hit; ttl=60")
    assert len(route.calls) == 1
