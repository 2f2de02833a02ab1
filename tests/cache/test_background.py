"""Refreshes are made behind the answers, one per entry, and never too many."""

import asyncio
import contextvars
import gc
import logging
import queue
import threading
from contextlib import suppress
from types import SimpleNamespace

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpRequest
from django.test import AsyncRequestFactory
from django.utils import translation

from django_routehandlers.cache import background as module
from django_routehandlers.cache.background import MOST_TASKS, MOST_WAITING, Background
from django_routehandlers.cache.flights import Flight, Outcome
from django_routehandlers.cache.runs import Run
from django_routehandlers.cache.steps import Call, Wait
from tests.cache.crowds import (
    SECONDS,
    await_until,
    begun,
    get_results,
    run_on_loop,
    wait_until,
)
from tests.cache.making import make_dimensions, make_route


class StoppableQueue(queue.Queue):
    """A queue whose readers end when they get nothing."""

    def get(self):
        job = super().get()
        if job is None:
            raise SystemExit
        return job


class StoppableBackground(Background):
    def _work(self):
        with suppress(SystemExit):
            super()._work()


@pytest.fixture
def background():
    """Return a background of the test's own, whose threads end with it."""
    background = StoppableBackground()
    background._queue = jobs = StoppableQueue(MOST_WAITING)
    yield background
    for _ in background._workers:
        jobs.put(None, timeout=SECONDS)
    for worker in background._workers:
        worker.join(SECONDS)


class Job:
    """What `Background` sees of a refresh: it calls a function, and may wait."""

    def __init__(
        self,
        key="key",
        act=lambda: None,
        *,
        is_done=True,
        is_async=False,
        waits_for=None,
        **dimensions,
    ):
        self.key = key
        policy = SimpleNamespace(route=make_route())
        call = None if is_async else lambda request, params: None
        self.gate = SimpleNamespace(call=call, policy=policy)
        self.lookup = SimpleNamespace(dimensions=make_dimensions(**dimensions))
        self._act, self._is_done, self._waits_for = act, is_done, waits_for

    def run(self):
        if self._waits_for is not None:
            yield Wait(self._waits_for, SECONDS)
        self._act()
        return self._is_done


class Door:
    """What a refresh waits at until it is opened."""

    def __init__(self):
        self.begun, self.gate, self.calls = threading.Event(), threading.Event(), []

    def __call__(self):
        self.calls.append(threading.current_thread())
        self.begun.set()
        assert self.gate.wait(SECONDS)


def make_asgi_request() -> ASGIRequest:
    return AsyncRequestFactory().get("/x")


def drain(background):
    """Wait as `background.drain()` does, but not for ever."""
    wait_until(lambda: not background._queue.unfinished_tasks)


# In threads.


def test_a_refresh_is_made_in_another_thread(background):
    door = Door()

    background.refresh(Job(act=door))
    door.gate.set()
    drain(background)

    [thread] = door.calls
    assert thread.name.startswith("routehandlers-refresh-")
    assert thread.daemon


def test_who_drains_waits_for_all_refreshes(background):
    door = Door()
    background.refresh(Job(act=door))
    with begun(background.drain) as [draining]:
        assert door.begun.wait(SECONDS)
        is_early = draining.done()
        door.gate.set()
        get_results([draining])

    assert not is_early


def test_of_one_entry_one_refresh_is_under_way(background):
    door = Door()

    for _ in range(3):
        background.refresh(Job(act=door))
    assert door.begun.wait(SECONDS)
    background.refresh(Job(act=door))
    door.gate.set()
    drain(background)

    assert len(door.calls) == 1


def test_when_it_has_ended_the_next_one_may_begin(background):
    calls = []

    for number in range(2):
        background.refresh(Job(act=lambda number=number: calls.append(number)))
        drain(background)

    assert calls == [0, 1]


def test_two_threads_make_all_refreshes(background):
    doors = [Door() for _ in range(4)]

    for number, door in enumerate(doors):
        background.refresh(Job(f"key {number}", door))
    for door in doors[:2]:
        assert door.begun.wait(SECONDS)
    assert not doors[2].begun.is_set()
    for door in doors:
        door.gate.set()
    drain(background)

    assert len({thread for door in doors for thread in door.calls}) == 2


