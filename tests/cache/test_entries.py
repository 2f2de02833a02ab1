"""A response is kept as plain values, and nothing else is taken for one."""

import pickle
from decimal import Decimal

import pytest
from django.http import HttpResponse
from django.utils.safestring import mark_safe

from django_routehandlers.cache.entries import (
    FORMAT,
    Entry,
    Names,
    find_record,
    make_entry,
    pack,
)
from django_routehandlers.cache.freshness import Lifetime
from django_routehandlers.cache.responses import build_response

MINUTE = Lifetime(60.0, 600.0)


def make(response=None, lifetime=MINUTE, **versions):
    response = HttpResponse(b"body") if response is None else response
    return make_entry(response, lifetime, 1000.0, **{"versions": b""} | versions)


def keep(response):
    """Return a response as it comes back from the cache."""
    stored = pickle.loads(pickle.dumps(pack(make(response))))
    return build_response(find_record(stored), {})


def get_parts(response):
    headers = sorted(response.headers.items())
    return response.status_code, response.reason_phrase, headers, response.content


RESPONSES = {
    "plain": lambda: HttpResponse("é"),
    "empty": lambda: HttpResponse(b""),
    "binary": lambda: HttpResponse(bytes(range(256)), content_type="image/png"),
    "typeless": lambda: HttpResponse(b"", headers={"Content-Type": ""}),
    "latin": lambda: HttpResponse("é", content_type="text/plain; charset=latin-1"),
    "status": lambda: HttpResponse(b"moved", status=301, headers={"Location": "/y"}),
    "unknown": lambda: HttpResponse(b"", status=299),
    "reason": lambda: HttpResponse(b"", reason="Fine"),
    "headers": lambda: HttpResponse(headers={"X-OWN": "1", "x-other": "a, b"}),
    "parts": lambda: HttpResponse(iter(["a", b"b"])),
}


@pytest.mark.parametrize("name", RESPONSES)
def test_a_response_comes_back_as_it_was(name):
    make_one = RESPONSES[name]

    assert get_parts(keep(make_one())) == get_parts(make_one())


def test_the_case_of_a_header_comes_back():
    response = keep(HttpResponse(headers={"X-oWN": "1"}))

    assert "X-oWN" in dict(response.headers.items())
    assert (response["x-own"], response.headers.get("X-OWN")) == ("1", "1")


@pytest.mark.parametrize(
    "name",
    [
        "Age",
        "Cache-Status",
        "Connection",
        "Server-Timing",
        "Set-Cookie",
        "Traceparent",
        "Transfer-Encoding",
        "X-Request-ID",
        "x-request-id",
    ],
)
def test_what_belongs_to_one_answer_is_not_kept(name):
    response = keep(HttpResponse(headers={name: "1"}))

    assert name not in response.headers


def test_a_cookie_is_not_kept():
    response = HttpResponse()
    response.set_cookie("a", "1")

    assert dict(keep(response).cookies) == {}


def test_each_response_is_a_new_one():
    entry = make()
    first, second = build_response(entry, {}), build_response(entry, {})

    first["X-Own"] = "1"
    first.write(b" and more")
    first.set_cookie("a", "1")
    first.status_code = 500

    assert get_parts(second) == get_parts(HttpResponse(b"body"))
    assert dict(second.cookies) == {}
    assert get_parts(build_response(entry, {})) == get_parts(second)


def test_a_response_from_the_cache_has_all_that_a_new_one_has():
    new, kept = HttpResponse(b"body", status=200), keep(HttpResponse(b"body"))

    assert type(kept) is HttpResponse
    assert vars(kept).keys() == vars(new).keys()
    assert (kept.charset, kept.text, list(kept), kept.streaming, kept.closed) == (
        new.charset,
        new.text,
        list(new),
        new.streaming,
        new.closed,
    )
    assert kept.serialize() == new.serialize()


MARKS = {
    "xframe_options_exempt": True,
    "_dont_enforce_csrf_checks": False,
    "xframe_options": "DENY",
    "number": 0.5,
    "raw": b"\xff",
    "_csp_update": {"img-src": ["a", "b"], "nested": {"x": (1, 2)}},
}


def test_plain_marks_for_middleware_come_back():
    response = HttpResponse()
    vars(response).update(MARKS)

    kept = vars(keep(response))

    assert {name: kept.get(name) for name in MARKS} == MARKS


