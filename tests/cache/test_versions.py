"""A version is eight bytes, and without all of them there is none."""

import pytest

from django_routehandlers.cache.versions import (
    is_next_version,
    is_version,
    join_versions,
    make_first_version,
    make_next_version,
)

VERSION, OTHER = b"8 bytes.", b"8 others"

NOT_VERSIONS = [None, b"", b"short", b"longer than it is", "8 bytes.", 12345678, ()]


@pytest.mark.parametrize("make", [make_first_version, make_next_version])
def test_versions_are_never_the_same(make):
    made = {make() for _ in range(1000)}

    assert (len(made), all(map(is_version, made))) == (1000, True)


def test_a_version_that_ends_others_can_be_told():
    assert not is_next_version(make_first_version())
    assert is_next_version(make_next_version())
    assert not any(map(is_next_version, NOT_VERSIONS))


@pytest.mark.parametrize("value", NOT_VERSIONS, ids=repr)
def test_a_version_is_eight_bytes(value):
    assert not is_version(value)
    assert is_version(VERSION)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"a": VERSION, "b": OTHER}, VERSION + OTHER),
        ({"a": VERSION}, None),
        ({"a": VERSION, "b": None}, None),
        ({"a": VERSION, "b": "8 others"}, None),
        ({}, None),
    ],
)
def test_versions_are_joined_if_all_are_there(found, expected):
    assert join_versions(found, ["a", "b"]) == expected
