"""Send one request through Django's test client of either kind."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client
from django.test.client import ClientMixin

Send = Callable[..., Any]


def send_wsgi(method: str, path: str, body: bytes | str = b"", **options: Any) -> Any:
    """Send a request through `Client`."""
    # As every real client does; without it Django adds a port to the host's name.
    options["headers"] = {"Host": "testserver"} | dict(options.get("headers") or {})
    client, arguments = _prepare(Client, options)
    return client.generic(method, path, body, **arguments)


class _AsyncClient(AsyncClient):
    def _get_path(self, parsed: Any) -> str:
        # ASGI's path is text in UTF-8, and servers replace what is not; Django's
        # client hands on the latin-1 of WSGI.
        path: str = super()._get_path(parsed)
        return path.encode("latin-1").decode("utf-8", "replace")

    def _base_scope(self, **request: Any) -> dict[str, Any]:
        # A request has one host: that of the test goes before Django's own.
        pairs = request["headers"]
        host = [pair for pair in pairs if pair[0] == b"host"][-1]
        request["headers"] = [host, *[pair for pair in pairs if pair[0] != b"host"]]
        scope: dict[str, Any] = super()._base_scope(**request)
        return scope


def send_asgi(method: str, path: str, body: bytes | str = b"", **options: Any) -> Any:
    """Send a request through `AsyncClient`."""
    client, arguments = _prepare(_AsyncClient, options)

    async def send_on_event_loop() -> Any:
        return await client.generic(method, path, body, **arguments)

    return async_to_sync(send_on_event_loop)()


SENDERS: Mapping[str, Send] = {"wsgi": send_wsgi, "asgi": send_asgi}


def _prepare(
    kind: type[ClientMixin], options: dict[str, Any]
) -> tuple[Any, dict[str, Any]]:
    client = kind(
        enforce_csrf_checks=options.pop("enforce_csrf_checks", False),
        raise_request_exception=options.pop("raises", True),
    )
    client.cookies.load(options.pop("cookies", {}))
    if "type" in options:
        options["content_type"] = options.pop("type")
    return client, options


@pytest.fixture(params=sorted(SENDERS))
def send(request: pytest.FixtureRequest) -> Send:
    """
    Return a function that sends a request, under WSGI and under ASGI in turn.

    `send("POST", "/items", b"{}", type="application/json", cookies={...})`;
    with `raises=False` an exception in a view is the 500 that a visitor gets.
    """
    return SENDERS[request.param]


@contextmanager
def counted(owner: Any, name: str) -> Iterator[list[tuple[Any, ...]]]:
    """Collect the arguments of every call of a function while the block runs."""
    original = getattr(owner, name)
    calls: list[tuple[Any, ...]] = []

    def counting(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        return original(*args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, counting)
        yield calls