def test_what_is_too_much_is_dropped_and_may_be_asked_for_a_second_later(
    background, monkeypatch
):
    now = [100.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    door, late = Door(), []
    last = Job("last", lambda: late.append(now[0]))

    for number in range(MOST_WAITING + module.WORKERS):
        background.refresh(Job(f"key {number}", door))
        wait_until(lambda n=number: len(door.calls) >= min(n + 1, module.WORKERS))
    background.refresh(last)
    door.gate.set()
    drain(background)
    background.refresh(last)
    drain(background)
    assert late == []
    now[0] += 1
    background.refresh(last)
    drain(background)

    assert (len(door.calls), late) == (MOST_WAITING + module.WORKERS, [101.0])


def test_where_another_process_is_at_it_nobody_asks_again_for_a_second(
    background, monkeypatch
):
    now, calls = [100.0], []
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))

    for now[0] in (100.0, 100.9, 101.0, 101.1, 102.1):
        background.refresh(Job(act=lambda: calls.append(now[0]), is_done=False))
        drain(background)

    assert calls == [100.0, 101.0, 102.1]


ERRORS = [ValueError, asyncio.CancelledError, SystemExit, KeyboardInterrupt]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("is_async", [False, True])
def test_what_a_refresh_raises_is_logged_and_ends_no_thread(
    background, caplog, error, is_async
):
    def fail():
        raise error("out of order")

    for number in range(3):
        background.refresh(Job(f"key {number}", fail, is_async=is_async))
        drain(background)
    door = Door()
    door.gate.set()
    background.refresh(Job("last", door))
    drain(background)

    logged = [(r.levelno, r.getMessage(), r.exc_info[0]) for r in caplog.records]
    message = "A refresh of shop/routes/x/route.py failed."
    assert logged == [(logging.ERROR, message, error)] * 3
    assert len(door.calls) == 1


def test_an_async_handler_may_be_refreshed_in_a_thread(background):
    names = []

    def tell():
        asyncio.get_running_loop()
        names.append(threading.current_thread().name)

    background.refresh(Job(act=tell, is_async=True))
    drain(background)

    assert len(names) == 1


variable = contextvars.ContextVar("variable", default="unset")


def test_a_refresh_knows_nothing_of_who_asked(background):
    seen = []
    token = variable.set("of the request")

    def tell():
        seen.append((variable.get(), translation.get_language()))

    try:
        background.refresh(Job(act=tell, language="de"))
        drain(background)
    finally:
        variable.reset(token)

    assert seen == [("unset", "de")]


def test_no_connection_of_a_thread_outlives_its_refresh(background, use_backend):
    use_backend("database")
    opened = []

    def connect():
        cache.get("key")
        [connection] = [c for c in connections.all(True) if c.connection]
        opened.append(connection)

    for number in range(3):
        background.refresh(Job(f"key {number}", connect))
        drain(background)

    assert [connection.connection for connection in opened] == [None] * 3


# In the request.


def test_inline_a_refresh_is_part_of_the_request(background):
    background.is_inline, door = True, Door()
    door.gate.set()

    background.refresh(Job(act=door))

    assert door.calls == [threading.current_thread()]


def test_inline_on_a_loop_a_refresh_is_part_of_the_request(background):
    background.is_inline, door = True, Door()
    door.gate.set()

    run_on_loop(background.arefresh(Job(act=door), make_asgi_request()))

    assert door.calls == [threading.current_thread()]


class DeadThread(threading.Thread):
    """A thread of a server that runs none."""

    def start(self):
        pass

    def join(self, timeout=None):
        pass


class NoThread(DeadThread):
    """A thread of a system that has no more."""

    def start(self):
        raise RuntimeError("can't start new thread")


