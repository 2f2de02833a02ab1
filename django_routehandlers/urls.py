"""Mount the routes in a URLconf."""

import logging
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from weakref import WeakSet

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage
from django.core.exceptions import ImproperlyConfigured
from django.urls import (
    ResolverMatch,
    URLPattern,
    URLResolver,
    clear_url_caches,
    get_resolver,
)
from django.urls.exceptions import Resolver404
from django.urls.resolvers import LocalePrefixPattern, RoutePattern
from django.utils.functional import Promise

from django_routehandlers.cache.places import Place, Places, set_places
from django_routehandlers.conf import get_settings
from django_routehandlers.layers import find_policy
from django_routehandlers.registry import (
    get_known_snapshots,
    get_snapshot,
    on_forget,
    paused_collection,
)
from django_routehandlers.routing.problems import Problem
from django_routehandlers.table import Table, build_table

__all__ = ["include_routes", "urlpatterns"]

logger = logging.getLogger("django_routehandlers")


@dataclass(frozen=True, slots=True)
class Selection:
    """The apps of one mount, by dotted name; `only` is None for all of them."""

    only: frozenset[str] | None = None
    is_automatic: bool = False

    def __contains__(self, app: object) -> bool:
        """Tell whether the mount serves an app."""
        return self.only is None or app in self.only


_lock = threading.Lock()
_trees: "WeakSet[RouteTree]" = WeakSet()
_logged: set[Problem] = set()


class RouteTree(URLResolver):
    """
    The routes of some apps, at one place in a URLconf.

    Its `url_patterns` are ordinary patterns in the order of precedence, for
    `reverse()` and for every tool that walks them; `resolve()` finds the same
    answer in a trie. Nothing is read before one of the two is asked.
    """

    def __init__(self, selection: Selection, prefix: str = "") -> None:
        super().__init__(RoutePattern(prefix, is_endpoint=False), [])
        self.selection = selection
        self._prefix = prefix
        self._table: Table | None = None
        self._served: Table | None = None
        _trees.add(self)

    @property
    def table(self) -> Table:
        """Return what this mount serves, made when it is first asked for."""
        return self._table or self._build_table()

    def _build_table(self) -> Table:
        if not apps.is_installed("django_routehandlers"):
            raise ImproperlyConfigured(
                "The URLconf mounts routes, and their app is not installed. Add "
                "'django_routehandlers' to INSTALLED_APPS."
            )
        names = {app_config.name for app_config in apps.get_app_configs()}
        snapshot = get_snapshot(frozenset(n for n in names if n in self.selection))
        with paused_collection():
            table = build_table(snapshot, get_settings())
        with _lock:
            # Unless the routes have been read again meanwhile.
            if any(known is snapshot for known in get_known_snapshots().values()):
                self._table = table
        return table

    def _serve(self) -> Table:
        """Return the table, and log its errors: servers run no checks."""
        table = self.table
        for problem in table.all_problems:
            if problem.is_error and problem not in _logged:
                _logged.add(problem)
                logger.error("%s", problem)
        with _lock:
            if self._table is table:
                self._served = table
        return table

    def check(self) -> list[CheckMessage]:
        """Return nothing: the app's own check reports on all mounts at once."""
        return []

    def forget(self) -> None:
        """Make the table anew at the next question, and what `reverse()` keeps."""
        self._table = self._served = None
        self._populated = False
        self._reverse_dict.clear()

    def serves_below(self, path: str) -> bool:
        """Tell whether a path, as `resolve()` gets it, is below the mount's prefix."""
        return path.startswith(self._prefix)

    @property
    def url_patterns(self) -> list[URLPattern]:  # type: ignore[override] # no cache
        """Return the patterns, in the order of precedence."""
        return self.table.patterns

    def resolve(self, path: str) -> ResolverMatch:
        """
        Return the match for a path.

        Raise `Resolver404` if there is none, with all patterns in DEBUG. It never
        has an empty list of patterns: Django would show its welcome page for it.
        """
        path = str(path)
        if self._prefix:
            if not path.startswith(self._prefix):
                raise Resolver404({"path": path})
            path = path.removeprefix(self._prefix)
        table = self._served or self._serve()
        match = table.find_match(path)
        if match is not None:
            return match
        if settings.DEBUG and table.patterns:
            tried = [[pattern] for pattern in table.patterns]
            raise Resolver404({"tried": tried, "path": path})
        raise Resolver404({"path": path})


