"""Whatever bytes a body has, a handler gets a value or its sender gets a 4xx."""

import copy
import json
import math

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from django_routehandlers.exceptions import HttpError
from django_routehandlers.http.encoding import (
    MOST_LEVELS,
    DecodingError,
    decode,
    encode,
)
from django_routehandlers.http.request import extend

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
)
# What JSON is made of, and what it is often mistaken for.
TOKENS = st.sampled_from(
    [
        *b" \t\n\r,:[]{}\"\\/-+.eE01\x00\x0b\xef\xbb\xbf\xff\xc0\x80\xed\xa0'",
        *["true", "null", "NaN", "Infinity", '"a"', '"\\ud800"', '"\\ud83d\\ude00"'],
        *["1e999", "9" * 20, "-0", "0x1", "//", "\u2028", "é", "😀"],
    ]
).map(lambda token: bytes([token]) if isinstance(token, int) else token.encode())
TEXTS = st.binary() | st.lists(TOKENS).map(b"".join)


def ask(read):
    try:
        read()
    except HttpError as exc:
        return exc.status
    return 200


def refuse(text):
    raise ValueError(text)


def read_strictly(text):
    """Return what the standard library reads, where it is JSON after RFC 8259."""
    value = json.loads(text.decode(), parse_constant=refuse, parse_float=read_float)
    # Half of a surrogate pair is no text.
    json.dumps(value, ensure_ascii=False).encode()
    return value


def read_float(text):
    value = float(text)
    return value if math.isfinite(value) else refuse(text)


@given(VALUES)
def test_json_of_others_is_read_as_they_wrote_it(value):
    assert decode(json.dumps(value).encode()) == value
    assert decode(json.dumps(value, ensure_ascii=False, indent=1).encode()) == value


@given(TEXTS)
def test_any_bytes_are_a_value_or_no_json(text):
    try:
        found = decode(text)
    except DecodingError:
        with pytest.raises(ValueError):  # noqa: PT011 - any of its kinds
            read_strictly(text)
    else:
        assert found == read_strictly(text)
        assert decode(encode(found)) == found


@given(TEXTS, st.sampled_from(["", "application/json", "a/b+json; charset=utf-16"]))
def test_request_says_what_is_wrong_with_its_json(text, kind):
    request = extend(RequestFactory().generic("POST", "/", text, kind))

    status = ask(request.json)

    assert (status, request.body) in ((200, text), (400, text))


@pytest.mark.parametrize(
    "body",
    [
        b"[" * MOST_LEVELS + b"]" * MOST_LEVELS,
        b'{"":' * MOST_LEVELS + b"1" + b"}" * MOST_LEVELS,
        b'[{"":' * (MOST_LEVELS // 2) + b"1" + b"}]" * (MOST_LEVELS // 2),
        b"[" + b'[],{"":"[["},' * 1000 + b"1]",
        b'"' + b"[" * 5000 + b'"',
    ],
    ids=["lists", "dicts", "both", "wide", "text"],
)
def test_json_may_be_as_deep_as_the_limit(body):
    found = decode(body)

    # What handlers do with a value has room on the stack.
    text = encode({"echo": copy.deepcopy(found)})
    assert text.startswith(b'{"echo":')


@pytest.mark.parametrize("depth", [MOST_LEVELS + 1, 500, 5_000, 100_000])
@pytest.mark.parametrize(
    ("start", "end"), [(b"[", b"]"), (b'{"":', b"}"), (b'[1,{"":2,"a":', b"}]")]
)
def test_json_that_is_deeper_is_refused(start, end, depth):
    with pytest.raises(DecodingError) as caught:
        decode(start * depth + b"1" + end * depth)

    assert caught.value.message == "The JSON is nested too deeply."


PIECES = st.sampled_from(
    [
        b"--x",
        b"--",
        b"\r\n",
        b"\r\n\r\n",
        b"\n",
        b"Content-Disposition: form-data",
        b'; name="a"',
        b'; filename="f.txt"',
        b'; filename="../../' + b"x" * 300 + b'"',
        b"; name*=utf-8''%e9",
        b"; name*=bogus''a",
        b"; filename*=hex''a",
        b"Content-Type: text/plain; charset=",
        b"Content-Transfer-Encoding: base64",
        b"Content-Length: -1",
        b"QUJ",
        b"\xff\x00",
        b":",
        b'"',
        b"=",
        b"x" * 1100,
    ]
)
CHARSETS = st.sampled_from(["", "utf-8", "utf-16", "hex", "idna", "undefined", "utf-7"])


@given(
    st.lists(PIECES).map(b"".join),
    CHARSETS,
    st.sampled_from(["POST", "PUT"]),
)
def test_any_bytes_are_a_form_or_none(body, charset, method):
    kind = "multipart/form-data; boundary=x"
    kind += f"; charset={charset}" if charset else ""
    request = extend(RequestFactory().generic(method, "/", body, kind))

    status = ask(lambda: request.form)

    assert status in (200, 400)
    assert not any("/" in file.name for file in request.FILES.values())
    request.close()


@given(st.binary(min_size=1), CHARSETS)
def test_any_bytes_are_a_urlencoded_form_or_none(body, charset):
    kind = "application/x-www-form-urlencoded"
    kind += f"; charset={charset}" if charset else ""
    request = extend(RequestFactory().generic("PUT", "/", body, kind))

    status = ask(lambda: request.form)

    assert status == (200 if charset in ("", "utf-8") else 400)