@pytest.mark.parametrize(
    "value",
    [object(), Decimal(1), mark_safe("x"), [object()], {"a": object()}, {1, 2}, None],
    ids=["object", "decimal", "safe", "list", "dict", "set", "none"],
)
def test_what_is_no_plain_value_does_not_come_back(value):
    response = HttpResponse()
    response.mark = value

    assert not hasattr(keep(response), "mark")


def test_a_mark_that_is_changed_stays_as_it_was_for_others():
    response = HttpResponse()
    response.marks = {"sources": ["a"]}
    stored = pack(make(response))

    build_response(find_record(stored), {}).marks["sources"].append("b")

    assert build_response(find_record(stored), {}).marks == {"sources": ["a"]}


def test_a_response_has_what_is_told_anew():
    entry = make(HttpResponse(headers={"X-Own": "1"}))

    response = build_response(entry, {"Age": "7", "X-OWN": "2"})

    assert (response["age"], response["X-Own"]) == ("7", "2")


VERSIONS = b"8 bytes.8 bytes."
ENTRY = make(versions=VERSIONS, late=(("post:1", VERSIONS),))
NAMES = Names(("page", "q"), False)


@pytest.mark.parametrize(
    "record", [ENTRY, make(lifetime=Lifetime(None, None)), NAMES, Names((), True)]
)
def test_a_record_is_found_in_what_was_stored_of_it(record):
    found = find_record(pack(record))

    assert (found, type(found)) == (record, type(record))


def test_what_is_stored_is_plain_values():
    response = HttpResponse(b"body", headers={"X-Own": mark_safe("1")})

    def find_kinds(value):
        if type(value) is tuple:
            return {kind for part in value for kind in find_kinds(part)}
        return {type(value)}

    kinds = find_kinds(pack(make(response))) | find_kinds(pack(NAMES))

    # Reading any of these imports nothing, whatever somebody has put there.
    assert kinds <= {int, float, str, bytes, bool, type(None)}


def test_an_entry_knows_its_lifetime():
    assert ENTRY.lifetime == MINUTE


GARBAGE = [
    None,
    True,
    1,
    b"",
    b"garbage",
    "text",
    [],
    {},
    (),
    (None,),
    (FORMAT,),
    (FORMAT, 0),
    (FORMAT, 1),
    (FORMAT, 2, ("page",), False),
    (FORMAT, None, ("page",), False),
    (FORMAT, 1, ["page"], False),
    (FORMAT, 1, "page", False),
    (FORMAT, 1, None, False),
    (FORMAT, 1, (1, "page"), False),
    (FORMAT, 1, (None,), False),
    (FORMAT, 1, ("page",), False, "more"),
    list(pack(NAMES)),
    list(pack(ENTRY)),
    pack(ENTRY)[:-1],
    (*pack(ENTRY), None),
    (FORMAT + 1, *pack(ENTRY)[1:]),
    (FORMAT - 1, *pack(ENTRY)[1:]),
    (str(FORMAT), *pack(ENTRY)[1:]),
    (FORMAT, 1, *ENTRY),
    (FORMAT, 2, *ENTRY),
    HttpResponse(b"body"),
]


@pytest.mark.parametrize("value", GARBAGE, ids=repr)
def test_what_is_not_ours_is_no_record(value):
    assert find_record(value) is None


DAMAGE = [
    ("created", None),
    ("created", "1000"),
    ("created", float("nan")),
    ("status", 99999),
    ("headers", ((1, 2, 3),)),
    ("late", (1,)),
    ("attributes", (1,)),
    ("fresh", "60"),
    ("fresh", b""),
    ("expire", "600"),
    ("status", "200"),
    ("status", None),
    ("headers", None),
    ("headers", {}),
    ("body", "body"),
    ("body", None),
    ("versions", None),
    ("versions", "8 bytes."),
    ("late", None),
    ("attributes", None),
    ("attributes", {"a": 1}),
]


@pytest.mark.parametrize(("name", "value"), DAMAGE, ids=repr)
def test_an_entry_with_a_part_of_another_kind_is_no_record(name, value):
    assert find_record(pack(ENTRY._replace(**{name: value}))) is None


def test_every_part_of_an_entry_is_looked_at():
    assert {name for name, _ in DAMAGE} == set(Entry._fields)
