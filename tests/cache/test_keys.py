"""Keys say all that they are made of, and nothing in the open."""

import re
from collections import defaultdict
from datetime import UTC, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from django_routehandlers.cache.keys import PREFIX, get_digest, get_tag_digest

# Lists of parts that a careless key takes for one another.
ALIKE = [
    (),
    ("",),
    (None,),
    ("None",),
    ((),),
    ("()",),
    ("", ""),
    ("a", "b"),
    ("ab",),
    ("ab", ""),
    ("a', 'b",),
    ('a", "b',),
    ("a,b",),
    (("a", "b"),),
    (("a",), "b"),
    ("a", ("b",)),
    (1,),
    ("1",),
    (b"1",),
    (True,),
    ("é",),
    ("e\u0301",),
    ("\ud800",),
    ("\\ud800",),
    ("a\x00",),
    ("A", "b"),
    (UTC,),
    (timezone(timedelta(hours=1)),),
    (ZoneInfo("Europe/Berlin"),),
    (ZoneInfo("Europe/Paris"),),
]


def test_no_two_lists_of_parts_have_the_same_digest():
    found = defaultdict(list)
    for parts in ALIKE:
        found[get_digest(*parts)].append(parts)

    assert [alike for alike in found.values() if len(alike) > 1] == []


@pytest.mark.parametrize("parts", ALIKE, ids=repr)
def test_a_digest_is_32_hex_digits(parts):
    assert re.fullmatch("[0-9a-f]{32}", get_digest(*parts))


def test_a_digest_is_the_same_in_every_process():
    # Python's own hash is not.
    assert get_digest("a", None, ("b", 1)) == "bf9c511ed537b0f23476cd7edea389dc"


def test_the_kind_of_a_tag_sets_it_apart():
    digests = {get_tag_digest(kind, "/a") for kind in ("tag", "path", "below")}

    assert len(digests | {get_digest("tag", "/a")}) == 4


def test_every_backend_takes_the_prefix():
    # Memcached allows no spaces and no control characters.
    assert re.fullmatch(r"[!-~]{1,10}", PREFIX)
