"""Measure and break text as a terminal shows it."""

import re
import unicodedata
from collections.abc import Iterator

# A line may end before a slash, and behind a comma, a dot or a space.
_BREAKS = re.compile(r"(?<=[ ,.])|(?=/)")


def get_width(text: str) -> int:
    r"""
    Return how many columns of a terminal a text takes.

    >>> get_width("café"), get_width("cafe\u0301"), get_width("値段")
    (4, 4, 4)
    """
    if text.isascii():
        return len(text)
    return sum(map(_get_char_width, text))


def _get_char_width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def pad(text: str, width: int) -> str:
    """
    Return a text with spaces behind it, so that it takes a number of columns.

    >>> pad("値段", 6)
    '値段  '
    """
    return text + " " * (width - get_width(text))


def wrap(text: str, width: int) -> list[str]:
    """
    Return the lines of a text, none of which takes more than `width` columns.

    >>> wrap("GET, HEAD", 6), wrap("shop/routes/items/route.py", 12)
    (['GET,', 'HEAD'], ['shop/routes', '/items', '/route.py'])
    """
    lines = [""]
    for piece in _yield_pieces(text, width):
        if lines[-1] and get_width((lines[-1] + piece).rstrip()) > width:
            lines.append(piece)
        else:
            lines[-1] += piece
    return [line.rstrip() for line in lines]


def _yield_pieces(text: str, width: int) -> Iterator[str]:
    """Yield what is not to be parted, unless it is longer than a line."""
    for piece in _BREAKS.split(text):
        start = 0
        while get_width(piece[start:].rstrip()) > width:
            length = _count_fitting(piece[start:], width)
            yield piece[start : start + length]
            start += length
        if piece[start:]:
            yield piece[start:]


def _count_fitting(text: str, width: int) -> int:
    """Return how many characters fit, but one at least."""
    length = 1
    while get_width(text[: length + 1]) <= width:
        length += 1
    return length
