"""A handler gets what it names."""

import pytest
from django.test import RequestFactory

from django_routehandlers.http import Request
from django_routehandlers.http.binding import bind
from django_routehandlers.routing.handlers import read_handler


def call(signature, **params):
    """Return the arguments that a handler with a signature gets, by name."""
    handler, problems = read_handler(
        "GET", eval(f"lambda {signature}: locals()"), "route.py", tuple(params)
    )
    assert problems == []
    return bind(handler, tuple(params))(RequestFactory().get("/"), params)


@pytest.mark.parametrize(
    ("signature", "params", "answer"),
    [
        pytest.param("", {}, {}, id="nothing"),
        pytest.param("", {"id": "1"}, {}, id="nothing-of-one"),
        ("id", {"id": "1"}, {"id": "1"}),
        ("id, /", {"id": "1"}, {"id": "1"}),
        ("*, id", {"id": "1"}, {"id": "1"}),
        ("b, a", {"a": "1", "b": 2}, {"a": "1", "b": 2}),
        ("params", {"a": "1", "b": 2}, {"params": {"a": "1", "b": 2}}),
        pytest.param("params", {}, {"params": {}}, id="params-of-none"),
        ("a, params", {"a": "1"}, {"a": "1", "params": {"a": "1"}}),
    ],
)
def test_handler_gets_what_it_names(signature, params, answer):
    assert call(signature, **params) == answer


@pytest.mark.parametrize(
    ("signature", "params", "answer"),
    [
        pytest.param("request", {}, {}, id="alone"),
        pytest.param("request", {"id": "1"}, {}, id="of-one"),
        ("request, /", {"id": "1"}, {}),
        ("*, request", {"id": "1"}, {}),
        ("request, id", {"id": "1"}, {"id": "1"}),
        ("id, request", {"id": "1"}, {"id": "1"}),
        ("request, *, id", {"id": "1"}, {"id": "1"}),
        ("*, id, request", {"id": "1"}, {"id": "1"}),
        ("request, /, id", {"id": "1"}, {"id": "1"}),
        ("request, id='0'", {"id": "1"}, {"id": "1"}),
        ("request, a, b", {"a": "1", "b": 2}, {"a": "1", "b": 2}),
        ("request, b, a", {"a": "1", "b": 2}, {"a": "1", "b": 2}),
        ("request, b", {"a": "1", "b": 2}, {"b": 2}),
        ("request, params", {"a": "1"}, {"params": {"a": "1"}}),
        (
            "request, params, id",
            {"id": "1"},
            {"params": {"id": "1"}, "id": "1"},
        ),
        (
            "request, *args, **kwargs",
            {"id": "1"},
            {"args": (), "kwargs": {"id": "1"}},
        ),
    ],
)
def test_handler_gets_the_extended_request(signature, params, answer):
    arguments = call(signature, **params)

    request = arguments.pop("request")
    assert isinstance(request, Request)
    assert arguments == answer


def test_handler_of_wildcards_is_called_as_a_view():
    arguments = call("*args, **kwargs", id="1", slug=["a"])

    (request,) = arguments["args"]
    assert isinstance(request, Request)
    assert arguments["kwargs"] == {"id": "1", "slug": ["a"]}
