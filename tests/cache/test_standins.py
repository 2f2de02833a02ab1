"""What stands in for the parts of a request knows which of them are in the key."""

import copy
import json
import pickle

import pytest
from asgiref.sync import async_to_sync
from django.http import QueryDict
from django.template import Context, Engine
from django.test import override_settings

from django_routehandlers.cache.isolated import build_query
from tests.cache.guarding import get_outcome, get_reads, look, make_request, record

VARY = ("accept", "x-kind", "content-type")
FORWARDED = {"X-Forwarded-Host": "evil.example"}

BY_NAME = {
    "item": lambda m, name: m[name],
    "get": lambda m, name: m.get(name),
    "get with a default": lambda m, name: m.get(name, "default"),
    "in": lambda m, name: name in m,
}


# Headers.


@pytest.mark.parametrize("kind", ["wsgi", "asgi"])
@pytest.mark.parametrize(
    ("name", "record_as"),
    [
        ("X-Other", "header:x-other"),
        ("x_other", "header:x-other"),
        ("Cookie", "header:cookie"),
        ("Authorization", "header:authorization"),
        ("User-Agent", "header:user-agent"),
        ("X-Forwarded-For", "header:x-forwarded-for"),
        ("Content-Length", "header:content-length"),
        ("X-Kind", None),
        ("x_kind", None),
        ("ACCEPT", None),
        ("Content-Type", None),
        ("Host", None),
    ],
)
@pytest.mark.parametrize("ask", BY_NAME)
def test_header_is_recorded_unless_it_is_in_the_key(ask, name, record_as, kind):
    found = look(lambda r: BY_NAME[ask](r.headers, name), kind, *VARY)

    assert found.guarded == found.plain
    assert found.reads == ({record_as} if record_as else set())


@pytest.mark.parametrize("key", [None, 1, b"Accept"])
def test_what_is_no_name_of_a_header_is_refused(key):
    found = look(lambda r: r.headers.get(key))

    assert (found.guarded, found.reads) == (found.plain, set())


ALL_HEADERS = {
    "bool": bool,
    "len": len,
    "list": list,
    "keys": lambda h: list(h.keys()),
    "values": lambda h: list(h.values()),
    "items": lambda h: list(h.items()),
    "dict": dict,
    "{**}": lambda h: {**h},
    "copy": lambda h: h.copy(),
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    "pickle": lambda h: pickle.loads(pickle.dumps(h)),
    "==": lambda h: (h == {}, dict(h) == h),
    "!=": lambda h: h != {},
    "str": str,
    "repr": repr,
    "vars": vars,
    "_store": lambda h: h._store,
    "json": lambda h: json.dumps(dict(h)),
}


@pytest.mark.parametrize("kind", ["wsgi", "asgi"])
@pytest.mark.parametrize("ask", ALL_HEADERS)
def test_all_headers_are_more_than_any_key_has(ask, kind):
    found = look(lambda r: ALL_HEADERS[ask](r.headers), kind, *VARY)

    assert found.guarded == found.plain
    assert "header:*" in found.reads


@pytest.mark.parametrize("name", ["accept", "x_kind", "user_agent"])
def test_template_that_names_a_header_reads_no_more(name):
    template = Engine().from_string(f"{{{{ request.headers.{name} }}}}")

    found = look(
        lambda r: template.render(Context({"request": r})), "wsgi", *VARY, "user-agent"
    )

    assert (found.guarded, found.reads) == (found.plain, set())


def test_headers_that_are_handed_on_tell_nothing():
    found = look(
        lambda r: (r.headers.__class__, type(r.headers).__name__, dir(r.headers))
    )

    assert (found.guarded, found.reads) == (found.plain, set())


@override_settings(USE_X_FORWARDED_HOST=True)
@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host"])
def test_host_is_not_the_keys_where_a_proxy_names_another(name):
    found = look(
        lambda r: r.headers.get(name), headers=FORWARDED | {"Host": "testserver"}
    )

    assert (found.guarded, found.reads) == (found.plain, {f"header:{name.lower()}"})


HOST = {
    "get": lambda r: r.headers.get("Host"),
    "in": lambda r: "Host" in r.headers,
    "META": lambda r: r.META.get("HTTP_HOST"),
}


@pytest.mark.parametrize("ask", HOST)
def test_host_that_a_client_does_not_name_is_not_the_keys(ask):
    found = look(HOST[ask], headers={"Host": ""})

    assert (found.guarded, found.reads) == (found.plain, {"header:host"})


# META.

