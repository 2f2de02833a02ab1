"""Send events to a page that listens (server-sent events, WHATWG HTML 9.2)."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextvars import Context, copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any

from asgiref.sync import AsyncToSync

from django_routehandlers.exceptions import HandlerError
from django_routehandlers.http.bridges import explain_cancelled
from django_routehandlers.http.chunks import check_iterable, encode_text
from django_routehandlers.http.encoding import EncodingError, encode
from django_routehandlers.http.streaming import StreamResponse

# A comment: it keeps proxies from giving up, and shows whether the client is there.
BEAT = b":\n\n"

# Proxies and browsers wait for 30 to 60 seconds.
HEARTBEAT_SECONDS = 15.0

_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    # nginx passes on each event when it comes.
    "X-Accel-Buffering": "no",
}

# What ends a line of an event stream, and nothing else that Python takes for one.
_LINE_END = re.compile(r"\r\n|\r|\n")
_NO_FIELD = re.compile(r"[\r\n\0]")


@dataclass(frozen=True, slots=True)
class Event:
    r"""
    One event: `data`, and what else the page is told.

    A str is sent as it is, any other data as JSON; without data the page notices
    nothing but `id` and `retry`. `event` names the kind (`message` without it), `id`
    comes back as the `Last-Event-ID` header when the browser connects again, and
    `retry` is after how many milliseconds it does. Raise `HandlerError` for a name
    or an id with a line end or NUL in it, and a `retry` that is no whole number.

    >>> Event({"n": 1}, event="count", id="7").encode()
    b'event: count\nid: 7\ndata: {"n":1}\n\n'
    """

    data: Any = None
    event: str | None = None
    id: str | int | None = None
    retry: int | None = None

    def __post_init__(self) -> None:
        """Refuse what would begin a field, or an event, of its own."""
        for name in ("event", "id"):
            value = getattr(self, name)
            if value is not None and _NO_FIELD.search(str(value)):
                raise HandlerError(
                    f"The {name} of an event has a line end or a NUL in it: {value!r}.",
                    "Put text from elsewhere into the data.",
                )
        is_number = isinstance(self.retry, int) and not isinstance(self.retry, bool)
        if self.retry is not None and not (is_number and self.retry >= 0):
            raise HandlerError(
                f"The retry of an event is {self.retry!r}.",
                "Give a whole number of milliseconds.",
            )

    def encode(self) -> bytes:
        """Return the event as it is sent."""
        fields = [("event", self.event), ("id", self.id), ("retry", self.retry)]
        lines = [f"{name}: {value}" for name, value in fields if value is not None]
        if self.data is not None:
            lines += [f"data: {line}" for line in _LINE_END.split(_write(self.data))]
        return encode_text("\n".join([*lines, "", ""]))


def _write(data: Any) -> str:
    if isinstance(data, str):
        return data
    if isinstance(data, bytes | bytearray | memoryview):
        raise HandlerError("An event has bytes as data.", "Decode them to str.")
    try:
        return encode(data).decode()
    except EncodingError as exc:
        message = f"An event has data that is not JSON: {exc.message}"
        raise HandlerError(message, exc.hint) from None


def _encode(item: Any) -> bytes:
    if item is None:
        return BEAT
    return (item if isinstance(item, Event) else Event(item)).encode()


class Heartbeat:
    """
    Give on an event loop what an async iterator yields, and beats while it is silent.

    One task runs the iterator from its first step to its end, so that it may hold a
    timeout or a task group open over a `yield`. It makes each chunk when it is asked.
    """

    def __init__(self, seconds: float, source: AsyncIterator[bytes]) -> None:
        self._seconds = seconds
        self._source = source
        self._context: Context | None = None
        self._task: asyncio.Task[None] | None = None
        self._asked: asyncio.Future[bytes] | None = None
        self._goes_on = asyncio.Event()
        self._is_over = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Return itself."""
        return self

    async def __anext__(self) -> bytes:
        """Return what comes next, or a beat."""
        loop = asyncio.get_running_loop()
        if self._asked is None:
            self._asked = loop.create_future()
            self._goes_on.set()
        if self._task is None:
            self._context = copy_context()
            self._task = loop.create_task(self._run(), context=self._context)
        either: set[asyncio.Future[Any]] = {self._asked, self._task}
        await asyncio.wait(
            either, timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED
        )
        if self._asked.done():
            asked, self._asked = self._asked, None
            return asked.result()
        if not self._task.done():
            return BEAT
        if self._is_over:
            raise StopAsyncIteration
        if self._task.cancelled():
            raise explain_cancelled()
        self._task.result()
        raise StopAsyncIteration

    async def _run(self) -> None:
        async for chunk in self._source:
            await self._hand_over(chunk)
            if self._is_over:
                await self._end()
                return

    async def _hand_over(self, chunk: bytes) -> None:
        if self._is_over:
            # It was told to end, and has gone on nevertheless.
            return
        assert self._asked is not None
        self._goes_on.clear()
        self._asked.set_result(chunk)
        await self._goes_on.wait()

    async def aclose(self) -> None:
        """End the iterator in its own task, also while it is silent."""
        self._is_over = True
        if self._task is not None and not self._task.done():
            self._lend_thread()
            if self._asked is not None and not self._asked.done():
                self._task.cancel()
            self._goes_on.set()
            # What it raises is logged where it is raised.
            await asyncio.gather(self._task, return_exceptions=True)
        await self._end()

    def _lend_thread(self) -> None:
        """Let sync code that the iterator calls at its end run where that waits."""
        executor = getattr(AsyncToSync.executors, "current", None)
        assert self._context is not None
        if executor is not None:
            self._context.run(setattr, AsyncToSync.executors, "current", executor)

    async def _end(self) -> None:
        if hasattr(self._source, "aclose"):
            await self._source.aclose()


class EventsResponse(StreamResponse):
    """A stream of events, which is not compressed: that would hold them back."""

    def has_header(self, header: str) -> bool:
        """Tell whether a header is set, and `Content-Encoding` as if it were."""
        # GZipMiddleware passes by what is encoded already.
        return header.lower() == "content-encoding" or super().has_header(header)

    __contains__ = has_header


def stream_events(
    iterable: Any,
    status: int | None,
    headers: Mapping[str, str] | None,
    heartbeat: float | None,
) -> EventsResponse:
    """
    Return a response that sends the items of an iterable as events.

    Raise `HandlerError` for what cannot be iterated, and for a heartbeat that is
    no number of seconds.
    """
    check_iterable(iterable, "Response.events()")
    is_number = isinstance(heartbeat, int | float) and not isinstance(heartbeat, bool)
    if heartbeat is not None and not (is_number and heartbeat > 0):
        raise HandlerError(
            f"The heartbeat of Response.events() is {heartbeat!r}.",
            "Give a number of seconds, or None for no heartbeat.",
        )
    pace = None if heartbeat is None else partial(Heartbeat, heartbeat)
    given = {name.lower() for name in headers or {}}
    default = {name: v for name, v in _HEADERS.items() if name.lower() not in given}
    merged = default | dict(headers or {})
    return EventsResponse(iterable, _encode, status, merged, opening=BEAT, pace=pace)
