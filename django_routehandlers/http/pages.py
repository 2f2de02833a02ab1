"""Show an error as a page: Django's own, the project's, or a plain one."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template import TemplateDoesNotExist, loader
from django.urls import get_resolver, get_urlconf
from django.utils.html import escape
from django.views import debug
from django.views.defaults import ERROR_PAGE_TEMPLATE

from django_routehandlers.exceptions import HttpError
from django_routehandlers.http.bodies import give_up_form, reading_body
from django_routehandlers.http.problems import read_error

# What Django has a page for, as `handler400` and so on of a URLconf.
_DJANGOS_OWN: dict[int, type[Exception]] = {
    400: BadRequest,
    403: PermissionDenied,
    404: Http404,
}


def error_page(request: HttpRequest, error: Exception) -> HttpResponse:
    """
    Return the page for a raised error, one of `ERRORS`.

    For 400, 403 and 404 it is that of the project's `handler400`, `handler403` and
    `handler404`, for other statuses that of a template such as `409.html`. In DEBUG,
    Django's own errors have Django's technical pages.
    """
    found = read_error(error)
    if settings.DEBUG and error is not found and found.status != 403:
        return _get_technical_page(request, error, found.status)
    if found.status not in _DJANGOS_OWN:
        return _get_plain_page(request, found)
    if error is found:
        kind = _DJANGOS_OWN[found.status]
        error = kind(found.detail) if found.detail else kind()
    resolver = get_resolver(get_urlconf())
    make_page: Callable[..., HttpResponse] = resolver.resolve_error_handler(
        found.status
    )
    page = show_page(request, lambda: make_page(request, exception=error))
    return _add_headers(page, found)


def show_page(request: HttpRequest, show: Callable[[], HttpResponse]) -> HttpResponse:
    """
    Return what a function shows, with an empty form if the body has none that is sound.

    Pages have a CSRF token, and Django looks for one in the form to make it.
    """
    try:
        with reading_body():
            return show()
    except HttpError:
        give_up_form(request)
        return show()


def _get_technical_page(
    request: HttpRequest, error: Exception, status: int
) -> HttpResponse:
    if isinstance(error, Http404):
        return debug.technical_404_response(request, error)
    trace = type(error), error, error.__traceback__
    return debug.technical_500_response(request, *trace, status_code=status)


def _get_plain_page(request: HttpRequest, error: HttpError) -> HttpResponse:
    page = show_page(
        request, lambda: HttpResponse(_render(request, error), status=error.status)
    )
    return _add_headers(page, error)


def _render(request: HttpRequest, error: HttpError) -> str:
    """Return what a template of the project makes of an error, or we do."""
    try:
        template = loader.get_template(f"{error.status}.html")
    except TemplateDoesNotExist:
        title = f"{error.title} ({error.status})".lstrip()
        words = {"title": escape(title), "details": escape(error.detail)}
        return ERROR_PAGE_TEMPLATE % words
    # The names are those of Django's own page_not_found.
    context: dict[str, Any] = {
        "request_path": quote(request.path),
        "exception": error.detail,
    }
    return template.render(context, request)


def _add_headers(page: HttpResponse, error: HttpError) -> HttpResponse:
    for name, value in error.headers.items():
        if name.lower() != "content-type":
            page.headers[name] = value
    return page
