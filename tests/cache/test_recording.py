"""A mapping of a request gives what Django's own gives, and records what it gave."""

import copy
import json
import operator
import pickle
import random
from collections import ChainMap, Counter, OrderedDict, deque
from dataclasses import asdict, dataclass
from enum import StrEnum
from urllib.parse import urlencode

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.http import JsonResponse, QueryDict
from django.template import Context, Engine
from django.utils.datastructures import MultiValueDict
from django.utils.http import urlencode as django_urlencode
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from tests.cache.guarding import look


class Name(StrEnum):
    PAGE = "page"
    THEME = "theme"


class LikeAny(str):
    """A str that equals every other one."""

    __slots__ = ()

    def __eq__(self, other):
        return isinstance(other, str)

    def __hash__(self):
        return hash("page")


@dataclass
class Holder:
    held: object


def render(source):
    template = Engine().from_string(source)
    return lambda request: template.render(Context({"request": request}))


def write_into(query):
    query._mutable = True
    query["page"] = "9"
    query.appendlist("tag", "c")
    return query["page"], query.getlist("tag"), query.urlencode(), query._mutable


def write_into_the_lists(query):
    dict(query).get("tag", []).append("c")
    return query.getlist("tag")


def count_then_index(query):
    keys = iter(query.keys())
    return [query[key] for key in [*list(keys)]]


def index_each_of(query):
    return [query[key] for key in query], {key: query[key] for key in query.keys()}  # noqa: SIM118 - the keys are meant


def update_in_place(mapping):
    mapping |= {"page": ["9"], "theme": "light"}
    return mapping.get("theme"), mapping.copy()


def match_a_name(mapping):
    match mapping:
        case {"page": page}:
            return page
        case {"theme": theme, **rest}:
            return theme, rest
    return None


def call(**kwargs):
    return kwargs


def pickled(value):
    return pickle.loads(pickle.dumps(value))


# What is asked for by a name that is in the query, or in the cookies.
BY_NAME = {
    "item": lambda m, name: m[name],
    "get": lambda m, name: m.get(name),
    "get with a default": lambda m, name: m.get(name, "default"),
    "in": lambda m, name: name in m,
    "not in": lambda m, name: name not in m,
    "__contains__": lambda m, name: m.__contains__(name),
    "operator.contains": operator.contains,
    "operator.itemgetter": lambda m, name: operator.itemgetter(name)(m),
    "get of a safe str": lambda m, name: m.get(mark_safe(name)),
    "format_map": lambda m, name: f"{{{name}}}".format_map(m),
    "%": lambda m, name: f"%({name})s" % m,
}


@pytest.mark.parametrize("kind", ["wsgi", "asgi"])
@pytest.mark.parametrize("is_there", [True, False], ids=["there", "missing"])
@pytest.mark.parametrize("ask", BY_NAME)
def test_what_is_asked_for_by_name_is_recorded_by_name(ask, is_there, kind):
    name, cookie = ("page", "theme") if is_there else ("nope", "nope")

    query = look(lambda r: BY_NAME[ask](r.GET, name), kind)
    cookies = look(lambda r: BY_NAME[ask](r.COOKIES, cookie), kind)

    assert (query.guarded, query.reads) == (query.plain, {f"query:{name}"})
    assert (cookies.guarded, cookies.reads) == (cookies.plain, {f"cookie:{cookie}"})


# The same for a query alone.
QUERY_BY_NAME = {
    "getlist": lambda q: q.getlist("page"),
    "getlist with a default": lambda q: q.getlist("page", ["1"]),
    "get by keyword": lambda q: q.get(key="page", default="1"),
    "getlist by keyword": lambda q: q.getlist(key="page"),
    "member of an enum": lambda q: (q[Name.PAGE], q.get(Name.PAGE), Name.PAGE in q),
}


