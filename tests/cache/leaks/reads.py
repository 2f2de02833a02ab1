"""
What handlers may read of a request, in as many ways as they do.

Each read has the dimension of which it tells: `cookie`, which is private, or one that
a key may have. `query` is the whole query, `query:a` one name of it.
"""

import copy
import json
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.template import Context, Engine
from django.utils import timezone, translation

Read = Callable[[Any], Any]

# What a project tells with CACHE_CONTEXT, and what its handlers show of the database.
PLAN: ContextVar[str] = ContextVar("plan", default="free")
DATA = {"posts": 0}

NAMES = ("a", "b", "c")

ONE = QueryDict("a=1", encoding="utf-8")

# Of these no key tells.
PRIVATE = frozenset(
    {"address", "attribute", "body", "cookie", "header", "session", "type", "user"}
)


def find(mapping: Any, name: str) -> Any:
    try:
        return mapping[name]
    except KeyError:
        return "none"


def render(source: str) -> Read:
    template = Engine().from_string(source)
    return lambda request: template.render(Context({"request": request}))


def rewrite(request: Any) -> Any:
    request.GET = request.GET.copy()
    request.GET["a"] = "9"
    return request.GET.urlencode()


def write_in_place(request: Any) -> Any:
    request.GET._mutable = True
    request.GET["a"] = "9"
    return request.GET.urlencode()


def write_into_lists(request: Any) -> Any:
    dict(request.GET).get("a", []).append("9")
    return request.GET.getlist("a")


def match_cookies(request: Any) -> Any:
    match request.COOKIES:
        case {"uid": uid}:
            return uid
        case _:
            return "nobody"


COOKIE: dict[str, Read] = {
    "get": lambda r: r.COOKIES.get("uid"),
    "item": lambda r: find(r.COOKIES, "uid"),
    "in": lambda r: "uid" in r.COOKIES,
    "dict": lambda r: dict(r.COOKIES).get("uid"),
    "**": lambda r: {**r.COOKIES}.get("uid"),
    "|": lambda r: (r.COOKIES | {}).get("uid"),
    "json": lambda r: json.dumps(r.COOKIES, sort_keys=True),
    "json of all": lambda r: json.dumps({"all": r.COOKIES}),
    "sorted": lambda r: sorted(r.COOKIES),
    "bool": lambda r: bool(r.COOKIES),
    "len": lambda r: len(r.COOKIES),
    "values": lambda r: sorted(r.COOKIES.values()),
    "==": lambda r: r.COOKIES == {},
    "copy": lambda r: copy.copy(r.COOKIES).get("uid"),
    "deepcopy": lambda r: copy.deepcopy([r.COOKIES])[0].get("uid"),
    "%": lambda r: "uid" in r.COOKIES and "%(uid)s".__mod__(r.COOKIES),
    "match": match_cookies,
    "signed": lambda r: r.get_signed_cookie("uid", default="unsigned"),
    "META": lambda r: r.META.get("HTTP_COOKIE"),
    "header": lambda r: r.headers.get("cookie"),
    "template": render("{{ request.COOKIES.uid }}"),
    "copied request": lambda r: copy.copy(r).COOKIES.get("uid"),
    "vars": lambda r: "COOKIES" in vars(r) and vars(r)["COOKIES"].get("uid"),
}

