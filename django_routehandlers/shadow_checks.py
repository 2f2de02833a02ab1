"""Warn of routes whose URLs a pattern of the project answers before them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle, islice
from typing import Any, NamedTuple

from django.apps import AppConfig
from django.core.checks import (
    CheckMessage,
    Tags,
    Warning,
    register,
)
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import DEFAULT_CONVERTERS, get_converters
from django.urls.resolvers import RegexPattern, RoutePattern
from django.utils.functional import Promise

from django_routehandlers.routing.problems import TAG
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.segments import Segment, SegmentKind
from django_routehandlers.targets import Target
from django_routehandlers.urls import Mount, RouteTree, find_root_mounts

# Values of a param that have little in common: a pattern that takes them all takes
# every one, as far as anybody could tell.
_TEXTS = (
    *("x", "0", "42", "2024", "1234567890", "a-b", "A_b", "a.b", "é ü", "~(!)"),
    "075194d3-6885-417e-a8a8-6c931e272f00",
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
)
_RESTS = ("x", "a/b", "a.b/é ü/0", "1/2/3/4")

# Fewer say too little about a converter of the project's own.
_FEWEST_TEXTS = 3

# A prefix with any of these is not the text of a URL.
_SPECIAL = re.compile(r"[\\^$()\[\]<>+*?|{}]")

# The files that one message names.
_MOST_FILES = 5

_STANDARD = frozenset(map(type, DEFAULT_CONVERTERS.values()))


class _Step(NamedTuple):
    """One pattern of a URLconf, what it starts with, and what it includes."""

    pattern: Any
    start: str = ""
    below: "list[_Step] | None" = None


# The patterns that answer a path, from the outside in.
_Chain = tuple[Any, ...]


class _Hidden(NamedTuple):
    """One route that a pattern hides, and a URL of it."""

    url: str
    route: Route
    mount: Mount


@register(Tags.urls, TAG)
def check_shadows(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Name each pattern that for certain hides a route mounted behind it."""
    mounts = [mount for mount in find_root_mounts() if _is_text(mount)]
    wanted = None if app_configs is None else {config.name for config in app_configs}
    steps = list(_read_steps(get_resolver().url_patterns)) if mounts else []
    hidden: dict[_Chain, list[_Hidden]] = defaultdict(list)
    for mount in mounts:
        for target in mount.tree.table.targets:
            if wanted is None or target.endpoint.route.app in wanted:
                _add_shadow(hidden, steps, mount, target)
    return [_get_message(chain, found) for chain, found in hidden.items()]


def _is_text(mount: Mount) -> bool:
    """Tell whether a mount has one prefix, which is known."""
    is_special = mount.captured or mount.is_translated or _SPECIAL.search(mount.prefix)
    return not is_special


def _read_steps(patterns: Iterable[Any]) -> Iterator[_Step]:
    """Yield the patterns of which it is known what they match."""
    for pattern in patterns:
        if isinstance(pattern, RouteTree):
            yield _Step(pattern)
        elif _is_certain(pattern):
            is_include = isinstance(pattern, URLResolver)
            below = list(_read_steps(pattern.url_patterns)) if is_include else None
            yield _Step(pattern, _get_start(pattern.pattern), below)


def _get_start(inner: Any) -> str:
    """Return a text without which a path is not worth matching."""
    return str(inner).partition("<")[0] if type(inner) is RoutePattern else ""


def _is_certain(pattern: Any) -> bool:
    """Tell whether a pattern is Django's own kind, and takes whatever its regex does."""
    if type(pattern).resolve not in (URLPattern.resolve, URLResolver.resolve):
        return False
    inner = pattern.pattern
    # A converter of the project's own may refuse, or ask the database.
    return (
        type(inner) in (RoutePattern, RegexPattern)
        and all(type(read) in _STANDARD for read in inner.converters.values())
        and not any(isinstance(value, Promise) for value in vars(inner).values())
    )


def _add_shadow(
    hidden: dict[_Chain, list[_Hidden]],
    steps: list[_Step],
    mount: Mount,
    target: Target,
) -> None:
    """Add a route if patterns of the project answer all of its URLs."""
    route, chains = target.endpoint.route, []
    for path in _get_paths(target):
        chain = _find_answer(steps, f"{mount.prefix}{path}", route.app)
        if chain is None or isinstance(chain[-1], RouteTree):
            return
        chains.append((chain, f"/{mount.prefix}{path}"))
    if chains:
        chain, url = chains[0]
        hidden[chain].append(_Hidden(url, route, mount))


def _find_answer(steps: list[_Step], path: str, app: str) -> _Chain | None:
    for step in steps:
        pattern = step.pattern
        if isinstance(pattern, RouteTree):
            if app in pattern.selection and pattern.serves_below(path):
                return (pattern,)
        elif path.startswith(step.start) and (found := pattern.pattern.match(path)):
            if step.below is None:
                return (pattern,)
            if below := _find_answer(step.below, found[0], app):
                return (pattern, *below)
    return None


def _get_paths(target: Target) -> list[str]:
    """Return URLs of a route, below its mount; none if too few are known."""
    choices: list[tuple[str, ...]] = []
    for segment in target.endpoint.route.segments:
        texts = _get_texts(segment)
        if segment.kind.captures and len(texts) < _FEWEST_TEXTS:
            return []
        choices.append(texts)
    count = max(map(len, choices), default=1)
    slash = "/" if target.ends_with_slash else ""
    columns = [tuple(islice(cycle(texts), count)) for texts in choices] or [("",)]
    paths = ["/".join(filter(None, row)) for row in zip(*columns, strict=True)]
    return [path and path + slash for path in paths]


def _get_texts(segment: Segment) -> tuple[str, ...]:
    match segment.kind:
        case SegmentKind.STATIC:
            return (segment.name,)
        case SegmentKind.TYPED:
            accepts = re.compile(get_converters()[segment.converter].regex).fullmatch
            return tuple(filter(accepts, _TEXTS))
        case SegmentKind.DYNAMIC:
            return _TEXTS
        case SegmentKind.CATCH_ALL:
            return _RESTS
    return ("", *_RESTS)


def _get_message(chain: _Chain, hidden: list[_Hidden]) -> CheckMessage:
    url, _, mount = hidden[0]
    name = "".join(str(pattern.pattern) for pattern in chain)
    hint = f"Move the routes in front of {name!r} in the URLconf."
    if mount.is_automatic:
        include = f"path({mount.prefix!r}, include('django_routehandlers.urls'))"
        hint = f"Put {include} in front of {name!r} in the URLconf."
    first, *others = dict.fromkeys(shadow.route.file for shadow in hidden)
    return Warning(
        f"The pattern {name!r} of the URLconf, for {chain[-1].lookup_str}, answers "
        f"{url!r} before the route.{_list_files(others)}",
        hint=hint,
        obj=first,
        id=f"{TAG}.W008",
    )


def _list_files(files: list[str]) -> str:
    if not files:
        return ""
    named = ", ".join(files[:_MOST_FILES])
    rest = len(files) - _MOST_FILES
    return f" (also: {named} and {rest} more)" if rest > 0 else f" (also: {named})"
