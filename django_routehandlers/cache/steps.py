"""Carry out the steps of a fill or a refresh, in a thread or on an event loop."""

import asyncio
import contextvars
import os
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, cast

from asgiref.sync import sync_to_async
from django.http import HttpRequest

from django_routehandlers.cache.flights import Flight
from django_routehandlers.cache.gates import Gate
from django_routehandlers.cache.runs import Run, entered
from django_routehandlers.cache.store import Store

# Threads that ask the backend for tasks: each of them may hold a connection.
IO_THREADS = 2


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the store something."""

    call: Callable[..., Any]
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait for the outcome of a flight."""

    flight: Flight
    seconds: float


@dataclass(frozen=True, slots=True)
class Sleep:
    """Sleep for some seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Call:
    """Run the handler."""

    run: Run
    request: HttpRequest
    params: dict[str, Any]


Step = Ask | Wait | Sleep | Call

T = TypeVar("T")

# Decides what to do next; is sent what came of it, or thrown what went wrong.
Steps = Generator[Step, Any, T]


def ask(call: Callable[..., Any], *arguments: Any) -> Ask:
    """Return the step that asks the store something."""
    return Ask(call, arguments)


def carry_out(steps: Steps[T], gate: Gate) -> T:
    """Carry out steps in this thread; return their result."""
    try:
        step = next(steps)
        while True:
            try:
                result = _do(step, gate)
            except BaseException as exc:  # noqa: BLE001 - the steps decide
                step = steps.throw(exc)
            else:
                step = steps.send(result)
    except StopIteration as stop:
        return cast(T, stop.value)


async def acarry_out(steps: Steps[T], gate: Gate) -> T:
    """Carry out steps on this event loop; return their result."""
    try:
        step = next(steps)
        while True:
            try:
                result = await _ado(step, gate)
            except BaseException as exc:  # noqa: BLE001 - the steps decide
                step = steps.throw(exc)
            else:
                step = steps.send(result)
    except StopIteration as stop:
        return cast(T, stop.value)


def _do(step: Step, gate: Gate) -> Any:
    if isinstance(step, Ask):
        return step.call(*step.arguments)
    if isinstance(step, Wait):
        return step.flight.wait(step.seconds)
    if isinstance(step, Sleep):
        time.sleep(step.seconds)
        return None
    assert gate.call is not None
    with entered(step.run):
        return gate.call(step.request, _copy(step.params))


async def _ado(step: Step, gate: Gate) -> Any:
    if isinstance(step, Ask):
        return await aask(gate.store, step.call, *step.arguments)
    if isinstance(step, Wait):
        return await step.flight.await_outcome(step.seconds)
    if isinstance(step, Sleep):
        return await asyncio.sleep(step.seconds)
    assert gate.acall is not None
    with entered(step.run):
        return await gate.acall(step.request, _copy(step.params))


def _copy(params: dict[str, Any]) -> dict[str, Any]:
    """Return params that a handler may change, lists among them."""
    return {
        n: [*value] if type(value) is list else value for n, value in params.items()
    }


async def aask(store: Store, call: Callable[..., Any], *arguments: Any) -> Any:
    """Ask a store something, with at most one hop to another thread."""
    if store.is_private:
        return call(*arguments)
    if store.needs_own_thread:
        return await sync_to_async(call, thread_sensitive=True)(*arguments)
    context, executor = contextvars.copy_context(), _get_executor(os.getpid())
    future = executor.submit(context.run, call, *arguments)
    try:
        return await asyncio.wrap_future(future)
    except asyncio.CancelledError:
        # The thread goes on. Only when it is done is there a lock to be given back.
        await asyncio.wait([asyncio.wrap_future(future)])
        raise


@cache
def _get_executor(process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(IO_THREADS, "routehandlers-cache")
