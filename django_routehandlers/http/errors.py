"""Answer a raised error in the form that the client asks for."""

import logging

from asgiref.sync import sync_to_async
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.log import log_response

from django_routehandlers.exceptions import HttpError
from django_routehandlers.http.accepting import prefers_html
from django_routehandlers.http.bodies import give_up_form
from django_routehandlers.http.methods import drop_body
from django_routehandlers.http.pages import error_page
from django_routehandlers.http.problems import error_response
from django_routehandlers.raised import RaisedResponse, take_carried

logger = logging.getLogger("django_routehandlers")


def answer_error(request: HttpRequest, error: Exception) -> HttpResponseBase:
    """
    Return the answer to one of `ERRORS`: a page to who prefers HTML, else JSON.

    It is logged as Django logs it. An answer that has passed the cache keeps what
    the cache says of it.
    """
    carried = take_carried(request, error)
    if wants_page(request):
        response = error_page(request, error)
        if carried is not None:
            _take_over(response, carried)
    else:
        response = error_response(error) if carried is None else carried
    _log(request, error, response)
    return finish_error(request, response)


async def aanswer_error(request: HttpRequest, error: Exception) -> HttpResponseBase:
    """Do as `answer_error` does, on an event loop."""
    if isinstance(error, HttpError | Http404) and not wants_page(request):
        return answer_error(request, error)
    # Templates may ask the database, and a logger may send a mail.
    answer = sync_to_async(answer_error, thread_sensitive=True)
    return await answer(request, error)


def wants_page(request: HttpRequest) -> bool:
    """Tell whether a client prefers HTML to JSON."""
    return prefers_html(request.META.get("HTTP_ACCEPT"))


def finish_error(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Return an answer whose form the client's `Accept` has decided."""
    patch_vary_headers(response, ["Accept"])
    return drop_body(response) if request.method == "HEAD" else response


def _take_over(page: HttpResponse, carried: RaisedResponse) -> None:
    """Say of a page what the cache says of its error; a page is for its visitor."""
    if "Cache-Status" not in carried.headers:
        return
    page.headers["Cache-Status"] = carried.headers["Cache-Status"]
    if "Cache-Control" in carried.headers:
        page.headers["Cache-Control"] = "private, no-store"


# Middleware that reads the form afterwards would meet the same error.
_UNPARSED = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def _log(request: HttpRequest, error: Exception, response: HttpResponse) -> None:
    """Log an error as `response_for_exception` of Django does."""
    if isinstance(error, HttpError | Http404):
        # Django logs every answer by its status, once it is final.
        _check_challenge(request, error)
    elif isinstance(error, SuspiciousOperation):
        if isinstance(error, _UNPARSED):
            give_up_form(request)
        name = f"django.security.{error.__class__.__name__}"
        log_response(
            str(error),
            exception=error,
            request=request,
            response=response,
            level="error",
            logger=logging.getLogger(name),
        )
    else:
        log_response(
            f"{_get_words(error)}: %s",
            request.path,
            response=response,
            request=request,
            exception=error,
        )


def _get_words(error: Exception) -> str:
    if isinstance(error, PermissionDenied):
        return "Forbidden (Permission denied)"
    if isinstance(error, BadRequest):
        return str(error).replace("%", "%%")
    return "Bad request (Unable to parse request body)"


_told: set[str] = set()


def _check_challenge(request: HttpRequest, error: Exception) -> None:
    """Log once for each route that a 401 says nothing of how to log in."""
    if not isinstance(error, HttpError) or error.status != 401:
        return
    route = f"/{getattr(request.resolver_match, 'route', '')}"
    has_one = any(name.lower() == "www-authenticate" for name in error.headers)
    if not has_one and route not in _told:
        _told.add(route)
        logger.warning(
            "%s raises HttpError(401) without WWW-Authenticate, which a 401 must have "
            "(RFC 9110, section 15.5.2). Add headers={'WWW-Authenticate': 'Bearer'}, "
            "or raise a 403.",
            route,
        )
