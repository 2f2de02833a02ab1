"""Code in C that looks into a dict itself learns nothing that is not recorded."""

import ctypes
import json
import sys
from collections import OrderedDict
from contextlib import suppress
from types import SimpleNamespace

import msgspec
import pytest
from django.utils.datastructures import MultiValueDict

from django_routehandlers.cache.fastpaths import Decoy
from django_routehandlers.http.encoding import EncodingError, encode
from tests.cache.guarding import get_reads, look, make_request, record

AMOUNTS = {
    "full": {"query": "page=2&tag=a&tag=b", "cookies": {"sid": "s3cret"}},
    "one": {"query": "page=2", "cookies": {"sid": "s3cret"}},
    "empty": {"query": "", "cookies": {}},
}
each_amount = pytest.mark.parametrize("amount", AMOUNTS)
each_mapping = pytest.mark.parametrize("name", ["GET", "COOKIES", "META"])


def look_inside(mapping):
    """Return the entries that `PyDict_Next` gives, as orjson and msgspec read."""
    key, value = ctypes.py_object(), ctypes.py_object()
    place, entries = ctypes.c_ssize_t(0), []
    while ctypes.pythonapi.PyDict_Next(
        ctypes.py_object(mapping),
        ctypes.byref(place),
        ctypes.byref(key),
        ctypes.byref(value),
    ):
        entries.append((key.value, value.value))
    return entries


@each_amount
@each_mapping
def test_inside_there_is_one_decoy_whatever_there_is(name, amount):
    request, run = record(make_request(**AMOUNTS[amount]))
    mapping = getattr(request, name)

    entries = look_inside(mapping)

    assert [(type(key), type(value)) for key, value in entries] == [(Decoy, Decoy)]
    assert ctypes.pythonapi.PyDict_Size(ctypes.py_object(mapping)) == 1
    assert get_reads(run) == set()


@pytest.mark.parametrize("encode_in_c", [msgspec.json.encode, msgspec.msgpack.encode])
@each_amount
@each_mapping
def test_an_encoder_that_looks_inside_is_refused(name, amount, encode_in_c):
    request, run = record(make_request(**AMOUNTS[amount]))

    with pytest.raises(TypeError):
        encode_in_c({"all": getattr(request, name)})

    assert get_reads(run) == set()


@pytest.mark.parametrize("look_at", [str, repr, "{}".format, "%s".__mod__])
@each_mapping
def test_who_prints_what_is_inside_has_read_the_whole(name, look_at):
    request, run = record(make_request())
    [(decoy, _)] = look_inside(getattr(request, name))

    text = look_at(decoy)

    whole = {"GET": "query:*", "COOKIES": "cookie:*", "META": "meta:*"}
    assert (text, get_reads(run)) == ("<ask the mapping's own methods>", {whole[name]})


class Struct(msgspec.Struct):
    held: dict


NESTED = {
    "itself": lambda m: m,
    "in a dict": lambda m: {"held": m},
    "in a list": lambda m: [1, m, 2],
    "in both": lambda m: {"all": [{"held": m}, (m,)]},
    "in a struct": Struct,
    "twice": lambda m: [m, m],
}


@each_amount
@pytest.mark.parametrize("nest", NESTED)
def test_our_own_encoder_shows_what_a_stand_in_stands_for(nest, amount):
    put = NESTED[nest]

    query = look(lambda r: encode(put(r.GET)), **AMOUNTS[amount])
    cookies = look(lambda r: encode(put(r.COOKIES)), **AMOUNTS[amount])
    both = look(lambda r: encode([put(r.GET), put(r.COOKIES)]), **AMOUNTS[amount])

    assert (query.guarded, query.reads) == (query.plain, {"query:*"})
    assert (cookies.guarded, cookies.reads) == (cookies.plain, {"cookie:*"})
    assert (both.guarded, both.reads) == (both.plain, {"query:*", "cookie:*"})


def test_values_of_a_query_are_encoded_as_lists():
    request, _ = record(make_request(query="page=2&tag=a&tag=b"))

    text = encode({"query": request.GET})

    assert json.loads(text) == {"query": {"page": ["2"], "tag": ["a", "b"]}}


