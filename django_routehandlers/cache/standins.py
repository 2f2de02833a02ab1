"""Make what stands in for the parts of a request: its query, cookies and headers."""

import re
from copy import copy
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, QueryDict
from django.http.request import HttpHeaders
from django.utils.http import parse_header_parameters

from django_routehandlers.cache.dimensions import get_plain_host
from django_routehandlers.cache.recording import (
    Record,
    RecordingDict,
    RecordingHeaders,
    RecordingQuery,
)
from django_routehandlers.cache.runs import Run

# Headers that META names as they are.
_HEADERS = frozenset({"CONTENT_LENGTH", "CONTENT_TYPE"})

# What Django reads for bytes that are no text, as `urlencode()` writes it.
_REPLACEMENT = "%EF%BF%BD"

# What a browser sends (RFC 3986, section 3.4, without an apostrophe), and escapes.
_USUAL = re.compile(r"(?:[A-Za-z0-9\-._~!$&()*+,;=:@/?]|%[0-9A-Fa-f]{2})*")


class State:
    """
    What a guard knows: the request behind it, the run, and what is in the key.

    `own` are the attributes that the handler has set, `made` those that were made
    for it. `query` and `query_string` are None where it sees the request's own.
    """

    __slots__ = (
        "language",
        "made",
        "own",
        "query",
        "query_string",
        "real",
        "run",
        "vary",
    )

    def __init__(
        self,
        real: HttpRequest,
        run: Run,
        vary: frozenset[str],
        query: QueryDict | None,
        query_string: str | None,
        language: str | None,
    ) -> None:
        self.real = real
        self.run = run
        self.vary = vary
        self.query = query
        self.query_string = query_string
        self.language = language
        self.own: dict[str, Any] = {}
        self.made: dict[str, Any] = {}


def _get_query(state: State) -> QueryDict:
    if state.query is not None:
        # All of it is in the key.
        return state.query
    real, run = state.real.GET, state.run

    def record(name: str | None) -> None:
        if name is None:
            run.reads_whole_query = True
        else:
            run.names.add(name)

    if _has_own_charset(real):
        run.read("header:content-type")
    # The key is made from the request's own, which nobody is to change.
    query = copy(real)
    query._mutable = real._mutable  # noqa: SLF001 - as Django's admin does
    return RecordingQuery(query, record)


def read_query_anew(state: State) -> None:
    """Read what is shown of the query as the request now does, in another encoding."""
    state.made.pop("GET", None)
    if state.query is not None:
        real = state.real.GET
        shown: Any = QueryDict(mutable=True, encoding=real.encoding)
        for name in state.query:
            shown.setlist(name, real.getlist(name))
        shown._mutable = False  # noqa: SLF001 - as below
        state.query = shown


def _has_own_charset(query: QueryDict) -> bool:
    """Tell whether a query is read and written as its client says."""
    return query.encoding != settings.DEFAULT_CHARSET


def _get_cookies(state: State) -> RecordingDict:
    return RecordingDict(
        state.real.COOKIES, lambda name: state.run.read(f"cookie:{name or '*'}")
    )


def record_header(state: State, name: str | None) -> None:
    """Record a header, given its lower-case name, unless it is in the key."""
    if name is None:
        state.run.read("header:*")
    elif name == "host" and not settings.USE_X_FORWARDED_HOST:
        record_host(state, state.real.META.get("HTTP_HOST", ""))
    elif name not in state.vary:
        state.run.read(f"header:{name}")


def record_content_type(state: State) -> None:
    """Record a read of what a request has of its header, unless that is in the key."""
    real = state.real
    now = parse_header_parameters(real.META.get("CONTENT_TYPE", ""))
    if (real.content_type, real.content_params) != now:
        # It is read once, and the key is made of what META has now.
        state.run.read("header:content-type")
    record_header(state, "content-type")


def record_host(state: State, host: str) -> None:
    """
    Record a host that is not spelt as in the key, where each has one spelling.

    Others, who spell theirs as usual, are not to get an answer with it.
    """
    # Behind a proxy its header may be another's.
    is_covered = "host" in state.vary and not settings.USE_X_FORWARDED_HOST
    if not is_covered and not _is_plain(state.real, host):
        state.run.read("header:host")


