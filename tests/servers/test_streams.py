"""Streams, files and work after the answer, as real servers send and do them."""

import zlib

import django
import pytest

from tests.servers.serving import SERVERS, serving

NOTES = """
    import asyncio
    import os
    import time
    from pathlib import Path

    FOLDER = Path(os.environ["NOTES"])


    def write(name, text=""):
        (FOLDER / f"{name}.new").write_text(text)
        (FOLDER / f"{name}.new").rename(FOLDER / name)


    def wait_for(name):
        end = time.monotonic() + 30
        while not (FOLDER / name).exists() and time.monotonic() < end:
            time.sleep(0.01)


    async def await_note(name):
        while not (FOLDER / name).exists():
            await asyncio.sleep(0.01)
"""

STREAM = """
    import asyncio
    import time

    from django_routehandlers.http import Response, after
    from shop.notes import await_note, wait_for, write


    def tick(name):
        try:
            while True:
                yield "tick\\n"
                time.sleep(0.01)
        finally:
            write(f"{name} ended")


    async def atick(name):
        try:
            while True:
                yield "tick\\n"
                await asyncio.sleep(0.01)
        finally:
            await asyncio.sleep(0)
            write(f"{name} ended")


    def gated(name):
        yield "first\\n"
        wait_for(f"{name} may go on")
        yield b"last\\n"


    async def agated(name):
        yield "first\\n"
        await await_note(f"{name} may go on")
        yield b"last\\n"


    def broken(name):
        yield "first\\n"
        after(lambda: write(f"{name} after"))
        raise ValueError("broken")


    async def abroken(name):
        yield "first\\n"
        after(lambda: write(f"{name} after"))
        raise ValueError("broken")


    ITERATORS = {f.__name__: f for f in (tick, atick, gated, agated, broken, abroken)}
"""

HANDLER = """
    from django_routehandlers.http import Response
    from shop.streams import ITERATORS

    KEYWORD GET(iterator, name):
        return Response.stream(ITERATORS[iterator](name))
"""

EVENTS = """
    import asyncio
    from asgiref.sync import sync_to_async
    from django_routehandlers.http import Response
    from shop.notes import write

    async def listen(name):
        task = asyncio.current_task()
        try:
            async with asyncio.timeout(60), asyncio.TaskGroup():
                yield {"n": 1}
                await asyncio.Event().wait()
        finally:
            text = str(asyncio.current_task() is task)
            await sync_to_async(write)(f"{name} ended", text)

    async def tick(name):
        task = asyncio.current_task()
        try:
            async with asyncio.timeout(60), asyncio.TaskGroup():
                while True:
                    yield {"n": 1}
        finally:
            text = str(asyncio.current_task() is task)
            await sync_to_async(write)(f"{name} ended", text)

    async def limit(name):
        try:
            async with asyncio.timeout(0.2):
                yield {"n": 1}
                await asyncio.Event().wait()
        except TimeoutError:
            yield {"n": 2}

    ITERATORS = {f.__name__: f for f in (listen, tick, limit)}

    KEYWORD GET(iterator, name):
        return Response.events(ITERATORS[iterator](name), heartbeat=0.05)
"""

AFTER = """
    import asyncio
    import threading

    from django.db import connection
    from django_routehandlers.http import HttpError, Response, after
    from shop.notes import await_note, wait_for, write


    class Said:
        lines = []


    def GET(name):
        said = []
        thread = threading.get_ident()

        def first():
            wait_for(f"{name} has its answer")
            said.append("first")

        async def second():
            await asyncio.sleep(0)
            said.append("second")

        def third():
            same = threading.get_ident() == thread
            write(f"{name} done", f"{said} {same}")

        after(first)
        after(second)
        after(third)
        return Response("answer", headers={"Content-Length": "6", "ETag": '"e"'})


    async def POST(name):
        said = []

        def first():
            wait_for(f"{name} has its answer")
            said.append("first")

        async def second():
            await asyncio.sleep(0)
            said.append("second")

        after(first)
        after(second)
        after(lambda: write(f"{name} done", f"{said}"))
        raise HttpError(409, "no")


    async def PUT(name):
        after(lambda: write(f"{name} done", "left"))
        write(f"{name} began")
        await await_note("never")
"""

FILES = {
    "shop/notes.py": NOTES,
    "shop/streams.py": STREAM,
    "shop/routes/sync/[iterator]/[name]/route.py": HANDLER.replace("KEYWORD", "def"),
    "shop/routes/async/[iterator]/[name]/route.py": HANDLER.replace(
        "KEYWORD", "async def"
    ),
    "shop/routes/events/sync/[iterator]/[name]/route.py": EVENTS.replace(
        "KEYWORD", "def"
    ),
    "shop/routes/events/async/[iterator]/[name]/route.py": EVENTS.replace(
        "KEYWORD", "async def"
    ),
    "shop/routes/after/[name]/route.py": AFTER,
    "shop/routes/file/route.py": """
        from django_routehandlers.http import Response
        from shop.notes import FOLDER

        def GET():
            return Response.file(FOLDER / "data.bin")
    """,
}

MIDDLEWARE = [
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
]


@pytest.fixture(scope="module", params=list(SERVERS))
def server(request, tmp_path_factory):
    root = tmp_path_factory.mktemp(request.param)
    with serving(root, request.param, FILES, MIDDLEWARE=MIDDLEWARE) as site:
        yield site


@pytest.fixture
def name(request):
    return f"n{abs(hash(request.node.name))}"