META_NAMES = [
    ("REQUEST_METHOD", set()),
    ("SCRIPT_NAME", set()),
    ("HTTP_HOST", set()),
    ("HTTP_X_KIND", set()),
    ("HTTP_ACCEPT", set()),
    ("HTTP_X_OTHER", {"header:x-other"}),
    ("HTTP_COOKIE", {"cookie:*"}),
    ("QUERY_STRING", {"query:*"}),
    ("REMOTE_ADDR", {"meta:REMOTE_ADDR"}),
    ("REMOTE_USER", {"meta:REMOTE_USER"}),
    ("SERVER_NAME", {"meta:SERVER_NAME"}),
    ("SERVER_PORT", {"meta:SERVER_PORT"}),
    ("PATH_INFO", {"meta:PATH_INFO"}),
    ("CONTENT_LENGTH", {"header:content-length"}),
    ("CONTENT_TYPE", set()),
    ("CSRF_COOKIE", {"meta:CSRF_COOKIE"}),
    ("wsgi.url_scheme", {"meta:wsgi.url_scheme"}),
    # No server writes them so, and they are not what the key has.
    ("HTTP_x-kind", {"meta:HTTP_x-kind"}),
    ("HTTP_X-KIND", {"meta:HTTP_X-KIND"}),
    ("http_x_kind", {"meta:http_x_kind"}),
    (None, {"meta:*"}),
    (1, {"meta:*"}),
]


@pytest.mark.parametrize("kind", ["wsgi", "asgi"])
@pytest.mark.parametrize(("name", "reads"), META_NAMES)
@pytest.mark.parametrize("ask", BY_NAME)
def test_part_of_meta_is_recorded_unless_it_is_in_the_key(ask, name, reads, kind):
    found = look(lambda r: BY_NAME[ask](r.META, name), kind, *VARY)

    assert (found.guarded, found.reads) == (found.plain, reads)


@pytest.mark.parametrize("ask", [dict, len, list, dict.copy, repr, bool])
def test_all_of_meta_is_more_than_any_key_has(ask):
    found = look(lambda r: type(ask(r.META)), "wsgi", *VARY)

    assert found.guarded == found.plain
    assert "meta:*" in found.reads


META_WRITES = {
    "item": lambda m: m.__setitem__("CSRF_COOKIE", "new"),
    "del": lambda m: m.__delitem__("REMOTE_ADDR"),
    "del of none": lambda m: m.__delitem__("NOPE"),
    "pop": lambda m: m.pop("REMOTE_ADDR"),
    "setdefault": lambda m: m.setdefault("NOPE", "new"),
    "update": lambda m: m.update({"CSRF_COOKIE": "new"}),
    "method": lambda m: m.__setitem__("REQUEST_METHOD", "PURGE"),
    "pop of the method": lambda m: m.pop("REQUEST_METHOD"),
    "header": lambda m: m.__setitem__("HTTP_X_KIND", "even"),
    "host": lambda m: m.__setitem__("HTTP_HOST", "evil.example"),
    "query": lambda m: m.__setitem__("QUERY_STRING", "page=9"),
    "del of the query": lambda m: m.__delitem__("QUERY_STRING"),
}


def write_then_read(write):
    names = ["CSRF_COOKIE", "REMOTE_ADDR", "NOPE", "REQUEST_METHOD", "HTTP_X_KIND"]
    names += ["HTTP_HOST", "QUERY_STRING"]
    return lambda r: (write(r.META), [r.META.get(name) for name in names])


@pytest.mark.parametrize("write", META_WRITES)
def test_what_a_handler_writes_into_meta_is_there_for_others(write):
    found = look(write_then_read(META_WRITES[write]), "asgi", *VARY)
    plain, real = make_request("asgi"), make_request("asgi")
    guarded, run = record(real, *VARY)

    outcomes = [
        get_outcome(lambda r: META_WRITES[write](r.META), r) for r in (plain, guarded)
    ]

    assert found.guarded == found.plain
    assert outcomes[0] == outcomes[1]
    assert real.META == plain.META
    assert any(name.startswith("meta:") for name in run.reads)


METHOD = {
    "method": lambda r: r.method,
    "META": lambda r: r.META["REQUEST_METHOD"],
    "META.get": lambda r: r.META.get("REQUEST_METHOD"),
    "META.setdefault": lambda r: r.META.setdefault("REQUEST_METHOD", "PUT"),
    "repr": repr,
}


@pytest.mark.parametrize("ask", METHOD)
def test_head_is_shown_as_the_get_that_answers_it(ask):
    get = look(METHOD[ask])
    head = look(METHOD[ask], method="HEAD")

    assert head.guarded == get.guarded == get.plain


