"""A response made from an entry is like any other of Django's, and like no other."""

import pickle

import pytest
from django.http import HttpResponse

from django_routehandlers.cache import responses as module
from django_routehandlers.cache.entries import find_record, make_entry, pack
from django_routehandlers.cache.freshness import Lifetime
from django_routehandlers.cache.responses import build_response

TOLD = {"Age": "3", "Cache-Status": "routehandlers; hit"}


@pytest.fixture(params=["known", "unknown"])
def build(request, monkeypatch):
    """Build responses in a Django that is known, and in one that is not."""
    if request.param == "unknown":
        monkeypatch.setattr(module, "_is_known_state", lambda: False)
    return build_response


def make(response):
    """Return an entry as it comes back from a backend."""
    entry = make_entry(response, Lifetime(60.0, 600.0), 1000.0, versions=b"")
    return find_record(pickle.loads(pickle.dumps(pack(entry))))


def get_headers(response):
    return dict(response.items())


def test_this_django_is_known():
    assert module._is_known_state()


@pytest.mark.parametrize("status", [200, 203, 301, 404])
def test_it_has_what_was_stored_and_what_is_told(build, status):
    headers = {"X-Kind": "a", "ETag": '"1"'}
    stored = HttpResponse("é", "text/plain; charset=utf-8", status, headers=headers)

    response = build(make(stored), TOLD)

    assert (response.status_code, response.content) == (status, "é".encode())
    assert get_headers(response) == get_headers(stored) | TOLD
    assert response.reason_phrase == stored.reason_phrase
    assert response.charset == stored.charset
    assert response.serialize() == build(make(stored), TOLD).serialize()


def test_it_has_the_state_of_a_response_that_django_made(build):
    stored = HttpResponse("body", "text/html", 203)

    response = build(make(stored), {})

    assert vars(response).keys() == vars(stored).keys()
    for name in vars(stored).keys() - {"headers", "cookies", "_container"}:
        assert getattr(response, name) == getattr(stored, name)
    assert list(response) == [b"body"]


def test_its_headers_are_those_of_any_response(build):
    response = build(make(HttpResponse("body", "text/html")), TOLD)

    response["X-New"] = "1"
    response.headers["age"] = "4"
    del response["Content-Type"]
    response.headers.setdefault("ETag", '"2"')
    with pytest.raises(ValueError, match="newlines"):
        response["X-Bad"] = "a\nb"

    assert get_headers(response) == {
        "age": "4",
        "Cache-Status": "routehandlers; hit",
        "X-New": "1",
        "ETag": '"2"',
    }


def test_what_is_told_replaces_what_was_stored(build):
    stored = HttpResponse(headers={"X-Told": "then"})

    response = build(make(stored), {"X-told": "now"})

    assert response["X-Told"] == "now"
    assert "now" in get_headers(response).values()
    assert "then" not in get_headers(response).values()


def test_what_is_done_to_one_is_not_done_to_the_next(build):
    stored = HttpResponse("body", headers={"X-Kind": "a"})
    stored.marks = {"list": [1]}
    entry = make(stored)

    first = build(entry, TOLD)
    first["X-Kind"] = first["X-New"] = "b"
    first.set_cookie("a", "1")
    first.write(b" and more")
    first.marks["list"].append(2)
    first._resource_closers.append(print)
    second = build(entry, TOLD)

    assert get_headers(second)["X-Kind"] == "a"
    assert "X-New" not in second
    assert not second.cookies
    assert second.content == b"body"
    assert second.marks == {"list": [1]}
    assert second._resource_closers == []


def test_marks_for_middleware_come_back(build):
    stored = HttpResponse("body")
    stored.xframe_options_exempt = True
    stored.csp = {"default-src": ["'self'"]}

    response = build(make(stored), {})

    assert response.xframe_options_exempt is True
    assert response.csp == {"default-src": ["'self'"]}


def test_it_can_be_pickled_as_other_caches_do(build):
    response = build(make(HttpResponse("body", headers={"X-Kind": "a"})), TOLD)

    copy = pickle.loads(pickle.dumps(response))

    assert (copy.content, get_headers(copy)) == (b"body", get_headers(response))
