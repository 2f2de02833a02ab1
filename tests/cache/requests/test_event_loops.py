"""Under ASGI nobody who waits keeps others waiting, and nobody who leaves."""

import asyncio
import threading
from functools import partial
from importlib import import_module

import pytest
from django.core.handlers.asgi import ASGIHandler

from django_routehandlers.cache import filling
from django_routehandlers.cache.flights import Flights
from django_routehandlers.cache.locks import CacheLocks, FileLocks
from tests.backends import SHARED_BACKENDS
from tests.cache.crowds import (
    SECONDS,
    ask_server,
    await_until,
    begun,
    get_results,
    run_on_loop,
)
from tests.cache.requests.gated import COLLAPSED, MISS, waiting
from tests.cache.requests.routes import get_answer, get_told
from tests.clients import send_wsgi

__all__ = ["waiting"]

IS_CROSSED = True

pytestmark = pytest.mark.usefixtures("route_cache")

TOP = """
import asyncio
import threading
import time

from django.http import HttpResponse

revalidate = 60

calls = []
begun = threading.Event()
gate = threading.Event()
"""

SYNC = f"""
def GET():
    calls.append(1)
    begun.set()
    assert gate.wait({SECONDS})
    return len(calls)
"""

# An async handler that keeps the loop free.
ASYNC = f"""
async def GET():
    calls.append(1)
    begun.set()
    async with asyncio.timeout({SECONDS}):
        while not gate.is_set():
            await asyncio.sleep(0.001)
    return len(calls)
"""

SOURCES = {
    "sync": TOP + SYNC,
    "async": TOP + ASYNC,
    "sync, mixed": TOP + SYNC + "async def POST(): pass\n",
    "async, mixed": TOP + ASYNC + "def POST(): pass\n",
}


@pytest.fixture(params=SOURCES)
def route(request, site):
    """Serve a handler that waits at a gate; return its module."""
    return serve(site, SOURCES[request.param])


def serve(site, source):
    site({"shop/routes/x/route.py": source})
    return import_module("shop.routes.x.route")


async def ask_many(count):
    """Return the application, and tasks that each ask it for the same path."""
    application = ASGIHandler()
    make = partial(ask_server, application, "/x")
    return application, [asyncio.create_task(make()) for _ in range(count)]


def test_fifty_tasks_get_the_answer_of_one_run(route, waiting):
    async def ask():
        _, tasks = await ask_many(50)
        # The loop is free while 49 of them wait, or this would never end.
        await await_until(lambda: waiting() == 49)
        route.gate.set()
        return await asyncio.gather(*tasks)

    answers = sorted(map(get_answer, run_on_loop(ask())))

    assert answers == [(1, COLLAPSED)] * 49 + [(1, MISS)]


def test_threads_and_tasks_get_the_answer_of_one_run(route, waiting):
    async def ask():
        _, tasks = await ask_many(5)
        await await_until(lambda: waiting() == 9)
        route.gate.set()
        return await asyncio.gather(*tasks)

    with begun(*[partial(send_wsgi, "GET", "/x")] * 5) as asking:
        responses = run_on_loop(ask()) + get_results(asking)

    answers = sorted(map(get_answer, responses))
    assert answers == [(1, COLLAPSED)] * 9 + [(1, MISS)]


def test_two_loops_get_the_answer_of_one_run(route, waiting):
    async def ask():
        _, tasks = await ask_many(5)
        await await_until(lambda: waiting() == 9)
        route.gate.set()
        return await asyncio.gather(*tasks)

    with begun(*[lambda: run_on_loop(ask())] * 2) as asking:
        one, other = get_results(asking)

    answers = sorted(map(get_answer, one + other))
    assert answers == [(1, COLLAPSED)] * 9 + [(1, MISS)]


# Clients that go away.


def ask_as_another_process(monkeypatch):
    """Ask with flights of its own, so that only the lock could keep us waiting."""
    with monkeypatch.context() as patch:
        patch.setattr(filling, "flights", Flights())
        return send_wsgi("GET", "/x")


