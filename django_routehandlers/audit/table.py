"""Show rows as a table that fits the terminal."""

from collections.abc import Iterable
from itertools import zip_longest

from django_routehandlers.audit.listing import Row
from django_routehandlers.audit.text import get_width, pad, wrap

_HEADINGS = ("METHODS", "PATH", "NAME", "MODE", "CACHE", "CSRF", "MIDDLEWARE", "FILE")

# What moves to a line below the others while the table is too wide, in this order.
_MOVABLE = ("FILE", "NAME", "MIDDLEWARE")

_GAP = "  "
_INDENT = "    "
_NARROWEST = 6

# The lines of one row.
Block = list[str]


def build_table(rows: Iterable[Row], width: int | None = None) -> list[Block]:
    """
    Return the lines of the headings, then those of each row.

    Each is one line, where the table has `width` columns to fit in as many lines
    as it takes; nothing is left out.
    """
    cells = [dict(zip(_HEADINGS, _HEADINGS, strict=True)), *map(_get_cells, rows)]
    names = [name for name in _HEADINGS if not _is_empty(name, cells)]
    widths = {name: max(get_width(row[name]) for row in cells) for name in names}
    below: list[str] = []
    for name in _MOVABLE:
        if width is not None and name in names and _sum(names, widths) > width:
            names.remove(name)
            below.append(name)
    if width is not None:
        _narrow(names, widths, width)
    below.sort(key=_HEADINGS.index)
    return [_build_block(row, names, widths, below, width) for row in cells]


def _is_empty(name: str, cells: list[dict[str, str]]) -> bool:
    """Tell whether a column is left out, because no row has anything in it."""
    return name == "MIDDLEWARE" and all(row[name] == "-" for row in cells[1:])


def _get_cells(row: Row) -> dict[str, str]:
    methods = ", ".join(row.methods) or "-"
    names = ", ".join(name.rpartition(".")[2] for name in row.middleware) or "-"
    values = (
        "broken" if row.broken else methods,
        row.path,
        row.name,
        row.mode,
        row.cache,
        row.csrf,
        names,
        row.file,
    )
    return dict(zip(_HEADINGS, values, strict=True))


def _sum(names: list[str], widths: dict[str, int]) -> int:
    return sum(widths[name] for name in names) + len(_GAP) * (len(names) - 1)


def _narrow(names: list[str], widths: dict[str, int], width: int) -> None:
    """Take from the widest column until all of them fit."""
    while _sum(names, widths) > width:
        widest = max(names, key=widths.__getitem__)
        if widths[widest] <= _NARROWEST:
            break
        widths[widest] -= 1


def _build_block(
    row: dict[str, str],
    names: list[str],
    widths: dict[str, int],
    below: list[str],
    width: int | None,
) -> Block:
    columns = [wrap(row[name], widths[name]) for name in names]
    lines = [
        _GAP.join(map(pad, texts, (widths[name] for name in names))).rstrip()
        for texts in zip_longest(*columns, fillvalue="")
    ]
    if below and width is not None:
        room = max(width - len(_INDENT), _NARROWEST)
        text = _GAP.join(row[name] for name in below)
        lines += [_INDENT + line for line in wrap(text, room)]
    return lines