@pytest.mark.parametrize("thread", [DeadThread, NoThread])
def test_where_no_thread_runs_requests_make_the_refreshes(
    background, monkeypatch, caplog, thread
):
    now, door = [100.0], Door()
    door.gate.set()
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(
        module,
        "threading",
        SimpleNamespace(Thread=thread, Lock=threading.Lock),
    )

    for number, now[0] in enumerate([100.0, 104.9, 105.0, 106.0]):
        background.refresh(Job(f"key {number}", door))

    assert door.calls == [threading.current_thread()] * 2
    assert [(r.levelno, r.getMessage()) for r in caplog.records] == [
        (
            logging.ERROR,
            "No thread runs in this process, so requests wait for refreshes. Let "
            "the server run threads (uWSGI: enable-threads).",
        )
    ]


def test_a_thread_that_is_only_slow_is_one(background, monkeypatch, caplog):
    now, door = [100.0], Door()
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))

    background.refresh(Job("slow", door))
    assert door.begun.wait(SECONDS)
    now[0] += 60
    background.refresh(Job("next", door))
    door.gate.set()
    drain(background)

    assert threading.current_thread() not in door.calls
    assert caplog.records == []


# In tasks.


def test_under_asgi_a_refresh_is_a_task_that_nothing_else_keeps(background):
    async def ask():
        seen = []
        token = variable.set("of the request")

        def tell():
            seen.append((variable.get(), threading.current_thread()))

        await background.arefresh(Job(act=tell, is_async=True), make_asgi_request())
        variable.reset(token)
        assert seen == []
        gc.collect()
        await await_until(lambda: not background._tasks)
        return seen

    assert run_on_loop(ask()) == [("unset", threading.current_thread())]


def test_an_async_handler_under_wsgi_is_refreshed_in_a_thread(background):
    """Django ends the loop of such a request with the request."""
    door = Door()
    door.gate.set()

    run_on_loop(background.arefresh(Job(act=door, is_async=True), HttpRequest()))
    drain(background)

    [thread] = door.calls
    assert thread is not threading.current_thread()


def test_more_tasks_than_there_may_be_are_dropped(background):
    calls = []

    async def ask():
        request, flight = make_asgi_request(), Flight()
        for number in range(MOST_TASKS + 2):
            job = Job(f"key {number}", lambda: calls.append(1), waits_for=flight)
            await background.arefresh(job, request)
        flight.end(Outcome.ALONE)
        await await_until(lambda: not background._tasks)
        await background.arefresh(job, request)
        await await_until(lambda: not background._tasks)

    run_on_loop(ask())

    assert len(calls) == MOST_TASKS + 1


def test_of_one_entry_one_task_is_under_way(background):
    calls = []

    async def ask():
        for _ in range(3):
            job = Job(act=lambda: calls.append(1), is_async=True)
            await background.arefresh(job, make_asgi_request())
        await await_until(lambda: not background._tasks)

    run_on_loop(ask())

    assert len(calls) == 1


def test_no_connection_of_a_task_outlives_its_refresh(background, use_backend):
    use_backend("database")
    opened = []

    def connect():
        cache.get("key")
        [connection] = [c for c in connections.all(True) if c.connection]
        opened.append(connection)

    class DatabaseJob(Job):
        def run(self):
            yield Call(Run("x/route.py"), None, {})
            return True

    async def ask():
        for number in range(3):
            job = DatabaseJob(f"key {number}", is_async=True)
            job.gate.acall = lambda request, params: sync_to_async(connect)()
            await background.arefresh(job, make_asgi_request())
            await await_until(lambda: not background._tasks)

    run_on_loop(ask())

    assert [connection.connection for connection in opened] == [None] * 3


def test_what_a_task_raises_is_logged(background, caplog):
    def fail():
        raise ValueError("out of order")

    async def ask():
        await background.arefresh(Job(act=fail, is_async=True), make_asgi_request())
        await await_until(lambda: not background._tasks)

    run_on_loop(ask())

    message = "A refresh of shop/routes/x/route.py failed."
    assert [record.getMessage() for record in caplog.records] == [message]


def test_a_child_process_begins_anew(background):
    background._claim(Job())
    background.is_inline = True

    background.forget()

    assert background._claim(Job())
    assert background.is_inline
