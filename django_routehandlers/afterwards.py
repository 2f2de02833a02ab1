"""Do work once the answer to a request has gone out."""

import asyncio
import inspect
import logging
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar, Token, copy_context
from typing import Any
from weakref import WeakKeyDictionary

from asgiref.sync import SyncToAsync, async_to_sync
from django.core.signals import request_finished
from django.db import close_old_connections, connections
from django.http import HttpRequest

from django_routehandlers.contexts import run_in

Callback = Callable[[], Any]

logger = logging.getLogger("django_routehandlers")


def after(callback: Callback) -> None:
    """
    Call a function, sync or async, once the answer to this request has gone out.

    All of them are called, in the order given, after an error's answer too; a failure
    is logged. They hang on the request's own end, so no middleware that replaces
    the response loses them. Raise `TypeError` for what is no function, and
    `RuntimeError` outside of a handler's request.
    """
    given: Any = callback
    if not callable(given):
        if inspect.iscoroutine(given):
            given.close()
        raise TypeError(f"after() takes a function, and got {given!r}.")
    work = _current.get()
    if work is None or work.is_over:
        raise RuntimeError(
            "after() was called outside of a handler's request. Call it in a handler "
            "or in what a handler calls, and import it at the top of a module: routes "
            "that are loaded before anything imports it do not look out for it."
        )
    work.add(callback)


class Work:
    """What is to be done at the end of one request, or of one refresh."""

    __slots__ = ("__weakref__", "_callbacks", "_is_hung", "_request", "is_over")

    def __init__(self, request: HttpRequest | None) -> None:
        self.is_over = False
        self._request = request
        self._is_hung = False
        # Most requests have none.
        self._callbacks: deque[tuple[Callback, Context]] | None = None

    @property
    def is_there(self) -> bool:
        """Tell whether there is anything to be done."""
        return bool(self._callbacks)

    def add(self, callback: Callback) -> None:
        """Add a function, which is called in the context that it was added in."""
        if self._callbacks is None:
            self._callbacks = deque()
        self._callbacks.append((callback, copy_context()))
        self.hang()

    def hang(self) -> None:
        """Be done when the request is closed, or dropped because its client left."""
        if self._is_hung or self._request is None:
            return
        self._is_hung = True
        on_close(self._request, self.do)
        # Where Django drops a cancelled request it closes nothing, but says so.
        mark = SyncToAsync.thread_sensitive_context.get(None)
        if mark is not None:
            _dropped[mark] = self

    def do(self) -> None:
        """Call the functions, in this thread or, on an event loop, in another."""
        if self._callbacks and _is_on_event_loop():
            # Only test clients close a stream's response there.
            thread = threading.Thread(target=self._do_in_thread)
            thread.start()
            thread.join()
        else:
            self._do()

    def _do_in_thread(self) -> None:
        try:
            self._do()
        finally:
            connections.close_all()

    def _do(self) -> None:
        while self._callbacks:
            callback, context = self._callbacks.popleft()
            try:
                run_in(context, _call, callback)
            except Exception:
                logger.exception("after(%r) failed.", callback)
        self.is_over = True


def _call(callback: Callback) -> None:
    result = callback()
    if inspect.isawaitable(result):
        # On the loop of the request, if it has one.
        async_to_sync(_wait)(result)


async def _wait(result: Awaitable[Any]) -> None:
    await result


def _is_on_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def on_close(request: HttpRequest, function: Callable[[], None]) -> None:
    """
    Call a function when a request is closed.

    Django does that once the final response has gone out, whichever it is, and
    before `request_finished`, at which connections to databases are closed.
    """
    close = request.close

    def close_both() -> None:
        # What was hung on later is called first.
        object.__getattribute__(request, "__dict__").pop("close", None)
        try:
            function()
        finally:
            close()

    request.close = close_both  # type: ignore[method-assign] # the request's own


_current: ContextVar[Work | None] = ContextVar("routehandlers_work", default=None)
_dropped: "WeakKeyDictionary[Any, Work]" = WeakKeyDictionary()


def begin(request: HttpRequest) -> Token[Work | None]:
    """Let `after()` know a request from now on; return what ends that."""
    return _current.set(Work(request))


def end(token: Token[Work | None]) -> None:
    """Let `after()` know what it knew before."""
    _current.reset(token)


@contextmanager
def collected(request: HttpRequest | None = None) -> Iterator[Work]:
    """Let `after()` know a request for a while; without one, who asks does the work."""
    work = Work(request)
    token = _current.set(work)
    try:
        yield work
    finally:
        _current.reset(token)


@contextmanager
def resumed(work: Work | None) -> Iterator[None]:
    """Let `after()` know again what it knew when a stream was made."""
    token = _current.set(work)
    try:
        yield
    finally:
        _current.reset(token)


def find_work() -> Work | None:
    """Return what `after()` adds to here."""
    return _current.get()


class Demand:
    """Whether anything in this process has imported `after()`."""

    is_there = False


def want() -> None:
    """Let the views that are built from now on look out for `after()`."""
    Demand.is_there = True
    uid = "routehandlers_after"
    request_finished.connect(_do_what_was_dropped, dispatch_uid=uid)


def _do_what_was_dropped(**kwargs: Any) -> None:
    """Do the work of a request whose client left before there was a response."""
    mark = SyncToAsync.thread_sensitive_context.get(None)
    work = None if mark is None else _dropped.pop(mark, None)
    if work is not None and not work.is_over:
        try:
            work.do()
        finally:
            # Django has closed its own a moment ago.
            close_old_connections()
