"""Make what stands in for the parts of a request: its query, cookies and headers."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from django_routehandlers.cache.recording import (
    RecordingDict,
    RecordingHeaders,
    RecordingQuery,
)
from django_routehandlers.cache.runs import Run

_META_IN_KEY = frozenset({"REQUEST_METHOD", "SCRIPT_NAME"})


class State:
    """What a guard knows: the request behind it, the run, and what is in the key."""

    __slots__ = (
        "made",
        "method",
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
        query: Any,
        query_string: str | None,
    ) -> None:
        self.real = real
        self.run = run
        self.vary = vary
        self.query = query
        self.query_string = query_string
        self.own: dict[str, Any] = {}
        self.made: dict[str, Any] = {}


def _get_query(state: State) -> RecordingQuery:
    run = state.run

    def record(name: str | None) -> None:
        if name is None:
            run.reads_whole_query = True
        else:
            run.names.add(name)

    return RecordingQuery(
        state.real.GET if state.query is None else state.query, record
    )


def _get_cookies(state: State) -> RecordingDict:
    return RecordingDict(
        state.real.COOKIES, lambda name: state.run.read(f"cookie:{name or '*'}")
    )


def _record_header(state: State, name: str | None) -> None:
    if name is None:
        state.run.read("header:*")
    elif name == "host" and not _trusts_forwarded_host():
        return
    elif name not in state.vary:
        state.run.read(f"header:{name}")


def _trusts_forwarded_host() -> bool:
    return bool(settings.USE_X_FORWARDED_HOST)


def _get_headers(state: State) -> RecordingHeaders:
    return RecordingHeaders(
        state.real.headers,
        lambda name: _record_header(state, name and name.lower()),
    )


class _Meta(RecordingDict):
    """`request.META`, as one GET request with the same key is as good as another."""

    def __init__(self, state: State) -> None:
        super().__init__(state.real.META, lambda name: _record_meta(state, name))
        self._state = state

    def __getitem__(self, name: str) -> Any:
        if name in ("REQUEST_METHOD", "QUERY_STRING"):
            found = self.get(name)
            if found is not None:
                return found
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Return a value, or a default."""
        if name == "REQUEST_METHOD":
            return "GET"
        if name == "QUERY_STRING" and self._state.query_string is not None:
            self._record(name)
            return self._state.query_string
        return super().get(name, default)


def _record_meta(state: State, name: str | None) -> None:
    if name is None:
        state.run.read("meta:*")
    elif name in _META_IN_KEY:
        return
    elif name == "QUERY_STRING":
        state.run.reads_whole_query = True
    elif name == "HTTP_COOKIE":
        state.run.read("cookie:*")
    elif name.startswith("HTTP_"):
        _record_header(state, name.removeprefix("HTTP_").replace("_", "-").lower())
    else:
        state.run.read(f"meta:{name}")


def _get_auser(state: State) -> Any:
    real = state.real.auser

    async def auser() -> Any:
        state.run.read("user")
        return await real()

    return auser


STAND_INS = {
    "COOKIES": _get_cookies,
    "GET": _get_query,
    "META": _Meta,
    "auser": _get_auser,
    "headers": _get_headers,
}
