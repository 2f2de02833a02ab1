"""Hold what the GET of one endpoint needs to be answered from the cache."""

import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakSet

from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase

from django_routehandlers.cache.dimensions import (
    Dimensions,
    find_uncovered,
    read_dimensions,
    read_facts,
    read_query,
)
from django_routehandlers.cache.directives import parse_cache_control
from django_routehandlers.cache.entries import Names
from django_routehandlers.cache.guard import guard
from django_routehandlers.cache.isolated import IsolatedRequest, build_query
from django_routehandlers.cache.keys import get_digest
from django_routehandlers.cache.lookups import (
    Lookup,
    Params,
    find_tags,
    get_entry_digest,
    get_pattern_tag,
)
from django_routehandlers.cache.matches import is_matched
from django_routehandlers.cache.names import Admission, Known, QueryNames
from django_routehandlers.cache.policies import Mode, Policy
from django_routehandlers.cache.runs import Run
from django_routehandlers.cache.store import Store, get_key, get_store

Call = Callable[[HttpRequest, Params], HttpResponseBase]
AsyncCall = Callable[[HttpRequest, Params], Awaitable[HttpResponseBase]]

# For so long a key whose answer is not stored has no flight: nobody waits for it.
ALONE_SECONDS = 120.0
_MOST_ALONE = 1024

# After a failure the next refresh waits for as long as an answer is fresh, within
# these bounds in seconds, and twice as long after each further one.
SHORTEST_BACKOFF = 3
LONGEST_BACKOFF = 30
LONGEST_REPEATED_BACKOFF = 60


class Gate:
    """
    The GET of one endpoint: its policy, its handler, and what is known of its keys.

    `call` and `acall` run the handler and return a whole response, errors of the
    handler's own making included; `build` sets apart the entries of different code.
    """

    def __init__(
        self, policy: Policy, build: str, call: Call | None, acall: AsyncCall | None
    ) -> None:
        self.policy = policy
        self.call = call
        self.acall = acall
        self.seed = get_digest(policy.route.module, policy.route.path, build)
        self.pattern_tag = get_pattern_tag(policy.route.path)
        self.vary = tuple(_get_meta_name(name) for name in policy.vary)
        self._vary = frozenset(policy.vary)
        self._lock = threading.Lock()
        self.forget()
        _gates.add(self)

    def forget(self) -> None:
        """Forget what was learned of the handler and of its answers."""
        query = self.policy.query
        self.names = QueryNames()
        if query is not None:
            self.names.learn(query if query != "*" else (), all_names=query == "*")
        self.admission = Admission()
        self._alone: dict[str, float] = {}
        self._failures: dict[str, int] = {}

    @property
    def store(self) -> Store:
        """Return where the entries are."""
        return get_store()

    def look_up(self, request: HttpRequest, params: Params) -> Lookup:
        """Return what is to be read for a request."""
        names = self.names.known
        if _has_own_charset(request):
            # The same text is another query then.
            return self._look_up(request, params, names)
        facts = read_facts(request, self.vary, with_query=names.is_asked)
        if facts is None:
            return self._look_up(request, params, names)
        known = _lookups.get(key := (self, names, facts))
        if known is None:
            if sum(len(fact) for fact in facts if isinstance(fact, str)) > _LONG_FACTS:
                return self._look_up(request, params, names)
            if len(_lookups) >= _MOST_LOOKUPS:
                _lookups.clear()
            known = _lookups[key] = self._look_up(request, params, names)
        return known

    def _look_up(self, request: HttpRequest, params: Params, names: Known) -> Lookup:
        dimensions = read_dimensions(request, self.vary, names)
        return self._make_lookup(dimensions, params)

    def _make_lookup(self, dimensions: Dimensions, params: Params) -> Lookup:
        path = dimensions.path_info
        tags = tuple(find_tags(self.policy, self.pattern_tag, path, params))
        digest = get_entry_digest(self.seed, dimensions)
        is_learned = self.policy.query is None
        names_key = get_key("n", self.seed) if is_learned else None
        return Lookup(digest, tags, dimensions, names_key, find_uncovered(dimensions))

    def look_up_again(
        self, lookup: Lookup, request: HttpRequest, params: Params
    ) -> Lookup:
        """Return a look-up with the names of the query that are known by now."""
        names = self.names.known
        query = read_query(request, names)
        dimensions = lookup.dimensions._replace(query=query, is_whole=names.all)
        if dimensions == lookup.dimensions:
            return lookup
        return self._make_lookup(dimensions, params)

    def learn(self, names: Names | None) -> bool:
        """Add names of the query to the key; tell whether any of them is new."""
        if names is None or self.policy.query is not None:
            return False
        return self.names.learn(names.names, all_names=names.all)

    def learn_from(self, run: Run) -> None:
        """Add to the key what a run has read of the query."""
        self.learn(Names(tuple(run.names), run.reads_whole_query))

    def find_news(self, names: Names | None) -> Names | None:
        """Return what is known of the query, unless other processes know it all."""
        known = Names(*self.names.known)
        if self.policy.query is not None or known == (names or Names((), all=False)):
            return None
        return known

    def show(self, request: HttpRequest, lookup: Lookup, run: Run) -> HttpRequest:
        """Return the request that the handler is to see in the foreground."""
        policy, dimensions = self.policy, lookup.dimensions
        if policy.mode is Mode.FORCE_STATIC:
            return self.isolate(dimensions)
        return guard(request, run, self._vary, self._find_query(dimensions, request))

    def show_in_background(self, dimensions: Dimensions, run: Run) -> HttpRequest:
        """Return the request that the handler is to see in a refresh."""
        request = self.isolate(dimensions)
        if self.policy.mode is Mode.FORCE_STATIC:
            return request
        return guard(request, run, self._vary, self._find_query(dimensions, request))

    def _find_query(
        self, dimensions: Dimensions, request: HttpRequest
    ) -> tuple[QueryDict, str] | None:
        """Return the query that a config lets handlers see, None if they see all."""
        if not isinstance(self.policy.query, tuple):
            return None
        # A request reads its query when it is asked for it, and may fail.
        encoding = request.GET.encoding if dimensions.query else None
        return build_query(dimensions.query, encoding)

    def isolate(self, dimensions: Dimensions) -> HttpRequest:
        """Return a request made from a key alone."""
        return IsolatedRequest(dimensions, self.vary)

    def is_alone(self, key: str) -> bool:
        """Tell whether the answer of a key was lately one that is not stored."""
        until = self._alone.get(key)
        return until is not None and time.monotonic() < until

    def mark_alone(self, key: str) -> None:
        """Remember that the answer of a key is not stored."""
        with self._lock:
            if len(self._alone) >= _MOST_ALONE:
                self._alone.clear()
            self._alone[key] = time.monotonic() + ALONE_SECONDS

    def unmark_alone(self, key: str) -> None:
        """Forget it, because the answer was stored."""
        if self._alone:
            with self._lock:
                self._alone.pop(key, None)

    def count_failure(self, key: str, fresh: float | None) -> int:
        """Count a failed refresh; return for how many seconds none is tried again."""
        with self._lock:
            if len(self._failures) >= _MOST_ALONE:
                self._failures.clear()
            count = self._failures[key] = self._failures.get(key, 0) + 1
        first = min(max(fresh or SHORTEST_BACKOFF, SHORTEST_BACKOFF), LONGEST_BACKOFF)
        return int(min(first * 2 ** min(count - 1, 6), LONGEST_REPEATED_BACKOFF))

    def forget_failures(self, key: str) -> None:
        """Forget the failures of a key, because a refresh went well."""
        if self._failures:
            with self._lock:
                self._failures.pop(key, None)

    def find_obstacle(self, request: HttpRequest, params: Params, store: Store) -> str:
        """Return in a word why a request is answered past the cache, "" if it isn't."""
        if self.policy.mode is Mode.FORCE_DYNAMIC:
            return "force-dynamic"
        if not store.is_usable:
            return "backend"
        if params and not (
            _are_of_path(params, request.resolver_match) and is_matched(request, params)
        ):
            return "params"
        query = vars(request).get("GET")
        if query is not None and not isinstance(query, QueryDict):
            # Middleware has put something else in its place.
            return "query"
        if _has_own_charset(request):
            return "charset"
        meta = request.META
        if meta.get("CONTENT_LENGTH") not in _NO_LENGTH or _CHUNKED in meta:
            return "body"
        return ""


