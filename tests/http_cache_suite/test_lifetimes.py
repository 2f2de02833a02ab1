"""How long a response may be kept, by what it says itself."""

from datetime import UTC, datetime

import pytest
from django.http import HttpResponse

from tests.http_cache_suite.lifetimes import (
    parse_directives,
    read_expire,
    read_lifetime,
)

THEN = datetime(2050, 8, 18, 2, 1, 18, tzinfo=UTC).timestamp()


def read(**headers):
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return read_lifetime(HttpResponse(headers=named), clock=lambda: THEN - 100)


@pytest.mark.parametrize(
    ("value", "lifetime"),
    [
        ("max-age=60", 60),
        ("MAX-AGE=60", 60),
        ("max-age=003600", 3600),
        ('max-age="60"', 60),
        ("max-age = 60", 60),
        ("max-age=60, max-age=5", 60),
        ("s-maxage=7, max-age=60", 7),
        ("max-age=60,s-maxage=7", 7),
        ('extension="max-age=3600", max-age=1', 1),
        (r'extension="\", max-age=3600", max-age=1', 1),
        ('extension="never closed, max-age=1', None),
        ("max-age=2147483648", 2**31),
        ("max-age=99999999999", 2**31),
        ("max-age=" + "9" * 5000, 2**31),
        ("max-age=0", None),
        ("s-maxage=0, max-age=60", None),
        ("s-maxage=x, max-age=60", None),
        ("max-age=-1", None),
        ("max-age=60.0", None),
        ("max-age='60'", None),
        ("max-age=a60", None),
        ("max-age=60a", None),
        ("max-age=٦٠", None),
        ("max-age", None),
        ("max-age=", None),
        (",,=,", None),
        ("public", None),
        ("max-age=60, No-Cache", None),
        ('max-age=60, no-cache="a"', None),
        ("", None),
    ],
)
def test_cache_control_gives_seconds(value, lifetime):
    # Not through headers: those must be Latin-1.
    response = HttpResponse()
    response.headers._store["cache-control"] = ("Cache-Control", value)

    assert read_lifetime(response) == lifetime


@pytest.mark.parametrize(
    "date",
    [
        "Thu, 18 Aug 2050 02:01:18 GMT",
        "THU, 18 AUG 2050 02:01:18 gMT",
        "Thursday, 18-Aug-50 02:01:18 GMT",
        "Thu Aug 18 02:01:18 2050",
        "  Thu, 18 Aug 2050 02:01:18 GMT ",
    ],
)
def test_expires_counts_from_now(date):
    assert read(Expires=date) == 100


@pytest.mark.parametrize(
    "date",
    [
        "0",
        "",
        "Thu, 18 Aug 2050 02:01:18 UTC",
        "Thu, 18 Aug 50 02:01:18 GMT",
        "Thu 18 Aug 2050 02:01:18 GMT",
        "Thu, 18  Aug  2050 02:01:18 GMT",
        "Thu, 18-Aug-2050 02:01:18 GMT",
        "Thu, 18 Aug 2050 02.01.18 GMT",
        "Thu, 18 Aug 2050 2:01:18 GMT",
        "Thu, 38 Aug 2050 02:01:18 GMT",
        "Thu, 18 Aug 2050 02:01:18 GMT, Thu, 18 Aug 2050 02:01:18 GMT",
    ],
)
def test_expires_that_is_no_date_is_past(date):
    assert read(Expires=date) is None


def test_expires_counts_from_the_date_of_the_response():
    date = "Thu, 18 Aug 2050 02:01:08 GMT"

    assert read(Expires="Thu, 18 Aug 2050 02:01:18 GMT", Date=date) == 10


def test_expires_counts_from_now_if_the_date_is_none():
    assert read(Expires="Thu, 18 Aug 2050 02:01:18 GMT", Date="today") == 100


def test_expires_in_the_past_is_no_lifetime():
    assert read(Expires="Thu, 18 Aug 2011 02:01:18 GMT") is None


def test_max_age_wins_over_expires():
    headers = {"Expires": "Thu, 18 Aug 2050 02:01:18 GMT"}

    assert read(Cache_Control="max-age=0", **headers) is None
    assert read(Cache_Control="max-age=5", **headers) == 5
    assert read(Cache_Control="public", **headers) == 100


def test_response_that_says_nothing_is_not_kept():
    assert read() is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("max-age=60", 60),
        ("max-age=60, stale-while-revalidate=5", 65),
        ("max-age=60, stale-while-revalidate=x", 60),
        ("max-age=0, stale-while-revalidate=5", 0),
        ("stale-while-revalidate=5", 0),
        ("no-cache, max-age=60, stale-while-revalidate=5", 0),
    ],
)
def test_stale_while_revalidate_counts_from_the_end_of_freshness(value, seconds):
    assert read_expire(HttpResponse(headers={"Cache-Control": value})) == seconds


def test_quotes_hide_commas_and_are_taken_off():
    directives = parse_directives('private="a, b" , x="\\"", no-store, y')

    assert directives == {"private": "a, b", "x": '\\"', "no-store": "", "y": ""}
