"""A look-up names all that is read to answer a request, and judges what was found."""

import re

import pytest
from django.http import HttpResponse

from django_routehandlers.cache.entries import Names, make_entry, pack
from django_routehandlers.cache.freshness import Lifetime
from django_routehandlers.cache.keys import get_tag_digest
from django_routehandlers.cache.lookups import (
    MAX_ANCESTORS,
    Lookup,
    find_ancestors,
    find_hard_versions,
    find_tags,
    get_below_tag,
    get_entry_digest,
    get_path_tag,
    get_pattern_tag,
    get_plain_path,
    get_version_keys,
    is_same_hard,
)
from django_routehandlers.cache.versions import make_first_version
from tests.cache.making import make_dimensions, make_policy

HARD_1, SOFT_1, HARD_2, SOFT_2 = b"hard one", b"soft one", b"hard two", b"soft two"
OTHER = b"8 others"
VERSIONS = HARD_1 + SOFT_1 + HARD_2 + SOFT_2


def make_lookup():
    tags = (get_path_tag("/x"), get_pattern_tag("/x"))
    return Lookup("digest", tags, make_dimensions())


def make_entry_of(versions=VERSIONS):
    response = HttpResponse(b"body")
    return make_entry(response, Lifetime(60.0, 600.0), 1000.0, versions=versions)


def make_found(lookup, *versions, entry=None):
    """Return what a backend that has an entry and some versions gives."""
    found = dict(zip(lookup.version_keys, versions, strict=True))
    found = {key: version for key, version in found.items() if version is not None}
    return found | {lookup.key: pack(entry or make_entry_of())}


def test_all_that_answers_a_request_is_read_at_once():
    lookup = make_lookup()

    assert lookup.keys == [lookup.key, *lookup.version_keys]
    assert lookup.version_keys == [
        *get_version_keys(get_path_tag("/x")),
        *get_version_keys(get_pattern_tag("/x")),
    ]
    assert len(set(lookup.keys)) == 5


def test_keys_are_such_as_every_backend_takes():
    # 250 bytes without white space are Memcached's rule, and Django adds a prefix.
    assert all(re.fullmatch("[!-~]{1,100}", key) for key in make_lookup().keys)


@pytest.mark.parametrize(
    ("versions", "is_stale"),
    [
        ((HARD_1, SOFT_1, HARD_2, SOFT_2), False),
        ((HARD_1, OTHER, HARD_2, SOFT_2), True),
        ((HARD_1, SOFT_1, HARD_2, OTHER), True),
        ((HARD_1, OTHER, HARD_2, OTHER), True),
    ],
)
def test_a_soft_version_that_changed_makes_an_entry_stale(versions, is_stale):
    lookup = make_lookup()

    found = lookup.find_entry(make_found(lookup, *versions))

    assert found == (make_entry_of(), is_stale)


@pytest.mark.parametrize(
    "versions",
    [
        (OTHER, SOFT_1, HARD_2, SOFT_2),
        (HARD_1, SOFT_1, OTHER, SOFT_2),
        (OTHER, OTHER, OTHER, OTHER),
        (None, SOFT_1, HARD_2, SOFT_2),
        (HARD_1, None, HARD_2, SOFT_2),
        (HARD_1, SOFT_1, HARD_2, None),
        (None, None, None, None),
        (HARD_2, SOFT_2, HARD_1, SOFT_1),
        (b"short", SOFT_1, HARD_2, SOFT_2),
        ("hard one", SOFT_1, HARD_2, SOFT_2),
        (1, SOFT_1, HARD_2, SOFT_2),
    ],
    ids=repr,
)
def test_a_hard_version_that_changed_or_any_that_is_missing_ends_it(versions):
    lookup = make_lookup()

    assert lookup.find_entry(make_found(lookup, *versions)) is None


@pytest.mark.parametrize("stamped", [b"", HARD_1, VERSIONS[:-1], VERSIONS + OTHER * 2])
def test_an_entry_with_other_tags_is_none(stamped):
    lookup = make_lookup()
    entry = make_entry_of(versions=stamped)
    found = make_found(lookup, HARD_1, SOFT_1, HARD_2, SOFT_2, entry=entry)

    assert lookup.find_entry(found) is None


@pytest.mark.parametrize("value", [None, b"garbage", pack(Names(("a",), all=False))])
def test_what_is_no_entry_is_not_found(value):
    lookup = make_lookup()
    found = make_found(lookup, HARD_1, SOFT_1, HARD_2, SOFT_2) | {lookup.key: value}

    assert lookup.find_entry(found) is None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (b"", b"", True),
        (HARD_1 + SOFT_1, HARD_1 + OTHER, True),
        (HARD_1 + SOFT_1, OTHER + SOFT_1, False),
        (VERSIONS, HARD_1 + OTHER + OTHER + SOFT_2, False),
        (VERSIONS, HARD_1 + SOFT_1, False),
    ],
)
def test_hard_versions_are_compared_one_by_one(one, other, expected):
    assert is_same_hard(one, other) is expected


