"""Steps are carried out in a thread as they are on an event loop."""

import asyncio
import contextvars
import os
import threading

import pytest
from asgiref.sync import ThreadSensitiveContext

from django_routehandlers.cache.flights import Flight, Outcome
from django_routehandlers.cache.gates import Gate
from django_routehandlers.cache.runs import Run, find_run
from django_routehandlers.cache.steps import (
    Call,
    Sleep,
    Wait,
    _get_executor,
    aask,
    acarry_out,
    ask,
    carry_out,
)
from django_routehandlers.cache.store import get_store
from tests.cache.crowds import SECONDS, await_until, run_on_loop
from tests.cache.making import make_policy


def make_gate():
    """Return a gate whose handlers tell their run."""

    async def atell(request, params):
        return tell(request, params)

    def tell(request, params):
        return request, params, find_run()

    return Gate(make_policy(), "", tell, atell)


def acarry_out_on_loop(steps, gate):
    return run_on_loop(acarry_out(steps, gate))


DRIVERS = {"thread": carry_out, "loop": acarry_out_on_loop}
each_driver = pytest.mark.parametrize("drive", DRIVERS.values(), ids=DRIVERS)


@each_driver
def test_each_step_is_sent_what_came_of_it(drive):
    flight, run = Flight(), Run("x/route.py")
    flight.end(Outcome.ALONE)

    def get_steps():
        added = yield ask(lambda *numbers: sum(numbers), 1, 2)
        outcome = yield Wait(flight, SECONDS)
        slept = yield Sleep(0.001)
        called = yield Call(run, "request", {"id": 1})
        return added, outcome, slept, called

    result = drive(get_steps(), make_gate())

    assert result == (3, Outcome.ALONE, None, ("request", {"id": 1}, run))


@each_driver
def test_steps_without_any_have_a_result(drive):
    def get_steps():
        return "nothing to do"
        yield

    assert drive(get_steps(), make_gate()) == "nothing to do"


@each_driver
def test_a_handler_is_in_its_run_only_while_it_runs(drive):
    run = Run("x/route.py")

    def get_steps():
        before = find_run()
        yield Call(run, "request", {})
        after = find_run()
        return before, after, run.is_over

    assert drive(get_steps(), make_gate()) == (None, None, True)


def fail():
    raise KeyError("lost")


@each_driver
def test_what_goes_wrong_is_thrown_into_the_steps(drive):
    def get_steps():
        try:
            yield ask(fail)
        except KeyError as exc:
            return (yield ask(repr, exc))

    assert drive(get_steps(), make_gate()) == "KeyError('lost')"


@each_driver
def test_what_the_steps_do_not_catch_is_raised_after_their_last_wish(drive):
    done = []

    def get_steps():
        try:
            yield ask(fail)
        finally:
            yield ask(done.append, "freed")

    with pytest.raises(KeyError, match="lost"):
        drive(get_steps(), make_gate())

    assert done == ["freed"]


def test_who_is_cancelled_has_a_last_wish():
    done, flight = [], Flight()

    def get_steps():
        try:
            yield Wait(flight, SECONDS)
        finally:
            yield ask(done.append, "freed")

    async def cancel():
        task = asyncio.create_task(acarry_out(get_steps(), make_gate()))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert run_on_loop(cancel())
    assert done == ["freed"]


def test_a_loop_runs_on_while_steps_sleep():
    def get_steps():
        yield Sleep(0.05)

    async def count():
        task = asyncio.create_task(acarry_out(get_steps(), make_gate()))
        turns = 0
        while not task.done():
            await asyncio.sleep(0)
            turns += 1
        return turns

    assert run_on_loop(count()) > 3


# Where the store is asked from an event loop.


def aask_on_loop(*arguments):
    async def act():
        async with ThreadSensitiveContext():
            return await aask(get_store(), *arguments)

    return run_on_loop(act())


PLACES = {
    "locmem": "MainThread",
    "file": "routehandlers-cache",
    "database": "ThreadPoolExecutor",
    "valkey": "routehandlers-cache",
    "memcached": "routehandlers-cache",
}


def test_a_backend_is_asked_where_it_may_be(backend, use_backend):
    use_backend(backend)

    name = aask_on_loop(lambda: threading.current_thread().name)

    assert name.startswith(PLACES[backend])


variable = contextvars.ContextVar("variable", default="unset")


def test_who_is_asked_sees_the_context_of_who_asks(backend, use_backend):
    use_backend(backend)

    async def act():
        variable.set("set")
        async with ThreadSensitiveContext():
            return await aask(get_store(), variable.get)

    assert run_on_loop(act()) == "set"


def test_what_fails_fails_for_who_asks(backend, use_backend):
    use_backend(backend)

    with pytest.raises(KeyError, match="lost"):
        aask_on_loop(fail)


@pytest.mark.parametrize("name", ["file", "valkey"])
def test_who_is_cancelled_leaves_when_the_thread_is_done(name, use_backend):
    """Else nobody would give back the lock that the thread takes."""
    use_backend(name)
    begun, gate, done = threading.Event(), threading.Event(), []

    def act():
        begun.set()
        gate.wait(SECONDS)
        done.append("taken")

    def get_steps():
        try:
            yield ask(act)
        finally:
            yield ask(done.append, "freed")

    async def cancel():
        task = asyncio.create_task(acarry_out(get_steps(), make_gate()))
        await await_until(begun.is_set)
        task.cancel()
        asyncio.get_running_loop().call_later(0.01, gate.set)
        await asyncio.wait([task])
        return task.cancelled()

    assert run_on_loop(cancel())
    assert done == ["taken", "freed"]


def test_who_is_cancelled_before_a_thread_is_free_leaves_at_once(use_backend):
    use_backend("file")
    gate, done = threading.Event(), []

    async def cancel():
        store = get_store()
        busy = [asyncio.create_task(aask(store, gate.wait, SECONDS)) for _ in range(2)]
        task = asyncio.create_task(aask(store, done.append, "asked"))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        gate.set()
        await asyncio.gather(*busy)
        return task.cancelled()

    assert run_on_loop(cancel())
    assert done == []


def test_a_child_process_has_threads_of_its_own():
    assert _get_executor(os.getpid()) is _get_executor(os.getpid())
    other = _get_executor(-1)
    try:
        assert other is not _get_executor(os.getpid())
    finally:
        other.shutdown()
