"""Send an answer chunk by chunk, as it is produced."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import aclosing
from functools import partial
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import text

from django_routehandlers.afterwards import find_work, on_close, resumed
from django_routehandlers.http.bridges import (
    LoopedIterator,
    ThreadedIterator,
    explain_cancelled,
)
from django_routehandlers.http.chunks import check_iterable, encode_chunk
from django_routehandlers.loops import is_on_event_loop

Encode = Callable[[Any], bytes]
Pace = Callable[[AsyncIterator[bytes]], Any]

_CAN_COMPRESS_ASYNC = hasattr(text, "acompress_sequence")

logger = logging.getLogger("django_routehandlers")


class SyncSource:
    """A sync iterator of a handler's, which is ended once, and between two steps."""

    def __init__(self, iterable: Any, encode: Encode, opening: bytes) -> None:
        self._iterator = iter(iterable)
        self._closes = _find_all("close", self._iterator, iterable)
        self._encode = encode
        self._opening = opening
        self._lock = threading.Lock()
        self._work = find_work()

    def __iter__(self) -> Iterator[bytes]:
        """Return itself."""
        return self

    def __next__(self) -> bytes:
        """Return the next chunk; log what else is raised."""
        if self._opening:
            opening, self._opening = self._opening, b""
            return opening
        with self._lock, resumed(self._work):
            try:
                return self._encode(next(self._iterator))
            except StopIteration:
                raise
            except asyncio.CancelledError as exc:
                _log(self._iterator)
                raise explain_cancelled() from exc
            except Exception:
                _log(self._iterator)
                raise

    def close(self) -> None:
        """Let the iterator clean up, after the step that is under way."""
        with self._lock, resumed(self._work):
            closes, self._closes = self._closes, []
            for close in closes:
                try:
                    close()
                except (Exception, asyncio.CancelledError):  # noqa: BLE001 - logged, the rest is closed, too
                    _log(self._iterator)


class AsyncSource:
    """An async iterator of a handler's, which is ended once."""

    def __init__(self, iterable: Any, encode: Encode, opening: bytes) -> None:
        self._iterator = aiter(iterable)
        self._closes = _find_all("aclose", self._iterator, iterable)
        self._encode = encode
        self._opening = opening
        self._work = find_work()

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Return itself."""
        return self

    async def __anext__(self) -> bytes:
        """Return the next chunk; log what else is raised."""
        if self._opening:
            opening, self._opening = self._opening, b""
            return opening
        with resumed(self._work):
            try:
                return self._encode(await anext(self._iterator))
            except StopAsyncIteration:
                raise
            except asyncio.CancelledError as exc:
                if _is_being_cancelled():
                    raise
                _log(self._iterator)
                raise explain_cancelled() from exc
            except Exception:
                _log(self._iterator)
                raise

    async def aclose(self) -> None:
        """Let the iterator clean up."""
        with resumed(self._work):
            closes, self._closes = self._closes, []
            for aclose in closes:
                try:
                    await aclose()
                except asyncio.CancelledError:
                    if _is_being_cancelled():
                        raise
                    _log(self._iterator)
                except Exception:  # noqa: BLE001 - logged, the rest is closed, too
                    _log(self._iterator)


def _find_all(name: str, *owners: Any) -> list[Callable[[], Any]]:
    different = {id(owner): owner for owner in owners}.values()
    return [getattr(owner, name) for owner in different if hasattr(owner, name)]


def _is_being_cancelled() -> bool:
    """Tell whether it is this task that is cancelled, and not what it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _log(iterator: Any) -> None:
    logger.exception("The stream of %r broke off.", iterator)


