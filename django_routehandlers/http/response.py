"""Turn what a handler returns into a response."""

import os
from collections.abc import AsyncIterable, Iterable, Mapping
from typing import IO, Any, Self

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponseRedirectBase
from django.utils.functional import Promise

from django_routehandlers.exceptions import HandlerError
from django_routehandlers.http.encoding import EncodingError, encode
from django_routehandlers.http.events import (
    HEARTBEAT_SECONDS,
    EventsResponse,
    stream_events,
)
from django_routehandlers.http.files import FileResponse, send_file
from django_routehandlers.http.streaming import StreamResponse, stream

REDIRECT_STATUSES = (301, 302, 303, 307, 308)

_JSON = "application/json"
_TEXT = "text/plain; charset=utf-8"

# Values that are JSON beyond doubt, so that nothing else is asked about them.
PLAIN = frozenset({dict, list, str, int, float, bool})


class Response(HttpResponse):
    """
    A response made from a body, a status (200 without one) and headers.

    A str is sent as `text/plain` in UTF-8, as the web's `Response` does, and
    bytes as `application/octet-stream`; `headers` may say otherwise. No body has no
    type. Raise `HandlerError` for a body that is neither.

    >>> Response("hello", status=201, headers={"X-Kind": "greeting"})["Content-Type"]
    'text/plain; charset=utf-8'
    """

    def __init__(
        self,
        body: str | bytes | None = b"",
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        if body is None:
            body = b""
        if not isinstance(body, str | bytes | bytearray | memoryview):
            raise HandlerError(
                f"Response() takes str or bytes, and got {_describe(body)}.",
                "Write Response.json(data, status=...).",
            )
        headers = {**(headers or {})}
        has_type = any(name.lower() == "content-type" for name in headers)
        if not has_type:
            is_text = isinstance(body, str)
            headers["Content-Type"] = _TEXT if is_text else "application/octet-stream"
        super().__init__(body, status=status, headers=headers)
        if not body and not has_type:
            del self.headers["Content-Type"]

    @classmethod
    def json(
        cls, data: Any, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Self:
        """
        Return a response with a value as JSON.

        Raise `HandlerError`, which names the place inside the value, for what has
        no form in JSON.
        """
        try:
            body = encode(data)
        except EncodingError as exc:
            message = f"Response.json() got data that is not JSON: {exc.message}"
            raise HandlerError(message, exc.hint) from None
        return cls(body, status, {"Content-Type": _JSON} | dict(headers or {}))

    @staticmethod
    def redirect(
        url: str | Promise,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> "Response":
        """
        Return a redirect to a URL, absolute or relative.

        Without a status it is 307, which keeps method and body, and after a form
        POST 303, which makes the browser GET the new page. Raise `ValueError` for
        a status other than 301, 302, 303, 307 or 308, and for no URL.
        """
        if not isinstance(url, str | Promise):
            raise ValueError(f"A redirect leads to a URL, not to {url!r}.")
        if status is not None and status not in REDIRECT_STATUSES:
            allowed = ", ".join(map(str, REDIRECT_STATUSES))
            raise ValueError(f"A redirect has a status of {allowed}, not {status!r}.")
        return RedirectResponse(url, status, headers)

    @staticmethod
    def stream(
        iterable: Iterable[str | bytes] | AsyncIterable[str | bytes],
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> StreamResponse:
        """
        Return a response that sends each str or bytes when it is yielded.

        The iterable is sync or async, under WSGI and ASGI alike; it is closed when the
        client leaves. Without a `Content-Type` it is `text/plain` in UTF-8. Raise
        `HandlerError` for what is no iterable of chunks.
        """
        return stream(iterable, status, headers)

    @staticmethod
    def events(
        iterable: Iterable[Any] | AsyncIterable[Any],
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        heartbeat: float | None = HEARTBEAT_SECONDS,
    ) -> EventsResponse:
        """
        Return a response of server-sent events (WHATWG HTML, section 9.2).

        Each item is an `Event`, or the data of one: a str, or anything that is JSON.
        While an iterable is silent a comment goes out every `heartbeat` seconds,
        except for a sync one under WSGI, and wherever it yields None. Raise
        `HandlerError` for what cannot be iterated.
        """
        return stream_events(iterable, status, headers, heartbeat)

    @staticmethod
    def file(
        file: str | os.PathLike[str] | IO[bytes],
        headers: Mapping[str, str] | None = None,
        *,
        as_attachment: bool = False,
        filename: str = "",
    ) -> FileResponse:
        """
        Return a response with a file, given by its path or open in binary mode.

        Type, length and name are found as Django's `FileResponse` finds them, `ETag`
        and `Last-Modified` on the disk; ranges and conditions of the request are
        heeded (RFC 9110, sections 13 and 14). Raise `Http404` for a path without a
        file. Nothing keeps a path that a client wrote inside a folder: use
        `django.utils._os.safe_join()`.
        """
        return send_file(file, headers, as_attachment=as_attachment, filename=filename)


class RedirectResponse(HttpResponseRedirectBase, Response):
    """A redirect whose status may be left to the dispatcher."""

    status_code = 307

    def __init__(
        self, url: Any, status: int | None, headers: Mapping[str, str] | None
    ) -> None:
        super().__init__(url, status=status, headers=headers)
        self.is_status_open = status is None


def settle(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Return what a response is for a request: a file may be a part, or a 304."""
    if isinstance(response, StreamResponse | FileResponse):
        return response.settle(request)
    return response


def to_response(value: Any, source: object) -> HttpResponseBase:
    """
    Return a handler's value as a response; plain data becomes JSON.

    `source` prints as the handler and its file. Raise `HandlerError` for a value
    that is no answer: None, bytes, a tuple, a set, a generator, a QuerySet or a
    model instance, and for data with one of the last three somewhere inside.
    """
    if value.__class__ not in PLAIN:
        if isinstance(value, HttpResponseBase):
            return value
        _refuse(value, source)
    try:
        body = encode(value)
    except EncodingError as exc:
        message = f"{source} returned data that is not JSON: {exc.message}"
        raise HandlerError(message, exc.hint) from None
    return HttpResponse(body, content_type=_JSON)


_WAYS_OUT: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (type(None), "Return a response: Response(status=204) for an answer without body."),
    (tuple, "For data and a status, write Response.json(data, status=...)."),
    ((bytes, bytearray, memoryview), "Write Response(data, headers={...})."),
    ((set, frozenset), "Write sorted(...) or list(...) around it."),
    (QuerySet, "Write list(...) around it, for example list(posts.values('id'))."),
    (Model, "Return a dict of the fields that clients may see."),
)


def _refuse(value: Any, source: object) -> None:
    for kinds, hint in _WAYS_OUT:
        if isinstance(value, kinds):
            raise HandlerError(f"{source} returned {_describe(value)}.", hint)
    if hasattr(value, "__next__") or hasattr(value, "__anext__"):
        raise HandlerError(
            f"{source} returned {_describe(value)}.",
            "Write list(...) around it, or Response.stream(...).",
        )


def _describe(value: Any) -> str:
    if value is None or isinstance(value, bytes):
        return "None" if value is None else "bytes"
    kind = type(value).__name__
    return f"an {kind}" if kind[0].lower() in "aeio" else f"a {kind}"
