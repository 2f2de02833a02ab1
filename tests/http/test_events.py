"""Server-sent events: what is written, and what goes out while nothing happens."""

import asyncio
import threading
from datetime import date

import pytest
from asgiref.sync import ThreadSensitiveContext, async_to_sync, sync_to_async
from django.test import AsyncRequestFactory, RequestFactory

from django_routehandlers.exceptions import HandlerError
from django_routehandlers.http import Event, Response
from django_routehandlers.http.events import BEAT, Heartbeat

pytestmark = pytest.mark.django_db  # the end of a response closes old connections


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Event("text"), "data: text\n\n"),
        (Event(""), "data: \n\n"),
        (Event("a\nb\r\nc\rd"), "data: a\ndata: b\ndata: c\ndata: d\n\n"),
        (Event("a\u2028b\x0cc\x85d"), "data: a\u2028b\x0cc\x85d\n\n"),
        (Event("id: 7\n\nevent: x"), "data: id: 7\ndata: \ndata: event: x\n\n"),
        (Event({"a": "x\ny"}), 'data: {"a":"x\\ny"}\n\n'),
        (Event([1, None]), "data: [1,null]\n\n"),
        (Event(0), "data: 0\n\n"),
        (Event(date(2026, 5, 1)), 'data: "2026-05-01"\n\n'),
        (Event("é", event="count"), "event: count\ndata: é\n\n"),
        (Event("x", id="7"), "id: 7\ndata: x\n\n"),
        (Event("x", id=7), "id: 7\ndata: x\n\n"),
        (Event("x", id=""), "id: \ndata: x\n\n"),
        (Event(retry=3000), "retry: 3000\n\n"),
        (Event(id="7"), "id: 7\n\n"),
        (Event("x", "e", "i", 0), "event: e\nid: i\nretry: 0\ndata: x\n\n"),
    ],
)
def test_event_is_written(event, text):
    assert event.encode() == text.encode()


@pytest.mark.parametrize("name", ["event", "id"])
@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b", "\r\ndata: x"])
def test_name_and_id_cannot_begin_another_field(name, value):
    with pytest.raises(HandlerError) as caught:
        Event("x", **{name: value})

    message = f"The {name} of an event has a line end or a NUL in it: {value!r}."
    assert caught.value.message == message
    assert caught.value.hint == "Put text from elsewhere into the data."


@pytest.mark.parametrize("value", [-1, 1.5, True, "1000"])
def test_retry_is_a_whole_number(value):
    with pytest.raises(HandlerError) as caught:
        Event("x", retry=value)

    assert caught.value.message == f"The retry of an event is {value!r}."


def test_bytes_are_no_data():
    with pytest.raises(HandlerError) as caught:
        Event(b"x").encode()

    assert caught.value.message == "An event has bytes as data."


def test_data_that_is_not_json_names_the_place():
    with pytest.raises(HandlerError) as caught:
        Event({"a": [object()]}).encode()

    assert caught.value.message == (
        "An event has data that is not JSON: the object at ['a'][0] has no form in JSON."
    )


ITEMS = ["text", {"n": 1}, None, Event("x", id="7")]
BODY = BEAT + b'data: text\n\ndata: {"n":1}\n\n' + BEAT + b"id: 7\ndata: x\n\n"


async def aproduce():
    for item in ITEMS:
        yield item


async def collect(response):
    return b"".join([chunk async for chunk in response])


@pytest.mark.parametrize("make", [lambda: iter(ITEMS), aproduce])
@pytest.mark.parametrize("heartbeat", [15, None])
def test_events_are_sent_under_wsgi(make, heartbeat):
    response = Response.events(make(), heartbeat=heartbeat)
    response.settle(RequestFactory().get("/"))

    assert b"".join(response) == BODY
    response.close()


@pytest.mark.parametrize("make", [lambda: iter(ITEMS), aproduce])
@pytest.mark.parametrize("heartbeat", [15, None])
def test_events_are_sent_under_asgi(make, heartbeat):
    response = Response.events(make(), heartbeat=heartbeat)
    response.settle(AsyncRequestFactory().get("/"))

    assert async_to_sync(collect)(response) == BODY
    response.close()


def test_headers():
    response = Response.events([])

    assert dict(response.items()) == {
        "Content-Type": "text/event-stream",
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
    }


def test_headers_are_the_handlers_own_where_it_has_any():
    response = Response.events([], 202, {"cache-control": "no-cache", "X-Kind": "log"})

    assert response.status_code == 202
    assert dict(response.items()) == {
        "Content-Type": "text/event-stream",
        "cache-control": "no-cache",
        "X-Accel-Buffering": "no",
        "X-Kind": "log",
    }


def test_events_seem_encoded_to_who_would_compress_them():
    response = Response.events([])

    assert response.has_header("content-encoding")
    assert "content-encoding" in response
    assert not response.has_header("ETag")
    assert "Content-Encoding" not in dict(response.items())


@pytest.mark.parametrize("value", [0, -1, float("nan"), "5", True])
def test_heartbeat_is_a_number_of_seconds(value):
    with pytest.raises(HandlerError) as caught:
        Response.events([], heartbeat=value)

    message = f"The heartbeat of Response.events() is {value!r}."
    assert caught.value.message == message


def test_beats_are_given_while_the_source_is_silent():
    async def listen():
        gate = asyncio.Event()

        async def produce():
            await gate.wait()
            yield b"x"

        heartbeat = Heartbeat(0.001, produce())
        beats = [await anext(heartbeat), await anext(heartbeat)]
        gate.set()
        found = [chunk async for chunk in heartbeat if chunk != BEAT]
        await heartbeat.aclose()
        return beats, found

    assert asyncio.run(listen()) == ([BEAT, BEAT], [b"x"])


