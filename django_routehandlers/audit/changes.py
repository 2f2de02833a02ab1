"""Tell what two listings do not have in common."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django_routehandlers.audit.listing import Row

# A row as JSON has it.
Facts = Mapping[str, Any]

_PARAMETER = re.compile(r"\[(\.\.\.)?[^\[\].=/]+(=[^\[\]=/]+)?\]")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of an endpoint, and what it was and is."""

    name: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Change:
    """One endpoint of both listings, and the fields that differ."""

    old: Facts
    new: Facts
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What was added to a listing, changed in it and removed from it."""

    added: tuple[Facts, ...] = ()
    changed: tuple[Change, ...] = ()
    removed: tuple[Facts, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether the listings differ at all."""
        return bool(self.added or self.changed or self.removed)


def compare(old: Iterable[Row | Facts], new: Iterable[Row | Facts]) -> Changes:
    """
    Return what differs between two listings, of rows or of their JSON.

    An endpoint is the same one as long as it has the same URLs: the names of its
    params may change. Only fields that both listings know are compared, so that one
    that another version has saved can be read.
    """
    found, left = _group(old), _group(new)
    pairs = [
        pair for key in left if key in found for pair in _pair(found[key], left[key])
    ]
    changes = [Change(a, b, tuple(_find_changes(a, b))) for a, b in pairs]
    return Changes(
        added=tuple(facts for group in left.values() for facts in group),
        changed=tuple(change for change in changes if change.fields),
        removed=tuple(facts for group in found.values() for facts in group),
    )


def _group(listing: Iterable[Row | Facts]) -> dict[str, list[Facts]]:
    groups: dict[str, list[Facts]] = defaultdict(list)
    for row in listing:
        facts = asdict(row) if isinstance(row, Row) else row
        groups[get_shape(facts["path"])].append(facts)
    return groups


def get_shape(path: str) -> str:
    """
    Return a path of a listing without the names of its params.

    >>> get_shape("/items/[id=int]/[[...rest]]")
    '/items/[=int]/[[...]]'
    """
    return _PARAMETER.sub(r"[\1\2]", path)


def _pair(old: list[Facts], new: list[Facts]) -> Iterator[tuple[Facts, Facts]]:
    """Take what belongs together out of two groups: by file first, then in order."""
    for facts in list(new):
        same = [other for other in old if other.get("file") == facts.get("file")]
        if same:
            old.remove(same[0])
            new.remove(facts)
            yield same[0], facts
    while old and new:
        yield old.pop(0), new.pop(0)


def _find_changes(old: Facts, new: Facts) -> Iterator[FieldChange]:
    for name, value in new.items():
        if name in old and old[name] != value:
            yield FieldChange(name, old[name], value)


def describe(changes: Changes) -> Iterator[str]:
    """
    Yield a line for each endpoint: `+` added, `~` changed, `-` removed.

    `+ GET, HEAD  /items`, and for what has changed the fields, `name: old -> new`.
    """
    for facts in changes.added:
        yield f"+ {get_title(facts)}"
    for change in changes.changed:
        fields = "; ".join(map(_describe_field, change.fields))
        yield f"~ {change.new['path']}  {fields}"
    for facts in changes.removed:
        yield f"- {get_title(facts)}"


def get_json(changes: Changes) -> dict[str, list[Any]]:
    """Return changes as JSON has them."""
    return {
        "added": list(changes.added),
        "changed": [
            {
                "path": change.new["path"],
                "fields": {f.name: {"old": f.old, "new": f.new} for f in change.fields},
            }
            for change in changes.changed
        ],
        "removed": list(changes.removed),
    }


def get_title(facts: Facts) -> str:
    """Return the methods and the path of an endpoint."""
    methods = "broken" if facts.get("broken") else _write(facts.get("methods", []))
    return f"{methods}  {facts['path']}"


def _describe_field(field: FieldChange) -> str:
    return f"{field.name}: {_write(field.old)} -> {_write(field.new)}"


def _write(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
