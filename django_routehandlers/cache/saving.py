"""Run a handler once, and store its answer if it may be stored."""

import logging
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from django_routehandlers.cache import answers, clock
from django_routehandlers.cache.dimensions import get_pairs, has_long_value
from django_routehandlers.cache.directives import parse_seconds
from django_routehandlers.cache.entries import Entry, find_record, make_entry
from django_routehandlers.cache.freshness import Lifetime
from django_routehandlers.cache.gates import Gate, Params
from django_routehandlers.cache.hits import get_named_keys
from django_routehandlers.cache.lookups import Lookup
from django_routehandlers.cache.policies import Mode
from django_routehandlers.cache.runs import Run
from django_routehandlers.cache.steps import Call, Steps, ask
from django_routehandlers.cache.store import Found, Saving, get_generation_key
from django_routehandlers.cache.storing import Verdict, judge
from django_routehandlers.conf import get_settings

logger = logging.getLogger("django_routehandlers.cache")


@dataclass(frozen=True, slots=True)
class Attempt:
    """
    What came of a run: a response, and whether others may find it in the cache.

    `is_unstored` tells that they can't, `is_never_stored` that it is no use to wait
    for the next one either.
    """

    response: HttpResponseBase
    is_unstored: bool = False
    is_never_stored: bool = False


def attempt(
    gate: Gate,
    request: HttpRequest,
    params: Params,
    lookup: Lookup,
    seen: Found,
    on_read: Callable[[], None] | None = None,
) -> Steps[Attempt]:
    """
    Run the handler of a request in the foreground, and store what it gives.

    `seen` is what was read just before, the generation with it; without, nothing is
    stored. `on_read` is called when the run first reads what is not in the key.
    """
    run = make_run(gate, on_read)
    response = yield Call(run, gate.show(request, lookup, run), params)
    run.check()
    gate.learn_from(run)
    after = gate.look_up_again(lookup, request, params)
    verdict = judge(response, run, gate.policy, get_settings().CACHE_MAX_BODY)
    if isinstance(response, HttpResponse) and verdict.lifetime is not None:
        age = take_age(response)
        answers.complete(response, gate.policy)
        reason = yield from save(
            gate, params, response, verdict, run, (lookup, after), seen
        )
        forward = _get_forward(lookup, seen)
        status = f"{forward}; {answers.get_detail(reason) if reason else 'stored'}"
        lifetime = verdict.lifetime
        answered = answers.answer(request, response, gate.policy, lifetime, age, status)
        # For any other reason the next run may well be stored.
        return Attempt(answered, is_unstored=reason == "backend")
    return _pass_on(gate, after, response, verdict, run, _get_forward(lookup, seen))


def make_run(gate: Gate, on_read: Callable[[], None] | None = None) -> Run:
    """Return the account of a run that is about to begin."""
    is_strict = gate.policy.mode is Mode.ERROR
    return Run(gate.policy.route.file, is_strict=is_strict, on_read=on_read)


def _get_forward(lookup: Lookup, seen: Found) -> str:
    """Return why the handler ran, as Cache-Status says it (RFC 9211, 2.2)."""
    had_entry = isinstance(find_record(seen.get(lookup.key)), Entry)
    return "fwd=stale" if had_entry else "fwd=uri-miss"


def take_age(response: HttpResponse) -> int:
    """Return how old the handler says its answer was already (RFC 9111, 5.1)."""
    text = response.headers.get("Age", "").split(",")[0].strip()
    del response.headers["Age"]
    return parse_seconds(text) or 0


@dataclass(frozen=True, slots=True)
class Stored:
    """One entry that was stored, and what it takes to make it again."""

    gate: Gate
    lookup: Lookup
    params: Params
    entry: Entry

    def get_url(self) -> str:
        """Return the path, with the part of the query that is in the key."""
        found = self.lookup.dimensions
        query = urlencode(list(get_pairs(found.query)))
        return f"{found.path}?{query}" if query else found.path


_watchers: list[list[Stored]] = []


@contextmanager
def watched() -> Iterator[list[Stored]]:
    """Collect what is stored while the block runs; tests look at it."""
    stored: list[Stored] = []
    _watchers.append(stored)
    try:
        yield stored
    finally:
        # Not remove(), which takes the first equal list.
        _watchers[:] = [watcher for watcher in _watchers if watcher is not stored]


def save(
    gate: Gate,
    params: Params,
    response: HttpResponse,
    verdict: Verdict,
    run: Run,
    lookups: tuple[Lookup, Lookup],
    seen: Found,
    age: float = 0,
) -> Steps[str | None]:
    """
    Store a response; return None, or in a word why it was not.

    `lookups` are the one that the run began with and the one of what it has read;
    if they differ, a pointer leads from the first one to the second.
    """
    before, after = lookups
    assert verdict.lifetime is not None
    if get_generation_key() not in seen:
        return "waited"
    query = after.dimensions.query
    if query and (has_long_value(query) or not gate.admission.admits(repr(query))):
        return "query"
    moved = (before.key, gate.get_pointer()) if before.key != after.key else None
    saving = Saving(
        after.key,
        make_entry(response, verdict.lifetime, clock.now() - age, versions=b""),
        _get_timeout(verdict.lifetime),
        after.version_keys,
        tuple((tag, *get_named_keys(tag)) for tag in run.tags),
        seen,
        moved,
    )
    reason: str | None = yield ask(gate.store.save, saving)
    if reason is None:
        gate.unmark_alone(after.key)
        if _watchers:
            stored = Stored(gate, after, params, saving.entry)
            for watcher in _watchers:
                watcher.append(stored)
    return reason


def _get_timeout(lifetime: Lifetime) -> int | None:
    return None if lifetime.expire is None else math.ceil(lifetime.expire)


def _pass_on(
    gate: Gate,
    lookup: Lookup,
    response: HttpResponseBase,
    verdict: Verdict,
    run: Run,
    forward: str,
) -> Attempt:
    """Return a response that is not stored to the one client that asked for it."""
    tell(gate, verdict, run)
    # Of what is not there no traces are left either.
    is_never_stored = not verdict.reason.startswith("status:")
    if is_never_stored:
        gate.mark_alone(lookup.key)
    status = f"{forward}; {answers.get_detail(verdict.reason)}"
    response = answers.answer_unstored(response, status, is_private=verdict.is_private)
    return Attempt(response, is_unstored=True, is_never_stored=is_never_stored)


_told: set[tuple[str, str]] = set()

_SLIPS = {
    "set-cookie": "it sets a cookie, which would reach every visitor",
    "streaming": "it streams its answer",
    "too-large": "its body is over CACHE_MAX_BODY",
    "vary": "its Vary names a header that is not in 'vary'",
}


def tell(gate: Gate, verdict: Verdict, run: Run) -> None:
    """Log why a response was not stored: each read in DEBUG, other slips once."""
    file, reason = gate.policy.route.file, verdict.reason
    if settings.DEBUG:
        for what, place in run.reads.items():
            logger.debug("GET in %s is dynamic: it read %s (%s).", file, what, place)
    if reason in _SLIPS and (file, reason) not in _told:
        _told.add((file, reason))
        text = "GET in %s is not stored, although it has 'revalidate': %s."
        logger.warning(text, file, _SLIPS[reason])
