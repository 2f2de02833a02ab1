"""Tell where there is an event loop, and wait where there is none."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from asgiref.sync import AsyncToSync


def is_on_event_loop() -> bool:
    """Tell whether an event loop runs this code."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def wait_for(awaitable: Awaitable[Any], *, on_new_loop: bool = False) -> Any:
    """
    Return what an awaitable gives, which is on the loop of the request if it has one.

    `on_new_loop` is for who is waited for by that loop itself.
    """
    return AsyncToSync(_wait, force_new_loop=on_new_loop)(awaitable)


async def _wait(awaitable: Awaitable[Any]) -> Any:
    return await awaitable
