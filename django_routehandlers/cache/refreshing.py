"""Run a handler behind a stale answer, once in all processes."""

import logging
from dataclasses import dataclass
from functools import partial

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from django_routehandlers.cache.attempts import make_run, tell
from django_routehandlers.cache.backends import get_random
from django_routehandlers.cache.gates import Gate
from django_routehandlers.cache.hits import check_late, find_hit, find_late_keys
from django_routehandlers.cache.keys import get_digest
from django_routehandlers.cache.locks import REFRESH_SECONDS
from django_routehandlers.cache.lookups import Lookup, Params, find_hard_versions
from django_routehandlers.cache.runs import Run
from django_routehandlers.cache.saving import Stored, judge_run, save
from django_routehandlers.cache.steps import Call, Steps, ask
from django_routehandlers.cache.store import get_key
from django_routehandlers.cache.storing import is_failure
from django_routehandlers.cache.versions import Found
from django_routehandlers.raised import RaisedResponse

logger = logging.getLogger("django_routehandlers.cache")


@dataclass(frozen=True, slots=True)
class Refresh:
    """A refresh to be made: of which entry, and with which params."""

    gate: Gate
    lookup: Lookup
    params: Params

    @property
    def key(self) -> str:
        """Return the key of the entry."""
        return self.lookup.key

    def run(self) -> Steps[bool]:
        """
        Run the handler on a request made from the key alone, and store its answer.

        Return False if another process is at it, or has failed a moment ago. A
        failure keeps the old entry; what is gone, or no longer everybody's, ends it.
        """
        store, lookup, token = self.gate.store, self.lookup, get_random()
        found = yield ask(store.read, lookup.keys)
        if found is None:
            return False
        versions = find_hard_versions(found, lookup.version_keys)
        lock = get_key("l", get_digest(lookup.digest, *versions))
        try_take = ask(store.lock, store.locks.try_take, lock, token, REFRESH_SECONDS)
        free = partial(store.locks.free, lock, token)
        try:
            if not (yield try_take):
                return False
            seconds = yield from self._run_with_lock(found)
            if seconds:
                free = partial(store.locks.back_off, lock, token, seconds)
        finally:
            yield ask(store.lock, free)
        return True

    def _run_with_lock(self, found: Found) -> Steps[int]:
        """Return for how many seconds nobody is to try again."""
        gate, lookup = self.gate, self.lookup
        keys = [*lookup.keys, *find_late_keys(lookup, found)]
        seen = yield ask(gate.store.read_before_run, keys)
        hit = find_hit(lookup, seen or {})
        hit = check_late(hit, seen) if hit is not None else None
        if hit is None or not hit.is_stale:
            # It was refreshed, or ended, in the meantime.
            return 0
        run = make_run(gate)
        request = gate.show_in_background(lookup.dimensions, run)
        try:
            response = yield Call(run, request, self.params)
            if not is_failure(response):
                yield from self._store(response, run, seen)
                gate.forget_failures(lookup.key)
                return 0
            status = response.status_code
            text = "%s: a refresh gave a %d, the old answer stays."
            logger.error(text, self._file, status)
        except Exception:
            logger.exception("%s: a refresh failed, the old answer stays.", self._file)
        return gate.count_failure(lookup.key, hit.entry.fresh)

    @property
    def _file(self) -> str:
        return self.gate.policy.route.file

    def _store(self, response: HttpResponseBase, run: Run, seen: Found) -> Steps[None]:
        gate, lookup = self.gate, self.lookup
        request = gate.isolate(lookup.dimensions)
        made = judge_run(gate, request, self.params, run, response, (lookup, seen))
        lifetime = made.verdict.lifetime
        if isinstance(response, HttpResponse) and lifetime is not None:
            yield from save(made, response, lifetime)
            return
        tell(gate, made.verdict, run)
        if isinstance(response, RaisedResponse):
            text = "%s: a refresh ended the entry: %r"
            logger.info(text, self._file, response.error)
        if not isinstance(response, HttpResponse):
            # It may hold a file.
            response.close()
        yield ask(gate.store.delete, lookup.key)
        if made.verdict.is_private:
            gate.mark_alone(made.after.key)


def compare(stored: Stored) -> Steps[str]:
    """Make an entry again as a refresh would; return how it differs, "" if not."""
    gate, lookup = stored.gate, stored.lookup
    run = make_run(gate)
    request = gate.show_in_background(lookup.dimensions, run)
    response = yield Call(run, request, stored.params)
    if run.reads:
        return f"it reads {run.explain()}"
    if not isinstance(response, HttpResponse):
        return "it streams the second time"
    if response.status_code != stored.entry.status:
        return f"its status is {stored.entry.status}, then {response.status_code}"
    if response.content != stored.entry.body:
        return f"its body is {stored.entry.body!r}, then {response.content!r}"
    return ""