@pytest.mark.parametrize("query", ["page=2&tag=a", "page=1&page=2", "page=", "tag=a"])
@pytest.mark.parametrize("ask", QUERY_BY_NAME)
def test_one_name_of_a_query_is_recorded_by_name(ask, query):
    found = look(lambda r: QUERY_BY_NAME[ask](r.GET), query=query)

    assert (found.guarded, found.reads) == (found.plain, {"query:page"})


@pytest.mark.parametrize("name", ["page", "nope", "items", "urlencode"])
def test_template_that_names_a_part_of_a_query_reads_no_more(name):
    found = look(render(f"{{{{ request.GET.{name}|default:'-' }}}}"))

    whole = {"query:*"} if name in ("items", "urlencode") else set()
    assert found.plain[:1] == found.guarded[:1]
    assert found.reads == {f"query:{name}"} | whole
    assert name == "items" or found.guarded == found.plain


# What is no name may still equal one, or be refused.
NO_NAMES = [None, 1, 1.5, b"page", (), [], LikeAny("x"), gettext_lazy("page")]


@pytest.mark.parametrize("key", NO_NAMES, ids=lambda key: type(key).__name__)
@pytest.mark.parametrize("ask", ["item", "get", "in"])
def test_what_is_no_name_may_ask_for_any(ask, key):
    query = look(lambda r: BY_NAME[ask](r.GET, key))
    cookies = look(lambda r: BY_NAME[ask](r.COOKIES, key))

    assert (query.guarded, query.reads) == (query.plain, {"query:*"})
    assert (cookies.guarded, cookies.reads) == (cookies.plain, {"cookie:*"})


# What is asked of a mapping as a whole.
WHOLE = {
    "bool": bool,
    "not": operator.not_,
    "len": len,
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "sorted": sorted,
    "reversed": lambda m: list(reversed(m)),
    "iter": lambda m: next(iter(m), None),
    "unpacked": lambda m: [*m],
    "for": lambda m: [name for name in m],  # noqa: C416 - the loop is meant
    "join": ",".join,
    "max": lambda m: max(m, default=None),
    "any": any,
    "enumerate": lambda m: list(enumerate(m)),
    "zip": lambda m: list(zip(m, m, strict=True)),
    "map": lambda m: list(map(str.upper, m)),
    "deque": deque,
    "random": lambda m: random.Random(1).sample(list(m), len(m)),
    "keys": lambda m: list(m.keys()),
    "values": lambda m: list(m.values()),
    "items": lambda m: list(m.items()),
    "dict": dict,
    "dict with more": lambda m: dict(m, more=1),
    "dict(**)": lambda m: dict(**m),
    "{**}": lambda m: {"first": 0, **m},
    "call(**)": lambda m: call(**m),
    "fromkeys": dict.fromkeys,
    "update": lambda m: update({}, m),
    "OrderedDict": OrderedDict,
    "Counter": lambda m: Counter(dict(m.items())),
    "ChainMap": lambda m: dict(ChainMap({}, m)),
    "copy": lambda m: m.copy(),
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    "copied inside": lambda m: copy.deepcopy([m, {"m": m}]),
    "pickle": pickled,
    "pickle inside": lambda m: pickled({"m": m}),
    "==": lambda m: m == {"theme": "dark", "sid": "s3cret"},
    "== from the left": lambda m: {"theme": "dark", "sid": "s3cret"} == m,  # noqa: SIM300 - which side has the word is meant
    "== itself": lambda m: m == copy.copy(m),
    "== in a list": lambda m: [m] == [{}],
    "!=": lambda m: m != {},
    "|": lambda m: m | {"more": 1},
    "| from the left": lambda m: {"more": 1} | m,
    "str": str,
    "repr": repr,
    "format": format,
    "f-string": lambda m: f"{m} {m!r}",
    "%s": lambda m: f"{m}",
    "json": json.dumps,
    # Of nothing, Python 3.13 and up write `{}` over two lines here.
    "json indented": lambda m: json.loads(json.dumps(m, indent=1, sort_keys=True)),
    "json inside": lambda m: json.dumps([{"m": m}]),
    "json as Django's": lambda m: json.dumps(m, cls=DjangoJSONEncoder),
    "JsonResponse": lambda m: JsonResponse(m).content,
    "JsonResponse inside": lambda m: JsonResponse({"m": [m]}).content,
    "urlencode": urlencode,
    "urlencode as Django's": django_urlencode,
    "MultiValueDict.update": lambda m: update(MultiValueDict(), m),
    "__reduce_ex__": lambda m: m.__reduce_ex__(4)[:2],
}


