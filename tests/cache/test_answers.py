"""What is sent of an entry: validators, its age, and what the cache did."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from django_routehandlers.cache.answers import (
    add_status,
    answer,
    answer_unstored,
    complete,
    get_detail,
    get_hit_status,
)
from django_routehandlers.cache.downstream import find_offer
from django_routehandlers.cache.entries import make_entry
from django_routehandlers.cache.freshness import Lifetime
from tests.cache.making import make_policy

MINUTE = Lifetime(60.0, 600.0)


def complete_response(body=b"body", status=200, headers=None, **config):
    response = HttpResponse(body, status=status, headers=headers)
    complete(response, make_policy(**config))
    return response


def test_what_is_stored_is_asked_for_before_each_use():
    response = complete_response()

    assert dict(response.headers) == {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "max-age=0, must-revalidate",
        "ETag": response["ETag"],
    }


def test_a_handlers_own_cache_control_stays():
    response = complete_response(headers={"Cache-Control": "Public, Max-Age=5"})

    assert response["Cache-Control"] == "Public, Max-Age=5"


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({}, "Accept, X-Kind"),
        ({"Vary": "X-Kind"}, "X-Kind, Accept"),
        ({"Vary": "accept, x-kind"}, "accept, x-kind"),
    ],
)
def test_vary_names_the_headers_of_the_key(own, expected):
    response = complete_response(headers=own, vary=["x-kind", "accept"])

    assert response["Vary"] == expected


RESPONSES = [
    (b"body", 200, {}),
    (b"", 200, {}),
    (b"body", 301, {}),
    (b"body", 200, {"Content-Type": "text/plain"}),
    (b"body", 200, {"Content-Encoding": "gzip"}),
    (b"bodY", 200, {}),
]


def test_an_etag_tells_all_apart_that_a_client_would():
    etags = [complete_response(*response)["ETag"] for response in RESPONSES]

    assert len(set(etags)) == len(RESPONSES)


def test_an_etag_is_the_same_for_the_same_response():
    etags = {complete_response(headers={"X-Time": str(n)})["ETag"] for n in range(3)}

    assert len(etags) == 1


@pytest.mark.parametrize(
    ("own", "expected"),
    [('"a"', '"a"'), ('W/"a"', 'W/"a"'), ("a", '"a"'), ("undefined", '"undefined"')],
)
def test_a_handlers_own_etag_stays_in_quotes(own, expected):
    assert complete_response(headers={"ETag": own})["ETag"] == expected


LAST_MODIFIED = "Wed, 21 Oct 2026 07:28:00 GMT"
HEADERS = {
    "ETag": '"a"',
    "Last-Modified": LAST_MODIFIED,
    "Content-Location": "/a",
    "Expires": "0",
    "X-Own": "1",
}
LATER, EARLIER = LAST_MODIFIED.replace("21", "22"), LAST_MODIFIED.replace("21", "20")


def send_answer(conditions=None, headers=HEADERS, age=7.5, **config):
    response = complete_response(headers=headers, **config)
    request = RequestFactory().get("/x", headers=conditions)
    return answer(request, response, make_policy(**config), MINUTE, age, "hit; ttl=53")


@pytest.mark.parametrize(
    "conditions",
    [
        {"If-None-Match": '"a"'},
        {"If-None-Match": '"b", "a"'},
        {"If-None-Match": 'W/"a"'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": LAST_MODIFIED},
        {"If-Modified-Since": LATER},
        {"If-None-Match": '"a"', "If-Modified-Since": EARLIER},
    ],
    ids=str,
)
def test_a_client_that_has_it_gets_a_304(conditions):
    response = send_answer(conditions, vary=["Accept"])

    assert (response.status_code, response.content) == (304, b"")
    assert dict(response.headers) == {
        "Cache-Control": "max-age=0, must-revalidate",
        "Content-Location": "/a",
        "ETag": '"a"',
        "Expires": "0",
        "Last-Modified": LAST_MODIFIED,
        "Vary": "Accept",
        "Age": "7",
        "Cache-Status": "routehandlers; hit; ttl=53",
    }


@pytest.mark.parametrize(
    "conditions",
    [
        None,
        {"If-None-Match": '"b"'},
        {"If-None-Match": '"b"', "If-Modified-Since": LATER},
        {"If-Modified-Since": EARLIER},
        {"If-Modified-Since": "yesterday"},
    ],
    ids=str,
)
def test_any_other_client_gets_it_whole(conditions):
    response = send_answer(conditions)

    assert (response.status_code, response.content) == (200, b"body")
    assert (response["Age"], response["Cache-Status"], response["X-Own"]) == (
        "7",
        "routehandlers; hit; ttl=53",
        "1",
    )


@pytest.mark.parametrize(
    ("conditions", "status"),
    [
        ({"If-Match": '"b"'}, 412),
        ({"If-Match": '"a"'}, 200),
        ({"If-Unmodified-Since": EARLIER}, 412),
    ],
)
def test_a_precondition_that_fails_is_told(conditions, status):
    assert send_answer(conditions).status_code == status


@pytest.mark.parametrize(
    ("age", "expected"), [(0.0, "0"), (0.9, "0"), (59.9, "59"), (-30.0, "0")]
)
def test_age_is_whole_seconds_and_never_below_zero(age, expected):
    assert send_answer(age=age)["Age"] == expected


@pytest.mark.parametrize("conditions", [None, {"If-None-Match": '"a"'}])
def test_what_others_may_keep_is_offered_with_each_answer(conditions):
    offers = [
        find_offer(send_answer(conditions, downstream=downstream))
        for downstream in (None, "cdn", 30)
    ]

    assert offers == [
        None,
        {
            "CDN-Cache-Control": "max-age=60, stale-while-revalidate=540, stale-if-error=540"
        },
        {"Cache-Control": "max-age=37, s-maxage=37"},
    ]


def test_nothing_is_offered_beside_a_handlers_own_cache_control():
    response = send_answer(headers={"Cache-Control": "max-age=5"}, downstream="cdn")

    assert find_offer(response) is None


@pytest.mark.parametrize(
    ("is_private", "own", "expected"),
    [
        (True, {}, "private, no-store"),
        (False, {}, "max-age=0, must-revalidate"),
        (True, {"Cache-Control": "max-age=5"}, "max-age=5"),
    ],
)
def test_what_is_not_stored_here_is_not_stored_elsewhere(is_private, own, expected):
    response = answer_unstored(HttpResponse(headers=own), "x", is_private=is_private)

    assert (response["Cache-Control"], response["Cache-Status"]) == (
        expected,
        "routehandlers; x",
    )


def test_cache_status_goes_on_from_what_others_said():
    response = HttpResponse(headers={"Cache-Status": "origin; hit"})

    add_status(response, "hit")

    assert response["Cache-Status"] == "origin; hit, routehandlers; hit"


@pytest.mark.parametrize(
    ("fresh", "age", "is_stale", "expected"),
    [
        (60.0, 0.0, False, "hit; ttl=60"),
        (60.0, 59.0, False, "hit; ttl=1"),
        (60.0, 59.9, False, "hit; ttl=1"),
        (60.0, 60.0, False, "hit; ttl=0"),
        (60.0, 61.0, True, "hit; ttl=-1; detail=stale"),
        (60.0, 5.0, True, "hit; ttl=55; detail=stale"),
        (60.0, -30.0, False, "hit; ttl=60"),
        (0.5, 0.0, False, "hit; ttl=0"),
        (None, 5.0, False, "hit"),
        (None, 5.0, True, "hit; detail=stale"),
    ],
)
def test_a_hit_says_for_how_long_it_is_fresh(fresh, age, is_stale, expected):
    entry = make_entry(HttpResponse(), Lifetime(fresh, None), 0.0, versions=b"")

    assert get_hit_status(entry, age, is_stale=is_stale) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("stale", "detail=stale"),
        ("force-dynamic", "detail=force-dynamic"),
        ("status:404", 'detail="status:404"'),
        ("dynamic:cookie:a", 'detail="dynamic:cookie:a"'),
        ("max-age=0", 'detail="max-age=0"'),
        ("404", 'detail="404"'),
        ("", 'detail=""'),
        (r'a"b\c', r'detail="a\"b\\c"'),
        ("a\r\nX-Evil: 1", 'detail="a??X-Evil: 1"'),
        ("café", 'detail="caf?"'),
    ],
)
def test_a_detail_is_a_token_or_a_quoted_text(word, expected):
    assert get_detail(word) == expected
