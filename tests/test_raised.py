"""An error passes the cache as a response, and is raised behind it."""

import traceback

import pytest
from django.http import Http404
from django.test import RequestFactory

from django_routehandlers.raised import RaisedResponse, raise_again, take_carried

REQUEST = RequestFactory()


def get_response(error):
    response = RaisedResponse(status=404)
    response.error = error
    return response


def raise_for(request, response):
    with pytest.raises(Http404) as caught:
        raise_again(request, response)
    return caught.value


def test_the_error_itself_is_raised():
    error = Http404("no")
    request, response = REQUEST.get("/"), get_response(error)

    assert raise_for(request, response) is error
    assert take_carried(request, error) is response


def test_the_response_is_taken_once():
    error = Http404("no")
    request, response = REQUEST.get("/"), get_response(error)
    raise_for(request, response)
    take_carried(request, error)

    assert response.error is None
    assert take_carried(request, error) is None


def test_another_error_did_not_pass_the_cache():
    request = REQUEST.get("/")
    raise_for(request, get_response(Http404()))

    assert take_carried(request, Http404()) is None
    assert take_carried(REQUEST.get("/"), Http404()) is None


def test_one_error_may_be_raised_for_many_requests():
    error = Http404("no")
    requests = [REQUEST.get("/") for _ in range(2)]
    responses = [get_response(error) for _ in requests]

    for request, response in zip(requests, responses, strict=True):
        raise_for(request, response)

    assert [take_carried(request, error) for request in requests] == responses


def test_the_traceback_keeps_no_response():
    request, response = REQUEST.get("/"), get_response(Http404())

    error = raise_for(request, response)

    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    (ours,) = [frame for frame in frames if frame.f_code.co_name == "raise_again"]
    assert "response" not in ours.f_locals
