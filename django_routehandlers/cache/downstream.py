"""Say what browsers and CDNs may keep (RFC 9111, RFC 9213)."""

from collections.abc import Mapping

from django.http.response import HttpResponseBase

from django_routehandlers.cache.freshness import Lifetime

_ATTRIBUTE = "_routehandlers_downstream"

# What only an invalidation ends, which a CDN does not hear of.
_ONE_YEAR = 31_536_000.0

FOR_ONE_CLIENT = "private, no-store"


def offer_downstream(
    response: HttpResponseBase,
    downstream: str | float,
    lifetime: Lifetime,
    age: float,
) -> None:
    """
    Leave on a response what may be said of it when it is final.

    `downstream` is the config of a `route.py`; `age` is in seconds. A handler's own
    Cache-Control is left as it is.
    """
    if downstream == "cdn":
        headers = {"CDN-Cache-Control": _get_cdn_control(lifetime)}
    else:
        # It counts from now: Age counts from when the entry was made.
        seconds = int(float(downstream) + max(age, 0.0))
        headers = {"Cache-Control": f"max-age={seconds}, s-maxage={seconds}"}
    vars(response)[_ATTRIBUTE] = headers


def _get_cdn_control(lifetime: Lifetime) -> str:
    ends = [end for end in (lifetime.fresh, lifetime.expire) if end is not None]
    parts = [f"max-age={int(min(ends, default=_ONE_YEAR))}"]
    if lifetime.fresh is not None and lifetime.expire is not None:
        stale = int(lifetime.expire - lifetime.fresh)
        if stale > 0:
            parts += [f"stale-while-revalidate={stale}", f"stale-if-error={stale}"]
    return ", ".join(parts)


def find_offer(response: HttpResponseBase) -> Mapping[str, str] | None:
    """Return what a route lets others keep of a response, None if nothing."""
    offer: Mapping[str, str] | None = vars(response).get(_ATTRIBUTE)
    return offer
