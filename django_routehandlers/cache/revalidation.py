"""End entries, or make them stale, by tag and by path."""

import logging
from collections.abc import Iterable
from functools import partial
from urllib.parse import urlsplit

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from django_routehandlers.cache.keys import get_tag_digest
from django_routehandlers.cache.lookups import (
    get_below_tag,
    get_path_tag,
    get_pattern_tag,
    get_version_keys,
)
from django_routehandlers.cache.places import (
    find_below,
    find_folder_paths,
    is_cached_path,
    parse_url_path,
    suggest,
)
from django_routehandlers.cache.runs import find_run
from django_routehandlers.cache.store import get_store
from django_routehandlers.cache.transactions import find_open, run_on_commit
from django_routehandlers.exceptions import RevalidationError
from django_routehandlers.loops import is_on_event_loop

logger = logging.getLogger("django_routehandlers.cache")


def revalidate_tag(*tags: str, stale: bool = False) -> None:
    """
    End every entry that has one of some tags.

    The next request for each waits for a new answer; with `stale=True` it gets the
    old one, and a refresh begins. Inside a transaction it happens on commit.
    Raise `RevalidationError` if the cache fails, inside a cached GET, and on an event
    loop if the cache is in a database; on commit the failure is logged instead. Raise `TypeError` for a tag that is no str.
    """
    for tag in tags:
        if not isinstance(tag, str):
            raise TypeError(f"A tag is a str, not {tag!r}.")
    _revalidate([get_tag_digest("tag", tag) for tag in tags], stale=stale)


def revalidate_path(path: str, *, below: bool = False, stale: bool = False) -> None:
    """
    End every entry at a path: each query, host, language and header of it.

    `path` is a URL path as `reverse()` gives it (`"/blog/a"`), or a folder path
    (`"/blog/[slug]"`), which stands for all its matches at every mount. With
    `below=True` entries at longer paths end, too. For `stale`, transactions and
    errors see `revalidate_tag`. Raise `ValueError` for a folder path that no route
    has, and for what is no path; `TypeError` for what is no str.
    """
    if not isinstance(path, str):
        raise TypeError(f"A path is a str, not {path!r}.")
    tags = _find_folder_tags(path, below) if "[" in path else _find_tags(path, below)
    _revalidate(tags, stale=stale)


async def arevalidate_tag(*tags: str, stale: bool = False) -> None:
    """Do as `revalidate_tag` does, in the thread of the database connections."""
    await sync_to_async(revalidate_tag)(*tags, stale=stale)


async def arevalidate_path(
    path: str, *, below: bool = False, stale: bool = False
) -> None:
    """Do as `revalidate_path` does, in the thread of the database connections."""
    await sync_to_async(revalidate_path)(path, below=below, stale=stale)


def _find_folder_tags(path: str, below: bool) -> list[str]:
    known = find_folder_paths()
    found = {
        folder_path
        for folder_path in known
        if folder_path == path or (below and folder_path.startswith(f"{path}/"))
    }
    if not found:
        raise ValueError(
            f"No route has the folder path {path!r}.{suggest(path, known)}"
        )
    return [get_pattern_tag(folder_path) for folder_path in sorted(found)]


def _find_tags(path: str, below: bool) -> list[str]:
    plain = parse_url_path(path)
    if settings.DEBUG and not below and not is_cached_path(plain):
        logger.warning("revalidate_path(%r): no cached route serves that path.", path)
    tags = [get_path_tag(plain)]
    if below:
        patterns, ancestors = find_below(plain)
        tags += [get_pattern_tag(folder_path) for folder_path in sorted(patterns)]
        tags += [get_below_tag(ancestor) for ancestor in sorted(ancestors)]
    return tags


def _revalidate(tags: Iterable[str], *, stale: bool) -> None:
    run = find_run()
    if run is not None:
        raise RevalidationError(
            f"GET in {run.route} ends entries while it makes one.",
            "Do it where the data changes: in a POST handler, or after a save.",
        )
    keys = [get_version_keys(tag)[1 if stale else 0] for tag in tags]
    if not keys:
        # Even without a version, a bump would keep answers from being stored.
        return
    waiting = find_open()
    if not waiting:
        _bump(keys)
    for connection in waiting:
        run_on_commit(connection, partial(_bump_or_log, keys))


def _bump(keys: list[str]) -> None:
    store = get_store()
    if store.needs_own_thread and is_on_event_loop():
        raise RevalidationError(
            f"The cache {store.alias!r} can't be asked on an event loop.",
            "Await arevalidate_tag() or arevalidate_path() there.",
        )
    store.bump(keys)


def _bump_or_log(keys: list[str]) -> None:
    try:
        get_store().bump(keys)
    except RevalidationError as exc:
        logger.error("%s", exc)


def find_ended_paths(
    request: HttpRequest, response: HttpResponseBase, *, is_cached: bool
) -> list[str]:
    """
    Return the paths at which an unsafe request has made entries wrong.

    After a success those are its own path, where `is_cached`, and the path of a
    `Location` on the same host, if a cached route serves it (RFC 9111, section 4.4).
    """
    if not 200 <= response.status_code < 400:
        return []
    location = _find_own_path(request, response)
    paths = [request.path_info] if is_cached else []
    return paths if location is None else [*paths, location]


def end_paths(request: HttpRequest, paths: list[str]) -> None:
    """End the entries at some paths; a failure is logged, for the work is done."""
    try:
        _revalidate(map(get_path_tag, paths), stale=False)
    except RevalidationError as exc:
        logger.error("%s %s: %s", request.method, request.path, exc)


def _find_own_path(request: HttpRequest, response: HttpResponseBase) -> str | None:
    """Return the path that `Location` names, if a cached route has it."""
    location = response.headers.get("Location")
    if not location:
        return None
    try:
        found = urlsplit(request.build_absolute_uri(location))
        is_own = found.netloc.lower() == request.get_host().lower()
        path = parse_url_path(found.path or "/")
    except (ValueError, DisallowedHost):
        return None
    return path if is_own and is_cached_path(path) else None
