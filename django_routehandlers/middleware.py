"""Say what browsers and CDNs may keep, once a response is final."""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import has_vary_header

from django_routehandlers.cache.answers import ASK_FIRST
from django_routehandlers.cache.downstream import FOR_ONE_CLIENT, find_offer

__all__ = ["DownstreamCacheMiddleware"]


class DownstreamCacheMiddleware:
    """
    Write the headers that `downstream` of a `route.py` lets others keep an answer by.

    It belongs first into MIDDLEWARE: it must see the cookies that others set, with
    which an answer is `private, no-store`. So is one to a request with `Authorization`,
    which middleware may have let in for it, unless the answer varies by that header: a
    shared cache may give the others to anybody (RFC 9111, section 3.5). All other
    responses pass unchanged.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(
        self, request: HttpRequest
    ) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answer a request, in the world that the next middleware is in."""
        if self._is_async:
            return self._acall(request)
        return _settle(request, self.get_response(request))

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        return _settle(request, await self.get_response(request))


def _settle(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    offer = find_offer(response)
    if offer is None:
        return response
    headers = response.headers
    if _is_for_one_client(request, response):
        headers["Cache-Control"] = FOR_ONE_CLIENT
        # A CDN would heed the handler's own before the other (RFC 9213, section 2.2).
        headers.pop("CDN-Cache-Control", None)
    elif headers.get("Cache-Control") == ASK_FIRST:
        # Whatever another middleware has said by now stands.
        for name, value in offer.items():
            headers[name] = value
    return response


def _is_for_one_client(request: HttpRequest, response: HttpResponseBase) -> bool:
    if response.cookies or response.has_header("Set-Cookie"):
        return True
    if has_vary_header(response, "Cookie") or has_vary_header(response, "*"):
        return True
    was_let_in = "HTTP_AUTHORIZATION" in request.META
    return was_let_in and not has_vary_header(response, "Authorization")
