"""Do work once the answer to a request has gone out."""

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from contextvars import Context, ContextVar, Token, copy_context
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from asgiref.sync import AsyncToSync, SyncToAsync
from django.core.handlers.asgi import ASGIRequest
from django.core.signals import request_finished
from django.db import close_old_connections, transaction
from django.http import HttpRequest

from django_routehandlers.contexts import run_in
from django_routehandlers.loops import is_on_event_loop, wait_for

Callback = Callable[[], Any]

logger = logging.getLogger("django_routehandlers")


def after(callback: Callback, *, on_commit: bool | str = False) -> None:
    """
    Call a function, sync or async, once the answer to this request has gone out.

    All of them are called, in the order given, after an error's answer too; a failure
    is logged. They hang on the request's own end, so no middleware that replaces
    the response loses them. With `on_commit` a function is called only if the
    transaction that is open commits, that of the default database or of the one
    whose alias it is; without a transaction it is called. Raise `TypeError` for
    what is no function, and `RuntimeError` outside of a handler's request.
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
            "that are loaded before anything imports it do not look out for it. For "
            "work that waits for a commit write after(..., on_commit=True)."
        )
    if on_commit is False:
        work.add(callback, copy_context())
        return
    if is_on_event_loop():
        raise RuntimeError(
            "after(..., on_commit=True) was called on an event loop, which has no "
            "transaction. Call it in the function that has one, which sync_to_async() "
            "calls, or leave on_commit out."
        )
    # The commit may come after the answer: a test case puts it off.
    work.hang()
    using = None if on_commit is True else on_commit
    transaction.on_commit(partial(work.add, callback, copy_context()), using)


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

    def add(self, callback: Callback, context: Context) -> None:
        """Add a function to be called in a context, now if the answer has gone out."""
        if self._callbacks is None:
            self._callbacks = deque()
        self._callbacks.append((callback, context))
        if self.is_over:
            self.do()
        else:
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
        """Call the functions in the thread of the request, and wait until it is done."""
        executor = _find_executor(self._request) if self._callbacks else None
        if executor is None:
            self._do()
            return
        is_loop_waiting = is_on_event_loop()
        try:
            future = executor.submit(self._do, is_loop_waiting)
        except RuntimeError:
            # This is its thread, which asgiref does not let wait for itself.
            self._do(is_loop_waiting)
        else:
            future.result()

    def _do(self, is_loop_waiting: bool = False) -> None:
        while self._callbacks:
            callback, context = self._callbacks.popleft()
            try:
                run_in(context, _call, callback, is_loop_waiting)
            except (Exception, asyncio.CancelledError):
                logger.exception("after(%r) failed.", callback)
        self.is_over = True


def _call(callback: Callback, is_loop_waiting: bool) -> None:
    result = callback()
    if inspect.isawaitable(result):
        wait_for(result, on_new_loop=is_loop_waiting)


def _find_executor(request: HttpRequest | None) -> Executor | None:
    """
    Return what reaches the thread of a request, None where this is it.

    Django's server closes a response there. `AsyncClient` does in any thread, and
    on the loop itself once a stream is read; its request has the thread in which
    sync code of the test runs.
    """
    if not is_on_event_loop():
        loop = getattr(SyncToAsync.threadlocal, "main_event_loop", None)
        is_called_from_loop = loop is not None and loop.is_running()
        is_served = SyncToAsync.thread_sensitive_context.get(None) is not None
        is_there = SyncToAsync.deadlock_context.get(False)
        is_asgi = isinstance(request, ASGIRequest)
        if not is_asgi or is_served or is_there or not is_called_from_loop:
            return None
    executor: Executor | None = getattr(AsyncToSync.executors, "current", None)
    return executor or SyncToAsync.single_thread_executor


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
