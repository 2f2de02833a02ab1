"""Decide whether another site may have sent a request."""

import logging
import re
from collections.abc import Iterable
from enum import Enum
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.http import is_same_domain

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "QUERY", "TRACE"})

# Browsers send these by themselves, so they prove nothing about the sender.
AMBIENT_SCHEMES = frozenset({"basic", "digest", "negotiate", "ntlm"})

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}

_NOT_IN_ORIGIN = re.compile(r"[\x00-\x20\x7f\\@?#]")

logger = logging.getLogger("django.security.csrf")


class Verdict(Enum):
    """What the headers of a request say about its sender."""

    ALLOWED = "allowed"
    NEEDS_TOKEN = "needs token"


def judge(request: HttpRequest, mode: str) -> Verdict | str:
    """
    Return a verdict on a request with an unsafe method, or why it is refused.

    Nothing but headers is read. `mode` is `"origin"`, `"token"` or `"off"`.
    Browsers say where a request comes from (Fetch Metadata, then Origin); who
    says nothing and brings a session cookie must prove itself with Django's own
    token, and who brings neither is no browser with a session.
    """
    if mode == "off" or _is_excused(request):
        return Verdict.ALLOWED
    if mode == "token":
        return Verdict.NEEDS_TOKEN
    headers = request.headers
    has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
    if not has_session and _proves_itself(headers.get("Authorization", "")):
        return Verdict.ALLOWED
    site, origin = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    if site is not None:
        if site in ("same-origin", "none") or _is_trusted(origin):
            return Verdict.ALLOWED
        return f"The browser says it comes from another site ({site})."
    if origin is not None:
        if _is_same_origin(request, origin) or _is_trusted(origin):
            return Verdict.ALLOWED
        return f"The origin {origin!r} is not this site's."
    return Verdict.NEEDS_TOKEN if has_session else Verdict.ALLOWED


def _is_excused(request: HttpRequest) -> bool:
    # The first is what Django's test client sets, the second its csrf_protect.
    return getattr(request, "_dont_enforce_csrf_checks", False) or getattr(
        request, "csrf_processing_done", False
    )


def _proves_itself(authorization: str) -> bool:
    scheme = authorization.partition(" ")[0].lower()
    return scheme != "" and scheme not in AMBIENT_SCHEMES


def _split(origin: str) -> SplitResult | None:
    # Scheme, host and port are all that one has (RFC 6454, section 7); `urlsplit`
    # drops what it does not like.
    if not origin.isascii() or _NOT_IN_ORIGIN.search(origin):
        return None
    try:
        return urlsplit(origin)
    except ValueError:
        return None


def _is_trusted(origin: str | None) -> bool:
    """Tell whether CSRF_TRUSTED_ORIGINS names an origin, as Django reads it."""
    found = _split(origin or "")
    if found is None or not found.netloc:
        return False
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    return any(
        found.scheme == wildcard.scheme
        and is_same_domain(found.netloc, wildcard.netloc.lstrip("*"))
        for wildcard in _get_wildcards(settings.CSRF_TRUSTED_ORIGINS)
    )


def _get_wildcards(origins: Iterable[str]) -> list[SplitResult]:
    return [urlsplit(origin) for origin in origins if "*" in origin]


def _is_same_origin(request: HttpRequest, origin: str) -> bool:
    found = _split(origin)
    if found is None or found.scheme not in _DEFAULT_PORTS or not found.netloc:
        return False
    if found.path:
        return False
    is_secure = request.is_secure()
    if is_secure and found.scheme == "http":
        return False
    try:
        host = request.get_host().lower()
    except DisallowedHost:
        return False
    # Behind a proxy that ends TLS the request may look like http.
    own_port = _DEFAULT_PORTS["https" if is_secure else "http"]
    port = _DEFAULT_PORTS[found.scheme]
    host = host.removesuffix(own_port).removesuffix(port)
    return found.netloc.lower().removesuffix(port) == host


class _TokenCheck(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        return HttpResponse(reason, status=403)


def check_token(request: HttpRequest) -> str | None:
    """Return why Django's own check refuses a request, None if it does not."""
    # Neither of the two views is called; both stand for any unmarked one.
    check = _TokenCheck(HttpResponse)
    check.process_request(request)
    refusal = check.process_view(request, HttpResponse, (), {})
    return None if refusal is None else refusal.content.decode()