def test_hard_versions_are_found_for_each_tag():
    lookup = make_lookup()
    found = make_found(lookup, HARD_1, SOFT_1, None, SOFT_2)

    assert find_hard_versions(found, lookup.version_keys) == (HARD_1, None)


def test_a_first_hard_version_is_as_good_as_none():
    lookup = make_lookup()
    found = make_found(lookup, make_first_version(), SOFT_1, HARD_2, SOFT_2)

    assert find_hard_versions(found, lookup.version_keys) == (None, HARD_2)


@pytest.mark.parametrize(
    ("path", "url", "params", "expected"),
    [
        ("/", "/", {}, []),
        ("/blog", "/blog", {}, []),
        ("/blog/[slug]", "/blog/a", {"slug": "a"}, []),
        ("/blog/[slug]/edit", "/blog/a/edit", {"slug": "a"}, ["/blog/a"]),
        ("/blog/[slug]/edit", "/v1/blog/a/edit/", {"slug": "a"}, ["/v1/blog/a"]),
        ("/[a]/[b]/[c]", "/1/2/3", {}, ["/1", "/1/2"]),
        ("/f/[...p]", "/f/a", {"p": ["a"]}, []),
        ("/f/[...p]", "/f/a/b/c", {"p": ["a", "b", "c"]}, ["/f/a", "/f/a/b"]),
        ("/f/[[...p]]", "/f", {"p": []}, []),
        ("/f/[[...p]]", "/f/a/b", {"p": ["a", "b"]}, ["/f/a"]),
        ("/[id]/f/[[...p]]", "/1/f", {"id": "1", "p": []}, ["/1"]),
        ("/[id]/e", "/cafe\u0301/e", {"id": "cafe\u0301"}, ["/caf\u00e9"]),
    ],
)
def test_the_paths_above_an_entry_are_those_with_a_value(path, url, params, expected):
    assert list(find_ancestors(make_policy(path), url, params)) == expected


def test_no_more_paths_above_an_entry_are_known_than_there_may_be():
    parts = [str(number) for number in range(20)]
    policy = make_policy("/f/[...p]")

    found = list(find_ancestors(policy, "/f/" + "/".join(parts), {"p": parts}))

    assert found == ["/f/" + "/".join(parts[: n + 1]) for n in range(MAX_ANCESTORS)]


def test_an_entry_has_tags_for_its_path_its_route_what_is_above_and_its_own():
    policy = make_policy("/blog/[slug]/edit", tags=["posts", "post:{slug}"])
    pattern_tag = get_pattern_tag("/blog/[slug]/edit")

    tags = list(find_tags(policy, pattern_tag, "/blog/a/edit", {"slug": "a"}))

    assert tags == [
        get_path_tag("/blog/a/edit"),
        pattern_tag,
        get_below_tag("/blog/a"),
        get_tag_digest("tag", "posts"),
        get_tag_digest("tag", "post:a"),
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", ""),
        ("/blog/", "/blog"),
        ("/blog", "/blog"),
        ("/Blog", "/Blog"),
        ("/cafe\u0301", "/caf\u00e9"),
    ],
)
def test_tags_have_one_spelling_of_a_path(path, expected):
    assert get_plain_path(path) == expected


PARTS = {
    "scheme": "https",
    "host": "other.example",
    "path": "/prefix/x",
    "path_info": "/y",
    "urlconf": "tests.urls",
    "language": "de",
    "timezone": "Europe/Berlin",
    "query": (("page", None),),
    "headers": (None,),
    "context": (("tenant", "a"),),
    "is_whole": True,
}


def test_every_dimension_sets_entries_apart():
    plain = get_entry_digest("seed", make_dimensions())
    others = {
        name: get_entry_digest("seed", make_dimensions(**{name: value}))
        for name, value in PARTS.items()
    }

    assert PARTS.keys() == set(make_dimensions()._fields)
    assert len({plain, get_entry_digest("other", make_dimensions())}) == 2
    assert len({plain, *others.values()}) == 1 + len(PARTS)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"headers": (None,)}, {"headers": ("",)}),
        ({"headers": ("x1", "y")}, {"headers": ("x", "1y")}),
        ({"query": (("a", ("1", "2")),)}, {"query": (("a", ("2", "1")),)}),
        ({"query": (("a", ()),)}, {"query": (("a", None),)}),
        ({"query": (("a", ("",)),)}, {"query": (("a", None),)}),
        ({"query": (("a", ("1",)), ("b", None))}, {"query": (("a", ("1",)),)}),
        ({"language": None}, {"language": ""}),
        ({"host": "a", "path": "b/x"}, {"host": "a/b", "path": "/x"}),
    ],
    ids=str,
)
def test_what_is_nearly_the_same_is_another_entry(one, other):
    digests = {
        get_entry_digest("seed", make_dimensions(**parts)) for parts in (one, other)
    }

    assert len(digests) == 2
