"""Nest the middleware of folders, as Django nests that of MIDDLEWARE."""

from typing import Any

from asgiref.sync import async_to_sync, iscoroutinefunction, sync_to_async
from django.core.handlers.exception import response_for_exception
from django.http import HttpRequest

from django_routehandlers.folders.hooks import (
    Call,
    Hooks,
    aanswer,
    answer,
    check_response,
)
from django_routehandlers.folders.layers import Factory, Folder, Layer
from django_routehandlers.http.errors import aanswer_error, answer_error
from django_routehandlers.http.problems import ERRORS
from django_routehandlers.registry import on_forget

Stack = tuple[Folder, ...]


class Chain:
    """
    All middleware of a stack of folders, the outermost first, in one mode.

    `enter` is called, or awaited, with a request. `inside` is what each layer leads
    to, already in that layer's own mode.
    """

    __slots__ = ("enter", "hooks", "inside")

    def __init__(self, stack: Stack, *, is_async: bool) -> None:
        self.hooks = Hooks()
        self.inside: dict[Layer, Call] = {}
        handler, handler_is_async = _contain(aanswer if is_async else answer), is_async
        factories = [(f, factory) for f in stack for factory in f.factories]
        for folder, factory in reversed(factories):
            layer_is_async = _choose_mode(factory, handler_is_async)
            layer = folder.get_layer(factory, is_async=layer_is_async)
            if layer is None:
                continue
            self.inside[layer] = adapt(handler, handler_is_async, layer_is_async)
            self._add_hooks(layer, is_async)
            handler = _contain(_name(layer, layer_is_async))
            handler_is_async = layer_is_async
        self.enter = adapt(handler, handler_is_async, is_async)

    def _add_hooks(self, layer: Layer, is_async: bool) -> None:
        instance, hooks = layer.instance, self.hooks
        if hasattr(instance, "process_view"):
            hook = instance.process_view
            hooks.view.insert(0, adapt(hook, iscoroutinefunction(hook), is_async))
        if hasattr(instance, "process_template_response"):
            hook = instance.process_template_response
            call = adapt(hook, iscoroutinefunction(hook), is_async)
            hooks.template.append((f"{layer.name}.process_template_response()", call))
        if hasattr(instance, "process_exception"):
            hook = instance.process_exception
            # Django's are always sync.
            hooks.exception.append(adapt(hook, iscoroutinefunction(hook), False))


def _choose_mode(factory: Factory, handler_is_async: bool) -> bool:
    """Tell whether a middleware is to be async, given what it surrounds."""
    if not handler_is_async and factory.can_sync:
        return False
    return factory.can_async


def adapt(call: Call, call_is_async: bool, is_async: bool) -> Call:
    """Return a callable in a mode, as `BaseHandler.adapt_method_mode` does."""
    if call_is_async is is_async:
        return call
    if is_async:
        return sync_to_async(call, thread_sensitive=True)
    return async_to_sync(call)


def _name(layer: Layer, is_async: bool) -> Call:
    """Return the call of a layer, which says whose mistake it is to return None."""
    instance, name = layer.instance, layer.name
    if is_async:

        async def acall(request: HttpRequest) -> Any:
            return check_response(await instance(request), name)

        return acall

    def call(request: HttpRequest) -> Any:
        return check_response(instance(request), name)

    return call


def _contain(call: Call) -> Call:
    """Return a call that returns a response for what is raised, as Django does."""
    if iscoroutinefunction(call):

        async def acontained(request: HttpRequest) -> Any:
            try:
                return await call(request)
            except ERRORS as exc:
                return await aanswer_error(request, exc)
            except Exception as exc:  # noqa: BLE001 - all become responses
                answer_failure = sync_to_async(
                    response_for_exception, thread_sensitive=False
                )
                return await answer_failure(request, exc)

        return acontained

    def contained(request: HttpRequest) -> Any:
        try:
            return call(request)
        except ERRORS as exc:
            return answer_error(request, exc)
        except Exception as exc:  # noqa: BLE001 - all become responses
            return response_for_exception(request, exc)

    return contained


_chains: dict[tuple[Stack, bool], Chain] = {}


@on_forget
def forget_chains() -> None:
    """Nest all middleware anew at the next question."""
    _chains.clear()


def get_chain(stack: Stack, *, is_async: bool) -> Chain:
    """Return the chain of a stack of folders in a mode, which its routes share."""
    key = stack, is_async
    return _chains.get(key) or _chains.setdefault(key, Chain(stack, is_async=is_async))
