"""Run a handler for a request in the foreground, and store what it gives."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from django_routehandlers.cache import answers
from django_routehandlers.cache.entries import Entry, find_record
from django_routehandlers.cache.gates import Gate, asks_for_a_new_answer
from django_routehandlers.cache.lookups import Lookup, Params
from django_routehandlers.cache.policies import Mode
from django_routehandlers.cache.runs import Run
from django_routehandlers.cache.saving import Made, judge_run, save
from django_routehandlers.cache.steps import Call, Steps
from django_routehandlers.cache.storing import Verdict
from django_routehandlers.cache.transactions import find_open
from django_routehandlers.cache.versions import Found
from django_routehandlers.raised import RaisedResponse

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
    Run the handler, and store what it gives if that may be stored.

    `seen` is what was read just before, the generation with it; without, nothing is
    stored. `on_read` is called when the run first reads what is not in the key.
    """
    run = make_run(gate, on_read)
    run.is_in_transaction = bool(find_open())
    response = yield Call(run, gate.show(request, lookup, run), params)
    made = judge_run(gate, request, params, run, response, (lookup, seen))
    lifetime, forward = made.verdict.lifetime, _get_forward(request, lookup, seen)
    if lifetime is None or not isinstance(response, HttpResponse):
        return _pass_on(made, forward)
    if isinstance(response, RaisedResponse):
        # Who gets it from the cache may prefer another form.
        response.error = None
    outcome = yield from save(made, response, lifetime)
    told = answers.get_detail(outcome.reason) if outcome.reason else "stored"
    status = f"{forward}; {told}"
    answered = answers.answer(
        request, response, gate.policy, lifetime, outcome.age, status
    )
    # For any other reason the next run may well be stored.
    return Attempt(answered, is_unstored=outcome.reason in _UNSTORED)


# Those who wait are better off alone.
_UNSTORED = frozenset({"backend", "query", "transaction", "variants"})


def make_run(gate: Gate, on_read: Callable[[], None] | None = None) -> Run:
    """Return the account of a run that is about to begin."""
    is_strict = gate.policy.mode is Mode.ERROR
    return Run(gate.policy.route.file, is_strict=is_strict, on_read=on_read)


def _get_forward(request: HttpRequest, lookup: Lookup, seen: Found) -> str:
    """Return why the handler ran, as Cache-Status says it (RFC 9211, 2.2)."""
    if not isinstance(find_record(seen.get(lookup.key)), Entry):
        return "fwd=uri-miss"
    return "fwd=request" if asks_for_a_new_answer(request) else "fwd=stale"


def _pass_on(made: Made, forward: str) -> Attempt:
    """Return a response that is not stored to the one client that asked for it."""
    verdict = made.verdict
    tell(made.gate, verdict, made.run)
    # Of what is not there no traces are left either.
    is_never_stored = not verdict.reason.startswith("status:")
    if is_never_stored:
        made.gate.mark_alone(made.after.key)
    status = f"{forward}; {answers.get_detail(verdict.reason)}"
    is_private = verdict.is_private
    response = answers.answer_unstored(made.response, status, is_private=is_private)
    return Attempt(response, is_unstored=True, is_never_stored=is_never_stored)


_told: set[tuple[str, str]] = set()


def forget_told() -> None:
    """Log again what was logged once."""
    _told.clear()


_SLIPS = {
    "set-cookie": "it sets a cookie, which would reach every visitor",
    "streaming": "it streams its answer",
    "too-large": "its body is over CACHE_MAX_BODY",
    "vary": "its Vary names a header that is not in 'vary'",
}


def tell(gate: Gate, verdict: Verdict, run: Run) -> None:
    """Log once why a response was not stored: slips, and in DEBUG each read."""
    if verdict.reason in _SLIPS:
        _tell_once(gate, _SLIPS[verdict.reason])
    if settings.DEBUG:
        for what, place in run.reads.items():
            _tell_once(gate, f"it read {what}, which is not in its key ({place})")


def _tell_once(gate: Gate, reason: str) -> None:
    file = gate.policy.route.file
    if (file, reason) not in _told:
        _told.add((file, reason))
        logger.warning("GET in %s is not stored: %s.", file, reason)
