"""What a script says about the route that plays it."""

import pytest

from tests.http_cache_suite.scripts import (
    add_play,
    find_play,
    has_credentials,
    read_vary,
)


def get_script(*values):
    return [{"response_headers": [["Date", 0], ["Vary", value]]} for value in values]


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ([], []),
        ([""], []),
        (["Foo"], ["Foo"]),
        (["Foo, Bar"], ["Foo", "Bar"]),
        (["Foo", "Bar, foo"], ["Foo", "Bar"]),
        ([" Foo ,,\tBar,"], ["Foo", "Bar"]),
        (["*"], []),
        (["*, Foo"], ["Foo"]),
    ],
)
def test_vary_names_the_headers_of_all_steps(values, names):
    assert read_vary(get_script(*values)) == names


def test_vary_of_steps_without_headers_names_nothing():
    assert read_vary([{}, {"response_headers": [["Cache-Control", "no-store"]]}]) == []


def test_vary_is_found_whatever_its_case_and_what_follows_it():
    assert read_vary([{"response_headers": [["vArY", "Foo", False]]}]) == ["Foo"]


@pytest.mark.parametrize(
    ("steps", "has_any"),
    [
        ([{}, {"request_headers": [["authorization", "FOO"]]}], True),
        ([{"request_headers": [["Cookie", "a=b"]]}], False),
        ([{"response_headers": [["Authorization", "FOO"]]}], False),
    ],
)
def test_credentials_are_what_authorization_has(steps, has_any):
    assert has_credentials(steps) == has_any


def test_first_script_under_a_name_stays():
    is_first, is_second = add_play("twice", [{}]), add_play("twice", [])

    assert (is_first, is_second) == (True, False)
    assert find_play("twice").script == [{}]
    assert find_play("never") is None
