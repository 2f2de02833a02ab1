"""Store what a run of a handler has made."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from django_routehandlers.cache import answers, clock
from django_routehandlers.cache.dimensions import get_pairs, is_long
from django_routehandlers.cache.directives import parse_seconds
from django_routehandlers.cache.entries import Entry, Names, make_entry
from django_routehandlers.cache.freshness import Lifetime
from django_routehandlers.cache.gates import Gate
from django_routehandlers.cache.hits import get_named_keys
from django_routehandlers.cache.keys import get_digest
from django_routehandlers.cache.lookups import Lookup, Params
from django_routehandlers.cache.runs import Run
from django_routehandlers.cache.steps import Steps, ask
from django_routehandlers.cache.store import Saving, get_generation_key
from django_routehandlers.cache.storing import Verdict, judge
from django_routehandlers.cache.versions import Found
from django_routehandlers.conf import get_settings


@dataclass(frozen=True, slots=True)
class Made:
    """
    What a run has made.

    `before` is the look-up that it began with, `after` the one with all it has read
    of the query; `seen` is what was read of the first one just before the run.
    """

    gate: Gate
    params: Params
    run: Run
    response: HttpResponseBase
    before: Lookup
    after: Lookup
    seen: Found
    verdict: Verdict


def judge_run(
    gate: Gate,
    request: HttpRequest,
    params: Params,
    run: Run,
    response: HttpResponseBase,
    looked: tuple[Lookup, Found],
) -> Made:
    """
    Return what a run has made, judged, after the gate has learned from it.

    Raise `DynamicUsageError` where `dynamic = "error"` forbids what it read.
    """
    before, seen = looked
    if isinstance(response, HttpResponse):
        # A body that is made when it is asked for reads what it needs by now.
        response.content  # noqa: B018 - the question is what is wanted
    run.check()
    gate.learn(before.find_names(seen))
    gate.learn_from(run)
    after = gate.look_up_again(before, request, params)
    verdict = judge(response, run, gate.policy, get_settings().CACHE_MAX_BODY)
    return Made(gate, params, run, response, before, after, seen, verdict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What came of storing a response: how old it was, and why it was not stored.

    `lifetime` is that of the entry, `age` in seconds what the handler said of its
    answer; `reason` is a word, "" if the entry is there.
    """

    lifetime: Lifetime
    age: float
    reason: str


def save(made: Made, response: HttpResponse, lifetime: Lifetime) -> Steps[Outcome]:
    """Store a response with a lifetime, and give it the headers of its entry."""
    age = _take_age(response)
    answers.complete(response, made.gate.policy)
    entry = make_entry(response, lifetime, clock.now() - age, versions=b"")
    reason = _find_obstacle(made)
    if not reason:
        reason = (yield ask(made.gate.store.save, _get_saving(made, entry))) or ""
    if not reason:
        made.gate.unmark_alone(made.after.key)
        _tell_watchers(made, entry)
    return Outcome(lifetime, age, reason)


def _find_obstacle(made: Made) -> str:
    if get_generation_key() not in made.seen:
        return "waited" if made.gate.store.is_usable else "backend"
    if made.run.is_in_transaction:
        # What it has read may be older than the versions.
        return "transaction"
    covered = made.after.dimensions
    if is_long(covered):
        return "query"
    variant = get_digest(covered.host, covered.query, covered.headers)
    return "" if made.gate.admission.admits(variant) else "variants"


def _get_saving(made: Made, entry: Entry) -> Saving:
    return Saving(
        made.after.key,
        entry,
        None if entry.expire is None else math.ceil(entry.expire),
        made.after.version_keys,
        tuple((tag, *get_named_keys(tag)) for tag in made.run.tags),
        made.seen,
        _get_news(made),
    )


def _get_news(made: Made) -> tuple[str, Names] | None:
    """Return what other processes are to be told of the query, and where."""
    key, news = made.after.names_key, made.gate.find_news(_find_known(made))
    return None if key is None or news is None else (key, news)


def _find_known(made: Made) -> Names | None:
    return made.before.find_names(made.seen)


def _take_age(response: HttpResponse) -> int:
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


def _tell_watchers(made: Made, entry: Entry) -> None:
    for watcher in _watchers:
        watcher.append(Stored(made.gate, made.after, made.params, entry))
