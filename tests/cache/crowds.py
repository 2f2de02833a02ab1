"""Let many ask at once, and wait for what they do instead of guessing how long."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.core.handlers.asgi import ASGIHandler
from django.http import HttpResponse

# Only what hangs takes so long.
SECONDS = 10.0


def wait_until(condition: Callable[[], Any]) -> None:
    """Return when a condition holds; fail if it never does."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "It never happened."
        time.sleep(0.002)


async def await_until(condition: Callable[[], Any]) -> None:
    """Return when a condition holds; fail if it never does."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "It never happened."
        await asyncio.sleep(0.002)


@contextmanager
def begun(*calls: Callable[[], Any]) -> Iterator[list[Future[Any]]]:
    """Make each call in a thread of its own while the block runs, and wait for all."""
    with ThreadPoolExecutor(len(calls)) as pool:
        yield [pool.submit(call) for call in calls]


def get_results(futures: list[Future[Any]]) -> list[Any]:
    """Return the results of calls in threads."""
    return [future.result(SECONDS) for future in futures]


def run_on_loop(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine on an event loop of its own; fail if it never ends."""

    async def run() -> Any:
        async with asyncio.timeout(SECONDS):
            return await coroutine

    return asyncio.run(run())


class ServedResponse(HttpResponse):
    """A response as a client got it."""

    def json(self) -> Any:
        """Return the data of a JSON answer."""
        return json.loads(self.content)


async def ask_server(
    application: ASGIHandler, path: str, leaves: asyncio.Event | None = None
) -> ServedResponse | None:
    """
    Ask Django as an ASGI server does, and return the response.

    When `leaves` is set the client goes away, and there may be no response.
    """
    sent: list[Any] = []
    body: list[Any] = [{"type": "http.request", "body": b""}]

    async def receive() -> Any:
        if body:
            return body.pop()
        await (leaves or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await application(_get_scope(path), receive, send)
    if not sent:
        return None
    start, *parts = sent
    response = ServedResponse(b"".join(part["body"] for part in parts))
    response.status_code = start["status"]
    for name, value in start["headers"]:
        response[name.decode()] = value.decode()
    return response


def _get_scope(path: str) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"testserver")],
        "client": ("127.0.0.1", 1),
        "server": ("testserver", 80),
    }
