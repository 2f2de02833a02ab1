"""A project that uses every public name passes mypy's strict mode."""

import re

import pytest

from tests.projects import run_project
from tests.test_house import PUBLIC

ROUTE = """
    from collections.abc import AsyncIterator, Iterator
    from typing import Any, assert_type

    from django.http import FileResponse, StreamingHttpResponse

    from django_routehandlers.cache import (
        RevalidationError,
        arevalidate_path,
        arevalidate_tag,
        cache_tag,
        revalidate_path,
        revalidate_tag,
    )
    from django_routehandlers.http import Event, HttpError, Request, Response, after

    revalidate = 60
    tags = ["items", "item:{id}"]


    def GET(request: Request, id: int) -> Response:
        cache_tag("a", "b")
        assert_type(request.json(), Any)
        if id < 0:
            raise HttpError(404, "None.", headers={"X-Kind": "none"})
        return assert_type(Response.json({"id": id}, status=200), Response)


    async def POST(request: Request, id: int) -> StreamingHttpResponse:
        await arevalidate_tag("items", stale=True)
        await arevalidate_path("/items", below=True)

        async def count() -> AsyncIterator[Event]:
            yield Event({"n": 1}, event="count", id=1, retry=1000)

        after(lambda: None)
        return Response.events(count(), heartbeat=5)


    def PUT() -> dict[str, list[int]]:
        try:
            revalidate_tag("items")
            revalidate_path("/items/[id]")
        except RevalidationError as exc:
            assert_type((exc.message, exc.hint), tuple[str, str])
        return {"ids": [1]}


    def PATCH() -> StreamingHttpResponse:
        def lines() -> Iterator[str]:
            yield "a"

        return Response.stream(lines(), headers={"X-Kind": "lines"})


    def DELETE(request: Request) -> Response:
        request.form.getlist("a")
        return Response.redirect("/items", 303)


    def OPTIONS() -> FileResponse:
        return Response.file("a.txt", as_attachment=True, filename="b.txt")


    def HEAD() -> Response:
        return Response(b"", status=204, headers={})
"""
OTHERS = """
    from django.test import SimpleTestCase
    from django.urls import path

    from django_routehandlers.exceptions import (
        BrokenRouteError,
        DynamicUsageError,
        HandlerError,
        HttpError,
        RevalidationError,
        RouteHandlersError,
    )
    from django_routehandlers.middleware import DownstreamCacheMiddleware
    from django_routehandlers.testing import (
        RouteCache,
        RouteCacheMixin,
        RouteTestRunner,
        aassert_cacheable,
        acall_route,
        assert_cacheable,
        call_route,
        get_route_module,
        isolated_route_cache,
    )
    from django_routehandlers.urls import include_routes, urlpatterns

    patterns = [path("v1/", include_routes("shop", namespace="v1")), *urlpatterns]
    middleware = [DownstreamCacheMiddleware]
    errors: list[type[Exception]] = [HttpError, RouteHandlersError]
    ours: list[type[RouteHandlersError]] = [
        BrokenRouteError,
        DynamicUsageError,
        HandlerError,
        RevalidationError,
    ]


    def advance(cache: RouteCache, seconds: float) -> int:
        cache.advance(seconds)
        cache.clear()
        with cache.in_background():
            cache.drain()
        return sum(entry.status for entry in cache.entries.values())


    class ItemTests(RouteCacheMixin, SimpleTestCase):
        def test_item(self) -> None:
            assert_cacheable(self.client, "/items/1")
            advance(self.route_cache, 1)

        async def test_item_async(self) -> None:
            await aassert_cacheable(self.async_client, "/items/1", headers={})

        async def test_call(self) -> None:
            call_route("/items/[id]", params={"id": 1})
            await acall_route("/items/1", "POST", json={}, headers={"X-Kind": "a"})
            print(get_route_module("/items/[id]").__name__)


    class Runner(RouteTestRunner):
        pass


    def use_cache() -> None:
        with isolated_route_cache() as cache:
            advance(cache, 1.5)
"""
# Each line from the third one on has a mistake.
WRONG = """
    from django_routehandlers.cache import revalidate_tag
    from django_routehandlers.http import Event, HttpError, Response, after, befour

    revalidate_tag(1)
    Event("a", id=1.5)
    HttpError("404")
    Response.json({}, status="200")
    Response.redirect("/", "303")
    Response.stream(1)
    Response.file(1)
    after("text")
"""


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """Return what mypy says of a project that is right, and of one wrong file."""
    files = {"shop/items.py": ROUTE, "shop/others.py": OTHERS, "shop/wrong.py": WRONG}
    # What Django itself has no types for is Any.
    options = ["--strict", "--allow-subclassing-any", "--explicit-package-bases"]
    options.append("--disable-error-code=import-untyped")
    result = run_project(
        tmp_path_factory.mktemp("typed"), files, "-m", "mypy", *options, "shop"
    )
    return result.stdout.splitlines()


def test_every_public_name_passes(checked):
    told = [line for line in checked if not line.startswith("shop/wrong.py:")]

    assert told == ["Found 9 errors in 1 file (checked 4 source files)"]


def test_every_public_name_is_used():
    for module, names in PUBLIC.items():
        assert f"from {module} import" in ROUTE + OTHERS
        for name in names:
            assert re.search(rf"\b{name}\b", ROUTE + OTHERS), name


def test_wrong_use_of_a_public_name_is_told(checked):
    lines = [int(line.split(":")[1]) for line in checked if ": error: " in line]

    assert lines == [3, 5, 6, 7, 8, 9, 10, 11, 12]
