"""Values become JSON and back; what can't says where and what to do."""

import collections
import dataclasses
import datetime
import decimal
import enum
import types
import typing
import uuid

import msgspec
import pydantic
import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import TextChoices
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from django_routehandlers.http.encoding import (
    DecodingError,
    EncodingError,
    decode,
    encode,
)


class Text(str):
    __slots__ = ()


class Number(int):
    pass


class Fraction(float):
    pass


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


class Choice(TextChoices):
    ONE = "one", "First"


@dataclasses.dataclass
class Point:
    x: int
    y: object = None


@dataclasses.dataclass
class Unset:
    late: object = dataclasses.field(init=False)
    value: object = None


class Struct(msgspec.Struct):
    x: object


class Model(pydantic.BaseModel):
    at: datetime.date
    price: decimal.Decimal


class Movie(typing.TypedDict):
    title: str


Pair = collections.namedtuple("Pair", "a b")


class Opaque:
    pass


DAY = datetime.date(2026, 11, 24)
ID = uuid.UUID(int=1)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, 2.5, None, True]}, b'{"a":[1,2.5,null,true]}'),
        ("é", b'"\xc3\xa9"'),
        (2**100, str(2**100).encode()),
        (-(2**80), str(-(2**80)).encode()),
        (Text("x"), b'"x"'),
        (Number(3), b"3"),
        (Fraction(1.5), b"1.5"),
        (mark_safe("<b>"), b'"<b>"'),
        (gettext_lazy("Monday"), b'"Monday"'),
        ({"in": {"side": gettext_lazy("Monday")}}, b'{"in":{"side":"Monday"}}'),
        (Colour.RED, b'"red"'),
        (Level.LOW, b"1"),
        (Choice.ONE, b'"one"'),
        (Point(1, [2]), b'{"x":1,"y":[2]}'),
        (Struct({"y": 1}), b'{"x":{"y":1}}'),
        (
            Model(at=DAY, price=decimal.Decimal("1.10")),
            b'{"at":"2026-11-24","price":"1.10"}',
        ),
        ([Model(at=DAY, price=1)], b'[{"at":"2026-11-24","price":"1"}]'),
        (Movie(title="Alien"), b'{"title":"Alien"}'),
        (DAY, b'"2026-11-24"'),
        (datetime.time(1, 2), b'"01:02:00"'),
        (datetime.datetime(2026, 11, 24, 1), b'"2026-11-24T01:00:00"'),
        (decimal.Decimal("1.10"), b'"1.10"'),
        (ID, b'"00000000-0000-0000-0000-000000000001"'),
        ((1, 2), b"[1,2]"),
        (Pair(1, 2), b"[1,2]"),
        ({1}, b"[1]"),
        (collections.OrderedDict(a=1), b'{"a":1}'),
        (collections.Counter("aa"), b'{"a":2}'),
    ],
)
def test_plain_data_is_json(value, text):
    assert encode(value) == text


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (1, "1"),
        (1.5, "1.5"),
        (Number(4), "4"),
        (Text("k"), "k"),
        (mark_safe("safe"), "safe"),
        (gettext_lazy("Monday"), "Monday"),
        (Colour.RED, "red"),
        (ID, str(ID)),
        (DAY, "2026-11-24"),
    ],
)
def test_keys_are_text(key, text):
    assert encode({key: 1}) == f'{{"{text}":1}}'.encode()


WRAP = "Write list(...) around it."
KINDS = "Return dicts, lists, str, numbers, dates or dataclasses."


@pytest.mark.parametrize(
    ("value", "message", "hint"),
    [
        (Opaque(), "the Opaque has no form in JSON.", KINDS),
        ({"a": Opaque()}, "the Opaque at ['a'] has no form in JSON.", KINDS),
        (
            {"a": [1, {"b": Opaque()}]},
            "the Opaque at ['a'][1]['b'] has no form in JSON.",
            KINDS,
        ),
        ([{Opaque()}], "the Opaque at [0][0] has no form in JSON.", KINDS),
        (((Opaque(),),), "the Opaque at [0][0] has no form in JSON.", KINDS),
        (Point(1, Opaque()), "the Opaque at .y has no form in JSON.", KINDS),
        (Struct(Point(1, 1j)), "the complex at .x.y has no form in JSON.", KINDS),
        (Unset(value=1j), "the complex at .value has no form in JSON.", KINDS),
        ({(1,): 1}, "the tuple as a key has no form in JSON.", KINDS),
        ({"a": {(1,): 1}}, "the tuple as a key at ['a'] has no form in JSON.", KINDS),
        (
            {"a": "\ud800"},
            "the str at ['a'] has no form in JSON: it has half of a surrogate pair.",
            KINDS,
        ),
        (
            {"a": range(3)},
            "the range at ['a'] has no form in JSON.",
            WRAP,
        ),
        (
            [x for x in [iter([])]],  # noqa: C416 - an iterator inside a list
            "the list_iterator at [0] has no form in JSON.",
            WRAP,
        ),
        (
            {"posts": Permission.objects.all()},
            "the QuerySet at ['posts'] has no form in JSON.",
            "Write list(...) around it, for example list(posts.values('id')).",
        ),
        (
            {"type": ContentType(app_label="a", model="b")},
            "the ContentType at ['type'] has no form in JSON.",
            "Return a dict of the fields that clients may see.",
        ),
        (
            types.MappingProxyType({"a": 1}),
            "the mappingproxy has no form in JSON.",
            "Write dict(...) around it.",
        ),
        (
            types.MappingProxyType({"a": 1j}),
            "the complex at ['a'] has no form in JSON.",
            KINDS,
        ),
    ],
)
def test_error_names_place_and_way_out(value, message, hint):
    with pytest.raises(EncodingError) as caught:
        encode(value)

    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_value_that_contains_itself_is_an_error():
    value = []
    value.append(value)

    with pytest.raises(EncodingError) as caught:
        encode(value)

    assert str(caught.value) == (
        "the value is nested too deeply, or contains itself. Return a value that ends."
    )


def test_long_integer_is_an_error():
    with pytest.raises(EncodingError) as caught:
        encode({"n": 10**5000})

    assert caught.value.message == "the int at ['n'] has no form in JSON."


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'{"a": [1, 2.5, null, true]}', {"a": [1, 2.5, None, True]}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b"null", None),
        (b'"\xc3\xa9"', "é"),
        (b'"\\u00e9\\ud83d\\ude00"', "é😀"),
        (b"1" * 30, int("1" * 30)),
        (b" [] ", []),
    ],
)
def test_json_is_a_value(text, value):
    assert decode(text) == value


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"{} x",
        b"\xff",
        b'"\xed\xa0\x80"',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        b"NaN",
        b"[Infinity]",
        b"1" * 5000,
        b"1e400",
        b'"\\ud800"',
        b'["\\ud800 and more text behind it"]',
        b'"\x00"',
        b"{'a': 1}",
    ],
)
def test_what_is_not_json_is_an_error(text):
    with pytest.raises(
        DecodingError, match=r"\AThe body is not JSON(: .+ \(byte \d+\))?\.\Z"
    ):
        decode(text)


@pytest.mark.parametrize("text", [b"[" * 100_000, b'{"a":' * 100_000])
def test_deep_json_is_an_error(text):
    with pytest.raises(DecodingError, match=r"\AThe JSON is nested too deeply\.\Z"):
        decode(text)
