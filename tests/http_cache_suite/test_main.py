"""The command: what it prints, and how it exits."""

import pytest

from tests.http_cache_suite import __main__ as command
from tests.http_cache_suite.processes import RunError
from tests.http_cache_suite.suites import Suite, UnavailableError

SUITES = [
    {
        "id": "cc-freshness",
        "tests": [
            {"id": "fresh", "kind": "optimal", "requests": [{}]},
            {"id": "stale", "requests": [{}], "depends_on": ["fresh"]},
            {"id": "other", "requests": [{}]},
        ],
    },
    {"id": "partial", "tests": [{"id": "range", "requests": [{}]}]},
]


@pytest.fixture
def main(monkeypatch, tmp_path, capsys):
    """Return a function that runs the command on results, and returns what it did."""

    def run(results, *arguments, floor=0):
        floors = {"git": {"required": floor, "optimal": 0}}
        monkeypatch.setattr("tests.http_cache_suite.floors.FLOORS", floors)
        monkeypatch.setattr(command, "get_suite", lambda: Suite("git", tmp_path))
        outcome = {"suites": SUITES, "results": results}
        monkeypatch.setattr(command, "run_suite", lambda suite: outcome)
        status = command.main(arguments)
        return status, capsys.readouterr().out.splitlines()

    return run


def test_two_lines_are_printed(main):
    results = {
        "fresh": True,
        "stale": True,
        "other": ["Assertion", "no"],
        "range": True,
    }

    assert main(results) == (
        0,
        [
            "git, origin-cache subset: required 1/2, optimal 1/1",
            "git, whole suite: required 2/3, optimal 1/1",
        ],
    )


def test_misses_are_listed(main):
    results = {"fresh": ["Assertion", "no"], "stale": True, "other": True}

    _, lines = main(results, "--list")

    assert lines[:-2] == [
        "optimal  fresh: Assertion: no",
        "required  stale: needs fresh",
    ]


@pytest.mark.parametrize(("floor", "status"), [(1, 0), (2, 1)])
def test_gate_compares_with_the_floor(main, floor, status):
    results = {"other": True}

    gated, lines = main(results, "--gate", floor=floor)

    missed = "Missed: required 1/2 is under the floor of 2."
    assert gated == status
    assert lines[2:] == [missed] * status
    assert main(results, floor=floor)[0] == 0


def raise_error(error):
    def fail():
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (
            UnavailableError("npm is not installed"),
            0,
            "could not run: npm is not installed",
        ),
        (
            RunError("node was killed after 300 seconds."),
            1,
            "node was killed after 300 seconds.",
        ),
    ],
)
def test_run_that_did_not_end_is_told(monkeypatch, capsys, error, status, line):
    monkeypatch.setattr(command, "get_suite", raise_error(error))

    assert command.main(["--gate"]) == status
    assert capsys.readouterr().out == f"http-tests/cache-tests: {line}\n"
