"""Guess what a name or a value of a config was meant to be."""

from collections.abc import Callable, Collection, Iterator
from functools import cache
from typing import Any

from django_routehandlers.routing.spelling import is_one_edit_away


@cache
def find_meant_name(name: str, known: tuple[str, ...]) -> str | None:
    """
    Return the known name that another one is a misspelling of, None if there is none.

    >>> known = ("revalidate", "max_body")
    >>> find_meant_name("revalidat", known), find_meant_name("maxBody", known)
    ('revalidate', 'max_body')
    """
    folded = _squeeze(name)
    for candidate in known:
        if folded == _squeeze(candidate):
            return candidate
    for candidate in known:
        # Of short words, too many are one letter apart: 'game', 'name'.
        is_near = len(candidate) > 5 or candidate[0] == name[0].lower()
        if is_near and is_one_edit_away(name.lower(), candidate):
            return candidate
    return None


def _squeeze(name: str) -> str:
    return name.replace("_", "").lower()


def find_meant_value(
    value: Any, words: Collection[str], accepts: Callable[[Any], bool]
) -> Any:
    """
    Return an accepted value that another one stands for, None if there is none.

    `words` are texts that some name accepts.

    >>> find_meant_value("posts", (), lambda value: value == ["posts"])
    ['posts']
    """
    return next(filter(accepts, _yield_values(value, words)), None)


def _yield_values(value: Any, words: Collection[str]) -> Iterator[Any]:
    if isinstance(value, str):
        text = value.strip().lower().replace("_", "-")
        yield text
        yield from (word for word in words if is_one_edit_away(text, word))
        if text.isdecimal():
            yield int(text)
        yield [value]
    elif isinstance(value, set | frozenset) and all(isinstance(v, str) for v in value):
        yield sorted(value)
    elif value is False:
        yield "off"
    elif isinstance(value, list | tuple) and len(value) == 1:
        yield value[0]
