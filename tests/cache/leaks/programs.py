"""Handlers as data: what they read, echo and do, and what they did in a run."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from django.http import Http404, HttpResponse

from django_routehandlers.cache import cache_tag
from django_routehandlers.http import HttpError
from tests.cache.leaks.reads import PRIVATE, READS, WAYS


@dataclass(frozen=True)
class Echo:
    """Show what a read gives."""

    dimension: str
    way: str


@dataclass(frozen=True)
class If:
    """Go on as a read says."""

    dimension: str
    way: str
    literal: str
    then: "tuple[Statement, ...]"
    otherwise: "tuple[Statement, ...]"


@dataclass(frozen=True)
class Do:
    """Do something to the response, or to the request."""

    what: str
    value: str = ""


Statement = Echo | If | Do


@dataclass(frozen=True)
class Program:
    """A handler; `returns` is what it makes of its output."""

    statements: tuple[Statement, ...]
    returns: str = "value"


def find_dimensions(program: Program) -> set[str]:
    """Return all that a program may read, whichever branches it takes."""
    found = {"query"} if program.returns == "query" else set()
    return found | _find_dimensions(program.statements)


def _find_dimensions(statements: tuple[Statement, ...]) -> set[str]:
    found: set[str] = set()
    for statement in statements:
        if not isinstance(statement, Do):
            found.add(statement.dimension)
        if isinstance(statement, If):
            found |= _find_dimensions(statement.then + statement.otherwise)
    return found


def find_smaller(program: Program) -> Iterator[Program]:
    """Yield programs that lack one thing of another."""
    statements = program.statements
    for place, statement in enumerate(statements):
        before, after = statements[:place], statements[place + 1 :]
        yield replace(program, statements=before + after)
        if isinstance(statement, If):
            yield replace(program, statements=before + statement.then + after)
            yield replace(program, statements=before + statement.otherwise + after)
    if program.returns != "value":
        yield replace(program, returns="value")


@dataclass
class Trace:
    """What a run read, by dimension, and whether its answer is for one client only."""

    read: set[str] = field(default_factory=set)
    is_private: bool = False


def run(program: Program, request: Any, trace: Trace) -> Any:
    """Run a program on a request, as a handler does; tell what it read."""
    output: list[str] = []
    response = HttpResponse()
    for statement in _walk(program.statements, request, trace):
        if isinstance(statement, Echo):
            output.append(_read(statement, request, trace))
        else:
            _do(statement, request, response)
    return _finish(program, request, output, response, trace)


def _walk(
    statements: tuple[Statement, ...], request: Any, trace: Trace
) -> Iterator[Echo | Do]:
    for statement in statements:
        if isinstance(statement, If):
            value = _read(statement, request, trace)
            branch = (
                statement.then if value == statement.literal else statement.otherwise
            )
            yield from _walk(branch, request, trace)
        else:
            yield statement


def _read(statement: Echo | If, request: Any, trace: Trace) -> str:
    trace.read.add(statement.dimension)
    trace.is_private |= statement.dimension in PRIVATE
    return str(READS[statement.dimension, statement.way](request))


def _do(statement: Do, request: Any, response: HttpResponse) -> None:
    value = statement.value
    if statement.what == "cookie":
        response.set_cookie("own", value)
    elif statement.what in ("Cache-Control", "Vary"):
        response.headers[statement.what] = value
    elif statement.what == "status":
        response.status_code = int(value)
    elif statement.what == "raise":
        raise {"404": Http404(), "418": HttpError(418), "500": ZeroDivisionError()}[
            value
        ]
    elif statement.what == "tag":
        cache_tag(value)
    else:
        _write(request, value)


def _write(request: Any, what: str) -> None:
    if what == "session":
        request.session["seen"] = "yes"
    elif what == "meta":
        request.META["QUERY_STRING"] = "a=9"
    elif what == "cookies":
        request.COOKIES["uid"] = "nobody"
    elif what == "encoding":
        request.encoding = "latin-1"
    else:
        request.note = what


def _finish(
    program: Program, request: Any, output: list[str], response: Any, trace: Trace
) -> Any:
    if program.returns == "query":
        trace.read.add("query")
        return {"output": output, "query": [request.GET]}
    if program.returns == "cookies":
        trace.read.add("cookie")
        trace.is_private = True
        return {"output": output, "cookies": request.COOKIES}
    if program.returns == "value" and not (
        response.cookies or len(response.headers) > 1
    ):
        return {"output": output}
    response.content = "; ".join(output)
    said = {response.headers.get(name) for name in ("Cache-Control", "Vary")}
    trace.is_private |= bool(response.cookies or said & FOR_ONE_CLIENT)
    return response


# What a response says that nobody else is to get.
FOR_ONE_CLIENT = {"private", "no-store", "Cookie", "X-Other", "*"}


DOINGS = [
    Do("cookie", "yes"),
    *[Do("Cache-Control", value) for value in ("max-age=5", "private", "no-store")],
    *[
        Do("Cache-Control", value)
        for value in ("must-revalidate", "max-age=0", "public")
    ],
    *[Do("Vary", value) for value in ("Cookie", "X-Kind", "X-Other", "*")],
    *[Do("status", value) for value in ("203", "404", "301", "206", "503")],
    *[Do("raise", value) for value in ("404", "418", "500")],
    *[Do("tag", value) for value in ("posts", "late")],
    *[
        Do("write", value)
        for value in ("session", "meta", "cookies", "encoding", "note")
    ],
]

LITERALS = ["None", "none", "True", "False", "1", "[]", "odd", "alice", "[('a', '1')]"]


def make_program(random: Random) -> Program:
    """Return any program; most of what it reads is public, so that much is stored."""
    statements = make_statements(random, random.randint(1, 3), depth=2)
    returns = random.choice(["value"] * 4 + ["response"] * 2 + ["query", "cookies"])
    return Program(statements, returns)


def make_statements(random: Random, count: int, depth: int) -> tuple[Statement, ...]:
    """Return any statements, with branches of some depth."""
    return tuple(_make_statement(random, depth) for _ in range(count))


def _make_statement(random: Random, depth: int) -> Statement:
    kind = random.choice(["public"] * 5 + ["any"] * 2 + ["do"] * 2 + ["if"] * 3)
    if kind == "do":
        return random.choice(DOINGS)
    is_public = kind == "public" or random.random() < 0.5
    read = _choose_read(random, PUBLIC_WAYS if is_public else ALL_WAYS)
    if kind != "if" or not depth:
        return Echo(*read)
    blocks = [make_statements(random, random.randint(0, 2), depth - 1) for _ in "12"]
    return If(*read, random.choice(LITERALS), *blocks)


def _choose_read(random: Random, dimensions: list[str]) -> tuple[str, str]:
    # A dimension first, for else those with many ways were nearly all that is read.
    dimension = random.choice(dimensions)
    return dimension, random.choice(sorted(WAYS[dimension]))


ALL_WAYS = sorted(WAYS)
PUBLIC_WAYS = sorted(WAYS.keys() - PRIVATE)
