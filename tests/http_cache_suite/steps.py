"""Turn one step of a script into the answer that it asks for."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate

from django.http.response import ResponseHeaders

from tests.http_cache_suite.scripts import Step

DATES = {"date", "expires", "if-modified-since", "if-unmodified-since", "last-modified"}
LOCATIONS = {"content-location", "location"}
WITHOUT_BODY = {204, 304}

# The condition in a request, and the field of the response before that it repeats.
CONDITIONS = {"if-modified-since": "last-modified", "if-none-match": "etag"}

# Both mappings of headers ignore case.
Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that reached the origin."""

    method: str
    url: str
    headers: Headers

    @property
    def number(self) -> int | None:
        """The number that the client gave its request, or None."""
        # Like the suite's own origin, take the first of several.
        found = re.match(r"\s*(\d+)", self.headers.get("Req-Num", ""))
        return int(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the origin answers, and the fields that the client shall find unchanged."""

    status: int
    reason: str
    headers: Headers
    expected: Mapping[str, str]
    body: str


def perform(
    step: Step, visit: Visit, previous: Headers, *, now: float, body: str
) -> Answer:
    """
    Return a step's answer to a request.

    `previous` are the headers of the response before, which conditions are compared
    with; numbers in date fields count from `now`; `body` is for a step that has none.
    """
    status, reason = step.get("response_status") or (200, "OK")
    if step.get("expected_type", "").endswith("validated"):
        status, reason = _validate(visit.headers, previous)
    headers = ResponseHeaders({})
    expected: dict[str, str] = {}
    for name, value, *is_expected in step.get("response_headers", []):
        text = _get_text(step, name.lower(), value, visit.url, now)
        # The suite sends a field twice, Django cannot: a list means the same.
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
        if is_expected in ([], [True]):
            expected[name] = headers[name]
    text = "" if status in WITHOUT_BODY else step.get("response_body") or body
    return Answer(status, reason, headers, expected, _cut(text, headers))


def _validate(headers: Headers, previous: Headers) -> tuple[int, str]:
    for condition, name in CONDITIONS.items():
        if name in previous and headers.get(condition) == previous[name]:
            return 304, "Not Modified"
    return 999, "304 Not Generated"


def _get_text(step: Step, name: str, value: object, url: str, now: float) -> str:
    if name in DATES and isinstance(value, int):
        return _format_date(now + value, is_old=name in step.get("rfc850date", []))
    if name in LOCATIONS and step.get("magic_locations"):
        return f"{url}/{value}" if value else url
    return str(value)


def _format_date(instant: float, *, is_old: bool) -> str:
    if is_old:
        return time.strftime("%A, %d-%b-%y %H:%M:%S GMT", time.gmtime(instant))
    return formatdate(int(instant), usegmt=True)


def _cut(body: str, headers: Headers) -> str:
    # One test declares fewer bytes than it has: more of them would break the framing.
    length = headers.get("Content-Length", "")
    return body[: int(length)] if length.isdecimal() else body
