"""Tell in words what answers a request."""

from collections.abc import Iterator
from typing import Any

from django_routehandlers.audit.answers import Answer
from django_routehandlers.audit.cached import CacheState
from django_routehandlers.audit.text import wrap
from django_routehandlers.cache.places import suggest
from django_routehandlers.http.csrf import SAFE_METHODS
from django_routehandlers.routing.handlers import METHODS

_INDENT = "    "
_LABEL_WIDTH = 12
_NARROWEST = 20

# A label, and what is told below it, line by line.
Section = tuple[str, list[str]]


def get_headline(answer: Answer) -> str:
    """Return one sentence that says what answers."""
    asked = f"{answer.method} {answer.path}"
    match answer.outcome:
        case "handler":
            line = "" if answer.line is None else f", line {answer.line}"
            return f"{asked} is answered by {answer.file}{line}."
        case "options":
            return (
                f"{asked} is answered by {answer.file} with 204, without a handler"
                f"{_get_doubt(answer)}."
            )
        case "method":
            meant = "" if answer.method in METHODS else suggest(answer.method, METHODS)
            return (
                f"{asked} is answered with 405: {answer.file} has no handler "
                f"{answer.method}{_get_doubt(answer)}.{meant}"
            )
        case "redirect":
            return f"{asked} is redirected with {answer.status} to {answer.location}."
        case "broken" if answer.file is None:
            return f"{asked} is answered with 500, before any route is found."
        case "broken":
            return f"{asked} is answered with 500: {answer.file} is in error."
        case "view":
            return f"{asked} is answered by the project's own view {answer.view}."
    return f"Nothing answers {asked}."


def _get_doubt(answer: Answer) -> str:
    is_open = answer.status is None
    return ", unless middleware of its folders answers before" if is_open else ""


def tell(answer: Answer) -> Iterator[Section]:
    """Yield all else that is known of an answer, and of what did not answer."""
    yield from _tell_route(answer)
    for name, values in (("params", answer.params), ("captured", answer.captured)):
        yield name, [f"{param} = {value}" for param, value in values.items()]
    if answer.outcome in ("handler", "options", "method"):
        yield (
            "middleware",
            [_name(layer.name, layer.file) for layer in answer.middleware],
        )
        is_safe = answer.method in SAFE_METHODS
        unasked = f" (not asked of {answer.method})" if is_safe else ""
        yield "csrf", [f"{answer.csrf}{unasked}"]
        limit = answer.max_body
        yield "max_body", ["no limit" if limit is None else f"{limit} bytes"]
        yield "allow", [", ".join(answer.allow)]
    yield "mounts", [", ".join(answer.mounts)] if answer.mounts else []
    if answer.cache is not None:
        yield from _tell_cache(answer.cache)
    yield "problems", [line.strip() for p in answer.problems for line in p.splitlines()]


def _name(name: str, file: str | None) -> str:
    return name if file is None else f"{name} ({file})"


def _tell_route(answer: Answer) -> Iterator[Section]:
    yield "route", [answer.route] if answer.route else []
    if answer.mount is not None:
        how = "automatically" if answer.is_automatic else "by a URLconf"
        yield "mount", [f"{answer.mount}, {how}"]
    if answer.view is not None:
        yield "view", [f"{answer.view}{f', {answer.mode}' if answer.mode else ''}"]


def _tell_cache(cache: CacheState) -> Iterator[Section]:
    yield "cache", [f"{cache.policy}; in {cache.alias!r}", _describe_state(cache)]
    parts = {name: part for name, part in cache.key.items() if part or name == "query"}
    yield "cache key", [f"{name} = {_write(part)}" for name, part in parts.items()]
    yield "cache tags", [", ".join(cache.tags)] if cache.tags else []


def _describe_state(cache: CacheState) -> str:
    if cache.age is None:
        return f"{cache.state}{f': {cache.reason}' if cache.reason else ''}"
    left = "" if cache.left is None else f", fresh for {cache.left} s more"
    size = f"status {cache.status}, {cache.size} bytes"
    return f"{cache.state}: {cache.age} s old{left}; {size}"


def _write(part: Any) -> str:
    if not isinstance(part, dict):
        return str(part)
    texts = [f"{name}={_join(values)}" for name, values in part.items()]
    return ", ".join(texts) or "nothing of it"


def _join(values: Any) -> str:
    return " & ".join(values) if isinstance(values, list) else str(values)


def format_section(section: Section, width: int | None) -> Iterator[str]:
    """Yield the lines of a section, its label before the first, within a width."""
    label = section[0]
    room = None if width is None else max(width - _LABEL_WIDTH - 2, _NARROWEST)
    for text in section[1]:
        for line in fold(text, room):
            yield f"  {label:<{_LABEL_WIDTH}}{line}"
            label = ""


def tell_candidates(answer: Answer, width: int | None) -> Iterator[str]:
    """Yield the lines about what did not answer, with the reasons."""
    if answer.candidates:
        yield "Nearest:" if answer.outcome == "nothing" else "Not chosen:"
    room = None if width is None else max(width - len(_INDENT), _NARROWEST)
    for candidate in answer.candidates:
        first, *rest = fold(f"{candidate.path}  {candidate.file}", room)
        yield f"  {first}"
        for line in [*rest, *fold(candidate.reason, room)]:
            yield _INDENT + line


def fold(text: str, width: int | None) -> list[str]:
    """Return the lines of a text, one if there is no width that it must fit in."""
    return [text] if width is None else wrap(text, max(width, _NARROWEST))
