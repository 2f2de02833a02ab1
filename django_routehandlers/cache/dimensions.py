"""Read of a request what the key of its entry covers."""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from typing import Any, NamedTuple, Protocol, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import (
    get_script_prefix,
    get_urlconf,
    set_script_prefix,
    set_urlconf,
)
from django.utils import timezone, translation
from django.utils.module_loading import import_string

from django_routehandlers.cache.ambient import find_timezone, get_ambient
from django_routehandlers.cache.names import Known
from django_routehandlers.conf import get_settings

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}

# A longer value of a name in the query is answered, and not stored; so is what of the
# query and of headers is longer in all.
MAX_VALUE = 256
MAX_TOTAL = 4096

Query = tuple[tuple[str, tuple[str, ...] | None], ...]


class CacheContext(Protocol):
    """What ROUTE_HANDLERS["CACHE_CONTEXT"] names: the surroundings of a request."""

    def capture(self, request: HttpRequest) -> Mapping[str, str]:
        """Return what of the surroundings answers depend on, to be in the key."""

    def activate(self, values: Mapping[str, str]) -> AbstractContextManager[Any]:
        """Return a context in which a refresh finds the same surroundings."""


class Dimensions(NamedTuple):
    """
    Everything in the key but the route: what a handler may read, and no more.

    `query` has each name with its values, None for a name that is absent; `headers`
    are the values of the headers in `vary`, None for one that is absent. `is_whole`
    tells a whole query that is empty from one of which nothing is read.
    """

    scheme: str
    host: str
    path: str
    path_info: str
    urlconf: Any
    language: str | None
    timezone: datetime.tzinfo | None
    query: Query
    headers: tuple[str | None, ...]
    context: tuple[tuple[str, str], ...]
    is_whole: bool = False


def _get_query_fact(request: HttpRequest) -> str | None:
    # Once it is there, middleware may have put another one in its place.
    query = vars(request).get("GET")
    if query is not None:
        return f"&{query.urlencode()}"
    # Where Django reads it: middleware may have put another dict in META's place.
    meta = vars(request).get("environ", request.META)
    text: str | None = meta.get("QUERY_STRING")
    return text


# What `get_host()` may look at.
_HOST_FACTS = (
    "HTTP_HOST",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "SERVER_NAME",
    "SERVER_PORT",
)


# How Django finds a host. Where something else does, its facts are not known.
_HOST_METHODS = {
    name: getattr(HttpRequest, name)
    for name in ("get_host", "_get_raw_host", "get_port")
}


def _finds_host_otherwise(request: HttpRequest) -> bool:
    kind, own = type(request), vars(request)
    for name, method in _HOST_METHODS.items():
        if name in own or getattr(kind, name) is not method:
            return True
    return False


def read_facts(
    request: HttpRequest, vary: tuple[str, ...], *, with_query: bool
) -> tuple[Any, ...] | None:
    """
    Return all that the dimensions of a request depend on, as it comes.

    Two requests of which it is equal have the same dimensions. None where a project
    has a say in them.
    """
    if get_settings().CACHE_CONTEXT or getattr(request, "urlconf", None) is not None:
        return None
    if _finds_host_otherwise(request):
        return None
    get = request.META.get
    return (
        request.scheme,
        request.path,
        request.path_info,
        *get_ambient(),
        _get_query_fact(request) if with_query else None,
        *map(get, _HOST_FACTS),
        *map(get, vary),
    )


def read_dimensions(
    request: HttpRequest, vary: tuple[str, ...], names: Known
) -> Dimensions:
    """
    Return what the key of a request covers.

    `vary` are names as in `META`. Raise `DisallowedHost` as `get_host()` does.
    """
    scheme = request.scheme or "http"
    host = get_plain_host(request)
    meta = request.META
    return Dimensions(
        scheme,
        host,
        request.path,
        request.path_info,
        getattr(request, "urlconf", None),
        translation.get_language() if settings.USE_I18N else None,
        find_timezone(),
        read_query(request, names),
        tuple([meta.get(name) for name in vary]),
        _capture(request) if get_settings().CACHE_CONTEXT else (),
        names.all,
    )


# Each of these says in its `repr()` all that it is.
_TIMEZONES = (ZoneInfo, datetime.timezone)


def find_uncovered(dimensions: Dimensions) -> str:
    """Return in a word what of a request no key can tell apart, "" if there is none."""
    zone, urlconf = dimensions.timezone, dimensions.urlconf
    if zone is not None and type(zone) not in _TIMEZONES:
        return "timezone"
    return "" if urlconf is None or type(urlconf) is str else "urlconf"


def get_plain_host(request: HttpRequest) -> str:
    """
    Return the host of a request as keys spell it: in lower case, without a default port.

    Raise `DisallowedHost` as `get_host()` does.
    """
    port = _DEFAULT_PORTS.get(request.scheme or "http", ":")
    return request.get_host().lower().removesuffix(port)


def read_query(request: HttpRequest, names: Known) -> Query:
    """Return the part of a query that is in the key, sorted by name."""
    if not names.is_asked:
        # Nobody has asked for it, and to read it may fail.
        return ()
    query = request.GET
    if names.all:
        return tuple((name, tuple(query.getlist(name))) for name in sorted(query))
    return tuple(
        (name, tuple(query.getlist(name)) if name in query else None)
        for name in names.names
    )


def is_long(dimensions: Dimensions) -> bool:
    """Tell whether query and headers are too long for an entry of their own."""
    texts = [t for name, values in dimensions.query for t in (name, *(values or ()))]
    if any(len(text) > MAX_VALUE for text in texts):
        return True
    return (
        sum(map(len, texts))
        + sum(len(str(h)) for h in dimensions.headers if h is not None)
        > MAX_TOTAL
    )


def get_pairs(query: Query) -> Iterable[tuple[str, str]]:
    """Yield the names and values of a query that are not absent."""
    return ((name, value) for name, values in query for value in values or ())


def _capture(request: HttpRequest) -> tuple[tuple[str, str], ...]:
    captured = _get_context().capture(request)
    return tuple(sorted((str(name), str(value)) for name, value in captured.items()))


@cache
def _get_context() -> CacheContext:
    found = import_string(get_settings().CACHE_CONTEXT or "")
    return cast(CacheContext, found() if isinstance(found, type) else found)


@receiver(setting_changed, dispatch_uid="routehandlers_context")
def forget_context(*, setting: str, **kwargs: Any) -> None:
    """Import CACHE_CONTEXT again after a test has changed it."""
    if setting == "ROUTE_HANDLERS":
        _get_context.cache_clear()


@contextmanager
def entered(dimensions: Dimensions) -> Iterator[None]:
    """Be in the surroundings that a key names, outside any request, for a while."""
    with ExitStack() as stack:
        stack.callback(set_script_prefix, get_script_prefix())
        set_script_prefix(get_prefix(dimensions))
        stack.callback(set_urlconf, get_urlconf())
        set_urlconf(dimensions.urlconf)
        if settings.USE_I18N:
            stack.enter_context(translation.override(dimensions.language))
        stack.enter_context(timezone.override(dimensions.timezone))
        if dimensions.context:
            activate = _get_context().activate
            stack.enter_context(activate(dict(dimensions.context)))
        yield


def get_prefix(dimensions: Dimensions) -> str:
    """Return the path below which the whole project is served."""
    return dimensions.path.removesuffix(dimensions.path_info)
