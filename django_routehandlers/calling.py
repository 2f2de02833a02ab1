"""Call one handler with a request of a test's own, and nothing around it."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Any, TypedDict, Unpack

from asgiref.sync import async_to_sync, iscoroutinefunction, sync_to_async
from django.apps import apps
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.test import AsyncRequestFactory, RequestFactory
from django.test.client import (
    BOUNDARY,
    MULTIPART_CONTENT,
    aclosing_iterator_wrapper,
    closing_iterator_wrapper,
    conditional_content_removal,
    encode_multipart,
)
from django.utils.http import urlencode
from django.utils.module_loading import import_string

from django_routehandlers.conf import get_settings
from django_routehandlers.finding import (
    Found,
    find_endpoint,
    find_route,
    resolve_endpoint,
)
from django_routehandlers.http.dispatch import Views, build_views
from django_routehandlers.http.encoding import decode, encode

_NONE: Any = object()
_URLENCODED = "application/x-www-form-urlencoded"


class RequestOptions(TypedDict, total=False):
    """What a test says of a request."""

    json: Any
    data: Any
    content_type: str
    query_params: Mapping[str, Any]
    headers: Mapping[str, str]
    user: Any


def call_route(
    path: str,
    method: str = "GET",
    /,
    *,
    params: Mapping[str, Any] | None = None,
    app: str | None = None,
    **options: Unpack[RequestOptions],
) -> Any:
    """
    Call the handler of a route for a method, and return its response.

    `path` is a folder path, such as "/api/items/[id]", which `params` fill, or the
    path of a URL. They reach the handler as they would from a request; `app` tells
    apart what several apps call alike. No middleware, no cross-site check and no
    cache is asked. What the handler returns is made a response with a `json()`, and
    so is a raised `HttpError` and its like; other exceptions are raised.

    The request is made from `json` (any data), or `data` (a dict is a form, as for
    Django's client) and `content_type`, from `query_params`, `headers` and `user`.
    """
    _refuse_other_options(options)
    found = find_route(path, params, app)
    request = build_request(RequestFactory(), method, found.url, **options)
    request.resolver_match = found.match
    view = _build_views(found).view
    answer = async_to_sync(view) if iscoroutinefunction(view) else view
    try:
        response = answer(request, **found.match.kwargs)
    except BaseException:
        request.close()
        raise
    return _finish(request, response)


async def acall_route(
    path: str,
    method: str = "GET",
    /,
    *,
    params: Mapping[str, Any] | None = None,
    app: str | None = None,
    **options: Unpack[RequestOptions],
) -> Any:
    """Call the handler of a route as `call_route` does, on this event loop."""
    _refuse_other_options(options)
    found = await sync_to_async(find_route)(path, params, app)
    request = build_request(AsyncRequestFactory(), method, found.url, **options)
    request.resolver_match = found.match
    views = _build_views(found)
    view = views.async_view or views.view
    answer = view if iscoroutinefunction(view) else sync_to_async(view)
    try:
        response = await answer(request, **found.match.kwargs)
    except BaseException:
        await sync_to_async(request.close)()
        raise
    return await sync_to_async(_finish)(request, response)


def get_route_module(path: str, *, app: str | None = None) -> ModuleType:
    """
    Return the module of a route, for `mock.patch.object` and its like.

    `path` is its folder path, or the path of a URL; `app` tells apart what several
    apps call alike. It is the module that is served, whatever its dotted name.
    """
    endpoint = find_endpoint(path, app) or resolve_endpoint(path, app)
    return import_module(endpoint.route.module)


def _refuse_other_options(options: Mapping[str, Any]) -> None:
    for name in options:
        if name not in RequestOptions.__annotations__:
            raise TypeError(
                f"There is no option {name!r}. What the path captures goes into "
                f"params={{{name!r}: ...}}."
            )


def build_request(
    factory: RequestFactory | AsyncRequestFactory,
    method: str,
    url: str,
    *,
    json: Any = _NONE,
    data: Any = b"",
    content_type: str = "",
    query_params: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    user: Any = None,
) -> Any:
    """Return a request as `RequestFactory` makes it, with a user."""
    if json is not _NONE and data != b"":
        raise TypeError("A request has one body: give it json or data, not both.")
    if json is not _NONE:
        data, content_type = encode(json), content_type or "application/json"
    elif isinstance(data, Mapping) and content_type == _URLENCODED:
        data = urlencode(data, doseq=True)
    elif isinstance(data, Mapping):
        data, content_type = encode_multipart(BOUNDARY, {**data}), MULTIPART_CONTENT
    request: Any = factory.generic(
        method,
        url,
        data,
        content_type or "application/octet-stream",
        headers=headers,
        query_params=query_params,
    )
    if user is None and apps.is_installed("django.contrib.auth"):
        user = import_string("django.contrib.auth.models.AnonymousUser")()
    if user is not None:
        _log_in(request, user)
    return request


def _log_in(request: Any, user: Any) -> None:
    async def get_user() -> Any:
        return user

    request.user, request.auser = user, get_user


def _build_views(found: Found) -> Views:
    endpoint = found.endpoint
    config = {"max_body": get_settings().MAX_BODY, **endpoint.config, "csrf": "off"}
    return build_views(replace(endpoint, config=config))


def _finish(request: HttpRequest, response: HttpResponseBase) -> Any:
    """Return a response as a client would see it, and close its request."""
    if isinstance(response, SimpleTemplateResponse):
        response = response.render()
    answer: Any = conditional_content_removal(request, response)
    if response.streaming:
        answer._resource_closers.append(request.close)  # noqa: SLF001 - as Django's handlers do
        # At its end the stream is closed, and connections to databases are not.
        wrap = (
            aclosing_iterator_wrapper if answer.is_async else closing_iterator_wrapper
        )
        answer.streaming_content = wrap(answer.streaming_content, answer.close)
    else:
        answer.json = partial(_read_json, response)
        request.close()
    return answer


def _read_json(response: Any) -> Any:
    return decode(response.content)
