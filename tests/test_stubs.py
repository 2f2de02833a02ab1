"""The text of a new route, and of its test."""

from textwrap import dedent

import pytest
from django.urls.converters import REGISTERED_CONVERTERS, StringConverter

from django_routehandlers.management.stubs import (
    Stub,
    find_params,
    write_route,
    write_test,
)
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.segments import parse_segment


def make_stub(path, *methods, **options):
    folders = tuple(map(parse_segment, path.strip("/").split("/")))
    return Stub(Route("shop", folders, "", "", ""), methods, **options)


@pytest.fixture
def register(monkeypatch):
    """Return a function that registers a path converter until the test ends."""

    def register_one(name, regex, to_python=str):
        kind = type(name, (StringConverter,), {"regex": regex})
        kind.to_python = lambda self, value: to_python(value)
        monkeypatch.setitem(REGISTERED_CONVERTERS, name, kind())

    from django.urls.converters import get_converters

    get_converters.cache_clear()
    yield register_one
    get_converters.cache_clear()


ROUTES = {
    "one handler": (
        make_stub("hello", "GET"),
        """
        def GET():
            return {}
        """,
    ),
    "cached": (
        make_stub("items/[id=int]", "GET", revalidate="60"),
        """
        revalidate = 60


        def GET(id):
            return {"id": id}
        """,
    ),
    "every method": (
        make_stub(
            "[a]/[...b]",
            *("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "QUERY"),
            is_async=True,
            revalidate="0.5",
        ),
        """
        from django_routehandlers.http import Response

        revalidate = 0.5


        async def GET(a, b):
            return {"a": a, "b": b}


        async def HEAD(a, b):
            return Response()


        async def OPTIONS(a, b):
            return Response(status=204, headers={"Allow": "ALL"})


        async def POST(request, a, b):
            return Response.json({"a": a, "b": b, "body": request.json()}, status=201)


        async def PUT(request, a, b):
            return {"a": a, "b": b, "body": request.json()}


        async def PATCH(request, a, b):
            return {"a": a, "b": b, "body": request.json()}


        async def DELETE(a, b):
            return Response(status=204)


        async def QUERY(request, a, b):
            return {"a": a, "b": b, "body": request.json()}
        """,
    ),
    "a param that hides Response": (
        make_stub("[Response]", "DELETE"),
        """
        from django_routehandlers.http import Response as _Response


        def DELETE(Response):
            return _Response(status=204)
        """,
    ),
    "a converter of the project": (
        make_stub("[year=yyyy]", "PUT"),
        """
        def PUT(request, year):
            return {"year": f"{year}", "body": request.json()}
        """,
    ),
}


@pytest.mark.parametrize(("stub", "text"), ROUTES.values(), ids=ROUTES)
def test_route_has_a_handler_for_each_method(stub, text):
    everything = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY"

    assert write_route(stub) == dedent(text).lstrip().replace("ALL", everything)


def test_allow_names_what_the_route_answers():
    route = write_route(make_stub("a", "OPTIONS", "PUT"))

    assert 'headers={"Allow": "OPTIONS, PUT"}' in route


TESTS = {
    "without params": (
        make_stub("hello", "GET"),
        {},
        {},
        """
        from django.test import TestCase
        from django_routehandlers.testing import call_route

        ROUTE = "/hello"


        class RouteTests(TestCase):
            def test_get(self):
                response = call_route(ROUTE, "GET")

                self.assertEqual(response.status_code, 200)
                self.assertEqual(response.json(), {})
        """,
    ),
    "every kind of method": (
        make_stub("café/[id]", "HEAD", "OPTIONS", "POST", "DELETE", "QUERY"),
        {"id": "1"},
        {"app": "shop"},
        """
        from django.test import TestCase
        from django_routehandlers.testing import call_route

        ROUTE = "/café/[id]"
        APP = "shop"
        PARAMS = {"id": "1"}
        BODY = {"name": "Teapot"}


        class RouteTests(TestCase):
            def test_head(self):
                response = call_route(ROUTE, "HEAD", params=PARAMS, app=APP)

                self.assertEqual(response.status_code, 200)

            def test_options(self):
                response = call_route(ROUTE, "OPTIONS", params=PARAMS, app=APP)

                self.assertEqual(response.status_code, 204)
                self.assertEqual(response.headers["Allow"], "DELETE, HEAD, OPTIONS, POST, QUERY")

            def test_post(self):
                response = call_route(ROUTE, "POST", params=PARAMS, app=APP, json=BODY)

                self.assertEqual(response.status_code, 201)
                self.assertEqual(response.json(), {**PARAMS, "body": BODY})

            def test_delete(self):
                response = call_route(ROUTE, "DELETE", params=PARAMS, app=APP)

                self.assertEqual(response.status_code, 204)

            def test_query(self):
                response = call_route(ROUTE, "QUERY", params=PARAMS, app=APP, json=BODY)

                self.assertEqual(response.status_code, 200)
                self.assertEqual(response.json(), {**PARAMS, "body": BODY})
        """,
    ),
    "async, without a database": (
        make_stub("[...slug]", "GET", "PUT", is_async=True),
        {"slug": ["a", "b"]},
        {"has_database": False},
        """
        from django.test import SimpleTestCase
        from django_routehandlers.testing import acall_route

        ROUTE = "/[...slug]"
        PARAMS = {"slug": ["a", "b"]}
        BODY = {"name": "Teapot"}


        class RouteTests(SimpleTestCase):
            async def test_get(self):
                response = await acall_route(ROUTE, "GET", params=PARAMS)

                self.assertEqual(response.status_code, 200)
                self.assertEqual(response.json(), PARAMS)

            async def test_put(self):
                response = await acall_route(ROUTE, "PUT", params=PARAMS, json=BODY)

                self.assertEqual(response.status_code, 200)
                self.assertEqual(response.json(), {**PARAMS, "body": BODY})
        """,
    ),
    "what is sent back, without params": (
        make_stub("a", "PATCH"),
        {},
        {},
        """
        from django.test import TestCase
        from django_routehandlers.testing import call_route

        ROUTE = "/a"
        BODY = {"name": "Teapot"}


        class RouteTests(TestCase):
            def test_patch(self):
                response = call_route(ROUTE, "PATCH", json=BODY)

                self.assertEqual(response.status_code, 200)
                self.assertEqual(response.json(), {"body": BODY})
        """,
    ),
    # Nobody knows how it is printed.
    "a converter of the project": (
        make_stub("[year=yyyy]", "GET"),
        {"year": "2026"},
        {},
        """
        from django.test import TestCase
        from django_routehandlers.testing import call_route

        ROUTE = "/[year=yyyy]"
        PARAMS = {"year": "2026"}


        class RouteTests(TestCase):
            def test_get(self):
                response = call_route(ROUTE, "GET", params=PARAMS)

                self.assertEqual(response.status_code, 200)
        """,
    ),
}


@pytest.mark.parametrize(
    ("stub", "params", "options", "text"), TESTS.values(), ids=TESTS
)
def test_test_has_a_method_for_each_handler(stub, params, options, text):
    assert write_test(stub, params, **options) == dedent(text).lstrip()


def test_params_have_values_that_their_converters_accept(register):
    register("yyyy", "[0-9]{4}")
    path = "[a]/[b=int]/[c=slug]/[d=uuid]/[e=str]/[f=yyyy]/[[...g]]"

    assert find_params(make_stub(path, "GET").route) == {
        "a": "1",
        "b": 1,
        "c": "a-slug",
        "d": "00000000-0000-4000-8000-000000000000",
        "e": "text",
        "f": "2026",
        "g": ["a", "b"],
    }


def test_params_are_not_known_for_a_converter_that_is_hard_to_please(register):
    register("odd", "zz[0-9]{3}")

    assert find_params(make_stub("[a]/[b=odd]", "GET").route) is None
