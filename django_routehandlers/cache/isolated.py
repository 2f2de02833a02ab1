"""Make a request from a key alone, which has nothing of any visitor."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any, NoReturn
from urllib.parse import urlencode

from django.apps import apps
from django.contrib import auth
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, QueryDict
from django.http.request import split_domain_port
from django.urls import ResolverMatch
from django.utils.functional import SimpleLazyObject, cached_property

from django_routehandlers.cache.dimensions import (
    Dimensions,
    Query,
    get_pairs,
    get_prefix,
)
from django_routehandlers.cache.matches import find_match
from django_routehandlers.exceptions import HandlerError


class IsolatedRequest(HttpRequest):
    """
    A GET request that has what a key covers: no cookies, no user, no other headers.

    Refreshes run on it, and handlers with `dynamic = "force-static"`.
    """

    def __init__(self, dimensions: Dimensions, vary: tuple[str, ...]) -> None:
        super().__init__()
        # Found when it is asked for.
        del self.resolver_match
        self._dimensions = dimensions
        host, port = split_domain_port(dimensions.host)
        self.method = "GET"
        self.path, self.path_info = dimensions.path, dimensions.path_info
        self.content_type, self.content_params = "", {}
        query, text = build_query(dimensions.query)
        vars(self)["GET"] = query
        self._stream, self._read_started = BytesIO(), False
        self.META = {
            "HTTP_HOST": dimensions.host,
            "PATH_INFO": dimensions.path_info,
            "QUERY_STRING": text,
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": get_prefix(dimensions),
            "SERVER_NAME": host,
            "SERVER_PORT": port or {"http": "80"}.get(dimensions.scheme, "443"),
        } | {
            name: value
            for name, value in zip(vary, dimensions.headers, strict=True)
            if value is not None
        }
        self._add_nobody()
        if dimensions.language is not None:
            self.LANGUAGE_CODE = dimensions.language
        if dimensions.urlconf is not None:
            self.urlconf = dimensions.urlconf

    @cached_property
    def GET(self) -> QueryDict:  # type: ignore[override]  # noqa: N802 - Django's name
        """Return the query of the key, read anew after `encoding` was set."""
        return QueryDict(self.META["QUERY_STRING"], encoding=self.encoding)

    @cached_property
    def resolver_match(self) -> ResolverMatch | None:  # type: ignore[override]
        """Return the match of the path."""
        return find_match(self.path_info, self._dimensions.urlconf)

    @property
    def scheme(self) -> str:
        """Return the scheme of the key, whatever a proxy's header would say."""
        return self._dimensions.scheme

    def get_host(self) -> str:
        """Return the host of the key, which was allowed when it was made."""
        return self._dimensions.host

    def _add_nobody(self) -> None:
        self.session = EmptySession()
        if apps.is_installed("django.contrib.messages"):
            vars(self)["_messages"] = NoMessages()
        if apps.is_installed("django.contrib.auth"):
            user = SimpleLazyObject(lambda: auth.get_user(self))
            vars(self)["user"] = user

            async def auser() -> Any:
                return auth.get_user(self)

            self.auser = auser


def build_query(query: Query, encoding: str | None = None) -> tuple[Any, str]:
    """Return the part of a query that is in a key, and its text in an encoding."""
    found = QueryDict(mutable=True, encoding=encoding)
    for name, values in query:
        if values is not None:
            found.setlist(name, values)
    found._mutable = False  # noqa: SLF001 - as Django's own admin does
    return found, urlencode(list(get_pairs(query)), encoding=encoding, errors="replace")


class EmptySession(SessionBase):
    """A session with nothing in it, into which nothing can be put."""

    def __init__(self) -> None:
        super().__init__()
        self.clear()

    def clear(self) -> None:
        """Be as empty as before."""
        self._session_cache = _Nothing()

    def flush(self) -> None:
        """Be as empty as before."""

    async def aflush(self) -> None:
        """Be as empty as before."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse()

    async def _arefuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse()

    create = cycle_key = save = _refuse
    acreate = acycle_key = asave = _arefuse


class _Nothing(dict[str, Any]):
    """A dict that stays empty: all ways to write into a session lead here."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse()

    __setitem__ = setdefault = update = _refuse


def _refuse() -> NoReturn:
    raise HandlerError(
        "A handler wrote into the session while it made an answer for everybody.",
        "Write into sessions in a POST handler.",
    )


class NoMessages:
    """The messages of nobody, who can't be told any."""

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def add(self, level: int, message: str, extra_tags: str = "") -> NoReturn:
        """Refuse to tell everybody what is meant for one visitor."""
        raise HandlerError(
            "A handler left a message while it made an answer for everybody.",
            "Leave messages in a POST handler.",
        )
