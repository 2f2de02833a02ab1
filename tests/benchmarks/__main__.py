"""
Print the table of budgets; exit with 1 if a counted one is missed.

With `--gate` only what is counted is measured: instructions and operations,
which do not depend on the machine's mood. Time is for information.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import mean, median

from tests.benchmarks import budgets, hops, measuring, startup
from tests.benchmarks.counting import has_valgrind
from tests.benchmarks.measuring import summarise
from tests.benchmarks.table import Row, print_table
from tests.benchmarks.workloads import FEW

CHILDREN = 2

# Counts depend a little on how Python hashes and where its objects lie, time on
# what else the machine does.
SEEDS = (0, 1, 2)
ROUNDS = 5

# How many other routes there are, beside few.
MANY, MOST = 1000, 10_000

Report = Callable[[str, Iterable[Row]], None]


def main() -> int:
    """Measure, print and return the exit status."""
    parser = argparse.ArgumentParser(prog=f"python -m {__package__}")
    parser.add_argument("--gate", action="store_true", help="only what is counted")
    is_gate = parser.parse_args().gate
    missed: list[str] = []

    def report(title: str, rows: Iterable[Row]) -> None:
        rows = list(rows)
        print_table(title, rows)
        missed.extend(row.what.strip() for row in rows if row.is_met is False)

    with tempfile.TemporaryDirectory() as folder:
        startup.write_files(Path(folder))
        report_operations(report, Path(folder))
        report_instructions(report, Path(folder), is_gate=is_gate)
        if not is_gate:
            report_time(report, Path(folder))
    print(f"\nMissed: {'; '.join(missed) or 'nothing'}")  # noqa: T201 - the outcome
    return 1 if missed else 0


def report_operations(report: Report, root: Path) -> None:
    """Report hops and memory."""
    sides = hops.count_hops("ours"), hops.count_hops("django")
    report("Hops between threads and event loops", budgets.get_hop_rows(*sides))
    figures = {way: startup.weigh_way(root, way) for way in ("routes", "flat")}
    report("Memory of start-up", budgets.get_memory_rows(figures))


def report_instructions(report: Report, root: Path, *, is_gate: bool) -> None:
    """Report instructions under valgrind, counted in two children at a time."""
    if not has_valgrind():
        note = "could not run: valgrind is not installed"
        report("Instructions", [Row("requests, reverse(), start-up", note=note)])
        return
    scales = {"ours": (FEW, MANY, MOST), "django": (FEW,) if is_gate else (FEW, MANY)}
    gated = ("routes", "nested", "flat")
    ways = gated if is_gate else tuple(startup.WAYS)
    with ThreadPoolExecutor(CHILDREN) as pool:
        # The longest come first, so that both processors are busy to the end.
        counts = [
            pool.map(partial(measuring.count_cells, *scale), SEEDS)
            for scale in scales.items()
        ]
        loads = pool.map(partial(startup.count_way, root), ways)
    ours_runs, django_runs = map(list, counts)
    ours, django = summarise(mean, ours_runs), summarise(mean, django_runs)
    report("Instructions per request", budgets.get_request_rows(ours[FEW], django[FEW]))
    report("Instructions per hit", budgets.get_hit_rows(ours[FEW], django[FEW]))
    report(
        "The same code, hashed otherwise",
        [budgets.get_noise_row([run[FEW] for run in ours_runs])],
    )
    report(
        f"Instructions beside other routes, against {FEW}",
        budgets.get_scale_rows(ours, django),
    )
    report(
        "Instructions of start-up",
        budgets.get_startup_rows(dict(zip(ways, loads, strict=True))),
    )


def report_time(report: Report, root: Path) -> None:
    """Report wall time, for information, where no two things run at once."""
    scale = FEW, MANY
    sides = [
        (measuring.time_cells("ours", scale), measuring.time_cells("django", scale))
        for _ in range(ROUNDS)
    ]
    ours, django = (summarise(median, list(runs)) for runs in zip(*sides, strict=True))
    rows = budgets.get_request_rows(ours[FEW], django[FEW], is_gated=False)
    report("Microseconds per request", rows)
    rows = budgets.get_hit_rows(ours[FEW], django[FEW], is_gated=False)
    report("Microseconds per hit", rows)
    rows = budgets.get_scale_rows(ours, django, is_gated=False)
    report(f"Microseconds beside other routes, against {FEW}", rows)
    rounds = [
        {way: startup.time_way(root, way) for way in startup.WAYS}
        for _ in range(ROUNDS)
    ]
    ways = {way: median(times[way] for times in rounds) for way in startup.WAYS}
    report("Milliseconds of start-up", budgets.get_startup_rows(ways, is_gated=False))


if __name__ == "__main__":
    sys.exit(main())
