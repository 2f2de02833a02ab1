"""Under ASGI a refresh is a task, and leaves nothing behind."""

import contextvars
import gc
import threading

from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.db import connections
from django.http import HttpRequest

from django_routehandlers.cache.background import MOST_TASKS
from django_routehandlers.cache.flights import Flight, Outcome
from django_routehandlers.cache.runs import Run
from django_routehandlers.cache.steps import Call
from tests.cache.crowds import (
    await_until,
    run_on_loop,
)
from tests.cache.jobs import Door, Job, background, drain, make_asgi_request

__all__ = ["background"]

variable = contextvars.ContextVar("variable", default="unset")


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
