"""Iterate on an event loop what is sync, and in a thread what is async."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Executor, Future
from contextvars import copy_context
from enum import Enum
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import (
    AsyncToSync,
    SyncToAsync,
    ThreadSensitiveContext,
    async_to_sync,
    sync_to_async,
)

from django_routehandlers.contexts import run_in
from django_routehandlers.exceptions import HandlerError

P = ParamSpec("P")
T = TypeVar("T")

_END = object()


def explain_cancelled() -> HandlerError:
    """Return what is raised for an iterator that is cancelled, but not by its server."""
    return HandlerError(
        "The iterator of a stream was cancelled from inside.",
        "Catch asyncio.CancelledError where it awaits what may be cancelled.",
    )


class ThreadedIterator:
    """
    Give on an event loop what a sync iterator yields, one at a time.

    It runs in the request's own thread, where Django closes the response as well: who
    closes the iterator there waits for the step that is under way.
    """

    def __init__(self, iterator: Iterator[Any]) -> None:
        self._iterator = iterator

    def __aiter__(self) -> AsyncIterator[Any]:
        """Return itself."""
        return self

    async def __anext__(self) -> Any:
        """Return what comes next."""
        found = await sync_to_async(self._step, thread_sensitive=True)()
        if found is _END:
            raise StopAsyncIteration
        return found

    def _step(self) -> Any:
        return next(self._iterator, _END)


class _Kind(Enum):
    CHUNK = 1
    CALL = 2
    END = 3


_Inbox = SimpleQueue[tuple[_Kind, Any]]


class LoopedIterator:
    """
    Give in a thread what an async iterator yields, one at a time.

    It runs on an event loop of its own, in a second thread; sync code that it calls
    through `sync_to_async`, such as Django's ORM, runs in the thread that waits for
    it, with that thread's connections. `aclose` ends the iterator.
    """

    def __init__(
        self,
        iterator: AsyncIterator[Any],
        aclose: Callable[[], Awaitable[None]],
    ) -> None:
        self._iterator = iterator
        self._aclose = aclose
        self._inbox: _Inbox = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._is_over = False

    def __iter__(self) -> Iterator[Any]:
        """Return itself."""
        return self

    def __next__(self) -> Any:
        """Return what comes next."""
        if self._is_over:
            raise StopIteration
        if self._thread is None:
            self._start()
        else:
            self._go_on()
        kind, found = self._receive()
        if kind is _Kind.CHUNK:
            return found
        self._is_over = True
        if found is not None:
            raise found
        raise StopIteration

    def close(self) -> None:
        """End the iterator, and wait until it has cleaned up."""
        if self._is_over:
            return
        self._is_over = True
        if self._thread is None:
            async_to_sync(self._aclose)()
            return
        self._go_on()
        # Who is over sends no more chunks.
        _, failure = self._receive()
        if failure is not None:
            raise failure

    def _start(self) -> None:
        context = copy_context()
        self._thread = threading.Thread(
            target=run_in,
            args=(context, self._run),
            name="routehandlers-stream",
            daemon=True,
        )
        self._thread.start()

    def _go_on(self) -> None:
        self._loop.call_soon_threadsafe(self._wanted.set)

    def _receive(self) -> tuple[_Kind, Any]:
        """Wait for a chunk or the end, and do what the other thread asks for."""
        while True:
            kind, found = self._inbox.get()
            if kind is not _Kind.CALL:
                return kind, found
            found()

    def _run(self) -> None:
        # That of an outer call waits for somebody else's loop.
        AsyncToSync.executors.current = None
        failure: BaseException | None = None
        try:
            asyncio.run(self._pump())
        except asyncio.CancelledError as exc:
            # A server's worker would take it for its own.
            failure = explain_cancelled()
            failure.__cause__ = exc
        except BaseException as exc:  # noqa: BLE001 - raised where it is waited for
            failure = exc
        self._inbox.put((_Kind.END, failure))

    async def _pump(self) -> None:
        self._loop, self._wanted = asyncio.get_running_loop(), asyncio.Event()
        async with ThreadSensitiveContext() as context:
            SyncToAsync.context_to_thread_executor[context] = _Caller(self._inbox)
            try:
                async for chunk in self._iterator:
                    self._inbox.put((_Kind.CHUNK, chunk))
                    await self._wanted.wait()
                    self._wanted.clear()
                    if self._is_over:
                        break
            finally:
                await self._aclose()


class _Caller(Executor):
    """Has functions called by the thread that waits at the other end of an inbox."""

    def __init__(self, inbox: _Inbox) -> None:
        self._inbox = inbox

    def submit(
        self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """Have a function called when the other thread waits again."""
        future: Future[T] = Future()

        def call() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = function(*args, **kwargs)
            except BaseException as exc:  # noqa: BLE001 - raised where it is awaited
                future.set_exception(exc)
            else:
                future.set_result(result)

        self._inbox.put((_Kind.CALL, call))
        return future
