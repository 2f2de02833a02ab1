"""Streams: what they send, to which server, and how they end."""

import asyncio
import gc
import logging
import threading

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpResponse
from django.test import AsyncRequestFactory, RequestFactory

from django_routehandlers.exceptions import HandlerError
from django_routehandlers.http import Response, streaming
from django_routehandlers.http.methods import drop_body

pytestmark = pytest.mark.django_db  # the end of a response closes old connections

CHUNKS = ["é", b"\xff", bytearray(b"b"), memoryview(b"m")]
BODY = b"\xc3\xa9\xffbm"


def produce():
    yield from CHUNKS


async def aproduce():
    for chunk in CHUNKS:
        yield chunk


class Source:
    """An iterator of either kind, with an end that is noticed."""

    def __init__(self):
        self.events = []

    def close(self):
        self.events.append("closed")


class SyncSource(Source):
    def __iter__(self):
        self.events.append("read")
        yield b"x"


class AsyncSource(Source):
    def __aiter__(self):
        return self

    async def __anext__(self):
        self.events.append("read")
        return b"x"

    async def aclose(self):
        self.close()


async def collect(response):
    return b"".join([chunk async for chunk in response])


@pytest.fixture(params=["wsgi", "asgi"])
def server(request):
    return request.param


def settle(response, server):
    factory = AsyncRequestFactory() if server == "asgi" else RequestFactory()
    request = factory.get("/")
    return response.settle(request), request


def read(response, server):
    return async_to_sync(collect)(response) if server == "asgi" else b"".join(response)


makers = pytest.mark.parametrize("make", [produce, aproduce, lambda: CHUNKS])


@makers
def test_chunks_are_sent(server, make):
    response, _ = settle(Response.stream(make(), status=201), server)

    assert response.is_async is (server == "asgi" and make is aproduce)
    assert (response.status_code, read(response, server)) == (201, BODY)
    assert dict(response.items()) == {"Content-Type": "text/plain; charset=utf-8"}


@makers
def test_stream_of_any_other_view_is_sent_as_well(server, make):
    assert read(Response.stream(make()), server) == BODY


def test_headers_are_the_handlers_own():
    response = Response.stream(
        [], headers={"content-type": "text/csv", "X-Kind": "log"}
    )

    assert dict(response.items()) == {"content-type": "text/csv", "X-Kind": "log"}


@pytest.mark.parametrize(
    ("source", "kind", "hint"),
    [
        ("text", "str", "Write Response(body) for a body that is whole."),
        (b"bytes", "bytes", "Write Response(body) for a body that is whole."),
        (None, "NoneType", "Write Response(body) for a body that is whole."),
        ({"a": 1}, "dict", "Put it into a list, or write Response.json(data)."),
        (dict, "type", "Make an instance of 'dict'."),
        (SyncSource, "type", "Make an instance of 'SyncSource'."),
        (produce, "function", "Call the generator function."),
        (aproduce, "function", "Call the generator function."),
    ],
)
@pytest.mark.parametrize("method", ["stream", "events"])
def test_what_is_no_iterator_is_an_error(method, source, kind, hint):
    with pytest.raises(HandlerError) as caught:
        getattr(Response, method)(source)

    message = f"Response.{method}() takes an iterator, and got {kind!r}."
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_chunk_that_is_no_text_is_an_error(server, caplog):
    response, _ = settle(Response.stream([{"a": 1}]), server)

    with pytest.raises(HandlerError, match="sends str and bytes, and got 'dict'"):
        read(response, server)
    assert "broke off" in caplog.text


@pytest.mark.parametrize("method", ["stream", "events"])
def test_half_of_a_surrogate_pair_is_an_error(server, method, caplog):
    response, _ = settle(getattr(Response, method)(["a\ud800"]), server)

    with pytest.raises(HandlerError) as caught:
        read(response, server)

    assert caught.value.message == "A stream has text that is not Unicode: '\\ud800'."
    assert "broke off" in caplog.text


def fail():
    yield b"x"
    raise ValueError("broken")


async def afail():
    yield b"x"
    raise ValueError("broken")


@pytest.mark.parametrize("make", [fail, afail])
def test_failure_is_logged_and_raised(server, make, caplog):
    response, _ = settle(Response.stream(make()), server)

    with pytest.raises(ValueError, match="broken"):
        read(response, server)

    [record] = [r for r in caplog.records if r.name == "django_routehandlers"]
    assert record.levelno == logging.ERROR
    assert record.exc_info[0] is ValueError
    # Nobody else closes it under ASGI.
    assert response.closed is (server == "asgi")


def cancel():
    yield b"x"
    raise asyncio.CancelledError


async def acancel():
    yield b"x"
    task = asyncio.ensure_future(asyncio.sleep(60))
    task.cancel()
    await task


