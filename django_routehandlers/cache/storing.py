"""Decide whether a response may be stored, and for how long."""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_http_date_safe

from django_routehandlers.cache.directives import (
    Directives,
    forbids_stale,
    parse_cache_control,
    parse_seconds,
)
from django_routehandlers.cache.freshness import Lifetime, get_lifetime
from django_routehandlers.cache.policies import Policy
from django_routehandlers.cache.runs import Run
from django_routehandlers.exceptions import HandlerError
from django_routehandlers.routing.config import get_seconds

# RFC 9110, 15.1, without those that say what is only so for a moment or for one
# client. Any other status is stored if the handler itself gave it a lifetime.
STORED_STATUSES = frozenset({200, 203, 301, 308})

# A part of an answer, and an answer to what only one client asked.
NEVER_STORED = frozenset({206, 304})

_KEYED_VARY = frozenset({"host"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    Whether a response is stored: the lifetime if it is, else in a word why not.

    `is_private` tells whether it may be another visitor's business.
    """

    lifetime: Lifetime | None
    reason: str = ""
    is_private: bool = False


def judge(
    response: HttpResponseBase, run: Run, policy: Policy, max_body: int
) -> Verdict:
    """Return whether a response may be stored; `max_body` is a number of bytes."""
    if reason := run.explain():
        return Verdict(None, f"dynamic:{reason}", is_private=True)
    if response.cookies or "Set-Cookie" in response.headers:
        return Verdict(None, "set-cookie", is_private=True)
    if not isinstance(response, HttpResponse):
        return Verdict(None, "streaming")
    directives = parse_cache_control(response.headers.get("Cache-Control", ""))
    if reason := _find_refusal(response, directives, policy, max_body):
        return Verdict(None, reason)
    return _find_lifetime(response, directives, policy)


def _find_refusal(
    response: HttpResponse, directives: Directives, policy: Policy, max_body: int
) -> str:
    """Return in a word why nothing of the kind is stored, "" if it is."""
    status = response.status_code
    if status >= 500 or status in NEVER_STORED or "Content-Range" in response.headers:
        return f"status:{status}"
    if "no-store" in directives or "private" in directives:
        return "cache-control"
    vary = response.headers.get("Vary", "").lower().split(",")
    if {name.strip() for name in vary} - {"", *policy.vary, *_KEYED_VARY}:
        return "vary"
    if len(response.content) > max_body:
        return "too-large"
    return ""


def _find_lifetime(
    response: HttpResponse, directives: Directives, policy: Policy
) -> Verdict:
    own = _find_own_seconds(response, directives)
    if own is not None and own < 0:
        return Verdict(None, "cache-control")
    if own is None and response.status_code not in STORED_STATUSES:
        return Verdict(None, f"status:{response.status_code}")
    lifetime = policy.lifetime
    if policy.choose is not None:
        chosen = _choose(response, policy)
        if chosen is None:
            return Verdict(None, "revalidate")
        lifetime = chosen
    never_stale = forbids_stale(directives)
    lifetime = lifetime.shorten(own, never_stale=never_stale)
    return Verdict(lifetime) if lifetime.fresh != 0 else Verdict(None, "max-age=0")


def _find_own_seconds(response: HttpResponse, directives: Directives) -> int | None:
    """
    Return the lifetime that a handler itself gives (RFC 9111, section 4.2.1).

    It is negative if it can't be read, None if there is none.
    """
    for name in ("s-maxage", "max-age"):
        if name in directives:
            seconds = parse_seconds(directives[name])
            return -1 if seconds is None else seconds
    if "Expires" not in response.headers:
        return None
    ends = _parse_date(response.headers["Expires"])
    # One that is no date, such as "0", has passed (RFC 9111, section 5.3).
    begins = _parse_date(response.headers.get("Date", ""))
    return max(0, (ends or 0) - (begins or int(time.time())))


def _parse_date(text: str) -> int | None:
    # The zone is "GMT", also where somebody wrote "gmt".
    return parse_http_date_safe(text[:-3] + text[-3:].upper())


def _choose(response: HttpResponse, policy: Policy) -> Lifetime | None:
    """Return the lifetime that the route's own function gives a response."""
    assert policy.choose is not None
    seconds: Any = policy.choose(response)
    if seconds is None:
        return None
    is_number = isinstance(seconds, int | float | timedelta) and seconds is not True
    fresh = None if seconds is False else get_seconds(seconds) if is_number else -1.0
    if fresh is not None and not 0 <= fresh < float("inf"):
        raise HandlerError(
            f"revalidate of {policy.route.file} returned no number of seconds.",
            "Return seconds, a timedelta, or None for a response not to be stored.",
        )
    return get_lifetime(fresh, policy.expire)


def is_failure(response: HttpResponseBase) -> bool:
    """Tell whether a refresh that gave a response keeps the last good one."""
    return response.status_code >= 500
