"""Ask a plain request and a guarded one the same, and tell what was recorded."""

from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.http import HttpRequest
from django.test import AsyncRequestFactory, RequestFactory
from django.utils.functional import SimpleLazyObject

from django_routehandlers.cache.guard import guard
from django_routehandlers.cache.runs import Run
from django_routehandlers.http.request import extend

Read = Callable[[Any], Any]

RICH_QUERY = "page=2&tag=a&tag=b&empty="
COOKIES = {"theme": "dark", "sid": "s3cret"}
HEADERS = {"X-Kind": "odd", "Accept": "text/html"}


def make_request(
    kind: str = "wsgi",
    query: str = RICH_QUERY,
    cookies: Mapping[str, str] = COOKIES,
    headers: Mapping[str, str] = HEADERS,
    method: str = "GET",
    **extra: Any,
) -> Any:
    """Return a request as middleware leaves it, with a session and a user."""
    factory = {"wsgi": RequestFactory, "asgi": AsyncRequestFactory}[kind]()
    factory.cookies.load(dict(cookies))
    path = f"/items?{query}" if query else "/items"
    # The factory of ASGI names the host itself.
    host = {"Host": "testserver"} if kind == "wsgi" else {}
    request: Any = factory.generic(method, path, headers=host | dict(headers), **extra)
    request.session = SessionStore()
    request.session.update({"cart": "apples"})
    user = User(pk=7, username="alice")

    async def auser() -> User:
        return user

    request.user, request.auser = SimpleLazyObject(lambda: user), auser
    request._messages = FallbackStorage(request)
    request.tenant = "acme"
    request.resolver_match = SimpleNamespace(route="items")
    return request


def record(
    request: HttpRequest, *vary: str, query: Any = None, **options: Any
) -> tuple[Any, Run]:
    """Return what a handler sees of a request, and the account of its run."""
    run = Run("shop/routes/items/route.py", **options)
    return extend(guard(request, run, frozenset(vary), query)), run


def get_reads(run: Run) -> set[str]:
    """Return all that was recorded, names of the query included."""
    names = {f"query:{name}" for name in run.names}
    return {*run.reads, *names, *(["query:*"] if run.reads_whole_query else [])}


class Look(NamedTuple):
    """What a read gives of a plain request and of a guarded one, and the record."""

    plain: Any
    guarded: Any
    reads: set[str]


def look(read: Read, kind: str = "wsgi", *vary: str, **parts: Any) -> Look:
    """Read the same of two requests that are alike, of which one is guarded."""
    make = partial(make_request, kind, **parts)
    guarded, run = record(make(), *vary)
    plain = get_outcome(read, extend(make()))
    return Look(plain, get_outcome(read, guarded), get_reads(run))


def get_outcome(read: Read, request: HttpRequest) -> tuple[Any, ...]:
    """Return what a read gives, with its type, or what it raises."""
    try:
        value = read(request)
    except Exception as exc:  # noqa: BLE001 - whatever it is, both are to raise it
        return type(exc), str(exc)
    return type(value), value