@pytest.mark.parametrize("make", [cancel, acancel])
@pytest.mark.parametrize("method", ["stream", "events"])
def test_cancellation_from_inside_is_a_failure(server, method, make, caplog):
    """A server would take it for one of its own."""
    response, _ = settle(getattr(Response, method)(make_texts(make)), server)

    with pytest.raises(HandlerError, match="was cancelled from inside"):
        read(response, server)

    [record] = [r for r in caplog.records if r.name == "django_routehandlers"]
    assert record.exc_info[0] is asyncio.CancelledError


def make_texts(make):
    """Return what a generator function makes, as text."""
    chunks = make()
    if hasattr(chunks, "__iter__"):
        return (chunk.decode() for chunk in chunks)
    return (chunk.decode() async for chunk in chunks)


async def cancel_itself():
    yield "x"
    asyncio.current_task().cancel()
    await asyncio.sleep(60)


@pytest.mark.parametrize(
    ("method", "server"), [("stream", "wsgi"), ("events", "wsgi"), ("events", "asgi")]
)
def test_iterator_that_cancels_its_own_task_fails(method, server):
    response, _ = settle(getattr(Response, method)(cancel_itself()), server)

    with pytest.raises(HandlerError, match="was cancelled from inside"):
        read(response, server)
    response.close()


def test_iterator_whose_reader_is_cancelled_is_cancelled(caplog):
    events = []

    async def wait():
        try:
            yield "x"
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            events.append("cancelled")
            raise

    async def leave():
        response, _ = settle(Response.stream(wait()), "asgi")
        reader = asyncio.ensure_future(collect(response))
        await asyncio.sleep(0.01)
        reader.cancel()
        await asyncio.wait({reader})
        return reader.cancelled()

    assert asyncio.run(leave()) is True
    assert (events, caplog.text) == (["cancelled"], "")


@pytest.mark.parametrize("kind", [SyncSource, AsyncSource])
@pytest.mark.parametrize("how", ["response", "request", "both"])
def test_source_is_closed_once_with_the_response_or_the_request(server, kind, how):
    source = kind()
    response, request = settle(Response.stream(source), server)

    if how != "response":
        request.close()
    if how != "request":
        response.close()

    assert source.events == ["closed"]
    # It would keep the request from being freed.
    assert ("close" in vars(request)) is (how == "response")


@pytest.mark.parametrize("kind", [SyncSource, AsyncSource])
def test_head_closes_a_source_unread(server, kind):
    source = kind()
    response, _ = settle(Response.stream(source), server)

    body = read(drop_body(response), server)
    response.close()

    assert (body, source.events) == (b"", ["closed"])


@pytest.mark.parametrize("kind", [SyncSource, AsyncSource])
def test_response_that_is_closed_on_a_loop_closes_its_source(kind):
    source = kind()

    async def close():
        Response.stream(source).end()
        await asyncio.sleep(0)

    async_to_sync(close)()

    assert source.events == ["closed"]


def raise_at_the_end():
    try:
        yield b"x"
    finally:
        raise ValueError("broken")


async def araise_at_the_end():
    try:
        yield b"x"
    finally:
        raise ValueError("broken")


def cancel_at_the_end():
    try:
        yield b"x"
    finally:
        raise asyncio.CancelledError


async def acancel_at_the_end():
    try:
        yield b"x"
    finally:
        raise asyncio.CancelledError


@pytest.mark.parametrize(
    "make",
    [raise_at_the_end, araise_at_the_end, cancel_at_the_end, acancel_at_the_end],
)
def test_failure_of_the_end_is_logged(make, caplog):
    response = Response.stream(make())
    if response.is_async:
        asyncio.run(step_and_end(response))
    else:
        next(iter(response))
        response.end()

    assert "broke off" in caplog.text


async def step_and_end(response):
    await anext(response._source)
    await response._source.aclose()


def test_source_is_closed_after_the_step_that_is_under_way():
    began, may_go_on, events = threading.Event(), threading.Event(), []

    def wait():
        try:
            began.set()
            may_go_on.wait(30)
            events.append("step")
            yield b"x"
        finally:
            events.append("closed")

    response = Response.stream(wait())
    reader = threading.Thread(target=next, args=(iter(response),))
    reader.start()
    began.wait(30)
    closer = threading.Thread(target=response.end)
    closer.start()
    may_go_on.set()
    reader.join()
    closer.join()

    assert events == ["step", "closed"]


