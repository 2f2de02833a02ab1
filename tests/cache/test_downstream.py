"""What browsers and CDNs may keep is offered, to be said when a response is final."""

import pytest
from django.http import HttpResponse

from django_routehandlers.cache.downstream import find_offer, offer_downstream
from django_routehandlers.cache.freshness import Lifetime

MINUTE = Lifetime(60.0, 600.0)


def offer(downstream, lifetime=MINUTE, age=0.0):
    response = HttpResponse()
    offer_downstream(response, downstream, lifetime, age)
    return response


@pytest.mark.parametrize(
    ("lifetime", "expected"),
    [
        (
            MINUTE,
            "max-age=60, stale-while-revalidate=540, stale-if-error=540",
        ),
        (Lifetime(60.0, 60.0), "max-age=60"),
        (Lifetime(60.0, None), "max-age=60"),
        (Lifetime(0.5, 0.75), "max-age=0"),
        (Lifetime(None, None), "max-age=31536000"),
        # After that it is not served here either.
        (Lifetime(None, 600.0), "max-age=600"),
        (Lifetime(3600.0, 600.0), "max-age=600"),
    ],
    ids=str,
)
def test_a_cdn_keeps_an_answer_as_long_as_we_do(lifetime, expected):
    response = offer("cdn", lifetime, age=30.0)

    assert find_offer(response) == {"CDN-Cache-Control": expected}


@pytest.mark.parametrize(
    ("age", "seconds"), [(0.0, 30), (10.0, 40), (10.9, 40), (-5.0, 30), (5000.0, 5030)]
)
def test_seconds_count_from_now_and_age_from_when_it_was_made(age, seconds):
    response = offer(30.0, age=age)

    expected = f"max-age={seconds}, s-maxage={seconds}"
    assert find_offer(response) == {"Cache-Control": expected}


def test_an_offer_is_no_header_yet():
    response = offer("cdn")

    assert dict(response.headers) == dict(HttpResponse().headers)


def test_a_response_of_somebody_else_has_no_offer():
    assert find_offer(HttpResponse()) is None