# The query.


TEXT = {
    "get_full_path": lambda r: r.get_full_path(),
    "get_full_path_info": lambda r: r.get_full_path_info(),
    "build_absolute_uri": lambda r: r.build_absolute_uri(),
    "META": lambda r: r.META["QUERY_STRING"],
    "repr": repr,
}


@pytest.mark.parametrize("ask", TEXT)
@pytest.mark.parametrize("query", ["page=2&tag=a", "q=%C3%A9+%26", "a;b=%7a", ""])
def test_text_of_a_query_is_a_read_of_the_whole(query, ask):
    found = look(TEXT[ask], query=query)

    assert (found.guarded, found.reads) == (found.plain, {"query:*"})


@pytest.mark.parametrize("query", ["q=%E9", "q=%ff%fe", "%E9=1", "q=100%", "q=%zz"])
def test_text_of_a_query_that_its_values_do_not_tell_is_not_in_the_key(query):
    text = look(lambda r: r.META["QUERY_STRING"], query=query)
    values = look(lambda r: r.GET.dict(), query=query)

    assert (text.guarded, text.reads) == (text.plain, {"query:*", "meta:QUERY_STRING"})
    assert (values.guarded, values.reads) == (values.plain, {"query:*"})


QUERY_READS = {
    "name": lambda r: r.GET["q"],
    "whole": lambda r: r.GET.urlencode(),
    "text": lambda r: r.META["QUERY_STRING"],
}


@pytest.mark.parametrize("read", QUERY_READS)
def test_query_in_a_charset_of_the_clients_is_not_in_the_key(read):
    content_type = "text/plain; charset=latin-1"

    found = look(QUERY_READS[read], query="q=%E9", CONTENT_TYPE=content_type)

    assert found.guarded == found.plain
    assert {name.partition(":")[0] for name in found.reads} - {"query"}


DECLARED = build_query((("page", ("2",)), ("q", ("é",)), ("utm", None)))


def test_query_of_the_key_is_all_that_a_handler_sees():
    request, _ = record(make_request(query="page=2&utm=x&q=%C3%A9"), query=DECLARED)

    assert request.GET.urlencode() == "page=2&q=%C3%A9"
    assert request.META["QUERY_STRING"] == request.META.get("QUERY_STRING")
    assert request.META["QUERY_STRING"] == "page=2&q=%C3%A9"
    assert request.get_full_path() == "/items?page=2&q=%C3%A9"


def test_query_of_the_key_is_djangos_own():
    request, _ = record(make_request(), query=DECLARED)

    assert type(request.GET) is QueryDict
    assert request.GET is request.GET
    with pytest.raises(AttributeError):
        request.GET["page"] = "3"


def test_empty_query_of_the_key_hides_what_the_client_sent():
    request, run = record(make_request(), query=build_query(()))

    assert (dict(request.GET), request.get_full_path()) == ({}, "/items")
    assert request.META.get("QUERY_STRING", "none") == ""
    assert set(run.reads) == set()


def replace_by_a_copy(request):
    request.GET = request.GET.copy()
    request.GET["page"] = "9"


def change_in_place(request):
    request.GET._mutable = True
    request.GET["page"] = "9"


def change_a_list(request):
    dict(request.GET)["page"].append("9")


@pytest.mark.parametrize("change", [replace_by_a_copy, change_in_place, change_a_list])
def test_what_a_handler_does_to_its_query_is_not_done_to_the_keys(change):
    request = make_request(query="page=2")
    guarded, run = record(request)

    change(guarded)

    assert guarded.GET["page"] == "9"
    assert request.GET.urlencode() == "page=2"
    assert "query:*" in get_reads(run)


# Cookies and users.


@pytest.mark.parametrize("kind", ["wsgi", "asgi"])
def test_signed_cookie_is_a_read_of_that_cookie(kind):
    found = look(lambda r: r.get_signed_cookie("sid", default=None), kind)

    assert (found.guarded, found.reads) == (found.plain, {"cookie:sid"})


def test_user_of_a_task_is_recorded_when_it_is_awaited():
    request, run = record(make_request())
    before = request.auser, get_reads(run)

    user = async_to_sync(request.auser)()

    assert before[1] == set()
    assert (user.username, get_reads(run)) == ("alice", {"user"})


def test_user_of_a_task_that_is_missing_is_recorded():
    bare = make_request()
    del bare.auser
    request, run = record(bare)

    assert not hasattr(request, "auser")
    assert get_reads(run) == {"user"}
