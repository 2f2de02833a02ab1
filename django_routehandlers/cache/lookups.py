"""Name the records that tell whether an entry answers a request."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from unicodedata import normalize

from django_routehandlers.cache.dimensions import Dimensions
from django_routehandlers.cache.entries import Entry, Names, find_record
from django_routehandlers.cache.keys import get_digest, get_tag_digest
from django_routehandlers.cache.policies import Policy, fill_tag
from django_routehandlers.cache.store import Store, get_key
from django_routehandlers.cache.versions import (
    VERSION_BYTES,
    Found,
    is_next_version,
    join_versions,
)

# Of so many folders above an entry `below=True` can name one with its values.
MAX_ANCESTORS = 8

_PAIR = 2 * VERSION_BYTES

# A longer record is read anew for each request. They are kept twice, packed and not.
_MOST_KEPT_BYTES = 16_384


Candidate = tuple[Entry, bool]
Params = dict[str, Any]


class Kept(NamedTuple):
    """
    The records of a private backend, as they were after a certain bump.

    They hold while that is the last one, and its entry is still the same object.
    """

    bumps: object
    packed: bytes
    found: Found
    candidate: Candidate | None


class Lookup:
    """
    The key of one request's entry, and the keys of its tags' versions.

    Hard versions end an entry, soft ones make it stale; `version_keys` has a pair
    per tag. `keys` are all that is read to answer the request, with `names_key` where
    processes tell each other what of the query is in the key. `obstacle` says in a
    word why it is to be answered past the cache, "" if it is not.
    """

    def __init__(
        self,
        digest: str,
        tags: tuple[str, ...],
        dimensions: Dimensions,
        names_key: str | None = None,
        obstacle: str = "",
    ) -> None:
        self.digest = digest
        self.dimensions = dimensions
        self.key = get_key("e", digest)
        self.kept: Kept | None = None
        self.names_key = names_key
        self.obstacle = obstacle
        self.version_keys = [key for tag in tags for key in get_version_keys(tag)]
        self.keys = [self.key, *self.version_keys]
        if names_key is not None:
            self.keys.append(names_key)

    def find_entry(self, found: Found) -> Candidate | None:
        """
        Return the entry that may be served, and whether a tag has made it stale.

        Its late tags are not looked at, nor its age. None if there is none, or if
        a tag has ended it; a version that is missing is never a match.
        """
        kept = self.kept
        if kept is not None and kept.found is found:
            return kept.candidate
        return self._find_entry(found)

    def _find_entry(self, found: Found) -> Candidate | None:
        entry = find_record(found.get(self.key))
        if not isinstance(entry, Entry):
            return None
        versions = join_versions(found, self.version_keys)
        if versions is None:
            return None
        if versions == entry.versions:
            return entry, False
        same = is_same_hard(versions, entry.versions)
        return (entry, True) if same else None

    def find_names(self, found: Found) -> Names | None:
        """Return the names of the query that other processes have found."""
        record = find_record(found.get(self.names_key)) if self.names_key else None
        return record if isinstance(record, Names) else None


def look(store: Store, lookup: Lookup) -> Found | None:
    """
    Return the records of a look-up, in one round trip; None if that fails.

    Nobody else ends the entries of a private backend, so there the records of the
    last time may still hold.
    """
    if not store.is_private:
        return store.read(lookup.keys)
    bumps, packed, kept = store.bumps, store.find_packed(lookup.key), lookup.kept
    if kept is not None and packed is kept.packed and bumps is kept.bumps:
        return kept.found
    found = store.read(lookup.keys)
    if packed is not None and found is not None and len(packed) <= _MOST_KEPT_BYTES:
        # All at once: other threads look, too.
        lookup.kept = Kept(bumps, packed, found, lookup.find_entry(found))
    return found


def get_version_keys(tag_digest: str) -> tuple[str, str]:
    """Return the keys of the hard and of the soft version of a tag."""
    return get_key("h", tag_digest), get_key("s", tag_digest)


def is_same_hard(versions: bytes, others: bytes) -> bool:
    """Tell whether all hard versions of some tags are the same."""
    return len(versions) == len(others) and all(
        versions[start : start + VERSION_BYTES] == others[start : start + VERSION_BYTES]
        for start in range(0, len(versions), _PAIR)
    )


def find_hard_versions(found: Found, keys: list[str]) -> tuple[Any, ...]:
    """
    Return the hard versions of some tags, None for each that nothing has ended.

    A first version is as good as none: who sees those that a run has just made waits
    for its entry, as who came before them.
    """
    hard = [found.get(key) for key in keys[::2]]
    return tuple(value if is_next_version(value) else None for value in hard)


def find_tags(
    policy: Policy, pattern_tag: str, path: str, params: dict[str, Any]
) -> Iterator[str]:
    """
    Yield the digests of the tags that an entry has, known before the run.

    `path` is the path below the one that the project is served at.
    """
    yield get_path_tag(path)
    yield pattern_tag
    for ancestor in find_ancestors(policy, path, params):
        yield get_below_tag(ancestor)
    for template in policy.tags:
        yield get_tag_digest("tag", fill_tag(template, params))


def find_ancestors(policy: Policy, path: str, params: dict[str, Any]) -> Iterator[str]:
    """
    Yield the paths above an entry that have a captured value in them.

    What lies below a path without one is known from the routes themselves.
    """
    segments = policy.route.segments
    first = policy.first_dynamic
    count = len(segments)
    if policy.ends_open:
        count += len(params[segments[-1].name]) - 1
    if first + 1 >= count:
        return
    parts = get_plain_path(path).split("/")
    root = len(parts) - count
    for depth in range(first + 1, min(count, first + 1 + MAX_ANCESTORS)):
        yield "/".join(parts[: root + depth])


def get_plain_path(path: str) -> str:
    """
    Return a path as tags spell it: in NFC, without a slash at its end.

    >>> get_plain_path("/blog/a/"), get_plain_path("/")
    ('/blog/a', '')
    """
    return (path if path.isascii() else normalize("NFC", path)).rstrip("/")


def get_path_tag(path: str) -> str:
    """Return the digest of the tag of everything at one path."""
    return get_tag_digest("path", get_plain_path(path))


def get_below_tag(path: str) -> str:
    """Return the digest of the tag of everything below one path."""
    return get_tag_digest("below", get_plain_path(path))


def get_pattern_tag(folder_path: str) -> str:
    """Return the digest of the tag of everything that a route serves."""
    return get_tag_digest("pattern", folder_path)


def get_entry_digest(seed: str, dimensions: Dimensions) -> str:
    """Return the digest that an entry has for a route."""
    return get_digest(seed, *dimensions)
