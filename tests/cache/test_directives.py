"""Cache-Control is read directive by directive (RFC 9111, section 5.2)."""

import pytest

from django_routehandlers.cache.directives import parse_cache_control, parse_seconds


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", {}),
        (" , ,", {}),
        ("no-store", {"no-store": None}),
        (" no-store ", {"no-store": None}),
        ("No-Cache, PRIVATE", {"no-cache": None, "private": None}),
        ("max-age=60", {"max-age": "60"}),
        ("max-age = 60 ,public", {"max-age": "60", "public": None}),
        ("max-age=", {"max-age": None}),
        ("public,max-age=60", {"public": None, "max-age": "60"}),
        ('max-age="60"', {"max-age": '"60"'}),
        ("max-age=60;public", {"max-age": "60;public"}),
        ("max-age=60 public", {"max-age": "60 public"}),
        ("a=1, b, c=2", {"a": "1", "b": None, "c": "2"}),
    ],
)
def test_directives_are_found_by_lower_case_name(value, expected):
    assert parse_cache_control(value) == expected


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ('private="x, no-store", public', ["private", "public"]),
        ('x="private"', ["x"]),
        (r'x="a\", no-store", public', ["x", "public"]),
        ("x-no-store, not-private", ["x-no-store", "not-private"]),
        ("x=no-store", ["x"]),
    ],
)
def test_the_text_of_another_directive_is_none(value, names):
    assert list(parse_cache_control(value)) == names


def test_a_quote_that_never_ends_hides_no_directive():
    assert "no-store" in parse_cache_control('private="x, no-store')


def test_of_a_directive_that_occurs_twice_the_first_counts():
    assert parse_cache_control("max-age=5, Max-Age=60") == {"max-age": "5"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("60", 60),
        ("0060", 60),
        ('"60"', 60),
        (str(2**31), 2**31),
        (str(2**31 + 1), 2**31),
        ("9" * 25, 2**31),
        # Python refuses to read that many digits.
        ("9" * 10_000, 2**31),
    ],
)
def test_seconds_are_digits_with_a_bound(text, expected):
    assert parse_seconds(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "a",
        "-1",
        "+1",
        "1.5",
        "1e3",
        "1_000",
        '"a"',
        '"',
        '""',
        '"60',
        "60 ",
        "٣",
        "²",
        "a100",
    ],
)
def test_anything_else_is_no_number_of_seconds(text):
    assert parse_seconds(text) is None