def include_routes(
    *names: str, namespace: str | None = None
) -> tuple[list[RouteTree], str | None, str | None]:
    """
    Return the routes of some apps, to be the second argument of `path()`.

    In `path("v1/", include_routes("shop"))`, `names` are app names or labels; without any, all apps are included. Those that
    a URLconf includes below ROOT_URLCONF are no longer mounted automatically.
    `namespace` prefixes their URL names, as in Django's `include()`. Raise
    `ImproperlyConfigured` for an app that is not installed.
    """
    only = frozenset(map(_get_app_name, names)) if names else None
    return [RouteTree(Selection(only))], namespace, namespace


def find_app_name(name: str) -> str | None:
    """Return the dotted name of an installed app, given its name or its label."""
    for app_config in apps.get_app_configs():
        if name in (app_config.name, app_config.label):
            return app_config.name
    return None


def _get_app_name(name: str) -> str:
    if found := find_app_name(name):
        return found
    raise ImproperlyConfigured(
        f"No installed app is named or labelled {name!r}. Add it to INSTALLED_APPS, or "
        "correct the name."
    )


urlpatterns = [RouteTree(Selection())]


@dataclass(frozen=True, slots=True)
class Mount:
    """
    One place where routes are served: the Django route before it, and the tree.

    `captured` are the names that the URLconf captures on the way; `is_translated`
    tells whether the prefix is another one in each language.
    """

    prefix: str
    namespaces: tuple[str, ...]
    captured: frozenset[str]
    is_translated: bool
    tree: RouteTree

    def serves(self, app: str) -> bool:
        """Tell whether the routes of an app are served here."""
        return app in self.tree.selection

    @property
    def is_automatic(self) -> bool:
        """Tell whether no URLconf of the project asked for it."""
        return self.tree.selection.is_automatic


def find_mounts(
    patterns: Iterable[Any],
    prefix: str = "",
    namespaces: tuple[str, ...] = (),
    captured: frozenset[str] = frozenset(),
    is_translated: bool = False,
) -> Iterator[Mount]:
    """Yield every mount in a list of URL patterns, without reading its routes."""
    for pattern in patterns:
        if isinstance(pattern, RouteTree):
            place = f"{prefix}{pattern.pattern}"
            yield Mount(place, namespaces, captured, is_translated, pattern)
        elif isinstance(pattern, URLResolver):
            yield from find_mounts(
                pattern.url_patterns,
                f"{prefix}{pattern.pattern}",
                (*namespaces, *([pattern.namespace] if pattern.namespace else [])),
                captured | set(pattern.pattern.regex.groupindex),
                is_translated or _is_translated(pattern.pattern),
            )


def _is_translated(pattern: Any) -> bool:
    """Tell whether the text of a pattern depends on the language."""
    return isinstance(pattern, LocalePrefixPattern) or any(
        isinstance(value, Promise) for value in vars(pattern).values()
    )


def find_root_mounts() -> list[Mount]:
    """Return every mount that is reachable from ROOT_URLCONF."""
    if getattr(settings, "ROOT_URLCONF", None) is None:
        return []
    return list(find_mounts(get_resolver().url_patterns))


def find_places() -> Places:
    """Return every route at every mount of ROOT_URLCONF, and how it is cached."""
    # A test may have another one.
    return _read_places(str(getattr(settings, "ROOT_URLCONF", None)))


@cache
def _read_places(urlconf: str) -> Places:
    places = tuple(_yield_places())
    return Places(places, tuple(place for place in places if place.policy is not None))


def _yield_places() -> Iterator[Place]:
    for mount in find_root_mounts():
        # Any text, for what is asked later in another language.
        prefix = "<language>" if mount.is_translated else mount.prefix
        for endpoint in mount.tree.table.endpoints:
            policy = None
            if endpoint.route.file not in mount.tree.table.broken:
                policy = find_policy(endpoint)
            yield Place(prefix, endpoint.route.path, policy)


set_places(find_places)


@on_forget
def forget_tables() -> None:
    """Let every mount, and Django's resolvers, read the routes again."""
    # What is left of them is known, and what was mended may come again.
    known = get_known_snapshots().values()
    _logged.intersection_update(p for snapshot in known for p in snapshot.problems)
    _read_places.cache_clear()
    with _lock:
        for tree in list(_trees):
            tree.forget()
    clear_url_caches()
