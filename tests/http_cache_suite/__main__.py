"""
Print how much of the suite our response cache passes.

The first line counts the tests that are for a cache inside the origin, the second one
all that are not for browsers; they belong together. With `--gate`, exit with 1 if the
first is under the floor; with `--list`, name its misses.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.http_cache_suite import scoring
from tests.http_cache_suite.floors import find_shortfalls
from tests.http_cache_suite.processes import RunError, run, serve_origin
from tests.http_cache_suite.suites import Suite, UnavailableError, get_suite

SCRIPT = Path(__file__).with_name("run.mjs")

# A run takes less than a minute.
LIMIT = 300


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suite, print what it counts and return the exit status."""
    parser = argparse.ArgumentParser(prog=f"python -m {__package__}")
    parser.add_argument("--gate", action="store_true", help="fail if under the floor")
    parser.add_argument("--list", action="store_true", help="name the misses")
    options = parser.parse_args(arguments)
    try:
        suite = get_suite()
        outcome = run_suite(suite)
    except UnavailableError as exc:
        say(f"http-tests/cache-tests: could not run: {exc}")
        return 0
    except RunError as exc:
        say(f"http-tests/cache-tests: {exc}")
        return 1
    tallies = report(suite, outcome, with_misses=options.list)
    shortfalls = find_shortfalls(suite.form, tallies) if options.gate else []
    for shortfall in shortfalls:
        say(f"Missed: {shortfall}")
    return 1 if shortfalls else 0


def run_suite(suite: Suite) -> dict[str, Any]:
    """Return the tests and their results, from a run against an origin of its own."""
    with tempfile.TemporaryDirectory() as folder, serve_origin() as base_url:
        file = Path(folder, "outcome.json")
        node = ("node", "--no-warnings", SCRIPT)
        run((*node, suite.folder, suite.form, base_url, file), limit=LIMIT)
        return json.loads(file.read_text())


def report(
    suite: Suite, outcome: dict[str, Any], *, with_misses: bool
) -> dict[str, scoring.Tally]:
    """Print the two lines, and return the tallies of the first."""
    results = outcome["results"]
    cases = scoring.parse_cases(outcome["suites"])
    passed = scoring.find_passed(cases, results)
    ours = [case for case in cases if case.is_for_origin]
    tallies = scoring.count(ours, passed)
    if with_misses:
        for miss in scoring.find_misses(ours, passed, results):
            say(f"{miss.kind}  {miss.name}: {miss.reason}")
    for title, counted in {
        "origin-cache subset": tallies,
        "whole suite": scoring.count(cases, passed),
    }.items():
        figures = ", ".join(f"{kind} {tally}" for kind, tally in counted.items())
        say(f"{suite.form}, {title}: {figures}")
    return tallies


def say(line: str) -> None:
    """Print a line, in order with what child processes print."""
    print(line, flush=True)  # noqa: T201 - the outcome


if __name__ == "__main__":
    sys.exit(main())