@pytest.mark.parametrize("name", ["GET", "COOKIES"])
def test_what_else_has_no_form_is_still_named(name):
    found = look(lambda r: encode([getattr(r, name), {"other": object()}]))
    first = look(lambda r: encode([{"other": object()}, getattr(r, name)]))

    message = "the object at [1]['other'] has no form in JSON."
    assert found.plain[0] is EncodingError
    assert found.guarded == found.plain
    assert found.guarded[1].startswith(message)
    assert first.guarded == first.plain


def test_meta_has_no_form():
    found = look(lambda r: encode(r.META))

    assert found.plain[0] is EncodingError
    assert (found.guarded, found.reads) == (found.plain, {"meta:*"})


def test_a_copy_that_c_made_of_the_inside_is_refused():
    """As pydantic makes one of a field that is a dict."""
    request, run = record(make_request())
    copied = dict(look_inside(request.GET))

    with pytest.raises(EncodingError):
        encode(copied)

    assert get_reads(run) == {"query:*"}


def test_a_copy_of_what_is_gone_is_refused():
    entries = look_inside(record(make_request())[0].GET)

    with pytest.raises(EncodingError):
        encode(dict(entries))


def test_what_was_revealed_stays_so():
    request, _ = record(make_request(query="page=2"))
    encode(request.GET)

    assert look_inside(request.GET) == [("page", ["2"])]
    assert encode([request.GET]) == b'[{"page":["2"]}]'


# Django's own class gives `dict()` lists, and its last value to everybody else.
COPIES = {
    "dict": dict,
    "dict(**)": lambda q: dict(**q),
    "{**}": lambda q: {**q},
    "two": lambda q: [dict(q), {**q, **q}],
    "call": lambda q: SimpleNamespace(**q).__dict__,
    "update": lambda q: [mapping := {}, mapping.update(q)],
    "|=": lambda q: [mapping := {}, mapping.__ior__(q)],
    "setdefault": lambda q: {"page": 0} | dict(q),
    "OrderedDict": OrderedDict,
    "MultiValueDict": MultiValueDict,
    "in a comprehension": lambda q: [dict(q) for _ in range(2)],
    "by map": lambda q: list(map(dict, [q, q])),
    "with the keys": lambda q: [q.keys(), dict(q), [q[key] for key in q.keys()]],  # noqa: SIM118 - the keys are meant
    "while iterating": lambda q: [(dict(q), q[key]) for key in q.keys()],  # noqa: SIM118 - as above
    "keys kept": lambda q: [keys := q.keys(), list(keys), [q[key] for key in keys]],
    "list of an iterator": lambda q: [q[key] for key in list(iter(q.keys()))],
    "itemgetter": lambda q: list(map(q.__getitem__, list(iter(q.keys())))),
    "sorted": lambda q: {key: q[key] for key in sorted(iter(q.keys()))},
    "type": lambda q: vars(type("Made", (), q))["tag"],
}


@pytest.mark.parametrize("query", ["page=2&tag=a&tag=b", "tag=b&tag=a", "tag=&page="])
@pytest.mark.parametrize("copy", COPIES)
def test_copy_of_a_query_has_what_djangos_own_gives(copy, query):
    found = look(lambda r: COPIES[copy](r.GET), query=query)

    assert (repr(found.guarded), "query:*" in found.reads) == (repr(found.plain), True)


def index_later(query, keys):
    return [query[key] for key in keys]


def test_who_counts_names_gets_last_values_later():
    """As `dict()` does, but not at once."""
    found = look(lambda r: index_later(r.GET, list(iter(r.GET.keys()))))

    assert found.guarded == found.plain == (list, ["2", "b", ""])


def give_up_then_index(request):
    with suppress(TypeError):
        dict(**request.GET, **request.GET)
    return [request.GET[key] for key in ("page", "tag")]


def test_copy_that_is_given_up_leaves_nothing_behind():
    found = look(give_up_then_index)

    assert found.guarded == found.plain == (list, ["2", "b"])


def copy_under_a_tracer(request):
    before = sys.gettrace()
    sys.settrace(lambda *_: None)
    try:
        return dict(request.GET)
    finally:
        sys.settrace(before)


def test_copy_is_the_same_under_a_tracer():
    found = look(copy_under_a_tracer)

    assert found.guarded == found.plain
