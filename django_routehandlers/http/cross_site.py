"""Refuse the requests that another site sent with a visitor's credentials."""

from contextlib import suppress

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import get_callable
from django.utils.cache import patch_vary_headers
from django.utils.log import log_response

from django_routehandlers.http.accepting import prefers_html
from django_routehandlers.http.bodies import MULTIPART, TooLargeBodyError, refuse_over
from django_routehandlers.http.csrf import Verdict, check_token, judge, logger
from django_routehandlers.http.problems import problem_response
from django_routehandlers.http.request import extend


def check_sender(
    request: HttpRequest, mode: str, max_body: int | None = None
) -> HttpResponse | None:
    """
    Return the 403 that a request with an unsafe method gets, None if none.

    Raise `HttpError` 413 for a body of more than `max_body` bytes that would have to
    be searched for a token, and what reading it raises.
    """
    return settle(request, judge(request, mode), max_body)


async def acheck_sender(
    request: HttpRequest, mode: str, max_body: int | None = None
) -> HttpResponse | None:
    """Do as `check_sender` does, on an event loop."""
    return await asettle(request, judge(request, mode), max_body)


def settle(
    request: HttpRequest, verdict: Verdict | str, max_body: int | None = None
) -> HttpResponse | None:
    """Return the 403 that follows from a verdict, None if none; raise the same."""
    if verdict is Verdict.ALLOWED:
        return None
    if verdict is Verdict.NEEDS_TOKEN:
        return _refuse(request, _check_token(request, max_body))
    return _refuse(request, verdict)


async def asettle(
    request: HttpRequest, verdict: Verdict | str, max_body: int | None = None
) -> HttpResponse | None:
    """Do as `settle` does; the token may lie in a session, so in a thread."""
    if verdict is Verdict.ALLOWED:
        return None
    if verdict is Verdict.NEEDS_TOKEN:
        check_token_there = sync_to_async(_check_token)
        verdict = await check_token_there(request, max_body) or Verdict.ALLOWED
        if verdict is Verdict.ALLOWED:
            return None
    if prefers_html(request.META.get("HTTP_ACCEPT")):
        # A page may ask the database.
        return await sync_to_async(_refuse)(request, verdict)
    return _refuse(request, verdict)


def _check_token(request: HttpRequest, max_body: int | None) -> str | None:
    if max_body is not None:
        refuse_over(request, max_body)
    request = extend(request)
    if request.content_type == MULTIPART and not vars(request).get("_read_started"):
        # The form is searched now, and the handler may still want the body raw.
        with suppress(TooLargeBodyError):
            request.body  # noqa: B018 - a look is what keeps it
    return check_token(request)


def _refuse(request: HttpRequest, reason: object) -> HttpResponse | None:
    if reason is None:
        return None
    if prefers_html(request.META.get("HTTP_ACCEPT")):
        page = get_callable(settings.CSRF_FAILURE_VIEW)
        response: HttpResponse = page(request, reason=str(reason))
    else:
        response = problem_response(403, f"Cross-site request refused. {reason}")
    patch_vary_headers(response, ["Accept"])
    log_response(
        "Forbidden (%s): %s",
        reason,
        request.path,
        response=response,
        request=request,
        logger=logger,
    )
    return response