def update(mapping, other):
    mapping.update(other)
    return mapping


@pytest.mark.parametrize("amount", ["full", "empty"])
@pytest.mark.parametrize("ask", WHOLE)
def test_what_is_asked_of_all_is_a_read_of_the_whole(ask, amount):
    parts = {} if amount == "full" else {"query": "", "cookies": {}}

    query = look(lambda r: WHOLE[ask](r.GET), **parts)
    cookies = look(lambda r: WHOLE[ask](r.COOKIES), **parts)

    assert query.guarded == query.plain
    assert {name.partition(":")[0] for name in query.reads} == {"query"}
    assert "query:*" in query.reads
    assert cookies.guarded == cookies.plain
    assert {name.partition(":")[0] for name in cookies.reads} == {"cookie"}
    assert "cookie:*" in cookies.reads


# The same for a query alone, whose methods are Django's.
QUERY_WHOLE = {
    "lists": lambda q: list(q.lists()),
    "dict()": lambda q: q.dict(),
    "urlencode()": lambda q: q.urlencode(),
    "urlencode(safe)": lambda q: q.urlencode(safe="/"),
    "encoding": lambda q: q.encoding,
    "_mutable": lambda q: q._mutable,
    "vars": vars,
    "__getstate__": lambda q: q.__getstate__(),
    "_getlist": lambda q: q._getlist("tag"),
    "QueryDict.update": lambda q: update(QueryDict(mutable=True), q),
    "== a QueryDict": lambda q: (q == QueryDict("a=1"), QueryDict("a=1") == q),
    "| itself": lambda q: q | q,
    "match": match_a_name,
    "templates: all": render("{{ request.GET }}"),
    "index each": index_each_of,
    "count, then index": count_then_index,
    "keys: repr": lambda q: repr(q.keys()),
    "keys: <=": lambda q: (q.keys() <= {"page", "tag", "empty"}, q.keys() < {"page"}),
    "keys: >=": lambda q: ({"page"} <= q.keys(), q.keys() > {"page"}),
    "keys: &": lambda q: ({"page", "x"} & q.keys(), q.keys() & ["page", "x"]),
    "keys: |": lambda q: ({"x"} | q.keys(), q.keys() | ["x"]),
    "keys: -": lambda q: ({"page", "x"} - q.keys(), q.keys() - ["page"]),
    "keys: ^": lambda q: ({"page", "x"} ^ q.keys(), q.keys() ^ ["page", "x"]),
    "keys: ==": lambda q: (q.keys() == {"page", "tag", "empty"}, q.keys() == []),
    "keys: isdisjoint": lambda q: q.keys().isdisjoint({"page"}),
    "keys: in": lambda q: ("page" in q.keys(), len(q.keys())),  # noqa: SIM118 - as above
    "keys: reversed": lambda q: list(reversed(q.keys())),
    "writes": write_into,
    "writes into the lists": write_into_the_lists,
    "|=": update_in_place,
}


@pytest.mark.parametrize("query", ["page=2&tag=a&tag=b&empty=", "tag=c", ""])
@pytest.mark.parametrize("ask", QUERY_WHOLE)
def test_what_is_asked_of_a_query_is_a_read_of_the_whole(ask, query):
    ask_it = QUERY_WHOLE[ask]

    if ask.startswith("templates"):
        found = look(ask_it, query=query)
    else:
        found = look(lambda r: ask_it(r.GET), query=query)

    assert found.guarded == found.plain
    assert "query:*" in found.reads
    assert all(name.startswith("query:") for name in found.reads)


