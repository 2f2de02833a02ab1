"""Send what an entry holds, or say why there is none (RFC 9111, RFC 9211)."""

from hashlib import blake2b

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import parse_http_date_safe, quote_etag

from django_routehandlers.cache.downstream import FOR_ONE_CLIENT, offer_downstream
from django_routehandlers.cache.entries import Entry
from django_routehandlers.cache.freshness import Lifetime
from django_routehandlers.cache.policies import Policy

CACHE_NAME = "routehandlers"

_STATUS = "Cache-Status"

# Who keeps an answer asks before each use, so that what is invalidated here is gone
# there, too.
ASK_FIRST = "max-age=0, must-revalidate"


def complete(response: HttpResponse, policy: Policy) -> None:
    """Give a response that is to be stored the headers which are stored with it."""
    headers = response.headers
    headers.setdefault("Cache-Control", ASK_FIRST)
    if policy.vary:
        patch_vary_headers(response, [name.title() for name in policy.vary])
    if "ETag" in headers:
        headers["ETag"] = quote_etag(headers["ETag"])
    else:
        headers["ETag"] = _get_etag(response)


def _get_etag(response: HttpResponse) -> str:
    """Return a strong validator (RFC 9110, section 8.8.1)."""
    headers = response.headers
    digest = blake2b(response.content, digest_size=12)
    kind = headers.get("Content-Type"), headers.get("Content-Encoding")
    digest.update(repr((response.status_code, *kind)).encode())
    return f'"{digest.hexdigest()}"'


def get_told(age: float, status: str) -> dict[str, str]:
    """Return the headers that are told anew with each answer from an entry."""
    return {
        "Age": str(int(age)) if age > 0 else "0",
        _STATUS: f"{CACHE_NAME}; {status}",
    }


def is_conditional(request: HttpRequest) -> bool:
    """Tell whether a client says which answer it has already."""
    meta = request.META
    return (
        "HTTP_IF_NONE_MATCH" in meta
        or "HTTP_IF_MODIFIED_SINCE" in meta
        or "HTTP_IF_MATCH" in meta
        or "HTTP_IF_UNMODIFIED_SINCE" in meta
    )


def answer(
    request: HttpRequest,
    response: HttpResponse,
    policy: Policy,
    lifetime: Lifetime,
    age: float,
    status: str,
) -> HttpResponse:
    """
    Return a response that was just made, as those from its entry will be.

    `age` is in seconds, `status` what Cache-Status says after what others said.
    """
    response.headers["Age"] = get_told(age, status)["Age"]
    add_status(response, status)
    return settle(request, response, policy, lifetime, age)


def settle(
    request: HttpRequest,
    response: HttpResponse,
    policy: Policy,
    lifetime: Lifetime,
    age: float,
) -> HttpResponse:
    """Return a response, or a 304 if the client has it, with what others may keep."""
    is_ours = response.headers.get("Cache-Control") == ASK_FIRST
    told = {name: response.headers[name] for name in ("Age", _STATUS)}
    if is_conditional(request):
        response = _settle_conditions(request, response)
        # Of those Django keeps only what RFC 9110 asks for in a 304.
        for name, value in told.items():
            response.headers[name] = value
    if policy.downstream is not None and is_ours:
        offer_downstream(response, policy.downstream, lifetime, age)
    return response


def _settle_conditions(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    modified = response.headers.get("Last-Modified")
    settled = get_conditional_response(
        request,
        etag=response.headers.get("ETag"),
        last_modified=parse_http_date_safe(modified) if modified else None,
        response=response,
    )
    return settled or response


def answer_unstored(
    response: HttpResponseBase, status: str, *, is_private: bool
) -> HttpResponseBase:
    """Return a response that is not stored, and keep others from storing it."""
    cache_control = FOR_ONE_CLIENT if is_private else ASK_FIRST
    response.headers.setdefault("Cache-Control", cache_control)
    add_status(response, status)
    return response


def add_status(response: HttpResponseBase, status: str) -> None:
    """
    Say in Cache-Status what this cache did, after what others said of theirs.

    It is said once: a handler may return the same response each time.
    """
    headers, own = response.headers, f"{CACHE_NAME}; {status}"
    said = [
        text for text in headers.get(_STATUS, "").split(", ") if text not in ("", own)
    ]
    headers[_STATUS] = ", ".join([*said, own])


def get_hit_status(entry: Entry, age: float, *, is_stale: bool) -> str:
    """Return what Cache-Status says of an answer from the cache."""
    parts = ["hit"]
    if entry.fresh is not None:
        # What is fresh has a whole second left at least.
        parts.append(f"ttl={int(entry.fresh - max(age, 0) // 1)}")
    if is_stale:
        parts.append("detail=stale")
    return "; ".join(parts)


def get_detail(word: str) -> str:
    """
    Return a detail as Cache-Status writes it (RFC 9211, section 2.8).

    >>> get_detail("stale"), get_detail("dynamic:cookie:a")
    ('detail=stale', 'detail="dynamic:cookie:a"')
    """
    if word.isascii() and word.replace("-", "").isalnum() and word[:1].isalpha():
        return f"detail={word}"
    text = word.encode("ascii", "replace").decode()
    text = "".join(char if char.isprintable() else "?" for char in text)
    return 'detail="{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"'))
