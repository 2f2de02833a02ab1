"""Keep a response as a plain tuple, and find it again."""

from math import isfinite
from typing import Any, NamedTuple

from django.http import HttpResponse

from django_routehandlers.cache.freshness import Lifetime

# The first member of what is stored; another form is never read.
FORMAT = 1
_ENTRY, _NAMES = 0, 1

# These are told anew with every answer, or belong to one answer alone.
_NOT_KEPT = frozenset(
    {
        "age",
        "cache-status",
        "connection",
        "server-timing",
        "set-cookie",
        "traceparent",
        "transfer-encoding",
        "x-request-id",
    }
)

# What every response has, and what a template response needs no more.
_OWN_ATTRIBUTES = frozenset(
    {
        "_charset",
        "_container",
        "_context",
        "_handler_class",
        "_is_rendered",
        "_post_render_callbacks",
        "_request",
        "_resource_closers",
        "_template",
        "_current_app",
        "closed",
        "context_data",
        "cookies",
        "headers",
        "is_status_open",
        "status_code",
        "template_name",
        "using",
    }
)


class Entry(NamedTuple):
    """
    A stored response: plain values, so that reading it imports nothing.

    `created` is a time in seconds since 1970, `fresh` and `expire` are a lifetime.
    `headers` have each name in lower case, then as it is written with its value.
    `versions` are those of the tags that are known before a handler runs, 8 bytes
    of the hard and 8 of the soft one for each; `late` has those that it named.
    `attributes` are marks for middleware, such as `xframe_options_exempt`.
    """

    created: float
    fresh: float | None
    expire: float | None
    status: int
    headers: tuple[tuple[str, tuple[str, str]], ...]
    body: bytes
    versions: bytes
    late: tuple[tuple[str, bytes], ...] = ()
    attributes: tuple[tuple[str, Any], ...] = ()

    @property
    def lifetime(self) -> Lifetime:
        """Return how long it is fresh, and when it is no longer served."""
        return Lifetime(self.fresh, self.expire)


class Names(NamedTuple):
    """The names of the query that runs of a route have read, in any process."""

    names: tuple[str, ...]
    all: bool


def pack(record: Entry | Names) -> tuple[Any, ...]:
    """Return what is stored of a record."""
    return (FORMAT, _ENTRY if isinstance(record, Entry) else _NAMES, *record)


def find_record(value: Any) -> Entry | Names | None:
    """Return the record in what was stored, None for anything that is not ours."""
    if type(value) is not tuple or value[:1] != (FORMAT,):
        return None
    if len(value) == 11 and value[1] == _ENTRY:
        entry = Entry._make(value[2:])
        return entry if _is_sound(entry) else None
    if len(value) == 4 and value[1] == _NAMES and type(value[2]) is tuple:
        are_names = all(type(name) is str for name in value[2])
        return Names(value[2], bool(value[3])) if are_names else None
    return None


_SECONDS = (float, int, type(None))


def _is_sound(entry: Entry) -> bool:
    return (
        type(entry.body) is bytes
        and type(entry.versions) is bytes
        and type(entry.created) is float
        and isfinite(entry.created)
        and type(entry.status) is int
        and 200 <= entry.status <= 599
        and type(entry.fresh) in _SECONDS
        and type(entry.expire) in _SECONDS
        and type(entry.headers) is tuple
        and all(map(_is_header, entry.headers))
        and type(entry.late) is tuple
        and all(map(_is_late, entry.late))
        and type(entry.attributes) is tuple
        and all(map(_is_attribute, entry.attributes))
    )


def _is_header(value: Any) -> bool:
    match value:
        case (str(), (str(), str())):
            return True
    return False


def _is_late(value: Any) -> bool:
    match value:
        case (str(), bytes()):
            return True
    return False


def _is_attribute(value: Any) -> bool:
    match value:
        case (str(), _):
            return True
    return False


def make_entry(
    response: HttpResponse, lifetime: Lifetime, created: float, **versions: Any
) -> Entry:
    """Return the entry of a response."""
    return Entry(
        created,
        lifetime.fresh,
        lifetime.expire,
        int(response.status_code),
        tuple(
            (_plain(name.lower()), (_plain(name), _plain(value)))
            for name, value in response.headers.items()
            if name.lower() not in _NOT_KEPT
        ),
        response.content,
        attributes=tuple(_find_attributes(response)),
        **versions,
    )


# A str of a class of its own, such as a safe one, made a plain one.
_plain = str.__str__


def _find_attributes(response: HttpResponse) -> list[tuple[str, Any]]:
    """Return the marks that decorators left for middleware, where they are plain."""
    return [
        (name, value)
        for name, value in vars(response).items()
        if name not in _OWN_ATTRIBUTES and value is not None and _is_plain(value)
    ]


def _is_plain(value: Any) -> bool:
    if type(value) is dict:
        return all(_is_plain(k) and _is_plain(v) for k, v in value.items())
    if type(value) in (list, tuple):
        return all(map(_is_plain, value))
    return type(value) in (bool, int, float, str, bytes)
