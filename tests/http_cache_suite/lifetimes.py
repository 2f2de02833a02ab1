"""Read from a response how long it may be kept."""

import re
import time
from collections.abc import Callable

from django.http import HttpResponse
from django.utils.http import parse_http_date_safe

# A comma parts two directives, unless it is quoted.
_DIRECTIVES = re.compile(r'(?:[^",]|"(?:\\.|[^"\\])*"?)+')

# RFC 9111, 1.2.2: what is too big to be held is taken for this.
_FOREVER = 2**31


def read_lifetime(
    response: HttpResponse, clock: Callable[[], float] = time.time
) -> float | None:
    """
    Return the seconds for which a shared cache may keep the response.

    `s-maxage` wins over `max-age`, both over `Expires`. None means: do not store. It is
    the answer to a response that says nothing, to one that is stale already, to a number
    or a date that cannot be read (RFC 9111, 4.2.1), and to `no-cache`: nobody can ask the
    handler whether what is kept still holds.

    >>> read_lifetime(HttpResponse(headers={"Cache-Control": "public, max-age=60"}))
    60.0
    """
    directives = _read_directives(response)
    if "no-cache" in directives:
        return None
    for name in ("s-maxage", "max-age"):
        if name in directives:
            return _parse_seconds(directives[name]) or None
    if "Expires" not in response.headers:
        return None
    expires = _find_date(response, "Expires")
    if expires is None:
        return None
    date = _find_date(response, "Date")
    return max(0.0, expires - (clock() if date is None else date)) or None


def read_expire(response: HttpResponse) -> float:
    """
    Return the seconds after which the response is not even served stale (RFC 5861, 3).

    >>> control = "max-age=60, stale-while-revalidate=5"
    >>> read_expire(HttpResponse(headers={"Cache-Control": control}))
    65.0
    """
    directives = _read_directives(response)
    stale = _parse_seconds(directives.get("stale-while-revalidate", ""))
    lifetime = read_lifetime(response)
    return 0 if lifetime is None else lifetime + stale


def _read_directives(response: HttpResponse) -> dict[str, str]:
    return parse_directives(response.headers.get("Cache-Control", ""))


def parse_directives(text: str) -> dict[str, str]:
    """
    Return the directives of a `Cache-Control` field; the first of two wins.

    >>> parse_directives('max-age=1, No-Cache="a, b", public, max-age=9')
    {'max-age': '1', 'no-cache': 'a, b', 'public': ''}
    """
    directives: dict[str, str] = {}
    for member in _DIRECTIVES.findall(text):
        name, _, value = member.partition("=")
        directives.setdefault(name.strip().lower(), _unquote(value.strip()))
    directives.pop("", None)
    return directives


def _unquote(value: str) -> str:
    is_quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return value[1:-1] if is_quoted else value


def _parse_seconds(text: str) -> float:
    if not re.fullmatch("[0-9]+", text):
        return 0.0
    # Python refuses to read thousands of digits, and what has more than ten is too big.
    digits = text.lstrip("0") or "0"
    return float(_FOREVER if len(digits) > 10 else min(int(digits), _FOREVER))


def _find_date(response: HttpResponse, name: str) -> float | None:
    # Upper case, since the names of days and months may be written in any.
    return parse_http_date_safe(response.headers.get(name, "").strip().upper())