handlers = pytest.mark.parametrize("handler", ["sync", "async"])


@handlers
@pytest.mark.parametrize("iterator", ["gated", "agated"])
def test_first_chunk_is_there_before_the_last_is_made(server, handler, iterator, name):
    with server.connected(f"/{handler}/{iterator}/{name}") as answer:
        answer.read_until(b"first\n")
        server.tell(f"{name} may go on")
        answer.read_all()

    assert (answer.status, answer.body) == (200, b"first\nlast\n")
    assert "content-length" not in answer.headers
    assert answer.is_whole


@handlers
@pytest.mark.parametrize("iterator", ["tick", "atick"])
def test_iterator_is_closed_when_the_client_leaves(server, handler, iterator, name):
    with server.connected(f"/{handler}/{iterator}/{name}") as answer:
        answer.read_until(b"tick\n")

    server.wait_for(f"{name} ended")


@handlers
@pytest.mark.parametrize("iterator", ["tick", "atick"])
def test_head_has_no_body(server, handler, iterator, name):
    answer = server.ask(f"/{handler}/{iterator}/{name}", "HEAD")

    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


@handlers
@pytest.mark.parametrize("iterator", ["broken", "abroken"])
def test_iterator_that_fails_breaks_off_the_answer(server, handler, iterator, name):
    answer = server.ask(f"/{handler}/{iterator}/{name}")

    server.wait_for(f"{name} after")
    assert b"first\n" in answer.received
    assert not answer.is_whole


@handlers
@pytest.mark.parametrize("iterator", ["gated", "agated"])
def test_stream_is_compressed_for_who_wants_it(server, handler, iterator, name):
    server.tell(f"{name} may go on")

    answer = server.ask(f"/{handler}/{iterator}/{name}", Accept_Encoding="gzip")

    # Django 5.2 makes an archive of each chunk that an async iterator yields.
    is_spared = server.is_asgi and iterator == "agated" and django.VERSION < (6, 0)
    assert answer.headers.get("content-encoding") == (None if is_spared else "gzip")
    body = answer.body if is_spared else unpack(answer.body)
    assert body == b"first\nlast\n"


def unpack(body):
    """Return the content of the first archive in a body, as curl and browsers do."""
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    content = unpacking.decompress(body)
    assert unpacking.eof
    return content


@handlers
def test_events_come_one_by_one_with_beats_between(server, handler, name):
    path = f"/events/{handler}/listen/{name}"
    with server.connected(path, Accept_Encoding="gzip") as answer:
        answer.read_until(b'data: {"n":1}\n\n')
        answer.read_until(b":\n\n\r\n3\r\n:\n\n")

    # The client has left while the iterator is silent.
    assert server.wait_for(f"{name} ended") == "True"
    assert answer.headers["content-type"] == "text/event-stream"
    assert "content-encoding" not in answer.headers


@handlers
def test_events_of_an_iterator_that_never_waits_end(server, handler, name):
    with server.connected(f"/events/{handler}/tick/{name}") as answer:
        answer.read_until(b'data: {"n":1}\n\n')

    assert server.wait_for(f"{name} ended") == "True"


@handlers
def test_timeout_over_a_yield_of_events(server, handler, name):
    answer = server.ask(f"/events/{handler}/limit/{name}")

    assert (answer.status, answer.is_whole) == (200, True)
    assert answer.body.replace(b":\n\n", b"") == b'data: {"n":1}\n\ndata: {"n":2}\n\n'


@pytest.mark.parametrize(
    ("method", "headers", "status", "text"),
    [
        ("GET", {}, 200, "['first', 'second'] True"),
        ("GET", {"If_None_Match": '"e"'}, 304, "['first', 'second'] True"),
        ("POST", {}, 409, "['first', 'second']"),
    ],
)
def test_work_is_done_after_the_answer(server, method, headers, status, text, name):
    answer = server.ask_for_head(f"/after/{name}", method, **headers)

    server.tell(f"{name} has its answer")
    assert (answer.status, server.wait_for(f"{name} done")) == (status, text)


def test_work_is_done_for_a_client_that_has_left(server, name):
    if not server.is_asgi:
        pytest.skip("A handler under WSGI does not notice.")
    with server.connected(f"/after/{name}", "PUT"):
        server.wait_for(f"{name} began")

    assert server.wait_for(f"{name} done") == "left"


DATA = bytes(range(256)) * 1024


@pytest.mark.parametrize(
    ("headers", "status", "expected"),
    [
        ({}, 200, DATA),
        ({"Range": "bytes=1000-201000"}, 206, DATA[1000:201001]),
        ({"Range": "bytes=-5", "Accept_Encoding": "gzip"}, 206, DATA[-5:]),
    ],
)
def test_file(server, headers, status, expected):
    (server.notes / "data.bin").write_bytes(DATA)

    answer = server.ask("/file", **headers)

    assert (answer.status, answer.body == expected) == (status, True)
    assert answer.headers["content-length"] == str(len(expected))
    assert answer.headers["accept-ranges"] == "bytes"


def test_file_is_compressed_for_who_wants_it(server):
    (server.notes / "data.bin").write_bytes(DATA)

    answer = server.ask("/file", Accept_Encoding="gzip")

    assert answer.headers["content-encoding"] == "gzip"
    assert unpack(answer.body) == DATA


def test_head_of_a_file_has_its_length(server):
    (server.notes / "data.bin").write_bytes(DATA)

    answer = server.ask("/file", "HEAD")

    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-length"] == str(len(DATA))
