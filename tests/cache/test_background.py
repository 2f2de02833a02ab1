"""Refreshes are made behind the answers, one per entry, and never too many."""

import asyncio
import contextvars
import logging
import threading
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db import connections
from django.utils import translation

from django_routehandlers.cache import background as module
from django_routehandlers.cache.background import MOST_WAITING
from tests.cache.crowds import (
    SECONDS,
    begun,
    get_results,
    run_on_loop,
    wait_until,
)
from tests.cache.jobs import Door, Job, background, drain, make_asgi_request

__all__ = ["background"]


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


def test_a_refresh_knows_nothing_of_the_one_before(background):
    seen = []

    def tell_and_set():
        seen.append(variable.get())
        variable.set("of another refresh")

    for number in range(4):
        background.refresh(Job(f"key {number}", tell_and_set))
        drain(background)

    assert seen == ["unset"] * 4


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


def test_a_child_process_begins_anew(background):
    background._claim(Job())
    background.is_inline = True

    background.forget()

    assert background._claim(Job())
    assert background.is_inline
