"""Put the cache between a view and its handlers."""

import hashlib
import os
import time
from functools import partial
from pathlib import Path

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from django_routehandlers.cache import answers
from django_routehandlers.cache.gates import AsyncCall, Call, Gate
from django_routehandlers.cache.lookups import Params
from django_routehandlers.cache.policies import Policy, read_policy
from django_routehandlers.cache.revalidation import end_paths, find_ended_paths
from django_routehandlers.cache.serving import aserve, serve
from django_routehandlers.conf import get_settings
from django_routehandlers.raised import RaisedResponse, raise_again
from django_routehandlers.routing.endpoints import Endpoint

_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})

# In development, code that no one hashes changes, too.
_PROCESS_START = f"{time.time()}:{os.getpid()}"


class CacheLayer:
    """What the cache does for one endpoint: GET and HEAD, and what ends them."""

    def __init__(self, endpoint: Endpoint, policy: Policy | None) -> None:
        self._endpoint = endpoint
        self._policy = policy
        self._build = get_build(endpoint) if policy else ""
        self.gate: Gate | None = None

    def wants(self, method: str) -> bool:
        """Tell whether the cache has anything to do for a method."""
        return method in _UNSAFE or (method == "GET" and self._policy is not None)

    def wrap(self, method: str, call: Call) -> Call:
        """Return what a sync view calls for a method."""
        if method == "GET":
            return partial(serve, self._get_gate(call, None))
        return partial(_answer_unsafe, call, self._policy is not None)

    def awrap(self, method: str, call: AsyncCall) -> AsyncCall:
        """Return what an async view awaits for a method."""
        if method == "GET":
            return partial(aserve, self._get_gate(None, call))
        return partial(_aanswer_unsafe, call, self._policy is not None)

    def _get_gate(self, call: Call | None, acall: AsyncCall | None) -> Gate:
        """Return the one gate of the endpoint, which a mixed file has two calls for."""
        if self.gate is None:
            assert self._policy is not None
            self.gate = Gate(self._policy, self._build, call, acall)
        self.gate.call = self.gate.call or call
        self.gate.acall = self.gate.acall or acall
        return self.gate


def _answer_unsafe(
    call: Call, is_cached: bool, request: HttpRequest, params: Params
) -> HttpResponseBase:
    response = call(request, params)
    if paths := find_ended_paths(request, response, is_cached=is_cached):
        end_paths(request, paths)
    return _finish(request, response, is_cached=is_cached)


async def _aanswer_unsafe(
    call: AsyncCall, is_cached: bool, request: HttpRequest, params: Params
) -> HttpResponseBase:
    response = await call(request, params)
    if paths := find_ended_paths(request, response, is_cached=is_cached):
        # A transaction around the request is open in Django's own thread.
        await sync_to_async(end_paths, thread_sensitive=True)(request, paths)
    return _finish(request, response, is_cached=is_cached)


def _finish(
    request: HttpRequest, response: HttpResponseBase, *, is_cached: bool
) -> HttpResponseBase:
    if is_cached:
        answers.add_status(response, "fwd=method")
    if isinstance(response, RaisedResponse):
        raise_again(request, response)
    return response


def build_layer(endpoint: Endpoint) -> CacheLayer:
    """Return what the cache does for an endpoint, cached or not."""
    return CacheLayer(endpoint, find_policy(endpoint))


def find_policy(endpoint: Endpoint) -> Policy | None:
    """Return how the GET of an endpoint is cached, None if it is not."""
    if "GET" not in endpoint.handlers:
        return None
    return read_policy(endpoint.route, endpoint.config)


def get_build(endpoint: Endpoint) -> str:
    """
    Return what sets the entries of one build of the project apart.

    That is BUILD_ID, else in DEBUG the start of the process, else the source of the
    route.
    """
    build = get_settings().BUILD_ID
    if build is not None:
        return f"id:{build}"
    if settings.DEBUG:
        return f"start:{_PROCESS_START}"
    try:
        source = Path(endpoint.route.location).read_bytes()
    except OSError:
        source = endpoint.route.location.encode("utf-8", "surrogateescape")
    return f"source:{hashlib.blake2b(source, digest_size=16).hexdigest()}"