def test_when_the_leader_leaves_another_one_takes_over(any_backend, route, waiting):
    async def ask():
        application, leaves = ASGIHandler(), asyncio.Event()
        leader = asyncio.create_task(ask_server(application, "/x", leaves))
        await await_until(route.begun.is_set)
        follower = asyncio.create_task(ask_server(application, "/x"))
        await await_until(lambda: waiting() == 1)
        leaves.set()
        # An async handler ends at once, a thread goes on.
        route.gate.set()
        return await asyncio.gather(leader, follower)

    _, response = run_on_loop(ask())

    assert (response.status_code, response.headers["Age"]) == (200, "0")
    assert len(route.calls) in (1, 2)
    assert get_told(send_wsgi("GET", "/x")) == "hit; ttl=60"


def test_who_leaves_while_waiting_disturbs_nobody(route, waiting):
    async def ask():
        application, leaves = ASGIHandler(), asyncio.Event()
        leader = asyncio.create_task(ask_server(application, "/x"))
        await await_until(route.begun.is_set)
        leaving = asyncio.create_task(ask_server(application, "/x", leaves))
        staying = asyncio.create_task(ask_server(application, "/x"))
        await await_until(lambda: waiting() == 2)
        leaves.set()
        route.gate.set()
        return await asyncio.gather(leader, staying, leaving)

    leader, staying, _ = run_on_loop(ask())

    assert [get_answer(leader), get_answer(staying)] == [(1, MISS), (1, COLLAPSED)]


def test_who_leaves_gives_the_lock_back(any_backend, site, monkeypatch):
    route = serve(site, TOP + ASYNC)

    async def ask():
        leaves = asyncio.Event()
        leader = asyncio.create_task(ask_server(ASGIHandler(), "/x", leaves))
        await await_until(route.begun.is_set)
        leaves.set()
        return await leader

    assert run_on_loop(ask()) is None
    route.gate.set()
    monkeypatch.setattr(filling, "WAIT_SECONDS", 0.1)
    assert get_answer(ask_as_another_process(monkeypatch)) == (2, MISS)


@pytest.mark.parametrize("backend", [n for n in SHARED_BACKENDS if n != "database"])
def test_who_leaves_while_taking_the_lock_gives_it_back(any_backend, site, monkeypatch):
    """The thread that takes it goes on, and nobody would be there to free it."""
    route = serve(site, TOP + ASYNC)
    route.gate.set()
    reached, gate = threading.Event(), threading.Event()

    def wait_and_take(take):
        def act(self, *args):
            reached.set()
            assert gate.wait(SECONDS)
            return take(self, *args)

        return act

    async def ask():
        leaves = asyncio.Event()
        leader = asyncio.create_task(ask_server(ASGIHandler(), "/x", leaves))
        await await_until(reached.is_set)
        leaves.set()
        await asyncio.sleep(0.01)
        gate.set()
        return await leader

    with monkeypatch.context() as patch:
        for kind in (CacheLocks, FileLocks):
            patch.setattr(kind, "take", wait_and_take(kind.take))
        assert run_on_loop(ask()) is None
    assert route.calls == []
    monkeypatch.setattr(filling, "WAIT_SECONDS", 0.1)
    assert get_answer(ask_as_another_process(monkeypatch)) == (1, MISS)


# Middleware that replaces a stale answer.


@pytest.mark.parametrize("keyword", ["def", "async def"])
def test_behind_a_stale_answer_that_became_a_304_a_new_one_is_made(
    site, keyword, route_cache
):
    source = "revalidate = 60\ncalls = []\n{} GET():\n    calls.append(1)\n"
    files = {"shop/routes/x/route.py": source.format(keyword) + "    return len(calls)"}
    site(files, MIDDLEWARE=["django.middleware.http.ConditionalGetMiddleware"])
    etag = send_wsgi("GET", "/x")["ETag"]
    route_cache.advance(61)

    with route_cache.in_background():
        stale = send_wsgi("GET", "/x", headers={"If-None-Match": etag})

    assert (stale.status_code, get_told(stale)) == (304, "hit; ttl=-1; detail=stale")
    assert get_answer(send_wsgi("GET", "/x")) == (2, "hit; ttl=60")
