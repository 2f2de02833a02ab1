"""The origin, as the suite's client talks to it."""

import socket
from unittest.mock import ANY

import pytest
from django.test import Client, RequestFactory

from tests.http_cache_suite.origin import CONNECTION, expose, handle
from tests.http_cache_suite.playing import ask, put, put_text, read_state

pytestmark = pytest.mark.usefixtures("_is_served")


def test_origin_plays_the_step_of_the_number():
    uuid = put({"response_status": [404, "Gone"]}, {"response_body": "second"})

    second, first = ask(f"/test/{uuid}", 2), ask(f"/test/{uuid}", 1)

    assert (second.status_code, second.content) == (200, b"second")
    assert (first.status_code, first.content) == (404, uuid.encode())
    assert first.reason_phrase == "Gone"


def test_response_says_which_it_is():
    uuid = put({}, {})

    ask(f"/test/{uuid}", 1)
    url = f"/test/{uuid}/file?query"
    request = RequestFactory().get(url, headers={"Req-Num": "2"})

    response = expose(handle)(request, uuid, "file")

    assert dict(response.headers) == {
        "Content-Type": "text/plain",
        "Server-Base-Url": f"/test/{uuid}/file?query",
        "Server-Request-Count": "2",
        "Client-Request-Count": "2",
        "Server-Now": ANY,
        "Request-Numbers": "1 2",
    }


def test_cookie_is_set_as_django_sets_it():
    uuid = put({"response_headers": [["Set-Cookie", "a=b"]]})

    response = ask(f"/test/{uuid}", 1)

    assert response.cookies.output() == "Set-Cookie: a=b"
    assert read_state(uuid)[0]["response_headers"] == [["Set-Cookie", "a=b"]]


def test_state_tells_what_reached_the_origin():
    uuid = put({"response_headers": [["A", "b"], ["C", "d", False]]})

    ask(f"/test/{uuid}", 1, Foo="bar")

    assert read_state(uuid) == [
        {
            "request_num": 1,
            "request_method": "GET",
            "request_headers": {"foo": "bar", "req-num": "1", "cookie": ""},
            "response_headers": [["A", "b"]],
        }
    ]


def test_nothing_reached_the_origin_yet():
    assert Client().get(f"/state/{put({})}").status_code == 404
    assert Client().get("/state/never").status_code == 404


def test_condition_is_compared_with_the_response_before():
    uuid = put(
        {"response_headers": [["Last-Modified", -3]]},
        {"expected_type": "lm_validated"},
    )
    first = ask(f"/test/{uuid}", 1)

    second = ask(f"/test/{uuid}", 2, If_Modified_Since=first["Last-Modified"])

    assert (second.status_code, second.content) == (304, b"")


def test_status_may_be_none_of_http():
    uuid = put({}, {"expected_type": "etag_validated"})

    assert ask(f"/test/{uuid}", 2).status_code == 999


def test_handler_without_a_client_plays_the_next_step():
    uuid = put({}, {"response_body": "refreshed"})
    ask(f"/test/{uuid}", 1)

    response = handle(RequestFactory().get(f"/test/{uuid}"), uuid)

    assert response.content == b"refreshed"
    assert response["Request-Numbers"] == "1 NaN"
    assert response["Client-Request-Count"] == "NaN"
    assert [record["request_num"] for record in read_state(uuid)] == [1, None]


def test_script_is_put_once():
    uuid = put({})

    assert put_text(uuid, "[]").status_code == 409
    assert Client().get(f"/config/{uuid}").status_code == 405


def test_test_without_a_script_or_a_step_is_a_conflict():
    assert ask("/test/never", 1).status_code == 409
    assert ask(f"/test/{put({})}", 2).status_code == 409


def test_step_may_hang_up():
    uuid = put({"disconnect": True})
    client_side, server_side = socket.socketpair()

    with client_side, server_side:
        Client().get(f"/test/{uuid}", **{CONNECTION: server_side})

        assert client_side.recv(1) == b""
    assert len(read_state(uuid)) == 1
