"""Stand in for the two kinds of servers, with a body in any number of parts."""

import io
from asyncio import Event
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from asgiref.sync import async_to_sync
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

Headers = Mapping[str, str]
Answer = tuple[int, Mapping[str, str], bytes]


def serve_wsgi(
    method: str, path: str, parts: Sequence[bytes], headers: Headers
) -> Answer:
    """Return status, headers and content; the server has made one body of parts."""
    found: list[Any] = []
    names = {name: name.upper().replace("-", "_") for name in headers}
    plain = {"CONTENT_TYPE", "CONTENT_LENGTH"}
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(b"".join(parts)),
    } | {n if n in plain else f"HTTP_{n}": headers[h] for h, n in names.items()}
    with connections_kept():
        result: Any = WSGIHandler()(environ, lambda *start: found.extend(start))
        content = b"".join(result)
        result.close()
    return int(found[0][:3]), dict(found[1]), content


def serve_asgi(
    method: str, path: str, parts: Sequence[bytes], headers: Headers
) -> Answer:
    """Return status, headers and content; each part arrives by itself."""
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [
            (b"host", b"testserver"),
            *[(n.lower().encode(), v.encode("latin-1")) for n, v in headers.items()],
        ],
    }
    messages = [
        {"type": "http.request", "body": part, "more_body": True} for part in parts
    ]
    messages += [{"type": "http.request", "body": b"", "more_body": False}]
    sent: list[Any] = []

    async def serve() -> None:
        async def receive() -> Any:
            # The client stays until it has its answer.
            return messages.pop(0) if messages else await Event().wait()

        async def send(message: Any) -> None:
            sent.append(message)

        await ASGIHandler()(scope, receive, send)

    with connections_kept():
        async_to_sync(serve)()
    start, *rest = sent
    pairs = {n.decode(): v.decode("latin-1") for n, v in start["headers"]}
    return start["status"], pairs, b"".join(m.get("body", b"") for m in rest)


@contextmanager
def connections_kept() -> Iterator[None]:
    """Do as Django's test client does: tests own the connections to the database."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


SERVERS = {"asgi": serve_asgi, "wsgi": serve_wsgi}
