"""Carry out refreshes behind the answers, in threads or in tasks."""

import asyncio
import contextvars
import logging
import os
import queue
import threading
import time
from collections.abc import Hashable
from contextlib import suppress

from asgiref.sync import ThreadSensitiveContext, async_to_sync, sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpRequest

from django_routehandlers.afterwards import collected
from django_routehandlers.cache.dimensions import entered
from django_routehandlers.cache.refreshing import Refresh
from django_routehandlers.cache.steps import acarry_out, carry_out

WORKERS = 2
MOST_WAITING = 64
MOST_TASKS = 4

# A process whose threads have not begun to run by then has none that do.
START_SECONDS = 5.0

# After another process was found at it, so long nobody here asks again.
_PAUSE_SECONDS = 1.0

_FAILED = "A refresh of %s failed."

logger = logging.getLogger("django_routehandlers.cache")


class Background:
    """
    The refreshes that this process has under way: one per entry.

    Sync handlers run in daemon threads, which no server need know of. An async
    handler runs on the event loop that it was asked on, if that outlives the request.
    `is_inline` makes them all part of the request that asks, as tests want it.
    """

    def __init__(self) -> None:
        self.is_inline = False
        self.forget()

    def forget(self) -> None:
        """Begin anew, with no thread and nothing to do: in a child process."""
        self._lock = threading.Lock()
        self._queue: queue.Queue[Refresh] = queue.Queue(MOST_WAITING)
        self._workers: list[threading.Thread] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy: set[Hashable] = set()
        self._paused: dict[Hashable, float] = {}
        self._asked_at: float | None = None
        self._has_begun = False
        self._has_told = False

    def refresh(self, job: Refresh) -> None:
        """Begin a refresh, unless it is under way or there are too many."""
        if not self._claim(job):
            return
        if self.is_inline or self._is_without_threads():
            self._run(job)
        else:
            self._submit(job)

    async def arefresh(self, job: Refresh, request: HttpRequest) -> None:
        """Begin a refresh, unless it is under way or there are too many."""
        if not self._claim(job):
            return
        if self.is_inline:
            await self._arun(job)
        elif not isinstance(request, ASGIRequest):
            # Django makes a loop for each request then, and ends it after that.
            self._submit(job)
        elif len(self._tasks) >= MOST_TASKS:
            self._release(job, 0)
        else:
            loop = asyncio.get_running_loop()
            coroutine = self._arun_in_task(job)
            task = loop.create_task(coroutine, context=contextvars.Context())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def drain(self) -> None:
        """Wait until all refreshes in threads have ended."""
        self._queue.join()

    def _claim(self, job: Refresh) -> bool:
        with self._lock:
            if job.key in self._busy or self._is_paused(job.key):
                return False
            self._busy.add(job.key)
            return True

    def _is_paused(self, key: str) -> bool:
        if not self._paused:
            return False
        now = time.monotonic()
        self._paused = {k: until for k, until in self._paused.items() if until > now}
        return key in self._paused

    def _release(self, job: Refresh, pause: float) -> None:
        with self._lock:
            self._busy.discard(job.key)
            if pause:
                self._paused[job.key] = time.monotonic() + pause

    def _is_without_threads(self) -> bool:
        if self._has_begun or self._asked_at is None:
            return False
        if time.monotonic() - self._asked_at < START_SECONDS:
            return False
        if not self._has_told:
            self._has_told = True
            logger.error(
                "No thread runs in this process, so requests wait for refreshes. Let "
                "the server run threads (uWSGI: enable-threads)."
            )
        return True

    def _submit(self, job: Refresh) -> None:
        try:
            self._queue.put_nowait(job)
        except queue.Full:
            self._release(job, _PAUSE_SECONDS)
            return
        if self._asked_at is None:
            self._asked_at = time.monotonic()
        with self._lock:
            if len(self._workers) < WORKERS:
                name = f"routehandlers-refresh-{len(self._workers)}"
                worker = threading.Thread(target=self._work, name=name, daemon=True)
                # A system that has no more threads is one that runs none.
                with suppress(RuntimeError):
                    worker.start()
                    self._workers.append(worker)

    def _work(self) -> None:
        jobs = self._queue
        while True:
            job = jobs.get()
            self._has_begun = True
            try:
                contextvars.Context().run(self._run_in_thread, job)
            except BaseException:  # a thread that ends is never replaced
                logger.exception(_FAILED, job.gate.policy.route.file)
            finally:
                jobs.task_done()

    def _run_in_thread(self, job: Refresh) -> None:
        try:
            self._run(job)
        finally:
            connections.close_all()

    def _run(self, job: Refresh) -> None:
        pause = _PAUSE_SECONDS
        try:
            with collected() as work, entered(job.lookup.dimensions):
                if job.gate.call is None:
                    is_done = async_to_sync(acarry_out)(job.run(), job.gate)
                else:
                    is_done = carry_out(job.run(), job.gate)
                pause = 0 if is_done else pause
            work.do()
        except Exception:
            logger.exception(_FAILED, job.gate.policy.route.file)
        finally:
            self._release(job, pause)

    async def _arun(self, job: Refresh) -> None:
        pause = _PAUSE_SECONDS
        try:
            with collected() as work, entered(job.lookup.dimensions):
                is_done = await acarry_out(job.run(), job.gate)
                pause = 0 if is_done else pause
            if work.is_there:
                await sync_to_async(work.do, thread_sensitive=True)()
        except Exception:
            logger.exception(_FAILED, job.gate.policy.route.file)
        finally:
            self._release(job, pause)

    async def _arun_in_task(self, job: Refresh) -> None:
        async with ThreadSensitiveContext():
            try:
                await self._arun(job)
            finally:
                # Those of the thread that serves this task, and ends with it.
                await sync_to_async(connections.close_all)()


background = Background()

if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has no forks
    os.register_at_fork(after_in_child=background.forget)
