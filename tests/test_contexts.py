"""What a function sees in the context of another moment."""

import threading
from contextvars import ContextVar, copy_context

import pytest
from asgiref.sync import async_to_sync
from django.utils import translation

from django_routehandlers.contexts import run_in

number = ContextVar("number", default=0)


def test_function_sees_the_values_of_then():
    token = number.set(1)
    context = copy_context()
    number.reset(token)

    assert (run_in(context, number.get), number.get()) == (1, 0)


def test_function_gets_its_arguments_and_raises_its_own():
    assert run_in(copy_context(), divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        run_in(copy_context(), divmod, 7, 0)


def test_language_is_that_of_then_in_another_thread():
    found = []

    async def prepare():
        with translation.override("de"):
            return copy_context()

    def read():
        found.append(translation.get_language())

    context = async_to_sync(prepare)()
    thread = threading.Thread(target=run_in, args=(context, read))
    thread.start()
    thread.join()

    assert found == ["de"]