def test_source_that_is_silent_is_ended():
    async def listen():
        events = []

        async def produce():
            try:
                await asyncio.Event().wait()
                yield b"x"
            except asyncio.CancelledError:
                events.append("left")
                raise

        heartbeat = Heartbeat(0.001, produce())
        await anext(heartbeat)
        await heartbeat.aclose()
        return events

    assert asyncio.run(listen()) == ["left"]


async def beat(source, act):
    """Return what a function does with a heartbeat over a source."""
    heartbeat = Heartbeat(0.001, source)
    try:
        return await act(heartbeat)
    finally:
        await heartbeat.aclose()


async def read(heartbeat):
    return [chunk async for chunk in heartbeat if chunk != BEAT]


def test_all_steps_and_the_end_are_in_one_task():
    tasks = []

    async def produce():
        try:
            for _ in range(3):
                tasks.append(asyncio.current_task())
                yield b"x"
        finally:
            tasks.append(asyncio.current_task())

    async def take_two(heartbeat):
        return [await anext(heartbeat), await anext(heartbeat)]

    assert asyncio.run(beat(produce(), take_two)) == [b"x", b"x"]
    assert (len(tasks), len(set(tasks))) == (3, 1)


def test_timeout_over_a_yield():
    async def produce():
        try:
            async with asyncio.timeout(0.01):
                yield b"x"
                await asyncio.Event().wait()
        except TimeoutError:
            yield b"late"

    assert asyncio.run(beat(produce(), read)) == [b"x", b"late"]


def test_task_group_over_a_yield():
    async def produce():
        async def fail():
            raise ValueError("broken")

        try:
            async with asyncio.TaskGroup() as group:
                yield b"x"
                group.create_task(fail())
                await asyncio.Event().wait()
        except* ValueError:
            told.append("failed")
        yield b"y"

    told = []
    assert (asyncio.run(beat(produce(), read)), told) == ([b"x", b"y"], ["failed"])


def test_chunk_is_made_when_it_is_asked_for():
    made = []

    async def produce():
        for number in range(3):
            made.append(number)
            yield b"x"

    async def take_one(heartbeat):
        await anext(heartbeat)
        await asyncio.sleep(0.01)
        return list(made)

    assert asyncio.run(beat(produce(), take_one)) == [0]


def test_failure_is_raised():
    async def produce():
        raise ValueError("broken")
        yield

    async def fail(heartbeat):
        with pytest.raises(ValueError, match="broken"):
            await anext(heartbeat)

    asyncio.run(beat(produce(), fail))


def test_source_that_will_not_be_left_is_ended_at_its_next_chunk():
    events = []

    async def produce():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            events.append("stays")
        try:
            yield b"x"
        finally:
            events.append("left")

    asyncio.run(beat(produce(), anext))

    assert events == ["stays", "left"]


def test_sync_code_at_the_end_runs_in_the_thread_that_waits_for_it():
    """Where Django closes a response, which is the only one for sync code."""
    threads = []

    async def produce():
        try:
            await asyncio.Event().wait()
            yield b"x"
        finally:
            threads.append(await sync_to_async(threading.get_ident)())

    def close(heartbeat):
        threads.append(threading.get_ident())
        async_to_sync(heartbeat.aclose)()

    async def handle():
        async with ThreadSensitiveContext():
            heartbeat = Heartbeat(0.001, produce())
            await anext(heartbeat)
            await sync_to_async(close)(heartbeat)

    asyncio.run(handle())

    assert len(threads) == 2
    assert len(set(threads)) == 1


def test_source_that_is_ended_while_it_is_awaited_has_no_more():
    async def produce():
        await asyncio.Event().wait()
        yield b"x"

    async def listen():
        heartbeat = Heartbeat(60, produce())
        step = asyncio.ensure_future(anext(heartbeat, "nothing"))
        await asyncio.sleep(0)
        await heartbeat.aclose()
        return await step

    assert asyncio.run(listen()) == "nothing"


def test_source_without_an_end_of_its_own_is_left():
    class Source:
        def __aiter__(self):
            return self

        async def __anext__(self):
            raise ValueError("broken")

    async def listen():
        heartbeat = Heartbeat(1, Source())
        with pytest.raises(ValueError, match="broken"):
            await anext(heartbeat)
        await heartbeat.aclose()

    asyncio.run(listen())


def test_what_a_decorator_has_wrapped_gets_no_beats():
    response = Response.events(iter(ITEMS))
    response.streaming_content = iter([b"packed"])
    response.settle(AsyncRequestFactory().get("/"))

    assert async_to_sync(collect)(response) == b"packed"
    response.close()


SOURCE = """
    from django_routehandlers.http import Event, Response

    KEYWORD GET(request):
        last = int(request.headers.get("Last-Event-ID", 0))
        return Response.events([Event("again", id=last + 1)])
"""


@pytest.mark.parametrize("keyword", ["def", "async def"])
def test_last_event_id_is_a_header(send, site, keyword):
    site({"shop/routes/x/route.py": SOURCE.replace("KEYWORD", keyword)})

    response = send("GET", "/x", headers={"Last-Event-ID": "7"})
    is_asgi = hasattr(response, "asgi_request")
    body = async_to_sync(collect)(response) if is_asgi else b"".join(response)

    assert body == BEAT + b"id: 8\ndata: again\n\n"
