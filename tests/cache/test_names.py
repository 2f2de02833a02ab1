"""A route's key has the names of the query that were read, and not too many of them."""

import threading
from itertools import pairwise

import pytest

from django_routehandlers.cache import names
from django_routehandlers.cache.names import MAX_NAMES, Admission, Known, QueryNames


def get_state(known):
    return known.known


def test_at_first_no_name_is_known():
    assert get_state(QueryNames()) == ((), False)


@pytest.mark.parametrize(
    ("lessons", "is_new", "state"),
    [
        ([["b"], ["a"]], [True, True], (("a", "b"), False)),
        ([["b", "a"], ["a"], []], [True, False, False], (("a", "b"), False)),
        ([[""]], [True], (("",), False)),
        ([[]], [False], ((), False)),
    ],
)
def test_names_only_ever_grow(lessons, is_new, state):
    known = QueryNames()

    told = [known.learn(lesson) for lesson in lessons]

    assert (told, get_state(known)) == (is_new, state)


def test_the_whole_query_is_more_than_any_name():
    known = QueryNames()

    told = [known.learn(["a"], all_names=True), known.learn(["b"])]

    assert (told, known.known.all) == ([True, False], True)


def test_too_many_names_are_the_whole_query():
    known = QueryNames()
    known.learn(map(str, range(MAX_NAMES)))
    before = known.known.all

    is_new = known.learn(["one more"])

    assert (before, is_new, known.known.all) == (False, True, True)


def test_what_two_threads_learn_at_once_is_all_known():
    """Else the answer of the one that lost were in a key without its name."""
    known = QueryNames()
    other = threading.Thread(target=known.learn, args=(["b"],))

    def name_one_while_another_learns():
        yield "a"
        other.start()
        other.join(0.1)

    known.learn(name_one_while_another_learns())
    other.join()

    assert known.known == Known(("a", "b"))


def test_a_name_is_no_news_when_there_are_as_many_as_can_be():
    known = QueryNames()
    known.learn(map(str, range(MAX_NAMES)))

    assert (known.learn(["0"]), known.known.all) == (False, False)


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def admission(monkeypatch, clock):
    monkeypatch.setattr(names, "MAX_VARIANTS", 2)
    monkeypatch.setattr(names, "MAX_SIGHTINGS", 3)
    return Admission(clock)


def test_the_first_variants_are_admitted_at_once(admission):
    assert [admission.admits(variant) for variant in "ababc"] == [True] * 4 + [False]


def test_any_other_variant_is_admitted_when_it_is_seen_again(admission):
    assert [admission.admits(variant) for variant in "abcdcd"] == (
        [True, True, False, False, True, True]
    )


def test_variants_that_come_once_are_never_admitted(admission):
    told = [admission.admits(str(number)) for number in range(100)]

    assert told == [True, True] + [False] * 98


def test_no_more_sightings_are_kept_than_there_may_be(admission):
    for number in range(100):
        admission.admits(str(number))

    assert len(admission._variants | admission._sightings) <= 2 + 3


def test_a_window_later_others_may_be_the_first(admission, clock):
    before = [admission.admits(variant) for variant in "abc"]

    clock.now += names.WINDOW_SECONDS
    after = [admission.admits(variant) for variant in "dea"]

    assert (before, after) == ([True, True, False], [True, True, False])


def test_a_window_lasts_until_its_end(admission, clock):
    for variant in "ab":
        admission.admits(variant)

    clock.now += names.WINDOW_SECONDS - 0.001

    assert not admission.admits("c")


def test_bounds_are_those_of_the_contract():
    assert (names.MAX_VARIANTS, MAX_NAMES) == (256, 16)


def test_names_are_sorted_whatever_the_order_of_the_reads():
    known = QueryNames()
    known.learn("zmab")

    assert all(one < other for one, other in pairwise(known.known.names))
