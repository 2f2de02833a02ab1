"""Keep what each test told the origin to answer, and what the origin was asked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

# What the suite sends for each request of a test, and what it wants to know of it.
Step = dict[str, Any]
Script = list[Step]
Record = dict[str, Any]


@dataclass(slots=True)
class Play:
    """One test: its script, what has been played of it, and the latest headers sent."""

    script: Script
    records: list[Record] = field(default_factory=list)
    latest: Mapping[str, str] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)


_plays: dict[str, Play] = {}


def add_play(uuid: str, script: Script) -> bool:
    """Keep the script of a test, and return whether it is the first under its name."""
    play = Play(script)
    return _plays.setdefault(uuid, play) is play


def find_play(uuid: str) -> Play | None:
    """Return the test of that name, or None."""
    return _plays.get(uuid)


def read_vary(script: Script) -> list[str]:
    """
    Return the names in the script's `Vary` fields, as a route would declare them.

    >>> read_vary([{"response_headers": [["Vary", "Foo, , *"], ["vary", "bar, foo"]]}])
    ['Foo', 'bar']

    `*` is no name: nothing that a route declares makes such a response fit for storing.
    """
    headers = _get_headers(script, "response_headers")
    lists = (value for name, value in headers if name == "vary")
    names: dict[str, str] = {}
    for name in ",".join(lists).split(","):
        names.setdefault(name.strip().lower(), name.strip())
    return [name for name in names.values() if name not in ("", "*")]


def has_credentials(script: Script) -> bool:
    """
    Tell whether a request of the script carries credentials.

    >>> has_credentials([{"request_headers": [["Authorization", "FOO"]]}])
    True
    """
    headers = _get_headers(script, "request_headers")
    return any(name == "authorization" for name, _ in headers)


def _get_headers(script: Script, kind: str) -> Iterator[tuple[str, Any]]:
    for step in script:
        for name, value, *_ in step.get(kind, []):
            yield name.lower(), value
