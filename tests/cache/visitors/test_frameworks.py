"""Views of Django REST framework are cached if they read what the key has."""

import pytest
from django.conf import settings

from tests.cache.visitors.staging import MIDDLEWARE, get_status

pytest.importorskip("rest_framework")

APPS = [*settings.INSTALLED_APPS, "django.contrib.messages", "rest_framework", "shop"]

VIEWS = """
    from rest_framework.permissions import IsAuthenticated
    from rest_framework.renderers import BaseRenderer, JSONRenderer
    from rest_framework.response import Response
    from rest_framework.views import APIView

    class Page(APIView):
        def get(self, request):
            return Response({"hello": request.query_params.get("name", "everybody")})

    class Text(BaseRenderer):
        media_type, format = "text/plain", "text"

        def render(self, data, accepted_media_type=None, renderer_context=None):
            return str(data)

    class Public(Page):
        renderer_classes = [JSONRenderer, Text]
        authentication_classes = []
        permission_classes = []

    class Mine(APIView):
        permission_classes = [IsAuthenticated]

        def get(self, request):
            return Response({"name": request.user.username})
"""

ROUTE = """
    from shop.handlers import {view}
    GET = {view}.as_view()
    revalidate = 60
    {more}
"""


@pytest.fixture(autouse=True)
def _views(stage):
    routes = {
        "public": ("Public", "vary = ['Accept']"),
        "blind": ("Public", ""),
        "page": ("Page", "vary = ['Accept']"),
        "mine": ("Mine", "vary = ['Accept']"),
    }
    stage(
        VIEWS,
        files={
            f"shop/routes/{path}/route.py": ROUTE.format(view=view, more=more)
            for path, (view, more) in routes.items()
        },
        INSTALLED_APPS=APPS,
        MIDDLEWARE=MIDDLEWARE,
    )


def test_view_without_authentication_is_stored_for_each_media_type(alice, bob):
    kinds = ["application/json", "text/plain", "application/json", "text/plain"]

    responses = [
        visitor.get("/public", accept=kind)
        for visitor, kind in zip((alice, alice, bob, bob), kinds, strict=True)
    ]

    stored = "fwd=uri-miss; stored"
    types = [response.headers["Content-Type"].split(";")[0] for response in responses]
    assert types == kinds
    assert [get_status(r) for r in responses] == [stored, stored, "hit", "hit"]


def test_query_of_a_view_is_in_the_key(stranger):
    paths = ["/public?name=a", "/public?name=b", "/public?name=a&utm=x"]

    responses = [stranger.get(path, accept="application/json") for path in paths]

    assert [response.json()["hello"] for response in responses] == ["a", "b", "a"]
    assert get_status(responses[2]) == "hit"


def test_view_that_negotiates_without_vary_is_not_stored(stranger):
    response = stranger.get("/blind", accept="application/json")

    assert get_status(response) == 'fwd=uri-miss; detail="dynamic:header:accept"'


def test_view_that_authenticates_is_not_stored(alice, stranger):
    responses = [visitor.get("/page") for visitor in (alice, stranger)]

    assert all("dynamic:" in get_status(response) for response in responses)


def test_view_for_users_gives_each_their_own(alice, bob, stranger):
    responses = [visitor.get("/mine") for visitor in (alice, bob, stranger)]

    assert [response.status_code for response in responses] == [200, 200, 403]
    names = [response.json()["name"] for response in responses[:2]]
    assert names == ["alice", "bob"]