# Nobody learns anything of the visitor from these.
NOTHING = {
    "handed on": lambda m: len([m]),
    "isinstance": lambda m: (isinstance(m, dict), isinstance(m, QueryDict)),
    "__class__": lambda m: m.__class__,
    "name of the class": lambda m: (type(m).__name__, type(m).__module__),
    "hash": hash,
    "<": lambda m: m < {},
    "+": lambda m: m + 1,
    "call": lambda m: m(),
    "attribute": lambda m: m.nope,
    "hasattr": lambda m: hasattr(m, "nope"),
    "getattr": lambda m: getattr(m, "nope", "default"),
    "methods": lambda m: callable(m.items),
    "dir": dir,
    "another of its class": lambda m: type(m)().copy(),
    "from keys": lambda m: m.fromkeys(["a", "b"]),
}


@pytest.mark.parametrize("ask", NOTHING)
def test_what_tells_nothing_is_not_recorded(ask):
    query = look(lambda r: NOTHING[ask](r.GET))
    cookies = look(lambda r: NOTHING[ask](r.COOKIES))

    assert (query.guarded, query.reads) == (query.plain, set())
    assert (cookies.guarded, cookies.reads) == (cookies.plain, set())


REFUSED = {
    "item": lambda q: q.__setitem__("page", "9"),
    "del": lambda q: q.__delitem__("page"),
    "pop": lambda q: q.pop("page"),
    "popitem": lambda q: q.popitem(),
    "clear": lambda q: q.clear(),
    "update": lambda q: q.update({"a": "1"}),
    "setlist": lambda q: q.setlist("page", ["9"]),
    "setdefault": lambda q: q.setdefault("page", "9"),
    "appendlist": lambda q: q.appendlist("page", "9"),
}


@pytest.mark.parametrize("write", REFUSED)
def test_query_refuses_to_be_changed(write):
    found = look(lambda r: REFUSED[write](r.GET))

    assert found.guarded == found.plain
    assert found.plain == (AttributeError, "This QueryDict instance is immutable")


COOKIE_WRITES = {
    "item": (lambda c: c.__setitem__("theme", "light"), {"cookie:theme"}),
    "del": (lambda c: c.__delitem__("theme"), {"cookie:theme"}),
    "del of none": (lambda c: c.__delitem__("nope"), {"cookie:nope"}),
    "pop": (lambda c: c.pop("theme"), {"cookie:theme"}),
    "pop of none": (lambda c: c.pop("nope"), {"cookie:nope"}),
    "pop with a default": (lambda c: c.pop("nope", 1), {"cookie:nope"}),
    "setdefault": (lambda c: c.setdefault("theme", "light"), {"cookie:theme"}),
    "setdefault of none": (lambda c: c.setdefault("nope", 1), {"cookie:nope"}),
    "setdefault without": (lambda c: c.setdefault("nope"), {"cookie:nope"}),
    "popitem": (lambda c: c.popitem(), {"cookie:*"}),
    "update": (lambda c: c.update(a=1), {"cookie:*"}),
    "clear": (lambda c: c.clear(), {"cookie:*"}),
    "|=": (lambda c: update_in_place(c)[0], {"cookie:*", "cookie:theme"}),
}


@pytest.mark.parametrize("write", COOKIE_WRITES)
def test_cookies_that_a_handler_changes_are_changed(write):
    change, reads = COOKIE_WRITES[write]

    changed = look(lambda r: change(r.COOKIES))
    after = look(lambda r: (change(r.COOKIES), dict(r.COOKIES))[1])

    assert (changed.guarded, changed.reads) == (changed.plain, reads)
    assert after.guarded == after.plain


def test_values_as_dataclasses_copy_them():
    cookies = look(lambda r: asdict(Holder(r.COOKIES)))
    query = look(lambda r: asdict(Holder(r.GET)))

    assert (
        cookies.guarded
        == cookies.plain
        == (dict, {"held": {"theme": "dark", "sid": "s3cret"}})
    )
    assert query.guarded[0] is query.plain[0]
