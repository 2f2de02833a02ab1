"""
Try the protocol of the tags in every order in which its steps can happen.

A writer commits the data, then gives the generation a new random value, then the tag's
version. A filler reads versions and generation before the data, and stamps its entry
with the versions. A tag that had none, because it is new or because only the handler
named it, gets one afterwards; then the entry is stored only if the generation is still
what it was. A reader takes an entry if every version is there and equals the stamp.

The rule: a reader who begins when the writer has ended never gets the old data. Actors
that break the rule, at the end, show that the search finds how.

An actor is a generator of steps, and a backend does each at once. Where backends differ
the smallest steps are tried: what does more at once has fewer orders, and no others. A
state is the records and where each actor is. Alike states are tried once, and those
without the old data not at all, so that the largest case, two fillers and a backend
that loses records, has some 30 000 states for millions of orders. They are tried by the
number of steps: the order that is found is a shortest one.
"""

from collections import deque
from collections.abc import Callable, Generator, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import pytest

OLD, NEW = "old", "new"
DATA, ENTRY, GENERATION, TAG, OTHER = "data", "entry", "generation", "tag", "other"


class Read(NamedTuple):
    keys: tuple[str, ...]

    def __str__(self) -> str:
        return f"reads {', '.join(self.keys)}"


class Has(NamedTuple):
    key: str

    def __str__(self) -> str:
        return f"looks for {self.key}"


class Add(NamedTuple):
    key: str

    def __str__(self) -> str:
        return f"adds {self.key}"


class Set(NamedTuple):
    key: str
    # None is for a random value, unlike any other.
    value: Hashable = None

    def __str__(self) -> str:
        return f"sets {self.key}"


class Lose(NamedTuple):
    keys: tuple[str, ...]

    def __str__(self) -> str:
        return f"loses {', '.join(self.keys)}"


Step = Read | Has | Add | Set | Lose
Program = Generator[Step, dict[str, Any], Any]


# The actors that keep the rule.


def write(tag: str = TAG) -> Program:
    yield Set(DATA, NEW)
    yield Set(GENERATION)
    yield Set(tag)


def read_together(*keys: str) -> Program:
    return (yield Read(keys))


def read_in_turn(*keys: str) -> Program:
    found: dict[str, Any] = {}
    for key in keys:
        found |= yield Read((key,))
    return found


def read_backwards(*keys: str) -> Program:
    return (yield from read_in_turn(*reversed(keys)))


def add_at_once(key: str) -> Program:
    yield Add(key)


def look_and_set(key: str) -> Program:
    # As the file backend of Django does.
    if not (yield Has(key)):
        yield Set(key)


@dataclass(frozen=True)
class Fill:
    known: tuple[str, ...] = (TAG,)
    late: tuple[str, ...] = ()
    read_before: Callable[..., Program] = read_in_turn
    read_after: Callable[..., Program] = read_in_turn
    add: Callable[[str], Program] = look_and_set

    def __call__(self) -> Program:
        before = yield from self.read_before(*self.known, GENERATION)
        if GENERATION not in before:
            yield from self.add(GENERATION)
            before |= yield Read((GENERATION,))
        data = (yield Read((DATA,)))[DATA]
        tags = (*self.known, *self.late)
        stamps = {tag: before[tag] for tag in tags if tag in before}
        missing = [tag for tag in tags if tag not in before]
        if missing:
            for tag in missing:
                yield from self.add(tag)
            after = yield from self.read_after(*missing, GENERATION)
            if GENERATION not in after or after[GENERATION] != before.get(GENERATION):
                return
            stamps |= {tag: after[tag] for tag in missing if tag in after}
        if len(stamps) == len(tags):
            yield store(data, **stamps)


def store(data: str, **stamps: Hashable) -> Step:
    return Set(ENTRY, (data, tuple(stamps.items())))


def lose(*keys: str) -> Program:
    yield Lose(keys)


def serve(*tags: str, read: Callable[..., Program] = read_together) -> Program:
    found = yield from read(ENTRY, *tags)
    data, stamps = found.get(ENTRY, (None, ()))
    return data if all(found.get(tag) == stamp for tag, stamp in stamps) else None


# Every order.

Records = frozenset[tuple[str, Hashable]]


