"""Where there is an event loop, and what is waited for where there is none."""

import asyncio

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from django_routehandlers.loops import is_on_event_loop, wait_for


async def call(function):
    return function()


async def get_loop():
    return asyncio.get_running_loop()


def test_event_loop_is_noticed():
    assert is_on_event_loop() is False
    assert async_to_sync(call)(is_on_event_loop) is True


@pytest.mark.parametrize("on_new_loop", [True, False])
def test_result_is_waited_for_on_the_loop_of_who_is_called_from_one(on_new_loop):
    async def wait():
        loop = await get_loop()
        found = await sync_to_async(wait_for)(get_loop(), on_new_loop=on_new_loop)
        return found is loop

    assert asyncio.run(wait()) is not on_new_loop
