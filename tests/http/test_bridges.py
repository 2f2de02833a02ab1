"""A sync iterator on an event loop, an async one in a thread, step by step."""

import asyncio
import threading

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.utils import translation

from django_routehandlers.http.bridges import LoopedIterator, ThreadedIterator


async def read(iterator):
    return [item async for item in iterator]


def test_sync_iterator_is_read_on_a_loop():
    assert async_to_sync(read)(ThreadedIterator(iter("abc"))) == ["a", "b", "c"]


def test_sync_iterator_is_read_one_by_one_in_one_thread():
    threads = []

    def produce():
        for number in range(3):
            threads.append(threading.get_ident())
            yield number

    async def read_one():
        iterator = ThreadedIterator(produce())
        return await anext(iterator), list(threads), threading.get_ident()

    # As Django's handler under ASGI is called: on a loop that no sync code waits for.
    first, seen, loop = asyncio.run(read_one())
    assert (first, len(seen)) == (0, 1)
    assert seen != [loop]


def loop_over(generator):
    return LoopedIterator(generator, generator.aclose)


@pytest.fixture
def events():
    return []


def test_async_iterator_is_read_one_by_one(events):
    async def produce():
        for number in range(3):
            events.append(f"made {number}")
            yield number

    iterator = loop_over(produce())
    for number in iterator:
        events.append(f"got {number}")

    assert events == [
        *("made 0", "got 0", "made 1", "got 1", "made 2", "got 2"),
    ]
    assert list(iterator) == []
    iterator.close()


def test_all_steps_are_on_one_loop_and_in_one_task(events):
    async def produce():
        for _ in range(2):
            events.append((asyncio.get_running_loop(), asyncio.current_task()))
            yield

    list(loop_over(produce()))

    assert len(events) == 2
    assert len(set(events)) == 1


def test_sync_code_of_an_async_iterator_runs_in_the_thread_that_waits(events):
    here = threading.get_ident()

    async def produce():
        try:
            yield await sync_to_async(threading.get_ident)() == here
            yield await sync_to_async(threading.get_ident)() == here
        finally:
            events.append(await sync_to_async(threading.get_ident)() == here)

    iterator = loop_over(produce())
    first = next(iterator)
    iterator.close()

    assert (first, events) == (True, [True])


def test_sync_code_runs_there_also_inside_of_an_outer_call():
    """A sync test client in a thread of an async test, for one."""

    async def produce():
        yield await sync_to_async(threading.get_ident)() == threading.get_ident()
        yield await sync_to_async(threading.get_ident)()

    async def outer():
        def inner():
            return threading.get_ident(), list(loop_over(produce()))

        return await sync_to_async(inner)()

    here, found = async_to_sync(outer)()
    assert found == [False, here]


def test_what_sync_code_raises_is_raised_in_the_iterator():
    async def produce():
        try:
            await sync_to_async(int)("x")
        except ValueError as exc:
            yield str(exc)

    assert list(loop_over(produce())) == [
        "invalid literal for int() with base 10: 'x'",
    ]


def test_call_that_is_cancelled_before_it_begins_is_left_out(events):
    is_cancelled = threading.Event()

    async def cancel_a_call():
        call = asyncio.ensure_future(sync_to_async(events.append)("called"))
        await asyncio.sleep(0)
        call.cancel()
        await asyncio.wait([call])
        is_cancelled.set()

    async def produce():
        task = asyncio.ensure_future(cancel_a_call())
        yield 1
        await task
        yield 2

    iterator = loop_over(produce())
    first = next(iterator)
    # Nobody waits for calls now.
    is_cancelled.wait(30)

    assert (first, list(iterator), events) == (1, [2], [])


def test_what_an_async_iterator_raises_is_raised():
    async def produce():
        yield 1
        raise ValueError("broken")

    iterator = loop_over(produce())

    assert next(iterator) == 1
    with pytest.raises(ValueError, match="broken"):
        next(iterator)
    with pytest.raises(StopIteration):
        next(iterator)


def test_close_ends_an_async_iterator_at_its_yield(events):
    async def produce():
        try:
            yield 1
        except GeneratorExit:
            events.append("left")
            raise

    iterator = loop_over(produce())
    next(iterator)
    iterator.close()

    assert (events, list(iterator)) == (["left"], [])


def test_close_of_an_iterator_that_has_not_begun_ends_it(events):
    class Source:
        def __aiter__(self):
            return self

        async def aclose(self):
            events.append("ended")

    iterator = loop_over(Source())
    iterator.close()
    iterator.close()

    assert (events, list(iterator)) == (["ended"], [])


def test_close_raises_what_the_end_raises():
    async def produce():
        try:
            yield 1
        finally:
            raise ValueError("broken")

    iterator = loop_over(produce())
    next(iterator)

    with pytest.raises(ValueError, match="broken"):
        iterator.close()


def test_async_iterator_sees_the_language_of_the_thread():
    async def produce():
        yield translation.get_language()

    with translation.override("de"):
        assert list(loop_over(produce())) == ["de"]
