"""Measure every cell of one side; a child process of the table."""

import gc
import json
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpResponse

from tests.benchmarks.counting import count_child, mark, run_child
from tests.benchmarks.workloads import SERVE, Cell, get_cells

# Instructions are the difference of two loops, time is the best of some loops.
SHORT, LONG = 20, 120
TIMED, ROUNDS = 200, 5
WARM_UP = 10

# By the number of other routes and the cell's name.
Results = dict[int, dict[str, float]]


def count_cells(side: str, others: Iterable[int], seed: int) -> Results:
    """Return the instructions of each cell, counted in a child process."""
    arguments = ("count", side, *map(str, others))
    output, totals = count_child("measuring", *arguments, seed=seed)
    # Four marks per cell: around the short loop, then around the long one.
    loops = zip(totals[1::4], totals[3::4], strict=True)
    figures = [(long - short) / (LONG - SHORT) for short, long in loops]
    names = [(count, name) for count, name, _ in json.loads(output)]
    return _group(zip(names, figures, strict=True))


def time_cells(side: str, others: Iterable[int]) -> Results:
    """Return the microseconds of each cell, measured in a child process."""
    output = run_child("measuring", "time", side, *map(str, others))
    return _group(((count, name), time) for count, name, time in json.loads(output))


def _group(figures: Iterable[tuple[tuple[int, str], float]]) -> Results:
    results: Results = {}
    for (count, name), figure in figures:
        results.setdefault(count, {})[name] = figure
    return results


def summarise(average: Callable[[list[float]], float], runs: list[Results]) -> Results:
    """Return the average of each figure over some runs."""
    return {
        count: {name: average([run[count][name] for run in runs]) for name in cells}
        for count, cells in runs[0].items()
    }


def _main(mode: str, side: str, *others: str) -> None:
    measure = {"count": _count, "time": _time}[mode]
    results = []
    for count in map(int, others):
        SERVE[side](count)
        for cell in get_cells(side, count):
            _check(cell)
            _run(cell, _make_inputs(cell, WARM_UP))
            results.append((count, cell.name, measure(cell)))
    print(json.dumps(results))  # noqa: T201 - what the parent reads


def _check(cell: Cell) -> None:
    """Exit if the answer is wrong: then nothing is worth measuring."""
    found = cell.act(cell.make())
    if isinstance(found, HttpResponse):
        is_json = found["Content-Type"] == "application/json"
        body = json.loads(found.content) if is_json else found.content.decode()
        found = found.status_code, body
    if found != cell.expected:
        sys.exit(f"{cell.name}: the answer is {found!r}, not {cell.expected!r}.")


def _make_inputs(cell: Cell, times: int) -> list[Any]:
    return [cell.make() for _ in range(times)]


def _run(cell: Cell, inputs: list[Any]) -> None:
    """Act on each input, and let it go at once, as a server does."""
    act = cell.act
    while inputs:
        act(inputs.pop())


def _count(cell: Cell) -> None:
    for times in (SHORT, LONG):
        inputs = _make_inputs(cell, times)
        # So that each loop begins at the same place between two collections.
        gc.collect()
        mark()
        _run(cell, inputs)
        mark()


def _time(cell: Cell) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        inputs = _make_inputs(cell, TIMED)
        start = time.perf_counter()
        _run(cell, inputs)
        best = min(best, time.perf_counter() - start)
    return best / TIMED * 1e6


if __name__ == "__main__":
    _main(*sys.argv[1:])
