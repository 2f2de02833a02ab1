"""Write a route as the ordinary URL pattern that Django and its tools read."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.urls import URLPattern
from django.urls.converters import get_converters
from django.urls.resolvers import RoutePattern

from django_routehandlers.routing.endpoints import Endpoint
from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.segments import Segment, SegmentKind
from django_routehandlers.routing.spelling import is_one_edit_away

# Text that a converter for one segment never accepts, and one that `path` does.
_TEXTS_WITH_SLASH = ("/", "a/b", "1/1", "a/", "/a", "a-b/c-d", "1/a")


class SegmentsConverter:
    """Read the rest of a path as a list of segments, and write such a list."""

    regex = "[^/]+(?:/[^/]+)*"

    def to_python(self, value: str) -> list[str]:
        """Return the segments of a path."""
        return value.split("/")

    def to_url(self, value: Any) -> str:
        """
        Return a list of segments as a path; a str is a list of one.

        Raise `ValueError` for what is no list, for an empty one, and for a member that
        is empty, has a slash or is a dot segment, because the URL would not give the
        list back.
        """
        given = value if isinstance(value, Iterable) else []
        members = [value] if isinstance(value, str) else [str(v) for v in given]
        if not members or any(m in ("", ".", "..") or "/" in m for m in members):
            raise ValueError(f"{value!r} is not a list of segments.")
        return "/".join(members)


_SEGMENTS = SegmentsConverter()


class FolderPattern(RoutePattern):
    """
    The Django route of one folder path, for example `items/<int:id>`.

    It differs from what `path()` makes in one thing: converters are handed in, so
    that the one for catch-alls needs no name that a project might use.
    """

    def __init__(
        self,
        segments: tuple[Segment, ...],
        converters: Mapping[str, Any],
        name: str,
        *,
        ends_with_slash: bool,
    ) -> None:
        slash = "/" if ends_with_slash and segments else ""
        read = {s.name: _get_converter(s, converters) for s in segments}
        self._route = "/".join(map(_get_route_text, segments)) + slash
        self._regex = "".join(
            ["^", "/".join(_get_regex(s, read[s.name]) for s in segments), slash, r"\Z"]
        )
        self._regex_dict: dict[str, re.Pattern[str]] = {}
        self._is_endpoint = True
        self.converters = {s.name: read[s.name] for s in segments if s.kind.captures}
        self.name = name


def _get_converter(segment: Segment, converters: Mapping[str, Any]) -> Any:
    if segment.kind.is_catch_all:
        return _SEGMENTS
    return converters[segment.converter or "str"]


def _get_route_text(segment: Segment) -> str:
    if segment.kind is SegmentKind.STATIC:
        return segment.name
    if segment.kind.is_catch_all:
        return f"<segments:{segment.name}>"
    return f"<{segment.converter or 'str'}:{segment.name}>"


def _get_regex(segment: Segment, converter: Any) -> str:
    if segment.kind is SegmentKind.STATIC:
        return re.escape(segment.name)
    return f"(?P<{segment.name}>{converter.regex})"


def get_django_route(route: Route, slash_mode: str) -> str:
    """
    Return a route as Django spells it, an optional rest included.

    `slash_mode` is the setting TRAILING_SLASH.
    """
    slash = "/" if ends_with_slash(route, slash_mode) else ""
    return "/".join(map(_get_route_text, route.segments)) + slash


def build_patterns(
    endpoint: Endpoint, view: Callable[..., Any], slash_mode: str
) -> Iterator[URLPattern]:
    """
    Yield the URL patterns of one route: one per name, twice for an optional rest.

    Raise `KeyError` for a converter that is not registered.
    """
    route, converters = endpoint.route, get_converters()
    has_slash = ends_with_slash(route, slash_mode)
    forms: list[tuple[tuple[Segment, ...], dict[str, Any]]] = [(route.segments, {})]
    last = route.segments[-1] if route.segments else None
    if last and last.kind is SegmentKind.OPTIONAL_CATCH_ALL:
        forms.insert(0, (route.segments[:-1], {last.name: []}))
    for name in get_names(endpoint):
        for segments, defaults in forms:
            pattern = FolderPattern(
                segments, converters, name, ends_with_slash=has_slash
            )
            yield URLPattern(pattern, view, defaults, name)


def get_names(endpoint: Endpoint) -> tuple[str, ...]:
    """Return the URL names of an endpoint: its folder path, then its short name."""
    name = endpoint.config.get("name")
    path = endpoint.route.path
    return (path, name) if isinstance(name, str) and name != path else (path,)


def ends_with_slash(route: Route, mode: str) -> bool:
    """
    Tell whether the URLs of a route end with a slash.

    In mode "always" those of files do not, as in Next.js: a last folder that is
    static and has a dot, and everything below `.well-known`.
    """
    if mode != "always" or not route.segments:
        return False
    statics = [s.name for s in route.segments if s.kind is SegmentKind.STATIC]
    is_last_static = route.segments[-1].kind is SegmentKind.STATIC
    is_file = is_last_static and "." in route.segments[-1].name
    return not is_file and ".well-known" not in statics


def write_path(route: Route, params: Mapping[str, Any], slash_mode: str) -> str:
    """
    Return the path of a route below its mount, as `reverse()` would write it, unquoted.

    `params` are all params of the route. Raise `ValueError` for other names, and for
    a value that its converter does not write.
    """
    if params.keys() != set(route.params):
        raise ValueError(
            f"It takes {_join(route.params)}, and was given {_join(params)}."
        )
    converters = get_converters()
    texts = [
        _write_segment(segment, params, converters)
        for segment in route.segments
        if not _is_left_out(segment, params)
    ]
    slash = "/" if texts and ends_with_slash(route, slash_mode) else ""
    return "/".join(texts) + slash


def _join(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names)) or "nothing"


def _is_left_out(segment: Segment, params: Mapping[str, Any]) -> bool:
    is_optional = segment.kind is SegmentKind.OPTIONAL_CATCH_ALL
    return is_optional and not params[segment.name]


def _write_segment(
    segment: Segment, params: Mapping[str, Any], converters: Mapping[str, Any]
) -> str:
    if segment.kind is SegmentKind.STATIC:
        return segment.name
    value = params[segment.name]
    try:
        text: Any = _get_converter(segment, converters).to_url(value)
    except (TypeError, ValueError) as exc:
        raise ValueError(f"{value!r} can't be written for '{segment}': {exc}") from exc
    return str(text)


def get_convert(converter: Any) -> Callable[[str], Any]:
    """
    Return a function that reads one segment as a Django path converter does.

    It raises `ValueError` for a text that the converter does not accept.
    """
    matches = re.compile(converter.regex).fullmatch
    to_python = converter.to_python

    def convert(text: str) -> Any:
        if matches(text) is None:
            raise ValueError(text)
        return to_python(text)

    return convert


def can_match_slash(converter: Any) -> bool:
    """Tell whether a path converter accepts more than one segment."""
    regex = str(converter.regex)
    matches = re.compile(regex).fullmatch
    # A regex that names a slash wants one, unless it excludes it.
    names_it = "/" in re.sub(r"\[\^[^\]]*\]", "", regex)
    return names_it or any(matches(text) for text in _TEXTS_WITH_SLASH)


def check_names(endpoints: Iterable[Endpoint]) -> Iterator[Problem]:
    """Yield the short URL names that more than one route has."""
    endpoints = list(endpoints)
    files: dict[str, list[str]] = defaultdict(list)
    for endpoint in endpoints:
        for name in get_names(endpoint)[1:]:
            files[name].append(endpoint.route.file)
    paths = {endpoint.route.path: endpoint.route.file for endpoint in endpoints}
    for name, named in files.items():
        if name in paths:
            named.append(paths[name])
        if len(named) > 1:
            yield Problem(
                tuple(sorted(named)),
                "E017",
                f"{len(named)} routes have the URL name {name!r}.",
                "Give each route a name of its own.",
            )


def check_converters(route: Route) -> Iterator[Problem]:
    """Yield the typed segments whose converter cannot read one segment."""
    known = get_converters()
    for segment in route.segments:
        if segment.kind is not SegmentKind.TYPED:
            continue
        converter = known.get(segment.converter)
        if converter is None:
            message = f"'{segment}' names a path converter that is not registered."
            hint = _get_converter_hint(segment, known)
            yield Problem((route.file,), "E009", message, hint)
        elif can_match_slash(converter):
            message = f"'{segment}' names a path converter that also matches a slash."
            hint = f"Use '[...{segment.name}]' for more than one segment."
            yield Problem((route.file,), "E009", message, hint)


def _get_converter_hint(segment: Segment, known: Iterable[str]) -> str:
    text = segment.converter.lower()
    text = {"integer": "int", "number": "int", "string": "str", "guid": "uuid"}.get(
        text, text
    )
    for name in sorted(known):
        if name != "path" and (text == name or is_one_edit_away(text, name)):
            return f"Rename the folder to '[{segment.name}={name}]'."
    return (
        "Register it with django.urls.register_converter, or use one of: "
        f"{', '.join(sorted(known))}."
    )
