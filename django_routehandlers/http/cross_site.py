"""Refuse the requests that another site sent with a visitor's credentials."""

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.utils.log import log_response

from django_routehandlers.http.csrf import Verdict, check_token, judge, logger
from django_routehandlers.http.problems import problem_response


def check_sender(request: HttpRequest, mode: str) -> HttpResponse | None:
    """Return the 403 that a request with an unsafe method gets, None if none."""
    return settle(request, judge(request, mode))


async def acheck_sender(request: HttpRequest, mode: str) -> HttpResponse | None:
    """Do as `check_sender` does, on an event loop."""
    return await asettle(request, judge(request, mode))


def settle(request: HttpRequest, verdict: Verdict | str) -> HttpResponse | None:
    """Return the 403 that follows from a verdict, None if none does."""
    if verdict is Verdict.ALLOWED:
        return None
    if verdict is Verdict.NEEDS_TOKEN:
        return _refuse(request, check_token(request))
    return _refuse(request, verdict)


async def asettle(request: HttpRequest, verdict: Verdict | str) -> HttpResponse | None:
    """Do as `settle` does; the token may lie in a session, so in a thread."""
    if verdict is Verdict.ALLOWED:
        return None
    if verdict is Verdict.NEEDS_TOKEN:
        return _refuse(request, await sync_to_async(check_token)(request))
    return _refuse(request, verdict)


def _refuse(request: HttpRequest, reason: object) -> HttpResponse | None:
    if reason is None:
        return None
    response = problem_response(403, f"Cross-site request refused. {reason}")
    log_response(
        "Forbidden (%s): %s",
        reason,
        request.path,
        response=response,
        request=request,
        logger=logger,
    )
    return response
