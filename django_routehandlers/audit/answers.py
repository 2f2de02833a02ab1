"""Say what answers a request, as facts."""

from dataclasses import dataclass, field

from django_routehandlers.audit.cached import CacheState
from django_routehandlers.audit.losers import Candidate


@dataclass(frozen=True, slots=True)
class Surrounding:
    """One middleware: its dotted name, and the `middleware.py` that lists it."""

    name: str
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What answers a request; its fields are JSON's keys.

    `outcome` is "handler", "options" (answered by itself), "method" (405),
    "redirect", "broken", "view" (not a route's) or "nothing". `status` is known where
    nobody's code runs. `params` and `captured`, by the URLconf before a mount, are
    written as `repr()` writes them. `candidates` did not answer. Where nothing does,
    `mounts` are the places of routes, `problems` those of folders without any URL.
    """

    method: str
    path: str
    outcome: str
    status: int | None = None
    route: str | None = None
    mount: str | None = None
    is_automatic: bool | None = None
    app: str | None = None
    file: str | None = None
    line: int | None = None
    view: str | None = None
    mode: str | None = None
    params: dict[str, str] = field(default_factory=dict)
    captured: dict[str, str] = field(default_factory=dict)
    middleware: list[Surrounding] = field(default_factory=list)
    csrf: str | None = None
    max_body: int | None = None
    allow: list[str] = field(default_factory=list)
    location: str | None = None
    cache: CacheState | None = None
    problems: list[str] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    mounts: list[str] = field(default_factory=list)
