"""The cache before the origin decides as the scripts want it to."""

import time

import pytest

from django_routehandlers.cache import places
from tests.http_cache_suite.adapter import mount
from tests.http_cache_suite.playing import ask, put, read_state

pytestmark = pytest.mark.usefixtures("_is_served")

FRESH = {"Cache-Control": "max-age=60"}


def answer_with(headers, **step):
    return {"response_headers": list(map(list, headers.items()))} | step


def find_numbers(uuid):
    return [record["request_num"] for record in read_state(uuid)]


def count_of(response):
    """Return the number of the request that the response was made for."""
    return int(response["Client-Request-Count"])


def is_kept(headers):
    """Tell whether the answer with some headers is given a second time."""
    uuid = put(answer_with(headers), {})
    ask(f"/test/{uuid}", 1)
    return count_of(ask(f"/test/{uuid}", 2)) == 1


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        (FRESH, True),
        ({"Expires": 60, "Date": 0}, True),
        ({"Expires": -60, "Date": 0}, False),
        ({"Cache-Control": "max-age=60, no-cache"}, False),
        ({"Cache-Control": "max-age=60, private"}, False),
        ({"CDN-Cache-Control": "max-age=60"}, True),
        ({"CDN-Cache-Control": "max-age=60", "Cache-Control": "no-store"}, True),
        ({"CDN-Cache-Control": "max-age=60, &", "Cache-Control": "no-store"}, False),
        ({"CDN-Cache-Control": "no-store"} | FRESH, False),
        ({"CDN-Cache-Control": "no-cache"} | FRESH, False),
        ({"CDN-Cache-Control": "public", "Expires": 60, "Date": 0}, False),
        ({"Vary": "Foo"} | FRESH, True),
        ({"Vary": "*"} | FRESH, False),
        ({"Set-Cookie": "a=b"} | FRESH, False),
    ],
)
def test_response_says_whether_it_is_kept(headers, expected):
    assert is_kept(headers) == expected


@pytest.mark.parametrize(
    ("control", "until"),
    [("max-age=60", 60), ("max-age=60, stale-while-revalidate=40", 100)],
)
@pytest.mark.parametrize("is_over", [False, True])
def test_response_is_stale_only_while_it_lets_itself_be(
    route_cache, control, until, is_over
):
    uuid = put(answer_with({"Cache-Control": control}), {})
    ask(f"/test/{uuid}", 1)

    route_cache.advance(until + (1 if is_over else -1))

    assert count_of(ask(f"/test/{uuid}", 2)) == (2 if is_over else 1)


def test_refresh_plays_the_next_step(route_cache):
    stale = {"Cache-Control": "max-age=1, stale-while-revalidate=60"}
    uuid = put(answer_with(stale), answer_with(FRESH, response_body="refreshed"))
    ask(f"/test/{uuid}", 1)

    route_cache.advance(2)
    with route_cache.in_background():
        ask(f"/test/{uuid}", 2)

    assert ask(f"/test/{uuid}", 3).content == b"refreshed"
    assert find_numbers(uuid) == [1, None]


@pytest.mark.parametrize("number", [1, 2])
def test_headers_reach_the_client_as_the_origin_sent_them(number):
    headers = {
        "Cache-Control": "no-store",
        "CDN-Cache-Control": "max-age=60",
        "Expires": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(0)),
        "ETag": '"a"',
        "A": "b",
    }
    uuid = put(answer_with(headers))
    responses = [ask(f"/test/{uuid}", 1), ask(f"/test/{uuid}", 2)]

    sent = dict(responses[number - 1].headers)

    assert {name: sent[name] for name in headers} == headers
    assert find_numbers(uuid) == [1]


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        ("max-age=60", False),
        ("max-age=60, public", True),
        ("max-age=60, Must-Revalidate", True),
        ("s-maxage=60", True),
    ],
)
def test_answer_to_credentials_is_kept_if_it_is_for_everybody(control, expected):
    step = answer_with({"Cache-Control": control})
    uuid = put(step | {"request_headers": [["Authorization", "FOO"]]}, {})
    ask(f"/test/{uuid}", 1, Authorization="FOO")

    response = ask(f"/test/{uuid}", 2)

    assert (count_of(response) == 1) == expected


def test_spaces_in_a_list_do_not_tell_two_requests_apart():
    uuid = put(answer_with(FRESH | {"Vary": "Foo"}), {}, {}, {})
    ask(f"/test/{uuid}", 1, Foo="1 ,2", Bar="1 ,2")

    counts = [
        count_of(ask(f"/test/{uuid}", 2, Foo=" 1,  2 ")),
        count_of(ask(f"/test/{uuid}", 3, Foo="1")),
        count_of(ask(f"/test/{uuid}", 4)),
    ]

    assert counts == [1, 3, 4]
    assert read_state(uuid)[0]["request_headers"]["foo"] == "1 ,2"


def test_paths_and_queries_are_kept_apart():
    uuid = put(answer_with(FRESH), answer_with(FRESH), answer_with(FRESH), {})
    ask(f"/test/{uuid}", 1)
    ask(f"/test/{uuid}/a/b", 2)
    ask(f"/test/{uuid}?c=1", 3)

    urls = [f"/test/{uuid}", f"/test/{uuid}/a/b", f"/test/{uuid}?c=1"]

    assert [count_of(ask(url, 4)) for url in urls] == [1, 2, 3]


def test_head_is_answered_with_what_get_has_left():
    uuid = put(answer_with(FRESH), {})
    ask(f"/test/{uuid}", 1)

    assert count_of(ask(f"/test/{uuid}", 2, "HEAD")) == 1


@pytest.mark.parametrize(
    ("method", "status", "is_ended"),
    [
        ("POST", 200, True),
        ("PUT", 204, True),
        ("DELETE", 302, True),
        ("M-SEARCH", 200, True),
        ("POST", 404, False),
        ("POST", 500, False),
        ("OPTIONS", 200, False),
    ],
)
def test_unsafe_method_that_succeeds_ends_what_is_kept(method, status, is_ended):
    uuid = put(answer_with(FRESH), {"response_status": [status, ""]}, {})
    ask(f"/test/{uuid}", 1)
    assert count_of(ask(f"/test/{uuid}", 2, method)) == 2

    response = ask(f"/test/{uuid}", 3)

    assert count_of(response) == (3 if is_ended else 1)


def test_unsafe_method_ends_what_its_location_names(monkeypatch):
    monkeypatch.setattr(places, "_find_places", tuple)
    mount()
    created = answer_with({"Location": "new"}, magic_locations=True)
    uuid = put(answer_with(FRESH), created, {})
    ask(f"/test/{uuid}/new", 1)

    ask(f"/test/{uuid}", 2, "POST")

    assert count_of(ask(f"/test/{uuid}/new", 3)) == 3
