"""What may be done with an entry follows from its age and its lifetime."""

import math

import pytest

from django_routehandlers.cache.freshness import (
    CLOCK_TOLERANCE,
    STALE_SECONDS,
    Freshness,
    Lifetime,
    get_freshness,
    get_lifetime,
)

FRESH, STALE, EXPIRED = Freshness.FRESH, Freshness.STALE, Freshness.EXPIRED


@pytest.mark.parametrize(
    ("lifetime", "expected"),
    [
        (Lifetime(60, 600), [FRESH, FRESH, STALE, STALE, EXPIRED, EXPIRED]),
        (Lifetime(60, 60), [FRESH, FRESH, EXPIRED, EXPIRED, EXPIRED, EXPIRED]),
        (Lifetime(60, None), [FRESH, FRESH, STALE, STALE, STALE, STALE]),
        (Lifetime(None, 600), [FRESH, FRESH, FRESH, FRESH, EXPIRED, EXPIRED]),
        (Lifetime(None, None), [FRESH] * 6),
        (Lifetime(0, 600), [FRESH, STALE, STALE, STALE, EXPIRED, EXPIRED]),
        # What is never served after 30 s is not fresh then.
        (Lifetime(600, 60), [FRESH, FRESH, EXPIRED, EXPIRED, EXPIRED, EXPIRED]),
    ],
    ids=str,
)
def test_each_limit_is_the_last_age_at_which_it_holds(lifetime, expected):
    ages = [0, 60, math.nextafter(60, 61), 600, math.nextafter(600, 601), 1e9]

    assert [
        get_freshness(age, lifetime.fresh, lifetime.expire) for age in ages
    ] == expected


JUST_TRUSTED = -CLOCK_TOLERANCE
NOT_TRUSTED = math.nextafter(-CLOCK_TOLERANCE, -math.inf)


@pytest.mark.parametrize(("fresh", "expire"), [(60, 600), (None, None), (None, 600)])
def test_an_entry_from_a_clock_that_is_far_ahead_is_stale(fresh, expire):
    found = [get_freshness(age, fresh, expire) for age in (JUST_TRUSTED, NOT_TRUSTED)]

    assert found == [FRESH, STALE]


def test_what_is_never_stale_is_not_so_for_a_clock_that_is_ahead():
    assert get_freshness(NOT_TRUSTED, 60, 60) is EXPIRED


@pytest.mark.parametrize(
    ("lifetime", "fresh", "expected"),
    [
        (Lifetime(60, 600), None, Lifetime(60, 600)),
        (Lifetime(60, 600), 5, Lifetime(5, 600)),
        (Lifetime(60, 600), 0, Lifetime(0, 600)),
        (Lifetime(60, 600), 90, Lifetime(60, 600)),
        (Lifetime(None, None), 5, Lifetime(5, None)),
    ],
)
def test_a_lifetime_is_only_ever_shortened(lifetime, fresh, expected):
    assert lifetime.shorten(fresh) == expected


@pytest.mark.parametrize(
    ("lifetime", "fresh", "expected"),
    [
        (Lifetime(60, 600), None, Lifetime(60, 60)),
        (Lifetime(60, 600), 5, Lifetime(5, 5)),
        (Lifetime(60, 600), 90, Lifetime(60, 60)),
        (Lifetime(None, None), None, Lifetime(None, None)),
        (Lifetime(None, None), 5, Lifetime(5, 5)),
        (Lifetime(None, 600), None, Lifetime(None, 600)),
        (Lifetime(None, 600), 5, Lifetime(5, 5)),
        (Lifetime(600, 60), None, Lifetime(600, 60)),
    ],
)
def test_what_is_never_stale_ends_with_its_freshness(lifetime, fresh, expected):
    assert lifetime.shorten(fresh, never_stale=True) == expected


@pytest.mark.parametrize(
    ("fresh", "expire", "expected"),
    [
        (60, None, Lifetime(60, 60 + STALE_SECONDS)),
        (60, 600, Lifetime(60, 600)),
        (60, 60, Lifetime(60, 60)),
        (None, None, Lifetime(None, None)),
        (None, 600, Lifetime(None, 600)),
        (0.5, None, Lifetime(0.5, 0.5 + STALE_SECONDS)),
    ],
)
def test_without_expire_an_entry_is_stale_for_a_day(fresh, expire, expected):
    assert get_lifetime(fresh, expire) == expected


def test_a_day_has_as_many_seconds_as_the_contract_says():
    assert STALE_SECONDS == 86_400
