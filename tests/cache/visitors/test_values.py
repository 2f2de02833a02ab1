"""What a handler is given, and what it returns, is known for whose it is."""

import pytest
from django.test import RequestFactory
from django.urls import resolve

from tests.cache.visitors.staging import MIDDLEWARE, get_status, is_hit

PRIVATE = "private, no-store"

each_color = pytest.mark.parametrize("color", ["def", "async def"])


def test_captured_value_that_middleware_has_changed_is_not_the_paths(
    stage, alice, bob, route_cache
):
    """As for `/users/me`."""
    stage(
        """
        class Me:
            def __init__(self, get_response):
                self.get_response = get_response

            def __call__(self, request):
                return self.get_response(request)

            def process_view(self, request, view, args, kwargs):
                if kwargs.get("name") == "me":
                    kwargs["name"] = request.user.username

        def show(name):
            return {"name": name}
        """,
        files={
            "shop/routes/users/[name]/route.py": """
                from shop.handlers import show as GET
                revalidate = 60
            """
        },
        MIDDLEWARE=[*MIDDLEWARE, "shop.handlers.Me"],
    )
    visits = [(alice, "me"), (bob, "me"), (alice, "carol"), (bob, "carol")]

    responses = [visitor.get(f"/users/{name}") for visitor, name in visits]

    names = [response.json()["name"] for response in responses]
    assert names == ["alice", "bob", "carol", "carol"]
    assert list(route_cache.entries) == ["/users/carol"]
    assert get_status(responses[0]) == "fwd=bypass; detail=params"
    assert responses[0].headers["Cache-Control"] == PRIVATE


def test_view_that_another_one_calls_has_values_that_are_not_the_paths(
    stage, alice, route_cache
):
    stage(
        """
        from django.urls import resolve

        # handler
        def page(request):
            match = resolve(request.GET["path"])
            return match.func(request, **match.kwargs)
        """,
        config="",
        files={
            "shop/routes/posts/[id=int]/route.py": """
                revalidate = 60

                def GET(id):
                    return {"post": id}
            """
        },
    )
    paths = ["/posts/1", "/page?path=/posts/1", "/page?path=/posts/2", "/posts/2"]

    posts = [alice.get(path).json()["post"] for path in [*paths, *paths]]

    assert posts == [1, 1, 2, 2] * 2
    assert sorted(route_cache.entries) == ["/posts/1", "/posts/2"]


def test_view_that_is_called_without_a_match_is_not_cached(stage, route_cache):
    stage(
        "# none",
        files={
            "shop/routes/posts/[id=int]/route.py": """
                revalidate = 60

                def GET(id):
                    return {"post": id}
            """
        },
    )
    view, request = resolve("/posts/1").func, RequestFactory().get("/posts")

    bodies = [view(request, id=number).content for number in (1, 2)]

    assert bodies == [b'{"post":1}', b'{"post":2}']
    assert route_cache.entries == {}


def test_body_that_is_made_late_reads_what_it_reads(stage, alice, bob, route_cache):
    stage("""
        from django.http import HttpResponse

        class Late(HttpResponse):
            def __init__(self, request):
                self.asker = request
                super().__init__()

            @property
            def content(self):
                request = self.asker
                return f"{request.GET.get('a')} {request.COOKIES.get('b')}".encode()

            @content.setter
            def content(self, value):
                pass

        # handler
        def page(request):
            return Late(request)
    """)
    alice.client.cookies["b"], bob.client.cookies["b"] = "alices", "bobs"

    bodies = [visitor.read("/page?a=1") for visitor in (alice, bob)]

    assert bodies == ["1 alices", "1 bobs"]
    assert route_cache.entries == {}


def test_declared_query_is_djangos_own_in_every_run(stage, stranger, route_cache):
    """So that also code in C can read it, which asks no method."""
    stage(
        """
        import msgspec
        from django.http import HttpResponse

        # handler
        def page(request):
            return HttpResponse(msgspec.json.encode(request.GET))
        """,
        config="revalidate = 60\nquery = ['a']",
    )
    fresh = stranger.read("/page?a=1&utm=x")

    route_cache.advance(61)
    stale, renewed = stranger.read("/page?a=1"), stranger.get("/page?a=1")

    assert fresh == stale == renewed.content.decode() == '{"a":["1"]}'
    assert get_status(renewed) == "hit"


VALUES = {
    "query": ("{'query': request.GET}", '{"query":{"a":["1"],"b":["2","3"]}}'),
    "itself": ("request.GET", '{"a":["1"],"b":["2","3"]}'),
    "in a list": ("[request.GET]", '[{"a":["1"],"b":["2","3"]}]'),
    "in a response": (
        "Response.json({'all': request.GET})",
        '{"all":{"a":["1"],"b":["2","3"]}}',
    ),
    "in a struct": ("Struct(request.GET)", '{"held":{"a":["1"],"b":["2","3"]}}'),
    "in a dataclass": ("Data(request.GET)", '{"held":{"a":["1"],"b":["2","3"]}}'),
}


@each_color
@pytest.mark.parametrize("name", VALUES)
def test_query_that_is_returned_is_that_of_an_uncached_route(
    stage, stranger, name, color
):
    expression, expected = VALUES[name]
    source = f"""
        from dataclasses import dataclass
        from msgspec import Struct as Base
        from django_routehandlers.http import Response

        class Struct(Base):
            held: dict

        @dataclass
        class Data:
            held: dict

        # handler
        {color} page(request):
            return {expression}
    """
    plain_route = "from shop.handlers import page as GET\n"
    stage(source, files={"shop/routes/plain/route.py": plain_route})

    plain = stranger.read("/plain?a=1&b=2&b=3")
    paths = ["/page?a=1&b=2&b=3", "/page?b=2&b=3&a=1", "/page", "/page?a=2"]
    responses = [stranger.get(path) for path in paths]

    empty = expected.replace('{"a":["1"],"b":["2","3"]}', "{}")
    other = expected.replace('{"a":["1"],"b":["2","3"]}', '{"a":["2"]}')
    assert plain == expected
    assert [response.content.decode() for response in responses] == [
        expected,
        expected,
        empty,
        other,
    ]
    assert [is_hit(response) for response in responses] == [False, True, False, False]


def test_declared_query_is_spelt_as_its_client_does(stage, server, stranger):
    stage(
        """
        # handler
        def page(request):
            text = request.META["QUERY_STRING"]
            return {"a": request.GET["a"], "texts": [text, request.GET.urlencode()]}
        """,
        config="revalidate = 60\nquery = ['a']",
    )
    latin = {"content_type": "text/plain; charset=latin-1"}

    first = stranger.get("/page?a=%C3%A9&utm=x", **latin)
    second = stranger.get("/page?a=%C3%A9&utm=x")

    # Django's request of ASGI always reads UTF-8.
    value = "Ã©" if server == "wsgi" else "é"
    assert first.json() == {"a": value, "texts": ["a=%C3%A9"] * 2}
    assert second.json() == {"a": "é", "texts": ["a=%C3%A9"] * 2}
    assert get_status(first) == "fwd=bypass; detail=charset"
    assert get_status(second) == "fwd=uri-miss; stored"
