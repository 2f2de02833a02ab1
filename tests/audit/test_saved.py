"""A saved listing is read, or refused in one line."""

import codecs
import json
import re

import pytest

from django_routehandlers.audit.saved import parse_listing

ROW = {"path": "/items", "methods": ["GET"]}


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [ROW],
        [ROW | {"speed": [1, {}]}],
        [ROW | {"max_body": None, "broken": False, "csrf": "off", "params": []}],
        [ROW | {"max_body": 3}],
    ],
)
def test_a_listing_is_read_as_it_is(rows):
    assert parse_listing(json.dumps(rows).encode(), "saved.json") == rows


def test_other_encodings_of_json_are_read():
    text = json.dumps([ROW])

    assert parse_listing(codecs.BOM_UTF8 + text.encode(), "saved.json") == [ROW]
    # What PowerShell writes.
    assert parse_listing(text.encode("utf-16"), "saved.json") == [ROW]


HINT = " Save a listing with: manage.py routes --format json"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "s.json is no JSON: Expecting value: line 1 column 1 (char 0)."),
        (b"[", "s.json is no JSON: Expecting value: line 1 column 2 (char 1)."),
        (b"{}", f"s.json holds a dict, not a list of routes.{HINT}"),
        (b"null", f"s.json holds a NoneType, not a list of routes.{HINT}"),
        (b"[1]", f"s.json, route 1: it is a int, not an object.{HINT}"),
        (b'[{"path": "/"}]', f"s.json, route 1: it has no 'methods'.{HINT}"),
        (b'[{"url": "/"}]', f"s.json, route 1: it has no 'path'.{HINT}"),
    ],
)
def test_what_is_no_listing_is_refused(text, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse_listing(text, "s.json")


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("path", 1, "a text"),
        ("methods", "GET", "a list of texts"),
        ("methods", [1], "a list of texts"),
        ("max_body", True, "a number or null"),
        ("max_body", 1.5, "a number or null"),
        ("broken", 1, "true or false"),
    ],
)
def test_values_of_another_type_are_refused(key, value, allowed):
    rows = [ROW, ROW | {key: value}]

    message = f"s.json, route 2: {key!r} is not {allowed}.{HINT}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse_listing(json.dumps(rows).encode(), "s.json")


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(ValueError, match=r"^s\.json is no JSON: 'utf-8' codec can't"):
        parse_listing(b'["\xff"]', "s.json")


def test_what_is_nested_too_deep_is_refused():
    with pytest.raises(ValueError, match=r"^s\.json is no JSON: "):
        parse_listing(b"[" * 200_000, "s.json")