class StreamResponse(StreamingHttpResponse):
    """
    A response whose chunks are sent one by one, under WSGI and ASGI alike.

    Its iterable is sync or async; `adapt` makes it what a server can iterate, and the
    end of the response is its end, in the thread or on the loop where it ran. `pace`
    makes of a source, on an event loop, what is iterated in its place.
    """

    def __init__(
        self,
        iterable: Any,
        encode: Encode,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        opening: bytes = b"",
        pace: Pace | None = None,
    ) -> None:
        self._work = find_work()
        self._pace = pace
        self._source: Any
        if hasattr(iterable, "__iter__"):
            self._source = SyncSource(iterable, encode, opening)
            self._closes = [self._source.close]
        else:
            source = AsyncSource(iterable, encode, opening)
            self._source = source if pace is None else pace(source)
            self._closes = [partial(finish_async, self._source.aclose)]
        super().__init__(self._source, status=status, headers=headers)

    def has_header(self, header: str) -> bool:
        """Tell whether a header is set, `Content-Encoding` also to spare a stream."""
        # GZipMiddleware of Django 5.2 would make as many archives of it as chunks.
        is_spared = self.is_async and not _CAN_COMPRESS_ASYNC
        return (is_spared and header.lower() == "content-encoding") or (
            super().has_header(header)
        )

    __contains__ = has_header

    def settle(self, request: HttpRequest) -> HttpResponseBase:
        """Return itself, made for the server that a request came through."""
        # Middleware may answer something else in its place, which Django closes then.
        on_close(request, self.end)
        if self._work is not None:
            self._work.hang()
        if not isinstance(request, ASGIRequest):
            self.adapt(is_async=False)
        # On an event loop what is sync stays sync until it is sent: middleware may
        # wrap it in something sync.
        return self

    def adapt(self, *, is_async: bool) -> None:
        """Make the content what a server of a kind can iterate."""
        if self.is_async == is_async:
            return
        content: Any = self._iterator  # type: ignore[attr-defined] # Django's own
        if not is_async:
            looped = LoopedIterator(content, self._source.aclose)
            self._closes = [looped.close]
            self.streaming_content = looped
            return
        threaded: Any = ThreadedIterator(content)
        # To what a decorator has put in its place there is nothing to add.
        if self._pace is not None and content is self._source:
            threaded = self._pace(threaded)
            self._closes.insert(0, partial(finish_async, threaded.aclose))
        self.streaming_content = threaded

    def __iter__(self) -> Iterator[bytes]:
        """Return the chunks, for a server under WSGI."""
        self.adapt(is_async=False)
        return super().__iter__()

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Return the chunks, for a server under ASGI."""
        self.adapt(is_async=True)
        return give_chunks(self, super().__aiter__())

    def end(self) -> None:
        """Let the iterable clean up, whether or not anything of it was sent."""
        closes, self._closes = self._closes, []
        for close in closes:
            close()

    def close(self) -> None:
        """Close the response, and what it was made from."""
        self.end()
        super().close()


async def give_chunks(
    response: HttpResponseBase, parts: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    """Yield what a response sends on an event loop; close it after a failure."""
    generator: Any = parts
    try:
        async with aclosing(generator) as chunks:
            async for chunk in chunks:
                yield chunk
    except Exception:
        # Django's handler then closes nothing.
        await sync_to_async(response.close)()
        raise


_tasks: set[asyncio.Task[None]] = set()


def finish_async(aclose: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Carry out the end of an async iterator on the request's loop."""
    if is_on_event_loop():
        # Test clients, and refreshes that drop a stream, close it there.
        task = asyncio.get_running_loop().create_task(aclose())
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)
    else:
        async_to_sync(aclose)()


def stream(
    iterable: Any, status: int | None, headers: Mapping[str, str] | None
) -> StreamResponse:
    """
    Return a response that sends the str and bytes of an iterable as they come.

    Raise `HandlerError` for what cannot be iterated, or is one str or bytes itself.
    """
    check_iterable(iterable, "Response.stream()")
    headers = dict(headers or {})
    if all(name.lower() != "content-type" for name in headers):
        headers["Content-Type"] = "text/plain; charset=utf-8"
    return StreamResponse(iterable, encode_chunk, status, headers)
