"""Surround the view of a route with the middleware of its folders."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NoReturn

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from django_routehandlers.folders.chains import Chain, Stack, adapt, get_chain
from django_routehandlers.folders.hooks import Passage
from django_routehandlers.folders.layers import Folder
from django_routehandlers.http.calls import Layer as HandlerLayer
from django_routehandlers.http.csrf import SAFE_METHODS, Verdict, judge
from django_routehandlers.http.dispatch import (
    View,
    Views,
    build_views,
    get_mode,
    get_modes,
)
from django_routehandlers.routing.endpoints import Endpoint
from django_routehandlers.routing.middleware import get_problem
from django_routehandlers.routing.problems import Problem

Judge = Callable[[HttpRequest], Verdict | str]


def build_surrounded_views(
    endpoint: Endpoint,
    layer: HandlerLayer | None,
    folders: Mapping[str, Folder],
) -> Views:
    """
    Return the views of an endpoint as `build_views` does, in their middleware.

    `folders` are all of them, by file. Whether another site may have sent a request
    is judged before the middleware, and a refusal takes the place of the view
    inside it. A route that no middleware surrounds has the views of `build_views`.
    """
    stack = _get_stack(endpoint, folders)
    if not any(folder.factories for folder in stack):
        return build_views(endpoint, layer)
    judged = replace(endpoint, config={**endpoint.config, "csrf": "off"})
    inner = build_views(judged, layer)
    built = [
        _build(get_chain(stack, is_async=is_async), inner, endpoint, is_async=is_async)
        for is_async in _find_modes(endpoint, stack)
    ]
    return Views(*built)


def check_folders(
    endpoints: Iterable[Endpoint], folders: Mapping[str, Folder]
) -> Iterator[Problem]:
    """Make the middleware of all routes, and yield why some can't be."""
    guarded: dict[str, list[str]] = defaultdict(list)
    for endpoint in endpoints:
        for file in endpoint.route.middleware:
            guarded[file.file].append(endpoint.route.file)
        if endpoint.module is not None and endpoint.route.middleware:
            stack = _get_stack(endpoint, folders)
            for is_async in _find_modes(endpoint, stack):
                get_chain(stack, is_async=is_async)
    for folder in folders.values():
        files = (folder.file, *sorted(guarded[folder.file]))
        for message, hint in folder.mistakes:
            yield get_problem(files, message, hint)


def _get_stack(endpoint: Endpoint, folders: Mapping[str, Folder]) -> Stack:
    return tuple(folders[file.file] for file in endpoint.route.middleware)


def _find_modes(endpoint: Endpoint, stack: Stack) -> list[bool]:
    """
    Return the modes in which a route has a view: sync (False), async, or both.

    One is enough where all handlers and all middleware can only, or can as well, be
    in it; with both, each server gets the one that crosses between threads less.
    """
    kinds = {handler.is_async for handler in endpoint.handlers.values()} or {False}
    for folder in stack:
        for factory in folder.factories:
            kinds |= factory.modes
    return sorted(kinds)


def _build_judge(endpoint: Endpoint) -> Judge:
    mode = get_mode(endpoint)
    modes = get_modes(endpoint, mode)

    def judge_sender(request: HttpRequest) -> Verdict | str:
        method = str(request.method)
        if method in SAFE_METHODS:
            return Verdict.ALLOWED
        return judge(request, modes.get(method, mode))

    return judge_sender


def _build(chain: Chain, inner: Views, endpoint: Endpoint, *, is_async: bool) -> View:
    judge_sender = _build_judge(endpoint)
    max_body = endpoint.config.get("max_body")
    found = inner.async_view if is_async and inner.async_view else inner.view
    call = adapt(found, iscoroutinefunction(found), is_async)
    enter, inside, hooks = chain.enter, chain.inside, chain.hooks

    def begin(request: HttpRequest, args: Any, params: Any) -> Passage:
        passage = Passage(
            inside, hooks, surrounded, call, args, params, max_body, judge_sender
        )
        passage.begin(request)
        return passage

    def view(request: HttpRequest, /, *args: Any, **params: Any) -> HttpResponseBase:
        passage = begin(request, args, params)
        response: HttpResponseBase = enter(request)
        if passage.failure is not None:
            _fail(passage)
        return response

    async def aview(
        request: HttpRequest, /, *args: Any, **params: Any
    ) -> HttpResponseBase:
        passage = begin(request, args, params)
        response: HttpResponseBase = await enter(request)
        if passage.failure is not None:
            _fail(passage)
        return response

    surrounded: View = aview if is_async else view
    return _present(surrounded, found)


def _fail(passage: Passage) -> NoReturn:
    """Raise what the view raised, for the project's own middleware to see."""
    failure, passage.failure = passage.failure, None
    assert failure is not None
    raise failure


def _present(view: View, inner: View) -> View:
    """Give a view the name, the place and the marks of the one that it surrounds."""
    vars(view).update(vars(inner))
    view.__module__, view.__doc__ = inner.__module__, inner.__doc__
    view.__name__ = view.__qualname__ = inner.__name__
    return view
