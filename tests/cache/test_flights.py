"""All who want the same wait for one, in threads and in tasks."""

import asyncio
import threading

import pytest

from django_routehandlers.cache.flights import Flight, Flights, Outcome
from tests.cache.crowds import (
    SECONDS,
    await_until,
    begun,
    get_results,
    run_on_loop,
    wait_until,
)

AGAIN, ALONE = Outcome.LOOK_AGAIN, Outcome.ALONE


def wait(flight):
    return flight.wait(SECONDS)


def await_on_loop(flight):
    return run_on_loop(flight.await_outcome(SECONDS))


KINDS = {"thread": wait, "loop": await_on_loop}
each_kind = pytest.mark.parametrize("wait", KINDS.values(), ids=KINDS)


def test_the_first_leads_and_the_others_have_the_same_flight():
    flights = Flights()

    (flight, leads), *others = [flights.join("key") for _ in range(3)]

    assert leads
    assert others == [(flight, False)] * 2


def test_of_many_threads_one_leads():
    flights, barrier = Flights(), threading.Barrier(8)

    def join():
        barrier.wait(SECONDS)
        return flights.join("key")

    with begun(*[join] * 8) as joined:
        found, leads = zip(*get_results(joined), strict=True)

    assert (len(set(found)), sum(leads)) == (1, 1)


def test_another_key_is_another_flight():
    flights = Flights()

    (one, leads), (other, leads_too) = flights.join("one"), flights.join("other")

    assert (leads, leads_too) == (True, True)
    assert one is not other


@each_kind
@pytest.mark.parametrize("outcome", Outcome)
def test_all_who_wait_are_told_the_outcome(wait, outcome):
    flight = Flight()

    with begun(*[lambda: wait(flight)] * 3) as waiting:
        flight.end(outcome)

        assert get_results(waiting) == [outcome] * 3


@each_kind
def test_who_comes_after_the_end_does_not_wait(wait):
    flight = Flight()
    flight.end(AGAIN)

    assert wait(flight) is AGAIN


def test_threads_and_several_loops_wait_for_one_flight():
    flight = Flight()

    async def await_twice():
        return await asyncio.gather(*[flight.await_outcome(SECONDS) for _ in range(2)])

    calls = [lambda: wait(flight), *[lambda: run_on_loop(await_twice())] * 2]
    with begun(*calls) as waiting:
        wait_until(lambda: len(flight._waiters) == 4)
        flight.end(ALONE)
        results = get_results(waiting)

    assert results == [ALONE, [ALONE] * 2, [ALONE] * 2]


def test_a_loop_runs_on_while_a_task_waits():
    async def wait_and_end():
        flight = Flight()
        waiting = asyncio.create_task(flight.await_outcome(SECONDS))
        await await_until(lambda: flight._waiters)
        flight.end(AGAIN)
        return await waiting

    assert run_on_loop(wait_and_end()) is AGAIN


@pytest.mark.parametrize(("first", "second"), [(AGAIN, ALONE), (ALONE, AGAIN)])
def test_the_first_outcome_stays(first, second):
    flight = Flight()

    flight.end(first)
    flight.end(second)

    assert flight.wait(0) is first


def test_who_has_waited_long_enough_has_no_outcome():
    flight = Flight()

    assert flight.wait(0.001) is None
    assert run_on_loop(flight.await_outcome(0.001)) is None


def test_an_outcome_in_the_last_moment_counts(monkeypatch):
    flight = Flight()

    async def time_out(waiting, seconds):
        waiting.close()
        flight.end(AGAIN)
        raise TimeoutError

    monkeypatch.setattr(asyncio, "wait_for", time_out)

    assert asyncio.run(flight.await_outcome(SECONDS)) is AGAIN


def test_a_loop_that_is_closed_keeps_nobody_waiting():
    flight = Flight()

    async def wait_and_go():
        waiting = asyncio.create_task(flight.await_outcome(SECONDS))
        await await_until(lambda: flight._waiters)
        waiting.cancel()

    asyncio.run(wait_and_go())
    with begun(lambda: await_on_loop(flight)) as waiting:
        wait_until(lambda: len(flight._waiters) == 2)
        flight.end(AGAIN)

        assert get_results(waiting) == [AGAIN]


def test_after_the_end_a_new_flight_begins():
    flights = Flights()
    old, _ = flights.join("key")

    flights.end("key", old, AGAIN)
    new, leads = flights.join("key")

    assert (old.wait(0), new.wait(0), leads) == (AGAIN, None, True)


def test_an_old_flight_does_not_end_the_new_one():
    flights = Flights()
    old, _ = flights.join("key")
    flights.end("key", old, AGAIN)
    new, _ = flights.join("key")

    flights.end("key", old, AGAIN)

    assert flights.join("key") == (new, False)


def test_what_was_under_way_in_a_parent_is_forgotten():
    flights = Flights()
    old, _ = flights.join("key")

    flights.forget()
    new, leads = flights.join("key")

    assert leads
    assert new is not old
