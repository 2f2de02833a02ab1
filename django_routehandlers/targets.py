"""Make the match of a route, or of a redirect to its other spelling."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import ResolverMatch
from django.utils.encoding import escape_uri_path
from django.utils.http import escape_leading_slashes

from django_routehandlers.cache.gates import Gate
from django_routehandlers.http.atomicity import EVERY_ALIAS
from django_routehandlers.http.dispatch import Views
from django_routehandlers.loops import is_on_event_loop
from django_routehandlers.routing.endpoints import Endpoint

_new = object.__new__


class RouteMatch(ResolverMatch):
    """
    A match of which only the params are made for each request.

    Django makes two matches per request, and `ResolverMatch.__init__` is the
    dearest step of a look-up. Here it runs once for each route, and its results
    are attributes of a subclass.
    """

    captured_kwargs: dict[str, Any]


class Target:
    """
    One endpoint as a mount serves it, and the Django route it has there.

    `gate` is what its GET is cached by, None if it is not.
    """

    __slots__ = (
        "_async_kind",
        "_has_rest",
        "_is_mixed",
        "_kind",
        "_params",
        "endpoint",
        "ends_with_slash",
        "gate",
        "route",
        "views",
    )

    def __init__(
        self, endpoint: Endpoint, views: Views, route: str, gate: Gate | None = None
    ) -> None:
        self.endpoint = endpoint
        self.views = views
        self.route = route
        self.gate = gate
        self.ends_with_slash = route.endswith("/")
        self._params = endpoint.route.params
        self._has_rest = any(s.kind.is_catch_all for s in endpoint.route.segments)
        self._is_mixed = views.async_view is not None
        self._kind: type[RouteMatch] | None = None
        self._async_kind: type[RouteMatch] | None = None

    def get_match(self, values: list[Any]) -> RouteMatch:
        """Return the match for the captured values, one per param."""
        if self._is_mixed and is_on_event_loop():
            kind = self._async_kind or self._read_async_kind()
        else:
            kind = self._kind or self._read_kind()
        match = _new(kind)
        match.kwargs = match.captured_kwargs = dict(zip(self._params, values))  # noqa: B905 - one per param
        if self._has_rest:
            # Whoever changes the list in the one does not change what was captured.
            name = self._params[-1]
            match.captured_kwargs = match.kwargs | {name: [*match.kwargs[name]]}
        return match

    def get_redirect(self, values: list[Any]) -> RouteMatch:
        """Return the match that redirects to the URL with, or without, its slash."""
        match = self.get_match(values)
        match.func = _aredirect if is_on_event_loop() else _redirect
        return match

    def _read_kind(self) -> type[RouteMatch]:
        self._kind = self._get_kind(self.views.view)
        return self._kind

    def _read_async_kind(self) -> type[RouteMatch]:
        self._async_kind = self._get_kind(self.views.async_view or self.views.view)
        return self._async_kind

    def _get_kind(self, view: Callable[..., Any]) -> type[RouteMatch]:
        name = self.endpoint.route.path
        match = ResolverMatch(view, (), {}, name, route=self.route, extra_kwargs={})
        attributes = vars(match) | {"func": staticmethod(view)}
        return type("RouteMatch", (RouteMatch,), attributes)


def is_redirect(match: ResolverMatch) -> bool:
    """Tell whether a match redirects to the other spelling of its URL."""
    return match.func in (_redirect, _aredirect)


class _PermanentRedirect(HttpResponsePermanentRedirect):
    status_code = 308


def _redirect(request: HttpRequest, /, *args: Any, **params: Any) -> HttpResponse:
    path = request.path[:-1] if request.path.endswith("/") else f"{request.path}/"
    query = request.META.get("QUERY_STRING", "")
    # A path that starts with two slashes would name another host.
    location = escape_leading_slashes(escape_uri_path(path))
    return _PermanentRedirect(f"{location}?{query}" if query else location)


async def _aredirect(
    request: HttpRequest, /, *args: Any, **params: Any
) -> HttpResponse:
    return _redirect(request)


for _view in (_redirect, _aredirect):
    # It tells nothing that the path did not, and comes before all middleware.
    vars(_view).update(
        csrf_exempt=True, login_required=False, _non_atomic_requests=EVERY_ALIAS
    )