OTHERS: dict[str, dict[str, Read]] = {
    "header": {
        "get": lambda r: r.headers.get("X-Other"),
        "in": lambda r: "X-Other" in r.headers,
        "item": lambda r: find(r.headers, "X-Other"),
        "dict": lambda r: dict(r.headers).get("X-Other"),
        "META": lambda r: r.META.get("HTTP_X_OTHER"),
        "META in": lambda r: "HTTP_X_OTHER" in r.META,
        "authorization": lambda r: r.headers.get("Authorization"),
        "all": lambda r: sorted(r.headers),
        "len of META": lambda r: len(r.META) > 20,
    },
    "user": {
        "name": lambda r: r.user.username,
        "is_authenticated": lambda r: r.user.is_authenticated,
        "str": lambda r: str(r.user),
        "==": lambda r: r.user == AnonymousUser(),
        "template": render("{{ request.user.username }}"),
        "if": render("{% if request.user.is_authenticated %}in{% endif %}"),
        "getattr": lambda r: getattr(r.user, "username", ""),
    },
    "session": {
        "get": lambda r: r.session.get("cart"),
        "in": lambda r: "cart" in r.session,
        "items": lambda r: sorted(map(str, r.session.items())),
        "key": lambda r: len(r.session.session_key or ""),
        "template": render("{{ request.session.cart }}"),
    },
    "attribute": {
        "tenant": lambda r: getattr(r, "tenant", "none"),
        "hasattr": lambda r: hasattr(r, "tenant"),
        "vars": lambda r: vars(r).get("tenant"),
        "__dict__": lambda r: r.__dict__.get("tenant"),
        "dir": lambda r: "tenant" in dir(r),
        "copy": lambda r: getattr(copy.copy(r), "tenant", "none"),
        "template": render("{{ request.tenant }}"),
    },
    "address": {"REMOTE_ADDR": lambda r: r.META.get("REMOTE_ADDR")},
    "body": {
        "body": lambda r: r.body,
        "POST": lambda r: r.POST.get("a"),
        "form": lambda r: r.form.get("a"),
        "read": lambda r: r.read(),
    },
    "type": {
        "content_type": lambda r: r.content_type,
        "header": lambda r: r.headers.get("Content-Type"),
        "META": lambda r: r.META.get("CONTENT_TYPE"),
    },
    "host": {
        "get_host": lambda r: r.get_host(),
        "absolute": lambda r: r.build_absolute_uri("/x").split("/")[2],
        "header": lambda r: r.headers.get("Host"),
    },
    "scheme": {"scheme": lambda r: r.scheme, "is_secure": lambda r: r.is_secure()},
    "path": {
        "path": lambda r: r.path,
        "match": lambda r: r.resolver_match.kwargs["slug"],
    },
    "language": {
        "active": lambda r: translation.get_language(),
        "request": lambda r: getattr(r, "LANGUAGE_CODE", "none"),
    },
    "zone": {"active": lambda r: timezone.get_current_timezone_name()},
    "plan": {"context": lambda r: PLAN.get()},
    "kind": {
        "get": lambda r: r.headers.get("X-Kind"),
        "META": lambda r: r.META.get("HTTP_X_KIND"),
        "in": lambda r: "x-kind" in r.headers,
    },
    "data": {"posts": lambda r: DATA["posts"]},
}

QUERY: dict[str, Read] = {
    "dict": lambda r: dict(r.GET),
    "**": lambda r: {**r.GET},
    "dict()": lambda r: r.GET.dict(),
    "lists": lambda r: list(r.GET.lists()),
    "items": lambda r: list(r.GET.items()),
    "urlencode": lambda r: r.GET.urlencode(),
    "bool": lambda r: bool(r.GET),
    "len": lambda r: len(r.GET),
    "list": lambda r: list(r.GET),
    "keys": lambda r: r.GET.keys() <= {"a"},
    "==": lambda r: (r.GET == ONE, ONE == r.GET),
    "json": lambda r: json.dumps(r.GET),
    "copy": lambda r: r.GET.copy().get("b"),
    "str": lambda r: f"{r.GET}",
    "text": lambda r: r.META["QUERY_STRING"],
    "path": lambda r: r.get_full_path(),
    "absolute": lambda r: r.build_absolute_uri(),
    "template": render("{{ request.GET.urlencode }}"),
    "rewrite": rewrite,
    "write in place": write_in_place,
    "write into lists": write_into_lists,
}


def _read_name(name: str) -> dict[str, Read]:
    return {
        "get": lambda r: r.GET.get(name),
        "item": lambda r: find(r.GET, name),
        "getlist": lambda r: r.GET.getlist(name),
        "in": lambda r: name in r.GET,
        "template": render(f"{{{{ request.GET.{name} }}}}"),
    }


WAYS: dict[str, dict[str, Read]] = {
    "cookie": COOKIE,
    "query": QUERY,
    **{f"query:{name}": _read_name(name) for name in NAMES},
    **OTHERS,
}

# Each read by its dimension and its way.
READS: dict[tuple[str, str], Read] = {
    (dimension, way): read
    for dimension, ways in WAYS.items()
    for way, read in ways.items()
}
