"""Count the hops of a request between threads and event loops; a child process."""

import asyncio
import json
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from asgiref.sync import AsyncToSync, SyncToAsync
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.test import AsyncRequestFactory, RequestFactory
from django.urls import path

from tests.benchmarks import sites
from tests.benchmarks.counting import run_child

COUNTED = (
    (SyncToAsync, "__call__"),
    (AsyncToSync, "__call__"),
    (asyncio, "new_event_loop"),
    (threading.Thread, "start"),
)


def read(request: HttpRequest) -> Any:
    return {}


async def aread(request: HttpRequest) -> Any:
    return {}


def read_as_view(request: HttpRequest) -> HttpResponse:
    return JsonResponse({})


async def aread_as_view(request: HttpRequest) -> HttpResponse:
    return JsonResponse({})


# Per case: what the file exports, the method that is asked for, and the view that
# plain Django would have in its place.
CASES: dict[str, tuple[dict[str, Any], str, Callable[..., Any]]] = {
    "sync": ({"GET": read, "POST": read}, "GET", read_as_view),
    "async": ({"GET": aread, "POST": aread}, "GET", aread_as_view),
    "mixed, sync handler": ({"GET": read, "POST": aread}, "GET", read_as_view),
    "mixed, async handler": ({"GET": aread, "POST": read}, "GET", aread_as_view),
    "mixed, sync POST": ({"GET": aread, "POST": read}, "POST", read_as_view),
    "mixed, async POST": ({"GET": read, "POST": aread}, "POST", aread_as_view),
}

Hops = dict[str, int]


def count_hops(side: str) -> Hops:
    """Return the hops of each case on each kind of server, in a child process."""
    hops: Hops = json.loads(run_child("hops", side))
    return hops


def _main(side: str) -> None:
    if side == "ours":
        sites.serve_routes({_get_url(case): CASES[case][0] for case in CASES})
    else:
        sites.serve_patterns(path(_get_url(case), CASES[case][2]) for case in CASES)
    hops = {}
    for case, (_, method, _) in CASES.items():
        for server, send in {"WSGI": _send_wsgi, "ASGI": _send_asgi}.items():
            hops[f"{case}, {server}"] = _count(send, method, f"/{_get_url(case)}")
    print(json.dumps(hops))  # noqa: T201 - what the parent reads


def _get_url(case: str) -> str:
    return case.replace(", ", "-").replace(" ", "-")


def _count(send: Callable[..., HttpResponseBase], method: str, url: str) -> int:
    """Return the hops of a second request; the first one may start a thread pool."""
    for _ in range(2):
        with _counted_calls() as calls:
            response = send(method, url, calls)
        body = getattr(response, "content", None)
        if (response.status_code, body) != (200, b"{}"):
            sys.exit(f"{method} {url}: the answer is {response!r}.")
    return calls.total()


@contextmanager
def _counted_calls() -> Iterator[Counter[str]]:
    calls: Counter[str] = Counter()
    with ExitStack() as stack:
        for owner, name in COUNTED:
            counting = _add_count(getattr(owner, name), calls)
            stack.enter_context(mock.patch.object(owner, name, counting))
        yield calls


def _add_count(original: Callable[..., Any], calls: Counter[str]) -> Callable[..., Any]:
    def counting(*args: Any, **kwargs: Any) -> Any:
        calls[original.__qualname__] += 1
        return original(*args, **kwargs)

    return counting


def _send_wsgi(method: str, url: str, calls: Counter[str]) -> HttpResponseBase:
    handler = BaseHandler()
    handler.load_middleware()
    return handler.get_response(RequestFactory().generic(method, url))


def _send_asgi(method: str, url: str, calls: Counter[str]) -> HttpResponseBase:
    handler = BaseHandler()
    handler.load_middleware(is_async=True)
    request: ASGIRequest = AsyncRequestFactory().generic(method, url)

    async def send() -> HttpResponseBase:
        # The server's own event loop is there before the request.
        calls.clear()
        return await handler.get_response_async(request)

    return asyncio.run(send())


if __name__ == "__main__":
    _main(*sys.argv[1:])
