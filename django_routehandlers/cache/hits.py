"""Find the entry that may be served to a request, and serve it."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from django_routehandlers.cache import answers, clock
from django_routehandlers.cache.directives import forbids_stale, parse_cache_control
from django_routehandlers.cache.entries import Entry, find_record
from django_routehandlers.cache.freshness import Freshness, get_freshness
from django_routehandlers.cache.keys import get_tag_digest
from django_routehandlers.cache.lookups import (
    Lookup,
    get_version_keys,
    is_same_hard,
)
from django_routehandlers.cache.policies import Policy
from django_routehandlers.cache.responses import build_response
from django_routehandlers.cache.versions import Found, join_versions


@dataclass(slots=True)
class Hit:
    """An entry that may be served: its age in seconds, and whether it is stale."""

    entry: Entry
    age: float
    is_stale: bool

    def get_status(self) -> str:
        """Return what Cache-Status says of it."""
        return answers.get_hit_status(self.entry, self.age, is_stale=self.is_stale)

    def answer(
        self, request: HttpRequest, policy: Policy, status: str = ""
    ) -> HttpResponse:
        """Return the response that a client gets."""
        told = answers.get_told(self.age, status or self.get_status())
        response = build_response(self.entry, told)
        if policy.downstream is None and not answers.is_conditional(request):
            return response
        return answers.settle(request, response, policy, self.entry.lifetime, self.age)


def find_hit(lookup: Lookup, found: Found) -> Hit | None:
    """Return the entry that may be served, but for its late tags, if there is one."""
    candidate = lookup.find_entry(found)
    if candidate is None:
        return None
    entry, is_stale = candidate
    age = clock.now() - entry.created
    freshness = get_freshness(age, entry.fresh, entry.expire)
    if freshness is Freshness.EXPIRED:
        return None
    if is_stale and not _may_be_stale(entry):
        return None
    return Hit(entry, age, is_stale or freshness is Freshness.STALE)


def _may_be_stale(entry: Entry) -> bool:
    """Tell whether an entry may be served after its freshness has ended."""
    if entry.fresh is not None and entry.expire is not None:
        return entry.fresh < entry.expire
    _, control = dict(entry.headers).get("cache-control", ("", ""))
    return control == answers.ASK_FIRST or not forbids_stale(
        parse_cache_control(control)
    )


def get_late_keys(entry: Entry) -> list[str]:
    """Return the keys of the versions of the tags that a handler named."""
    return [key for tag, _ in entry.late for key in get_named_keys(tag)]


def get_named_keys(tag: str) -> tuple[str, str]:
    """Return the keys of the versions of a tag, given its name."""
    return get_version_keys(get_tag_digest("tag", tag))


def find_late_keys(lookup: Lookup, found: Found) -> list[str]:
    """Return those keys for an entry that may have ended: a run names them again."""
    record = find_record(found.get(lookup.key))
    return get_late_keys(record) if isinstance(record, Entry) else []


def check_late(hit: Hit, found: Found) -> Hit | None:
    """Return a hit as its late tags leave it, None if one of them has ended it."""
    for tag, stamped in hit.entry.late:
        versions = join_versions(found, get_named_keys(tag))
        if versions is None or not is_same_hard(versions, stamped):
            return None
        if versions != stamped:
            hit.is_stale = True
    return hit