def _has_own_charset(request: HttpRequest) -> bool:
    """Tell whether the text of a query is read otherwise than by the settings."""
    query = vars(request).get("GET")
    return request.encoding is not None or (
        query is not None and query.encoding != settings.DEFAULT_CHARSET
    )


def _are_of_path(params: Params, match: Any) -> bool:
    """
    Tell whether params are what the path of a request captures.

    Middleware may put others in their place, as for `/users/me`, and other views may
    call this one with their own request.
    """
    if match is None:
        return False
    captured, extra = match.captured_kwargs, match.extra_kwargs
    for name, value in params.items():
        own = captured.get(name, extra.get(name))
        if value is not own and not (type(value) is list and value == own):
            return False
    return True


_gates: "WeakSet[Gate]" = WeakSet()


def forget_gates() -> None:
    """Let every gate forget what it has learned of its handler."""
    for gate in list(_gates):
        gate.forget()
    _lookups.clear()


# The look-ups of requests that have been here before, by all that they depend on.
_lookups: dict[Any, Lookup] = {}
_MOST_LOOKUPS = 1024
_LONG_FACTS = 2048


@receiver(setting_changed, dispatch_uid="routehandlers_lookups")
def forget_lookups(**kwargs: Any) -> None:
    """Look up anew after a test has changed a setting."""
    _lookups.clear()


_NO_LENGTH = (None, "", "0", 0)
_CHUNKED = "HTTP_TRANSFER_ENCODING"


def _get_meta_name(header: str) -> str:
    name = header.upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"


def asks_for_a_new_answer(request: HttpRequest) -> bool:
    """Tell whether a developer reloads a page for good, which only DEBUG allows."""
    if not settings.DEBUG:
        return False
    directives = parse_cache_control(request.META.get("HTTP_CACHE_CONTROL", ""))
    return "no-cache" in directives
