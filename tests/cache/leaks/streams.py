"""What happens to a route: visits of three people, and what a project does meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from django.core.cache import caches

from django_routehandlers.cache import revalidate_path, revalidate_tag
from django_routehandlers.cache.gates import forget_gates
from tests.cache.leaks.programs import (
    Program,
    find_dimensions,
    find_smaller,
    make_program,
)
from tests.cache.leaks.reads import DATA, NAMES
from tests.cache.leaks.staging import COLORS, CONFIGS, Visit, send


@dataclass(frozen=True)
class Head:
    """A HEAD, which fills the cache for GETs."""

    visit: Visit


@dataclass(frozen=True)
class Event:
    """Something that is not a visit."""

    what: str
    value: Any = None


Step = Visit | Head | Event


def happen(event: Event, cache: Any, path: str) -> None:
    """Let an event happen to a route at a path."""
    if event.what == "advance":
        cache.advance(event.value)
    elif event.what == "write":
        DATA["posts"] += 1
    elif event.what == "tag":
        revalidate_tag("posts", stale=event.value)
    elif event.what == "path":
        revalidate_path(path, stale=event.value)
    elif event.what == "post":
        send(replace(event.value, query=()), "POST")
    elif event.what == "another process":
        forget_gates()
    else:
        _evict(event.value)


def _evict(number: int) -> None:
    """Let the backend lose one record, any of them."""
    backend = caches["default"]
    keys = sorted(backend._cache)
    if keys:
        key = keys[number % len(keys)]
        del backend._cache[key], backend._expire_info[key]


QUERY_VALUES = ["1", "2", "", "é"]
HEADERS = {
    "X-Kind": ["odd", "even"],
    "X-Other": ["odd", "even"],
    "Authorization": ["odd", "even"],
    "Accept-Language": ["de", "en"],
    "X-Zone": ["Asia/Tokyo", "Europe/Berlin"],
    "Content-Type": ["text/plain", "text/plain; charset=latin-1"],
}

# Where the dimensions of a program are; all others are the visitor's.
FIELDS_OF = {
    "query": "query",
    **{f"query:{name}": "query" for name in NAMES},
    **dict.fromkeys(["header", "kind", "language", "type", "zone"], "headers"),
    "body": "body",
    "host": "host",
    "path": "slug",
    "plan": "plan",
    "scheme": "is_secure",
}


def make_play(random: Random) -> tuple[Program, list[Step]]:
    """Return a program, and rounds: something happens, then people come."""
    program = make_program(random)
    first = Visit(
        random.randint(0, 2),
        random.choice(sorted(CONFIGS)),
        random.choice(sorted(COLORS)),
        random.choice(["wsgi"] * 4 + ["asgi"]),
    )
    places = [first, _change(random, program, first)]
    steps: list[Step] = []
    for _ in range(random.randint(2, 4)):
        if random.random() < 0.5:
            steps.append(_make_event(random, places))
        for _ in range(random.randint(2, 4)):
            visit = replace(random.choice(places), uid=random.randint(0, 2))
            if random.random() < 0.3:
                visit = _change(random, program, visit)
            steps.append(Head(visit) if random.random() < 0.15 else visit)
    return program, steps


def _change(random: Random, program: Program, visit: Visit) -> Visit:
    """Change one thing about a visit, mostly one of those that a program reads."""
    read = find_dimensions(program)
    own = sorted({FIELDS_OF[name] for name in read if name in FIELDS_OF})
    field = random.choice(own * 4 + sorted(set(FIELDS_OF.values()))) if own else "query"
    names = sorted({name.removeprefix("query:") for name in read} & {*NAMES})
    return replace(visit, **{field: _make_value(random, field, names)})


def _make_value(random: Random, field: str, names: list[str]) -> Any:
    if field == "query":
        known = names * 3 + [*NAMES, "utm"]
        return tuple(
            (random.choice(known), random.choice(QUERY_VALUES))
            for _ in range(random.randint(0, 3))
        )
    if field == "headers":
        chosen = random.sample(sorted(HEADERS), random.randint(0, 2))
        return tuple((name, random.choice(HEADERS[name])) for name in chosen)
    values = {
        "body": ["a=1"],
        "host": ["two.example", "ONE.example"],
        "is_secure": [True],
        "plan": ["gold", "free"],
        "slug": ["y"],
    }
    return random.choice(values[field])


def _make_event(random: Random, places: list[Visit]) -> Event:
    events = [
        *[Event("advance", seconds) for seconds in (30, 61, 61, 200_000)],
        *[Event("write")] * 2,
        *[Event(what, stale) for what in ("tag", "path") for stale in (True, False)],
        Event("post", random.choice(places)),
        Event("another process"),
        Event("evict", random.randint(0, 9)),
    ]
    return random.choice(events)


def find_smallest(
    program: Program, steps: list[Step], fails: Callable[[Program, list[Step]], bool]
) -> tuple[Program, list[Step]]:
    """Return the least of a program and its steps that still fails."""
    for count in range(len(steps)):
        fewer = steps[:count] + steps[count + 1 :]
        if fails(program, fewer):
            return find_smallest(program, fewer, fails)
    for smaller in find_smaller(program):
        if fails(smaller, steps):
            return find_smallest(smaller, steps, fails)
    return program, steps
