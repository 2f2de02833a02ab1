"""The match of a route, and the redirect to its other spelling."""

import pytest
from asgiref.sync import async_to_sync, iscoroutinefunction
from django.http import HttpResponsePermanentRedirect
from django.test import RequestFactory

from django_routehandlers.http.dispatch import Views
from django_routehandlers.routing.endpoints import Endpoint
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.segments import parse_segment
from django_routehandlers.targets import Target


def view(request):
    """Do nothing: the sync view."""


async def aview(request):
    """Do nothing: the async view."""


def make_target(async_view=None, route="<str:id>"):
    folders = (parse_segment("[id]"),)
    endpoint = Endpoint(Route("shop", folders, "shop.routes.route", "file", "file"))
    return Target(endpoint, Views(view, async_view), route)


async def on_event_loop(function, *args):
    return function(*args)


@pytest.mark.parametrize(
    ("async_view", "expected"), [(None, view), (aview, aview)], ids=["one", "two"]
)
def test_async_view_is_for_the_event_loop(async_view, expected):
    target = make_target(async_view)

    sync_match = target.get_match(["7"])
    async_match = async_to_sync(on_event_loop)(target.get_match, ["7"])

    assert (sync_match.func, async_match.func) == (view, expected)
    assert sync_match.kwargs == async_match.kwargs == {"id": "7"}


def test_match_has_the_name_and_the_route():
    match = make_target().get_match(["7"])

    assert (match.url_name, match.view_name, match.route) == (
        "/[id]",
        "/[id]",
        "<str:id>",
    )


@pytest.mark.parametrize(
    ("route", "expected"), [("a", False), ("a/", True), ("", False)]
)
def test_slash_of_a_target(route, expected):
    assert make_target(route=route).ends_with_slash is expected


def test_redirect_is_of_the_kind_of_the_server():
    target = make_target()

    here = target.get_redirect(["7"]).func
    there = async_to_sync(on_event_loop)(target.get_redirect, ["7"]).func

    assert [iscoroutinefunction(here), iscoroutinefunction(there)] == [False, True]
    for func in (here, there):
        assert func.csrf_exempt is True
        assert func.login_required is False


def test_redirect_leaves_the_next_match_alone():
    target = make_target()

    target.get_redirect(["7"])

    assert target.get_match(["7"]).func is view


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/a/", "/a"),
        ("/a", "/a/"),
        ("/a/?x=1&y=%20", "/a?x=1&y=%20"),
        ("/%C3%A9/", "/%C3%A9"),
        ("/a%3Fb/", "/a%3Fb"),
        ("/a%23b/", "/a%23b"),
        ("/a%25b/", "/a%25b"),
        ("http://testserver//evil.test/", "/%2Fevil.test"),
        ("http://testserver///evil.test/", "/%2F/evil.test"),
        ("/%5Cevil.test/", "/%5Cevil.test"),
    ],
)
def test_redirect_keeps_path_and_query(path, location):
    request = RequestFactory().get(path)
    target = make_target()

    response = target.get_redirect(["7"]).func(request, id="7")
    aredirect = async_to_sync(on_event_loop)(target.get_redirect, ["7"]).func
    aresponse = async_to_sync(aredirect)(request, id="7")

    for each in (response, aresponse):
        assert isinstance(each, HttpResponsePermanentRedirect)
        assert (each.status_code, each["Location"]) == (308, location)
