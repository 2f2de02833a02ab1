"""Write the text of a new `route.py`, and of its test."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls.converters import get_converters

from django_routehandlers.patterns import get_convert
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.segments import Segment

# Handlers of these get a body, which their stubs hand back.
_BODY_METHODS = frozenset({"POST", "PUT", "PATCH", "QUERY"})

# A value for a test, by Django's own converters; "" is a folder without one.
_SAMPLES = {
    "": "1",
    "int": 1,
    "slug": "a-slug",
    "str": "text",
    "uuid": "00000000-0000-4000-8000-000000000000",
}

# Texts that the converters of projects are likely to accept.
_TEXTS = ("1", "a", "en", "en-us", "2026", "2026-01", "2026-01-31", "a1b2c3d4")


@dataclass(frozen=True, slots=True)
class Stub:
    """What a new route is to have; `revalidate` is its value in Python, if any."""

    route: Route
    methods: tuple[str, ...]
    is_async: bool = False
    revalidate: str = ""

    @property
    def has_response(self) -> bool:
        """Tell whether a handler makes its response itself."""
        return not {"DELETE", "HEAD", "OPTIONS", "POST"}.isdisjoint(self.methods)

    @property
    def response(self) -> str:
        """Return the name of `Response` in the file, where a param may hide it."""
        return "_Response" if "Response" in self.route.params else "Response"


def write_route(stub: Stub) -> str:
    """Return the text of the `route.py`, with a handler for each method."""
    parts = []
    if stub.has_response:
        name = stub.response
        renamed = "" if name == "Response" else f" as {name}"
        parts.append(f"from django_routehandlers.http import Response{renamed}\n")
    if stub.revalidate:
        parts.append(f"revalidate = {stub.revalidate}\n")
    head = "\n".join(parts)
    handlers = "\n\n".join(_write_handler(stub, method) for method in stub.methods)
    return f"{head}\n\n{handlers}" if head else handlers


def _write_handler(stub: Stub, method: str) -> str:
    keyword = "async def" if stub.is_async else "def"
    names = ["request"] if method in _BODY_METHODS else []
    arguments = ", ".join([*names, *stub.route.params])
    answer = _write_answer(stub, method)
    return f"{keyword} {method}({arguments}):\n    return {answer}\n"


def _write_answer(stub: Stub, method: str) -> str:
    match method:
        case "HEAD":
            return f"{stub.response}()"
        case "DELETE":
            return f"{stub.response}(status=204)"
        case "OPTIONS":
            allow = f'headers={{"Allow": "{_get_allow(stub)}"}}'
            return f"{stub.response}(status=204, {allow})"
    items = [_write_item(s) for s in stub.route.segments if s.kind.captures]
    if method in _BODY_METHODS:
        items.append('"body": request.json()')
    data = f"{{{', '.join(items)}}}"
    return f"{stub.response}.json({data}, status=201)" if method == "POST" else data


def _get_allow(stub: Stub) -> str:
    return ", ".join(get_answered([*stub.methods, "OPTIONS"]))


def _write_item(segment: Segment) -> str:
    # What a converter of the project makes may have no form in JSON.
    is_plain = segment.kind.is_catch_all or segment.converter in _SAMPLES
    value = segment.name if is_plain else f'f"{{{segment.name}}}"'
    return f'"{segment.name}": {value}'


def get_answered(methods: Iterable[str]) -> list[str]:
    """
    Return the methods that a route has an answer of its own to, sorted.

    >>> get_answered(["POST", "GET"])
    ['GET', 'HEAD', 'POST']
    """
    methods = set(methods)
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)


def find_params(route: Route) -> dict[str, Any] | None:
    """Return values for the params of a route, None if some are not known."""
    found = {s.name: _find_sample(s) for s in route.segments if s.kind.captures}
    return None if None in found.values() else found


def _find_sample(segment: Segment) -> Any:
    if segment.kind.is_catch_all:
        return ["a", "b"]
    if segment.converter in _SAMPLES:
        return _SAMPLES[segment.converter]
    convert = get_convert(get_converters()[segment.converter])
    for text in _TEXTS:
        try:
            convert(text)
        except ValueError:
            continue
        return text
    return None


def write_test(
    stub: Stub, params: dict[str, Any], *, app: str = "", has_database: bool = True
) -> str:
    """
    Return the text of a test, which passes with the route as it was written.

    `params` are values for those of the route, `app` is named where other apps have
    the same path.
    """
    case = "TestCase" if has_database else "SimpleTestCase"
    call = "acall_route" if stub.is_async else "call_route"
    lines = [
        f"from django.test import {case}",
        f"from django_routehandlers.testing import {call}",
        "",
        f"ROUTE = {_quote(stub.route.path)}",
    ]
    if app:
        lines.append(f"APP = {_quote(app)}")
    if params:
        lines.append(f"PARAMS = {_quote(params)}")
    if not _BODY_METHODS.isdisjoint(stub.methods):
        lines.append('BODY = {"name": "Teapot"}')
    lines += ["", "", f"class RouteTests({case}):"]
    options = [*(["params=PARAMS"] if params else []), *(["app=APP"] if app else [])]
    tests = [_write_test(stub, method, options) for method in stub.methods]
    return "\n".join([*lines, "\n\n".join(tests), ""])


def _write_test(stub: Stub, method: str, options: list[str]) -> str:
    arguments = ["ROUTE", f'"{method}"', *options]
    if method in _BODY_METHODS:
        arguments.append("json=BODY")
    call = f"call_route({', '.join(arguments)})"
    call = f"await a{call}" if stub.is_async else call
    keyword = "async def" if stub.is_async else "def"
    lines = [
        f"{keyword} test_{method.lower()}(self):",
        f"    response = {call}",
        "",
        *(f"    self.assertEqual({check})" for check in _yield_checks(stub, method)),
    ]
    return "\n".join(f"    {line}" if line else "" for line in lines)


def _yield_checks(stub: Stub, method: str) -> Iterator[str]:
    statuses = {"DELETE": 204, "OPTIONS": 204, "POST": 201}
    yield f"response.status_code, {statuses.get(method, 200)}"
    if method == "OPTIONS":
        yield f'response.headers["Allow"], "{_get_allow(stub)}"'
    is_known = all(s.converter in _SAMPLES for s in stub.route.segments)
    if method in ("DELETE", "HEAD", "OPTIONS") or not is_known:
        return
    items = ["**PARAMS"] if stub.route.params else []
    if method in _BODY_METHODS:
        yield f"response.json(), {{{', '.join([*items, _BODY_ITEM])}}}"
    else:
        yield f"response.json(), {'PARAMS' if items else '{}'}"


_BODY_ITEM = '"body": BODY'


def _quote(value: Any) -> str:
    """Return data as Python writes it, with double quotes."""
    return json.dumps(value, ensure_ascii=False)
