"""Count what a cache passed, by the suite's own rule."""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

# The kinds that count; the third, "check", only tells one behaviour from another.
KINDS = ("required", "optimal")

# What a cache inside the origin has no part in: it is asked for nothing but responses as
# a whole, and has no origin behind it that it could ask for less.
FOREIGN_SUITES = {"interim", "partial", "update304", "updateHEAD"}

# The fields that belong to the connection, and that a WSGI server writes.
HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
}

Results = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One test: what it needs others to have shown, and what it asks of a cache."""

    name: str
    kind: str
    needs: frozenset[str]
    is_for_origin: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """How many passed of how many."""

    passed: int
    total: int

    def __str__(self) -> str:
        return f"{self.passed}/{self.total}"


@dataclass(frozen=True, slots=True)
class Miss:
    """A test that does not count as passed, and why."""

    kind: str
    name: str
    reason: str


def parse_cases(suites: Iterable[Mapping[str, Any]]) -> list[Case]:
    """Return the tests of the suites, without those for browsers."""
    return [
        Case(
            name=test["id"],
            kind=test.get("kind", "required"),
            needs=frozenset(test.get("depends_on", [])),
            is_for_origin=_is_for_origin(suite["id"], test["requests"]),
        )
        for suite in suites
        for test in suite["tests"]
        if not test.get("browser_only")
    ]


def _is_for_origin(suite: str, steps: Iterable[Mapping[str, Any]]) -> bool:
    return suite not in FOREIGN_SUITES and not any(
        step.get("expected_type", "").endswith("validated")
        or step.get("interim_responses")
        or step.get("disconnect")
        or (suite == "headers" and not HOP_BY_HOP.isdisjoint(_get_names(step)))
        for step in steps
    )


def _get_names(step: Mapping[str, Any]) -> Iterator[str]:
    return (header[0].lower() for header in step.get("response_headers", []))


def find_passed(cases: Iterable[Case], results: Results) -> set[str]:
    """
    Return the names of the tests that count as passed.

    One whose prerequisite failed does not: it may have passed for no reason but that.

    >>> cases = [
    ...     Case("fresh", "optimal", frozenset(), True),
    ...     Case("stale", "required", frozenset({"fresh"}), True),
    ... ]
    >>> find_passed(cases, {"fresh": ["Assertion", "Not from cache"], "stale": True})
    set()
    """
    passing = [case for case in cases if results.get(case.name) is True]
    while True:
        passed = {case.name for case in passing}
        sound = [case for case in passing if case.needs <= passed]
        if len(sound) == len(passing):
            return passed
        passing = sound


def count(cases: Iterable[Case], passed: Set[str]) -> dict[str, Tally]:
    """Return the tally of each kind that counts."""
    names = {kind: [case.name for case in cases if case.kind == kind] for kind in KINDS}
    return {
        kind: Tally(len(passed.intersection(names[kind])), len(names[kind]))
        for kind in KINDS
    }


def find_misses(
    cases: Iterable[Case], passed: Set[str], results: Results
) -> Iterator[Miss]:
    """Yield the tests that count and were not passed, in the suite's order."""
    for case in cases:
        if case.kind in KINDS and case.name not in passed:
            yield Miss(case.kind, case.name, _get_reason(case, passed, results))


def _get_reason(case: Case, passed: Set[str], results: Results) -> str:
    if missing := sorted(case.needs - passed):
        return f"needs {', '.join(missing)}"
    match results.get(case.name):
        case [str(name), message]:
            return f"{name}: {message}"
    return "has no result"
