"""Lay out figures beside their baselines and their budgets."""

from collections.abc import Iterable
from dataclasses import dataclass

_WIDTHS = (31, 13, 13, 8, 9)
_HEAD = ("what", "ours", "baseline", "ratio, +", "budget")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `is_met` is None where there is no budget to meet."""

    what: str
    ours: str = ""
    baseline: str = ""
    ratio: str = ""
    budget: str = ""
    is_met: bool | None = None
    note: str = ""

    def __str__(self) -> str:
        cells = (self.what, self.ours, self.baseline, self.ratio, self.budget)
        verdict = {True: "ok", False: "MISS", None: ""}[self.is_met]
        return f"{_align(cells)}  {verdict:4}  {self.note}".rstrip()


def compare(
    what: str, ours: float, baseline: float, limit: float | None = None, note: str = ""
) -> Row:
    """Return a row about a ratio; without a limit it is for information."""
    ratio = ours / baseline
    budget = "" if limit is None else f"<= {limit:.2f}x"
    is_met = None if limit is None else ratio <= limit
    return Row(
        what, _write(ours), _write(baseline), f"{ratio:.3f}", budget, is_met, note
    )


def bound(what: str, ours: float, baseline: float, limit: float, unit: str = "") -> Row:
    """Return a row about a difference that has a limit."""
    added = ours - baseline
    return Row(
        what,
        _write(ours),
        _write(baseline),
        f"{added:+.3g}",
        f"<= +{limit:g}{unit}",
        added <= limit,
    )


def _write(figure: float) -> str:
    return (
        f"{figure:,.0f}" if figure >= 1000 or figure == int(figure) else f"{figure:.2f}"
    )


def _align(cells: Iterable[str]) -> str:
    first, *rest = zip(cells, _WIDTHS, strict=True)
    figures = [cell.rjust(width) for cell, width in rest]
    return " ".join([first[0].ljust(first[1]), *figures])


def print_table(title: str, rows: Iterable[Row]) -> None:
    """Print rows under a title."""
    print(f"\n{title}\n{_align(_HEAD)}")  # noqa: T201 - the table is for people
    for row in rows:
        print(row, flush=True)  # noqa: T201 - as above
