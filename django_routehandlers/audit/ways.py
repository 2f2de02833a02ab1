"""Find to which patterns a URLconf leads a path."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, URLResolver

from django_routehandlers.urls import Mount, RouteTree


@dataclass(frozen=True, slots=True)
class Way:
    """
    One pattern that a path reaches: a view's that takes it, or a mount that is asked.

    `prefix` are the Django routes on the way, `rest` is what is left of the path
    and `captured` what was captured so far.
    """

    pattern: URLPattern | RouteTree
    prefix: str
    rest: str
    captured: Mapping[str, Any] = field(default_factory=dict)

    def is_to(self, mount: Mount) -> bool:
        """Tell whether it leads to a mount; one tree may be included twice."""
        place = f"{self.prefix}{self.pattern.pattern}"
        return mount.tree is self.pattern and mount.prefix == place


def find_ways(
    patterns: Iterable[Any],
    path: str,
    prefix: str = "",
    captured: Mapping[str, Any] | None = None,
) -> Iterator[Way]:
    """
    Yield all patterns that a path reaches, in the order in which Django asks them.

    Django takes the first view. A mount is reached by everything that was not yet
    refused on the way; whether it has a route is another question.
    """
    captured = captured or {}
    for pattern in patterns:
        if isinstance(pattern, RouteTree):
            yield Way(pattern, prefix, path, captured)
            continue
        found = pattern.pattern.match(path)
        if found is None:
            continue
        rest, _, kwargs = found
        known = {**captured, **kwargs}
        if isinstance(pattern, URLResolver):
            below = f"{prefix}{pattern.pattern}"
            yield from find_ways(pattern.url_patterns, rest, below, known)
        else:
            yield Way(pattern, prefix, rest, known)
