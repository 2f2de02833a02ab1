"""Read a listing that was saved as JSON."""

import json
from collections.abc import Callable
from typing import Any

from django_routehandlers.audit.changes import Facts
from django_routehandlers.audit.listing import Row


def parse_listing(text: bytes, name: str) -> list[Facts]:
    """
    Return the rows of a saved listing, each as its JSON has it.

    `name` is the file's. A key that this version does not know is kept, and only
    `path` and `methods` must be there. Raise `ValueError` for anything else.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as exc:
        reason = str(exc).rstrip(".") or "it is nested too deep"
        raise ValueError(f"{name} is no JSON: {reason}.") from exc
    if not isinstance(found, list):
        kind = type(found).__name__
        raise ValueError(f"{name} holds a {kind}, not a list of routes. {_HINT}")
    for number, facts in enumerate(found):
        if mistake := _find_mistake(facts):
            raise ValueError(f"{name}, route {number + 1}: {mistake} {_HINT}")
    return found


_HINT = "Save a listing with: manage.py routes --format json"

_NEEDED = ("path", "methods")


def _find_mistake(facts: Any) -> str:
    """Return what is wrong with a row, "" if nothing is."""
    if not isinstance(facts, dict):
        return f"it is a {type(facts).__name__}, not an object."
    for name in _NEEDED:
        if name not in facts:
            return f"it has no {name!r}."
    for name, field in Row.__dataclass_fields__.items():
        accepts, allowed = _KINDS[str(field.type)]
        if name in facts and not accepts(facts[name]):
            return f"{name!r} is not {allowed}."
    return ""


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


_KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    str(str): (lambda value: isinstance(value, str), "a text"),
    str(bool): (lambda value: isinstance(value, bool), "true or false"),
    str(list[str]): (_is_list, "a list of texts"),
    str(int | None): (
        lambda value: value is None or type(value) is int,
        "a number or null",
    ),
}
