"""Know at which paths cached routes are served."""

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from django.urls import get_script_prefix
from django.utils.encoding import repercent_broken_unicode

from django_routehandlers.cache.lookups import MAX_ANCESTORS, get_plain_path
from django_routehandlers.cache.policies import Policy
from django_routehandlers.routing.segments import SegmentKind


@dataclass(frozen=True, slots=True)
class Place:
    """
    One route at one mount.

    `prefix` is the Django route before it, which may capture; `policy` is that of
    its GET, None if it is not cached.
    """

    prefix: str
    path: str
    policy: Policy | None


# A Django route that captures nothing and is no regex.
_PLAIN = re.compile(r"[^<>^$()\\\[\]]*")


@dataclass(frozen=True, slots=True)
class Places:
    """All places, and those of them that are cached."""

    all: tuple[Place, ...] = ()
    cached: tuple[Place, ...] = ()


# The hall, which knows all mounts, puts itself here.
_find_places: Callable[[], Places] = Places


def set_places(find_places: Callable[[], Places]) -> None:
    """Ask a function for the places from now on."""
    global _find_places  # noqa: PLW0603 - set once, when the hall is imported
    _find_places = find_places


def is_plain(prefix: str) -> bool:
    """
    Tell whether a Django route captures nothing and is no regex.

    >>> is_plain("api/v1/"), is_plain("<int:tenant>/"), is_plain("^api/")
    (True, False, False)
    """
    return _PLAIN.fullmatch(prefix) is not None


def find_folder_paths() -> set[str]:
    """Return the folder paths of all routes that are served."""
    return {place.path for place in _find_places().all}


def suggest(path: str, known: Iterable[str]) -> str:
    """Return a question that names the folder path which was perhaps meant."""
    close = difflib.get_close_matches(path, list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


def parse_url_path(path: str) -> str:
    """
    Return a URL path as a request has it: decoded, and in one spelling.

    A query or a fragment is cut off, and the path that the project is served at.
    Raise `ValueError` for what is no path.
    """
    if not path.startswith("/") or path.startswith("//"):
        raise ValueError(f"{path!r} is not a path: it must begin with one slash.")
    plain = path.partition("#")[0].partition("?")[0]
    decoded = repercent_broken_unicode(unquote_to_bytes(plain.encode())).decode()
    return get_plain_path(_cut_prefix(decoded)) or "/"


def _cut_prefix(path: str) -> str:
    prefix = get_script_prefix().rstrip("/")
    is_below = path == prefix or path.startswith(f"{prefix}/")
    return path.removeprefix(prefix) if is_below else path


def is_cached_path(path: str) -> bool:
    """Tell whether a cached route may serve a decoded path."""
    parts = _split(path)
    return any(_serves(_get_shape(place), parts) for place in _find_places().cached)


def find_below(path: str) -> tuple[set[str], set[str]]:
    """
    Return what is cached at and below a decoded path: folder paths, and ancestors.

    A folder path stands for all that its route serves, an ancestor for the entries
    that have that path above them.
    """
    parts = _split(path)
    patterns: set[str] = set()
    ancestors: set[str] = set()
    for place in _find_places().cached:
        shape = _get_shape(place)
        if not _begins_with(shape, parts):
            continue
        first = shape.fixed.index(None) if None in shape.fixed else len(shape.fixed)
        if shape.is_vague or first >= len(parts):
            patterns.add(place.path)
        else:
            deepest = parts[: first + MAX_ANCESTORS]
            ancestors.add("/" + "/".join(deepest))
    return patterns, ancestors


@dataclass(frozen=True, slots=True)
class _Shape:
    """
    The parts of a place's paths: a text, or None for one that is captured.

    An open one goes on with any number of parts. A vague one is below a mount that
    captures, of which it is only known that it may be meant.
    """

    fixed: tuple[str | None, ...]
    is_open: bool
    is_vague: bool


def _get_shape(place: Place) -> _Shape:
    route = place.policy.route if place.policy else None
    segments = route.segments if route else ()
    prefix = tuple(part for part in place.prefix.split("/") if part)
    is_vague = not is_plain(place.prefix)
    texts = tuple(
        segment.name if segment.kind is SegmentKind.STATIC else None
        for segment in segments
        if segment.kind is not SegmentKind.OPTIONAL_CATCH_ALL
    )
    is_open = bool(segments) and segments[-1].kind.is_catch_all
    return _Shape((*prefix, *texts), is_open, is_vague)


def _serves(shape: _Shape, parts: list[str]) -> bool:
    has_length = len(parts) == len(shape.fixed)
    is_longer = shape.is_open and len(parts) >= len(shape.fixed)
    return shape.is_vague or ((has_length or is_longer) and _agrees(shape, parts))


def _begins_with(shape: _Shape, parts: list[str]) -> bool:
    is_short = shape.is_open or len(parts) <= len(shape.fixed)
    return shape.is_vague or (is_short and _agrees(shape, parts))


def _agrees(shape: _Shape, parts: list[str]) -> bool:
    pairs = zip(shape.fixed, parts, strict=False)
    return all(text is None or text == part for text, part in pairs)


def _split(path: str) -> list[str]:
    return [part for part in path.split("/") if part]
