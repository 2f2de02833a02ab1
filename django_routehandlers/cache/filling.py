"""Run a handler for an answer that the cache has not, once for all who ask."""

import time
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from django_routehandlers.cache.attempts import Attempt, attempt
from django_routehandlers.cache.backends import get_random
from django_routehandlers.cache.dimensions import is_long
from django_routehandlers.cache.flights import Flight, Outcome, flights
from django_routehandlers.cache.gates import Gate
from django_routehandlers.cache.hits import Hit, check_late, find_hit, find_late_keys
from django_routehandlers.cache.keys import get_digest
from django_routehandlers.cache.locks import FILL_SECONDS, Claim
from django_routehandlers.cache.lookups import Lookup, Params, find_hard_versions
from django_routehandlers.cache.runs import find_run
from django_routehandlers.cache.steps import Sleep, Steps, Wait, ask
from django_routehandlers.cache.store import get_key
from django_routehandlers.cache.versions import Found

# For so long a request waits for somebody else's run before it makes its own.
WAIT_SECONDS = 10.0

# How often a process asks whether another one has finished.
_FIRST_PAUSE = 0.005
_LONGEST_PAUSE = 0.05

_COLLAPSED = "fwd=uri-miss; collapsed"


class Fill:
    """One request that no entry answers, on its way to an answer."""

    def __init__(
        self, gate: Gate, request: HttpRequest, params: Params, lookup: Lookup
    ) -> None:
        self.gate = gate
        self.request = request
        self.params = params
        self.lookup = lookup
        self.store = gate.store
        self.deadline = time.monotonic() + WAIT_SECONDS

    def run(self, found: Found) -> Steps[HttpResponseBase]:
        """
        Answer by another request's run if one is under way, else by an own one.

        `found` is what was read for the look-up. Who has waited too long, or for
        an answer that turned out to be another visitor's, runs the handler alone.
        """
        if self.gate.learn(self.lookup.find_names(found)):
            again, hit = yield from self._look_again()
            if hit is not None:
                return hit.answer(self.request, self.gate.policy)
            found = again or {}
        while not self._must_run_alone():
            response = yield from self._fly(found)
            if response is not None:
                return response
            again, hit = yield from self._look_again()
            if hit is not None:
                return self._collapse(hit)
            if again is None:
                break
            found = again
        return (yield from self.run_alone())

    def _fly(self, found: Found) -> Steps[HttpResponseBase | None]:
        """Lead a flight, or wait for one; return None to look again."""
        key = self.lookup.key, self._get_versions(found)
        flight, leads = flights.join(key)
        if leads:
            try:
                return (yield from self._lead(found, flight))
            except Exception:
                # Nobody is to wait for the next one to fail.
                flight.end(Outcome.ALONE)
                raise
            finally:
                # Whoever waits looks again, unless the run has said otherwise.
                flights.end(key, flight, Outcome.LOOK_AGAIN)
        outcome = yield Wait(flight, self._get_rest())
        if outcome is Outcome.LOOK_AGAIN:
            return None
        return (yield from self.run_alone())

    def _must_run_alone(self) -> bool:
        # A handler that asks for a cached path may be asking for its own.
        is_nested = find_run() is not None
        is_alone = self.gate.is_alone(self.lookup.key) or is_long(
            self.lookup.dimensions
        )
        return is_nested or is_alone or not self._get_rest()

    def _get_rest(self) -> float:
        return max(0.0, self.deadline - time.monotonic())

    def _get_versions(self, found: Found) -> tuple[Any, ...]:
        """Return what sets a fill apart from those before an invalidation."""
        return find_hard_versions(found, self.lookup.version_keys)

    def _collapse(self, hit: Hit) -> HttpResponseBase:
        return hit.answer(self.request, self.gate.policy, _COLLAPSED)

    def _look_again(self) -> Steps[tuple[Found | None, Hit | None]]:
        """Look up the request with what is known of its key by now."""
        while True:
            self.lookup = self.gate.look_up_again(
                self.lookup, self.request, self.params
            )
            found = yield ask(self.store.read, self.lookup.keys)
            if found is None:
                return None, None
            if not self.gate.learn(self.lookup.find_names(found)):
                break
        hit = yield from self._find_hit(found)
        return found, hit

    def _find_hit(self, found: Found) -> Steps[Hit | None]:
        hit = find_hit(self.lookup, found)
        if hit is None or not hit.entry.late:
            return hit
        late = yield ask(self.store.read, find_late_keys(self.lookup, found))
        return None if late is None else check_late(hit, late)

    def _lead(self, found: Found, flight: Flight) -> Steps[HttpResponseBase | None]:
        """Run the handler for all of this process, or see another process do it."""
        locks, token = self.store.locks, get_random()
        versions = self._get_versions(found)
        lock = get_key("l", get_digest(self.lookup.digest, *versions))
        free = partial(locks.free, lock, token)
        pause, key = _FIRST_PAUSE, self.lookup.key
        while True:
            take = ask(self.store.lock, locks.take, lock, token, FILL_SECONDS)
            try:
                claim = yield take
            except BaseException:
                # Who is cancelled is not told whether the lock was taken.
                yield ask(self.store.lock, free)
                raise
            if claim is Claim.TAKEN:
                break
            if claim is not Claim.HELD or not self._get_rest():
                flight.end(Outcome.ALONE)
                return (yield from self.run_alone())
            yield Sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)
            again, hit = yield from self._look_again()
            if hit is not None:
                return self._collapse(hit)
            if again is None or self.lookup.key != key:
                return None
        try:
            done = yield from self._run_for_all(found, flight)
            if done is not None and done.is_never_stored and not self.store.is_private:
                free = partial(locks.leave_alone, lock, token)
            return None if done is None else done.response
        finally:
            yield ask(self.store.lock, free)

    def _run_for_all(self, found: Found, flight: Flight) -> Steps[Attempt | None]:
        """Run the handler with the lock, unless another process just did."""
        lookup = self.lookup
        keys = [*lookup.keys, *find_late_keys(lookup, found)]
        seen = yield ask(self.store.read_before_run, keys)
        if seen is None:
            flight.end(Outcome.ALONE)
            return (yield from self._attempt({}))
        hit = yield from self._find_hit(seen)
        if hit is not None:
            return Attempt(self._collapse(hit))
        self.gate.learn(lookup.find_names(seen))
        if self.gate.look_up_again(lookup, self.request, self.params) is not lookup:
            # By what was learned since, here or elsewhere, the entry has another key.
            return None
        release = partial(flight.end, Outcome.ALONE)
        done = yield from self._attempt(seen, release)
        if done.is_unstored:
            release()
        return done

    def run_alone(self) -> Steps[HttpResponseBase]:
        """Run the handler for this request only."""
        seen: Found | None = None
        if self._get_rest():
            seen = yield ask(self.store.read_before_run, self.lookup.keys)
        done = yield from self._attempt(seen or {})
        return done.response

    def _attempt(self, seen: Found, on_read: Any = None) -> Steps[Attempt]:
        return attempt(self.gate, self.request, self.params, self.lookup, seen, on_read)