@pytest.mark.parametrize("keyword", ["def", "async def"])
@pytest.mark.parametrize("source", ["produce()", "aproduce()"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_stream_of_a_handler(send, site, keyword, source, method):
    handler = f"""
        from django_routehandlers.http import Response

        def produce():
            yield "a"
            yield "b"

        async def aproduce():
            for chunk in produce():
                yield chunk

        {keyword} GET():
            return Response.stream({source}, headers={{"X-Kind": "log"}})
    """
    site({"shop/routes/x/route.py": handler})

    response = send(method, "/x")
    body = read(response, "asgi" if hasattr(response, "asgi_request") else "wsgi")

    assert (response.status_code, response["X-Kind"]) == (200, "log")
    assert body == (b"ab" if method == "GET" else b"")
    assert "Content-Length" not in response


def test_end_that_is_cancelled_from_outside_is_left():
    async def wait():
        try:
            yield b"x"
        finally:
            await asyncio.sleep(60)

    async def end():
        task = asyncio.ensure_future(step_and_end(Response.stream(wait())))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait({task})
        return task.cancelled()

    assert asyncio.run(end()) is True


@pytest.mark.parametrize("keyword", ["def", "async def"])
@pytest.mark.parametrize("source", ["iter(log)", "aproduce()"])
def test_exported_head_leaves_a_stream_unread(send, site, keyword, source):
    handler = f"""
        from django_routehandlers.http import Response

        log = []

        class Chunks:
            def __iter__(self):
                log.append("read")
                yield "x"

            def close(self):
                log.append("closed")

        class AsyncChunks:
            async def __aiter__(self):
                log.append("read")
                yield "x"

            def aclose(self):
                log.append("closed")
                return asyncio.sleep(0)

        {keyword} HEAD():
            return Response.stream(KIND(), headers={{"X-Kind": "own"}})
    """
    kind = "Chunks" if source == "iter(log)" else "AsyncChunks"
    handler = handler.replace("KIND", kind)
    site({"shop/routes/x/route.py": f"\n        import asyncio{handler}"})

    response = send("HEAD", "/x")
    server = "asgi" if hasattr(response, "asgi_request") else "wsgi"
    body = read(response, server)
    response.close()

    from shop.routes.x import route

    assert (body, response["X-Kind"], route.log) == (b"", "own", ["closed"])


@pytest.mark.parametrize("keyword", ["def", "async def"])
def test_stream_behind_a_sync_decorator(send, site, keyword):
    handler = f"""
        import functools
        from django.views.decorators.gzip import gzip_page
        from django_routehandlers.http import Response

        @gzip_page
        {keyword} GET(request):
            return Response.stream(iter(["a", "b"]))
    """
    site({"shop/routes/x/route.py": handler})

    response = send("GET", "/x")

    server = "asgi" if hasattr(response, "asgi_request") else "wsgi"
    assert read(response, server) == b"ab"


def join(get_response):
    def middleware(request):
        return HttpResponse(b"".join(get_response(request).streaming_content))

    return middleware


def wrap(get_response):
    def middleware(request):
        response = get_response(request)
        response.streaming_content = (c.upper() for c in response.streaming_content)
        return response

    return middleware


@pytest.mark.parametrize("keyword", ["def", "async def"])
@pytest.mark.parametrize("method", ["stream", "events"])
@pytest.mark.parametrize(
    ("middleware", "change"), [("join", bytes), ("wrap", bytes.upper)]
)
def test_sync_middleware_reads_what_a_sync_iterator_yields(
    send, site, keyword, method, middleware, change
):
    handler = f"""
        from django_routehandlers.http import Response

        {keyword} GET():
            return Response.{method}(iter(["a", "b"]))
    """
    name = f"{__name__}.{middleware}"
    site({"shop/routes/x/route.py": handler}, MIDDLEWARE=[name])

    response = send("GET", "/x")
    server = "asgi" if hasattr(response, "asgi_request") else "wsgi"
    body = read(response, server) if response.streaming else response.content

    expected = {"stream": b"ab", "events": b":\n\ndata: a\n\ndata: b\n\n"}
    assert body == change(expected[method])


@pytest.mark.parametrize("can_compress", [True, False])
@pytest.mark.parametrize("make", [produce, aproduce])
def test_async_stream_is_not_compressed_chunk_by_chunk(monkeypatch, make, can_compress):
    monkeypatch.setattr(streaming, "_CAN_COMPRESS_ASYNC", can_compress)
    response, _ = settle(Response.stream(make()), "asgi")

    is_spared = make is aproduce and not can_compress
    assert response.has_header("content-encoding") is is_spared
    assert ("content-encoding" in response) is is_spared
    assert not response.has_header("ETag")
    response.close()


def test_async_stream_that_is_left_is_forgotten():
    response, _ = settle(Response.stream(aproduce()), "wsgi")
    next(iter(response))
    response.close()
    gc.collect()

    names = [thread.name for thread in threading.enumerate()]
    assert "routehandlers-stream" not in names
