"""Read the Cache-Control header of a response."""

import re
from collections.abc import Mapping

Directives = Mapping[str, str | None]

_DIRECTIVE = re.compile(
    r"""([^\s,="]+)                # a name
        (?:\s*=\s*("(?:[^"\\]|\\.)*"|[^,]*))?   # perhaps a value, perhaps quoted
        [^,]*""",
    re.VERBOSE,
)

_LONGEST = 2**31


def parse_cache_control(value: str) -> Directives:
    """
    Return the directives by lower-case name (RFC 9111, section 5.2).

    Names are whole words: the text inside another directive's quotes is none. Of a
    directive that occurs twice the first one counts.

    >>> parse_cache_control('Max-Age=60, private="x, no-store", No-Cache')
    {'max-age': '60', 'private': '"x, no-store"', 'no-cache': None}
    """
    found: dict[str, str | None] = {}
    for name, text in _DIRECTIVE.findall(value):
        found.setdefault(name.lower(), text.strip() or None)
    return found


def forbids_stale(directives: Directives) -> bool:
    """
    Tell whether an answer is never to be used stale (RFC 9111, section 4.2.4).

    >>> forbids_stale({"max-age": "60", "must-revalidate": None})
    True
    """
    return not directives.keys().isdisjoint(
        ("must-revalidate", "no-cache", "proxy-revalidate")
    )


def parse_seconds(text: str | None) -> int | None:
    """
    Return a number of seconds (RFC 9111, section 1.2.2), None for anything else.

    One in quotes is read, too, as section 5.2 asks for.

    >>> parse_seconds("60"), parse_seconds('"60"'), parse_seconds("1.5")
    (60, 60, None)
    """
    if text is not None and len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    if text is None or not text.isascii() or not text.isdigit():
        return None
    # Python refuses to read numbers of some thousand digits.
    return min(int(text[-4000:]), _LONGEST) if len(text) < 20 else _LONGEST
