"""Answer a URL that no pattern matches."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls.exceptions import Resolver404
from django.views import defaults

from django_routehandlers.http.errors import finish_error, wants_page
from django_routehandlers.http.pages import show_page
from django_routehandlers.http.problems import problem_response
from django_routehandlers.urls import RouteTree

_NONE = (None, defaults.page_not_found, "django.views.defaults.page_not_found")


def find_handler404(urlconf: Any) -> Callable[..., Any] | str:
    """
    Return what answers a 404: the project's own handler, if its URLconf has one.

    Django's default, which old URLconfs import with a star, is none.
    """
    own: Callable[..., Any] | str | None = getattr(urlconf, "handler404", None)
    return page_not_found if own in _NONE else own


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """
    Answer a 404 as Django does, but JSON to a program that looked for a route.

    That is one whose URL a mount was asked for, and no other pattern matched.
    """
    if not _is_unmatched_route(request, exception):
        return _show_page(request, exception)
    if wants_page(request):
        return finish_error(request, _show_page(request, exception))
    return finish_error(request, problem_response(404))


def _show_page(request: HttpRequest, exception: Exception) -> HttpResponse:
    page = partial(defaults.page_not_found, request, exception)
    return show_page(request, page)


def _is_unmatched_route(request: HttpRequest, exception: Exception) -> bool:
    # A view that raises an Http404 has been matched.
    if request.resolver_match is not None or not isinstance(exception, Resolver404):
        return False
    found = exception.args[0] if exception.args else None
    tried = found.get("tried", []) if isinstance(found, dict) else []
    path = request.path_info.removeprefix("/")
    return any(
        isinstance(pattern, RouteTree) and pattern.serves_below(path)
        for patterns in tried
        for pattern in patterns
    )
