"""Which tests count, and which of them count as passed."""

import pytest

from tests.http_cache_suite.floors import find_shortfalls
from tests.http_cache_suite.scoring import (
    Case,
    Miss,
    Tally,
    count,
    find_misses,
    find_passed,
    parse_cases,
)


def parse(*steps, suite="cc-freshness", **test):
    test = {"id": "a", "requests": list(steps), **test}
    return parse_cases([{"id": suite, "tests": [test]}])


def is_for_origin(*steps, suite="cc-freshness"):
    [case] = parse(*steps, suite=suite)
    return case.is_for_origin


def get_case(name, kind="required", needs=()):
    return Case(name, kind, frozenset(needs), is_for_origin=True)


def test_test_is_required_and_needs_nothing_unless_it_says_so():
    assert parse({}) == [Case("a", "required", frozenset(), is_for_origin=True)]
    assert parse({}, kind="check", depends_on=["b"]) == [
        Case("a", "check", frozenset({"b"}), is_for_origin=True)
    ]


def test_test_for_browsers_does_not_count():
    assert parse({}, browser_only=True) == []


@pytest.mark.parametrize("suite", ["interim", "partial", "update304", "updateHEAD"])
def test_suite_for_other_caches_is_not_for_the_origin(suite):
    assert not is_for_origin({}, suite=suite)


@pytest.mark.parametrize(
    "step",
    [
        {"expected_type": "etag_validated"},
        {"expected_type": "lm_validated"},
        {"interim_responses": [[103]]},
        {"disconnect": True},
    ],
)
def test_step_that_the_origin_cannot_play_is_not_for_the_origin(step):
    assert not is_for_origin({}, step)


def test_headers_of_the_connection_are_not_for_the_origin():
    step = {"response_headers": [["Date", 0], ["Keep-Alive", "a"]]}

    assert not is_for_origin(step, suite="headers")
    assert is_for_origin(step)
    assert is_for_origin({"response_headers": [["Date", 0]]}, suite="headers")


def test_test_passes_with_all_that_it_needs():
    cases = [
        get_case("c", needs=["b"]),
        get_case("b", needs=["a"]),
        get_case("a"),
        get_case("lost", needs=["unknown"]),
        get_case("silent"),
    ]
    results = {"a": True, "b": True, "c": True, "lost": True}

    assert find_passed(cases, results) == {"a", "b", "c"}
    assert find_passed(cases, results | {"a": ["Assertion", "no"]}) == set()
    assert find_passed(cases, results | {"b": ["Setup", "retry"]}) == {"a"}


def test_checks_are_needed_but_not_counted():
    cases = [get_case("a", "check"), get_case("b", "optimal", ["a"]), get_case("c")]

    passed = find_passed(cases, {"a": True, "b": True})

    assert count(cases, passed) == {"required": Tally(0, 1), "optimal": Tally(1, 1)}


def test_miss_says_what_it_lacks():
    cases = [
        get_case("a"),
        get_case("b", "optimal", ["a"]),
        get_case("c"),
        get_case("d", "check"),
        get_case("e"),
    ]
    results = {"a": ["Assertion", "Response 2 comes from cache"], "b": True, "e": True}

    misses = list(find_misses(cases, find_passed(cases, results), results))

    assert misses == [
        Miss("required", "a", "Assertion: Response 2 comes from cache"),
        Miss("optimal", "b", "needs a"),
        Miss("required", "c", "has no result"),
    ]


def test_floor_itself_is_enough():
    assert find_shortfalls(
        "git", {"required": Tally(126, 134), "optimal": Tally(67, 89)}
    ) == ["optimal 67/89 is under the floor of 68."]