@dataclass(eq=False)
class Point:
    """Where an actor is: before a step, or at the end with a result."""

    actor: str
    program: Callable[[], Program]
    answers: tuple[Records, ...] = ()
    step: Step | None = None
    result: Any = None
    following: dict[Records, "Point"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.has_old_data = any(map(has_old_data, self.answers))
        run = self.program()
        try:
            self.step = next(run)
            for answer in self.answers:
                self.step = run.send(dict(answer))
        except StopIteration as end:
            self.step, self.result = None, end.value

    def go_on(self, answer: Records) -> "Point":
        if answer not in self.following:
            answers = (*self.answers, answer)
            self.following[answer] = Point(self.actor, self.program, answers)
        return self.following[answer]


class State(NamedTuple):
    records: Records
    # None for each who has ended, whatever was before. The reader is the last.
    points: tuple[Point | None, ...]


def find_order(
    records: Mapping[str, Hashable], **actors: Callable[[], Program]
) -> list[str] | None:
    """Return a shortest order in which the reader gets the old data, None without."""
    points = tuple(Point(name, program) for name, program in actors.items())
    start = State(frozenset({DATA: OLD, **records}.items()), points)
    came_from: dict[State, Any] = {start: None}
    queue = deque([start])
    while queue:
        state = queue.popleft()
        for point, found, after in find_next(state):
            if found.actor == "reader" and found.result == OLD:
                return describe(came_from, state, point)
            if after not in came_from and may_break_rule(after):
                came_from[after] = (state, point)
                queue.append(after)
    return None


def find_next(state: State) -> Iterator[tuple[Point, Point, State]]:
    """Yield where an actor may make a step, where it is then, and the state then."""
    must_wait = any(point and point.actor == "writer" for point in state.points)
    for place, point in enumerate(state.points):
        if point is None or (must_wait and point.actor == "reader"):
            continue
        records, answer = act(point, state.records)
        found = point.go_on(answer)
        points = list(state.points)
        points[place] = found if found.step else None
        yield point, found, State(records, tuple(points))


def may_break_rule(state: State) -> bool:
    """Tell whether the reader is still there, and the old data anywhere."""
    return state.points[-1] is not None and (
        has_old_data(state.records)
        or any(point and point.has_old_data for point in state.points)
    )


def has_old_data(records: Records) -> bool:
    found = dict(records)
    return found.get(DATA) == OLD or found.get(ENTRY, (None,))[0] == OLD


def act(point: Point, records: Records) -> tuple[Records, Records]:
    """Return the records after a step, and the answer to it."""
    now, random = dict(records), f"{point.actor} {len(point.answers)}"
    match point.step:
        case Read(keys):
            return records, frozenset((k, now[k]) for k in keys if k in now)
        case Has(key):
            return records, frozenset({(key, True)} if key in now else ())
        case Add(key):
            now.setdefault(key, random)
        case Set(key, value):
            now[key] = value or random
        case Lose(keys):
            now = {key: value for key, value in now.items() if key not in keys}
    return frozenset(now.items()), frozenset()


def describe(came_from: Mapping[State, Any], state: State, last: Point) -> list[str]:
    points = [last]
    while came_from[state]:
        state, point = came_from[state]
        points.append(point)
    return [f"{point.actor} {point.step}" for point in reversed(points)]


# The tests.

BOTH = {GENERATION: "first generation", TAG: "first version"}

RECORDS: dict[str, dict[str, Hashable]] = {
    "none": {},
    "generation": {GENERATION: "first generation"},
    "tag": {TAG: "first version"},
    "both": BOTH,
    "entry": BOTH | {ENTRY: (OLD, ((TAG, "first version"),))},
}

LOSSES = {
    "nothing": (),
    "generation": (GENERATION,),
    "tag": (TAG,),
    "entry": (ENTRY,),
    "all": (GENERATION, TAG, OTHER, ENTRY),
}

each_loss = pytest.mark.parametrize("lost", LOSSES.values(), ids=LOSSES)
each_start = pytest.mark.parametrize("records", RECORDS.values(), ids=RECORDS)


@each_loss
@each_start
@pytest.mark.parametrize("read_before", [read_in_turn, read_backwards])
@pytest.mark.parametrize(
    "tags", [{}, {"known": (), "late": (TAG,)}], ids=["known", "late"]
)
def test_reader_never_gets_old_data(tags, read_before, records, lost):
    order = find_order(
        records,
        filler=Fill(**tags, read_before=read_before),
        writer=write,
        backend=partial(lose, *lost),
        reader=partial(serve, TAG),
    )

    assert order is None


# All the smallest steps of two fillers at once would take seconds.
@each_loss
@pytest.mark.parametrize(
    "fill",
    [
        Fill(add=add_at_once, read_before=read_together),
        Fill(read_before=read_together, read_after=read_together),
    ],
    ids=["small reads", "small adds"],
)
def test_second_filler_changes_nothing(fill, lost):
    order = find_order(
        {},
        filler=fill,
        other_filler=fill,
        writer=write,
        backend=partial(lose, *lost),
        reader=partial(serve, TAG),
    )

    assert order is None


@pytest.mark.parametrize("read", [read_in_turn, read_backwards])
@pytest.mark.parametrize("records", [{}, RECORDS["entry"]], ids=["none", "entry"])
def test_reader_may_read_entry_and_version_in_any_order(records, read):
    order = find_order(
        records,
        filler=Fill(),
        writer=write,
        backend=partial(lose, *LOSSES["all"]),
        reader=partial(serve, TAG, read=read),
    )

    assert order is None


@each_loss
@pytest.mark.parametrize("written", [TAG, OTHER])
@pytest.mark.parametrize("records", [{}, BOTH], ids=["none", "both"])
def test_entry_may_have_a_known_tag_and_a_late_one(records, written, lost):
    order = find_order(
        records | {OTHER: "first version"},
        filler=Fill(known=(OTHER,), late=(TAG,)),
        writer=partial(write, written),
        backend=partial(lose, *lost),
        reader=partial(serve, TAG, OTHER),
    )

    assert order is None


# Actors that break the rule.


def write_version_first() -> Program:
    yield Set(DATA, NEW)
    yield Set(TAG)
    yield Set(GENERATION)


def write_before_commit() -> Program:
    yield Set(GENERATION)
    yield Set(TAG)
    yield Set(DATA, NEW)


def fill_data_first() -> Program:
    data = (yield Read((DATA,)))[DATA]
    found = yield Read((TAG,))
    if TAG in found:
        yield store(data, tag=found[TAG])


def fill_late_tag_unchecked() -> Program:
    data = (yield Read((DATA,)))[DATA]
    yield Add(TAG)
    found = yield Read((TAG,))
    yield store(data, tag=found[TAG])


def fill_without_version() -> Program:
    before = yield Read((TAG,))
    data = (yield Read((DATA,)))[DATA]
    yield store(data, tag=before.get(TAG))


def fill_without_generation() -> Program:
    before = yield Read((TAG, GENERATION))
    data = (yield Read((DATA,)))[DATA]
    yield Add(TAG)
    after = yield Read((TAG, GENERATION))
    if before.get(GENERATION) == after.get(GENERATION):
        yield store(data, tag=after[TAG])


def read_generation_between(first: str, second: str, generation: str) -> Program:
    return (yield from read_in_turn(first, generation, second))


fill_late = partial(Fill, known=(), add=add_at_once)

MISTAKES: dict[str, tuple[Any, ...]] = {
    "the writer sets the version before the generation": (
        {GENERATION: "first generation"},
        {"filler": fill_late(late=(TAG,)), "writer": write_version_first},
        """
        filler reads generation
        filler reads data
        writer sets data
        writer sets tag
        filler adds tag
        filler reads tag
        filler reads generation
        writer sets generation
        filler sets entry
        reader reads entry, tag, other
        """,
    ),
    "the writer commits last": (
        {GENERATION: "first generation"},
        {"filler": Fill(), "writer": write_before_commit},
        """
        writer sets generation
        writer sets tag
        filler reads tag
        filler reads generation
        filler reads data
        writer sets data
        filler sets entry
        reader reads entry, tag, other
        """,
    ),
    "the filler reads the version after the data": (
        {GENERATION: "first generation"},
        {"filler": fill_data_first},
        """
        filler reads data
        writer sets data
        writer sets generation
        writer sets tag
        filler reads tag
        filler sets entry
        reader reads entry, tag, other
        """,
    ),
    "the filler trusts the version of a late tag": (
        {GENERATION: "first generation"},
        {"filler": fill_late_tag_unchecked},
        """
        filler reads data
        writer sets data
        writer sets generation
        writer sets tag
        filler adds tag
        filler reads tag
        filler sets entry
        reader reads entry, tag, other
        """,
    ),
    "the filler reads the generation before the version of a late tag": (
        {GENERATION: "first generation"},
        {"filler": fill_late(late=(TAG,), read_after=read_backwards)},
        """
        filler reads generation
        filler reads data
        writer sets data
        filler adds tag
        filler reads generation
        writer sets generation
        writer sets tag
        filler reads tag
        filler sets entry
        reader reads entry, tag, other
        """,
    ),
    "the filler reads the generation before one version of two": (
        {GENERATION: "first generation"},
        {"filler": fill_late(late=(OTHER, TAG), read_after=read_generation_between)},
        """
        filler reads generation
        filler reads data
        writer sets data
        filler adds other
        filler adds tag
        filler reads other
        filler reads generation
        writer sets generation
        writer sets tag
        filler reads tag
        filler sets entry
        reader reads entry, tag, other
        """,
    ),
    "no version counts as a version": (
        {},
        {"filler": fill_without_version, "backend": partial(lose, TAG)},
        """
        filler reads tag
        filler reads data
        writer sets data
        writer sets generation
        writer sets tag
        filler sets entry
        backend loses tag
        reader reads entry, tag, other
        """,
    ),
    "no generation counts as a generation": (
        {},
        {"filler": fill_without_generation, "backend": partial(lose, GENERATION)},
        """
        filler reads tag, generation
        filler reads data
        writer sets data
        writer sets generation
        writer sets tag
        filler adds tag
        backend loses generation
        filler reads tag, generation
        filler sets entry
        reader reads entry, tag, other
        """,
    ),
}


@pytest.mark.parametrize(
    ("records", "actors", "expected"), MISTAKES.values(), ids=MISTAKES
)
def test_mistake_is_found(records, actors, expected):
    actors = {"writer": write} | actors | {"reader": partial(serve, TAG, OTHER)}

    order = find_order(records, **actors)

    assert order == [line.strip() for line in expected.strip().splitlines()]
