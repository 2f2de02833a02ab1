"""What the origin answers at each step."""

import pytest

from tests.http_cache_suite.steps import Visit, perform

FIRST = "Thu, 01 Jan 1970 00:00:10 GMT"


def answer(step, headers=(), previous=(), url="/test/1?a"):
    visit = Visit("GET", url, dict(headers))
    return perform(step, visit, dict(previous), now=10.9, body="uuid")


def get_headers(*headers, **step):
    return dict(answer({"response_headers": list(headers), **step}).headers.items())


def test_empty_step_is_answered_with_the_name_of_the_test():
    got = answer({})

    assert (got.status, got.reason, got.body) == (200, "OK", "uuid")
    assert (dict(got.headers), got.expected) == ({}, {})


def test_step_gives_status_and_body():
    got = answer({"response_status": [404, "Gone"], "response_body": "text"})

    assert (got.status, got.reason, got.body) == (404, "Gone", "text")


@pytest.mark.parametrize("status", [204, 304])
def test_status_without_body_has_none(status):
    assert answer({"response_status": [status, ""], "response_body": "text"}).body == ""


def test_numbers_in_dates_count_from_now():
    assert get_headers(["Date", 0], ["Expires", 60], ["Age", 7]) == {
        "Date": FIRST,
        "Expires": "Thu, 01 Jan 1970 00:01:10 GMT",
        "Age": "7",
    }


def test_date_is_written_in_the_old_way_where_the_step_wants_it():
    got = get_headers(["Date", 0], ["Expires", 0], rfc850date=["expires"])

    assert got == {"Date": FIRST, "Expires": "Thursday, 01-Jan-70 00:00:10 GMT"}


def test_location_is_below_the_url_where_the_step_wants_it():
    headers = ["Location", "a"], ["Content-Location", ""]

    assert get_headers(*headers) == {"Location": "a", "Content-Location": ""}
    assert get_headers(*headers, magic_locations=True) == {
        "Location": "/test/1?a/a",
        "Content-Location": "/test/1?a",
    }


def test_repeated_field_becomes_a_list():
    assert get_headers(["Vary", "a"], ["vary", "b"]) == {"vary": "a, b"}


def test_client_expects_what_is_not_excepted():
    got = answer(
        {"response_headers": [["A", "1"], ["B", "2", True], ["C", "3", False]]}
    )

    assert got.expected == {"A": "1", "B": "2"}


def test_body_is_as_long_as_it_says():
    got = answer({"response_headers": [["Content-Length", "2"]]})

    assert got.body == "uu"


@pytest.mark.parametrize(
    ("headers", "previous", "status"),
    [
        ({"if-none-match": '"a"'}, {"etag": '"a"'}, 304),
        ({"if-none-match": '"a"'}, {"etag": '"b"'}, 999),
        ({"if-modified-since": FIRST}, {"last-modified": FIRST}, 304),
        ({"if-none-match": '"a"'}, {}, 999),
        ({}, {"etag": '"a"'}, 999),
        ({}, {}, 999),
    ],
)
def test_step_to_be_validated_asks_for_the_condition(headers, previous, status):
    got = answer({"expected_type": "etag_validated"}, headers, previous)

    assert got.status == status


@pytest.mark.parametrize(
    ("text", "number"), [("2", 2), (" 3, 4", 3), ("", None), ("x", None)]
)
def test_number_is_read_from_the_front(text, number):
    assert Visit("GET", "/", {"Req-Num": text}).number == number