def _is_plain(request: HttpRequest, host: str) -> bool:
    try:
        return host == get_plain_host(request)
    except DisallowedHost:
        return False


def _get_headers(state: State) -> RecordingHeaders:
    shown, now = state.real.headers, HttpHeaders(state.real.META)

    def record(name: str | None) -> None:
        if name is not None and shown.get(name) != now.get(name):
            # They are read once, and the key is made of what META has now.
            state.run.read(f"header:{name.lower()}")
        record_header(state, name and name.lower())

    return RecordingHeaders(shown, record)


class _Meta(RecordingDict):
    """`request.META`, as one GET request with the same key is as good as another."""

    __slots__ = ("_run", "_shown")

    def __init__(self, state: State, record: Record) -> None:
        super().__init__(state.real.META, record)
        self._run = state.run
        # Where the handler is to see what the key says: also to a HEAD.
        self._shown = {"REQUEST_METHOD": "GET"}
        if state.query_string is not None:
            self._shown["QUERY_STRING"] = state.query_string

    def __getitem__(self, key: str, /) -> Any:
        return self._shown[key] if key in self._shown else super().__getitem__(key)

    def get(self, key: str, default: Any = None, /) -> Any:
        """Return a value, or a default."""
        return self._shown[key] if key in self._shown else super().get(key, default)

    def __setitem__(self, key: str, value: Any, /) -> None:
        self._forget(key)
        super().__setitem__(key, value)

    def __delitem__(self, key: str, /) -> None:
        self._forget(key)
        super().__delitem__(key)

    def pop(self, key: str, /, *default: Any) -> Any:
        """Remove a value, and return it."""
        self._forget(key)
        return super().pop(key, *default)

    def _forget(self, key: str) -> None:
        # Others than the handler see what it writes, and it may be in the key.
        self._run.read(f"meta:{key}")
        self._shown.pop(key, None)


def _get_meta(state: State) -> RecordingDict:
    return _Meta(state, lambda name: _record_meta(state, name))


def _record_meta(state: State, name: str | None) -> None:
    if name is None:
        state.run.read("meta:*")
    elif name == "REQUEST_METHOD":
        return
    elif name == "SCRIPT_NAME":
        _record_script_name(state)
    elif name == "QUERY_STRING":
        _record_query_string(state)
    elif name == "HTTP_COOKIE":
        state.run.read("cookie:*")
    elif name in _HEADERS or (
        name.startswith("HTTP_") and name == name.upper().replace("-", "_")
    ):
        header = name.removeprefix("HTTP_").replace("_", "-")
        record_header(state, header.lower())
    else:
        state.run.read(f"meta:{name}")


def _record_script_name(state: State) -> None:
    """Record a read of a prefix that is not the one that the key has in its paths."""
    real = state.real
    prefix = real.META.get("SCRIPT_NAME", "").rstrip("/")
    if f"{prefix}{real.path_info}" != real.path:
        state.run.read("meta:SCRIPT_NAME")


def _record_query_string(state: State) -> None:
    """Record a read of the query's text, which has more spellings than the key."""
    state.run.reads_whole_query = True
    text, query = state.real.META.get("QUERY_STRING", ""), state.real.GET
    parts = text.split("&") if text else []
    is_usual = _USUAL.fullmatch(text) and all("=" in part for part in parts)
    # Middleware may have taken something out of the one and not of the other.
    if (
        not is_usual
        or [*QueryDict(text).lists()] != [*query.lists()]
        or _has_own_charset(query)
        or _REPLACEMENT in query.urlencode()
    ):
        state.run.read("meta:QUERY_STRING")


def _get_auser(state: State) -> Any:
    try:
        real = state.real.auser
    except AttributeError:
        state.run.read("user")
        raise

    async def auser() -> Any:
        state.run.read("user")
        return await real()

    return auser


STAND_INS = {
    "COOKIES": _get_cookies,
    "GET": _get_query,
    "META": _get_meta,
    "auser": _get_auser,
    "headers": _get_headers,
}
