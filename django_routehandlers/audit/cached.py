"""Look up what the cache has for one request, without running the handler."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from django_routehandlers.audit.listing import get_cache_policy
from django_routehandlers.cache import clock
from django_routehandlers.cache.dimensions import Dimensions
from django_routehandlers.cache.entries import Entry, find_record
from django_routehandlers.cache.freshness import Freshness, get_freshness
from django_routehandlers.cache.gates import Gate
from django_routehandlers.cache.hits import Hit, check_late, find_hit, get_late_keys
from django_routehandlers.cache.lookups import Lookup, Params
from django_routehandlers.cache.policies import Mode, fill_tag
from django_routehandlers.cache.versions import Found
from django_routehandlers.conf import get_settings
from django_routehandlers.layers import get_build
from django_routehandlers.routing.endpoints import Endpoint


@dataclass(frozen=True, slots=True)
class CacheState:
    """
    What the cache has for a GET, and the parts of the key it is looked for under.

    `state` is "fresh", "stale", "expired", "ended" (by a tag or a path), "absent",
    "bypassed" or "unknown"; `reason` says more of the last three. `age` and `left`,
    of its freshness, are seconds.
    """

    policy: str
    alias: str
    state: str
    reason: str = ""
    age: int | None = None
    left: int | None = None
    status: int | None = None
    size: int | None = None
    tags: list[str] = field(default_factory=list)
    key: dict[str, Any] = field(default_factory=dict)


_PRIVATE = (
    "The cache is private to each process, so what a server has is not seen from here."
)
_OWN_BUILD = (
    "With DEBUG each process has entries of its own, so what a server has is not seen "
    "from here, unless BUILD_ID is set."
)


def read_state(
    endpoint: Endpoint, gate: Gate, request: HttpRequest, params: Params
) -> CacheState:
    """Return the state of a request's entry; it has its `resolver_match`."""
    policy, alias = get_cache_policy(endpoint), get_settings().CACHE
    if gate.policy.mode is Mode.FORCE_DYNAMIC:
        return CacheState(policy, alias, "bypassed", "The route is never cached.")
    if not gate.store.is_usable:
        reason = "The backend can't be used, or stores nothing."
        return CacheState(policy, alias, "bypassed", reason)
    try:
        facts = _look(endpoint, gate, request, params)
    except Exception as exc:  # noqa: BLE001 - whatever ALLOWED_HOSTS and the project say
        reason = f"{type(exc).__name__}: {exc}"
        return CacheState(policy, alias, "unknown", reason)
    return CacheState(policy, alias, **facts)


def _look(
    endpoint: Endpoint, gate: Gate, request: HttpRequest, params: Params
) -> dict[str, Any]:
    lookup = gate.look_up(request, params)
    found = gate.store.read(lookup.keys)
    # What handlers of other processes were seen to read is in the key, too.
    while found is not None and gate.learn(lookup.find_names(found)):
        lookup = gate.look_up_again(lookup, request, params)
        found = gate.store.read(lookup.keys)
    tags = [fill_tag(template, params) for template in gate.policy.tags]
    key = dict(_yield_parts(lookup.dimensions, gate, endpoint))
    told = {"tags": tags, "key": key}
    if found is None:
        return told | {"state": "unknown", "reason": "The backend failed."}
    return told | _describe(gate, lookup, found, tags)


def _describe(
    gate: Gate, lookup: Lookup, found: Found, tags: list[str]
) -> dict[str, Any]:
    record = find_record(found.get(lookup.key))
    if not isinstance(record, Entry):
        return _describe_absence(gate)
    hit = find_hit(lookup, found)
    if hit is not None and record.late:
        hit = check_late(hit, gate.store.read(get_late_keys(record)) or {})
    age = clock.now() - record.created
    state = _get_state(hit, record, age)
    fresh = record.fresh if state == "fresh" else None
    return {
        "state": state,
        "age": max(0, int(age)),
        "left": None if fresh is None else max(0, int(fresh - age)),
        "status": record.status,
        "size": len(record.body),
        "tags": [*tags, *(tag for tag, _ in record.late if tag not in tags)],
    }


def _get_state(hit: Hit | None, record: Entry, age: float) -> str:
    if hit is not None:
        return "stale" if hit.is_stale else "fresh"
    freshness = get_freshness(age, record.fresh, record.expire)
    return "expired" if freshness is Freshness.EXPIRED else "ended"


def _describe_absence(gate: Gate) -> dict[str, Any]:
    if gate.store.is_private:
        return {"state": "unknown", "reason": _PRIVATE}
    if settings.DEBUG and get_settings().BUILD_ID is None:
        return {"state": "unknown", "reason": _OWN_BUILD}
    return {"state": "absent"}


def _yield_parts(
    dimensions: Dimensions, gate: Gate, endpoint: Endpoint
) -> Iterator[tuple[str, Any]]:
    """Yield the parts of a key by name, as JSON has them."""
    yield from (
        ("scheme", dimensions.scheme),
        ("host", dimensions.host),
        ("path", dimensions.path),
        ("query", _get_query(dimensions)),
        ("headers", dict(zip(gate.policy.vary, dimensions.headers, strict=True))),
        ("language", dimensions.language),
        ("timezone", None if dimensions.timezone is None else str(dimensions.timezone)),
        ("context", dict(dimensions.context)),
        ("build", get_build(endpoint)),
    )


def _get_query(dimensions: Dimensions) -> Mapping[str, list[str] | None]:
    return {
        name: None if values is None else list(values)
        for name, values in dimensions.query
    }
