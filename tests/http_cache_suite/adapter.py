"""
Put the product's cache before the origin's handler.

Each test is a route of its own, which declares in its config what the script says of its
answers: a function for `revalidate`, `expire` and `vary`. The handler gets the guarded
request, so that the cache decides as it does for any route.

What the suite asks for and the product leaves to routes and middleware is done here:

- `CDN-Cache-Control` stands in for `Cache-Control` as far as the cache (`targeted`), for
  a route that counts our cache among those which the field is meant for (RFC 9213).
- `Authorization` is read from the guarded request by the route of a test that sends it,
  unless the answer is for everybody: as a route does that answers who may ask.
- Lists in the headers that answers vary by are written in one way (RFC 9111, 4.1), as a
  middleware does that keeps the variants few.
"""

import time
from collections.abc import Iterable, Iterator
from copy import copy
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse

from django_routehandlers.cache.gates import Gate
from django_routehandlers.cache.places import Place, Places, set_places
from django_routehandlers.cache.policies import Policy, read_policy
from django_routehandlers.cache.revalidation import end_paths, find_ended_paths
from django_routehandlers.cache.serving import serve
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.segments import parse_segment
from tests.http_cache_suite.lifetimes import (
    parse_directives,
    read_expire,
    read_lifetime,
)
from tests.http_cache_suite.origin import View
from tests.http_cache_suite.scripts import (
    Script,
    find_play,
    has_credentials,
    read_vary,
)
from tests.http_cache_suite.steps import Visit, perform
from tests.http_cache_suite.targeted import follow_targeted, restore_for_clients

CACHED = {"GET", "HEAD"}

# RFC 9110, 9.2.1
SAFE = CACHED | {"OPTIONS", "TRACE"}

# Any of these lets a shared cache keep what was answered to credentials (RFC 9111, 3.5).
FOR_EVERYBODY = {"must-revalidate", "public", "s-maxage"}

FOLDERS = ("test", "[uuid]", "[[...rest]]")
ROUTE = Route(
    __package__ or "",
    tuple(map(parse_segment, FOLDERS)),
    f"{__package__}.route",
    "route.py",
    "route.py",
)


def mount() -> None:
    """Tell the product which paths its cache serves, as it tells itself of mounts."""
    place = Place("", ROUTE.path, _get_policy([]))
    set_places(lambda: Places((place,), (place,)))


def wrap(view: View) -> View:
    """
    Return the cached view for `/test/<uuid>` and what is below.

    Both are called with the request, the `uuid` and the `rest` of the path.
    """

    @cache
    def get_gate(uuid: str) -> Gate:
        play = find_play(uuid)
        assert play is not None
        return _build_gate(view, play.script)

    def cached(request: HttpRequest, uuid: str, rest: str) -> HttpResponse:
        if find_play(uuid) is None:
            return view(request, uuid, rest)
        if request.method in CACHED:
            return _serve(get_gate(uuid), request, uuid, rest)
        response = view(request, uuid, rest)
        if request.method not in SAFE:
            end_paths(request, find_ended_paths(request, response, is_cached=True))
        return response

    return cached


def _serve(gate: Gate, request: HttpRequest, uuid: str, rest: str) -> Any:
    params = {"uuid": uuid, "rest": rest}
    response = serve(gate, _unify_lists(request, gate.vary), params)
    restore_for_clients(response)
    return response


def _unify_lists(request: HttpRequest, names: Iterable[str]) -> HttpRequest:
    """Return a request without spaces around the commas of some headers."""
    unified = copy(request)
    # RFC 9111, 4.1: the spaces tell nothing.
    unified.META = request.META | {
        name: ",".join(member.strip() for member in request.META[name].split(","))
        for name in names
        if name in request.META
    }
    return unified


def _build_gate(view: View, script: Script) -> Gate:
    reads_credentials = has_credentials(script)

    def call(request: HttpRequest, params: dict[str, Any]) -> HttpResponse:
        response = view(request, params["uuid"], params["rest"])
        follow_targeted(response)
        if reads_credentials and not _is_for_everybody(response):
            request.headers.get("Authorization")
        return response

    return Gate(_get_policy(script), "", call, None)


def _is_for_everybody(response: HttpResponse) -> bool:
    directives = parse_directives(response.headers.get("Cache-Control", ""))
    return not FOR_EVERYBODY.isdisjoint(directives)


def _get_policy(script: Script) -> Policy:
    config = {
        "revalidate": read_lifetime,
        # One for all answers: in no script for us are there two that differ in it.
        "expire": max(map(read_expire, _get_answers(script)), default=0),
        "vary": read_vary(script),
    }
    policy = read_policy(ROUTE, config)
    assert policy is not None
    return policy


def _get_answers(script: Script) -> Iterator[HttpResponse]:
    for step in script:
        visit = Visit("GET", "", {})
        answer = perform(step, visit, {}, now=time.time(), body="")
        response = HttpResponse(headers=answer.headers)
        follow_targeted(response)
        yield response
