"""One clock tells the age of all entries, and a test can put it ahead."""

import time

import pytest

from django_routehandlers.cache import clock


def test_the_clock_is_that_of_the_machine():
    before, now, after = time.time(), clock.now(), time.time()

    assert before <= now <= after


@pytest.mark.parametrize("seconds", [3600.0, -3600.0])
def test_the_clock_can_be_put_ahead_and_back(route_cache, seconds):
    clock.set_offset(seconds)

    assert clock.get_offset() == seconds
    assert abs(clock.now() - time.time() - seconds) < 60


def test_a_test_advances_the_clock_from_where_it_is(route_cache):
    route_cache.advance(60)
    route_cache.advance(1.5)

    assert clock.get_offset() == 61.5
