"""A guarded request gives what the one behind it gives, and records what it gave."""

import copy
import pickle

import pytest
from asgiref.sync import async_to_sync
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.contrib.sessions.backends.base import SessionBase
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template import Engine, RequestContext
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import condition, require_safe

from django_routehandlers.cache.guard import guard
from django_routehandlers.cache.runs import Run
from django_routehandlers.http import Request
from tests.cache.guarding import get_reads, look, make_request, record

each_kind = pytest.mark.parametrize("kind", ["wsgi", "asgi"])

PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]
MORE_PROCESSORS = [
    "django.template.context_processors.debug",
    "django.template.context_processors.i18n",
    "django.template.context_processors.media",
    "django.template.context_processors.static",
    "django.template.context_processors.tz",
]


def render(source):
    engine = Engine(context_processors=PROCESSORS + MORE_PROCESSORS)
    template = engine.from_string(source)
    return lambda request: template.render(RequestContext(request))


def answer(request):
    return HttpResponse("made")


def run_through(*decorators):
    view = answer
    for decorate in decorators:
        view = decorate(view)
    return lambda request: view(request).status_code


IN_KEY = {
    "method": lambda r: r.method,
    "path": lambda r: (r.path, r.path_info),
    "host": lambda r: r.get_host(),
    "scheme": lambda r: (r.scheme, r.is_secure()),
    "absolute": lambda r: (r.build_absolute_uri("/x"), r.build_absolute_uri("y")),
    "absolute, lazy": lambda r: r.build_absolute_uri("http://other.example/x"),
    "isinstance": lambda r: (isinstance(r, HttpRequest), isinstance(r, Request)),
    "kind": lambda r: (isinstance(r, WSGIRequest), isinstance(r, ASGIRequest)),
    "class": lambda r: (type(r).__name__, r.__class__.__module__),
    "no charset": lambda r: (r.encoding, r._encoding),
    "truth": bool,
    "callable": callable,
    "handed on": lambda r: len([r, r.GET, r.COOKIES, r.META, r.headers, r.user]),
    "handed on, more": lambda r: len([r.session, r._messages, r.auser, r.get_host]),
    "require_safe": run_through(require_safe),
    "never_cache": run_through(never_cache),
    "template: nothing": render("hello"),
    "template: path": render("{{ request.path }} {{ request.method }} {{ LANGUAGES }}"),
    "template: host": render("{{ request.get_host }} {{ request.scheme }}"),
    "template: unused": render("{% if 0 %}{{ user }}{{ perms.auth }}{% endif %}"),
}


@each_kind
@pytest.mark.parametrize("read", IN_KEY)
def test_what_is_in_the_key_is_not_recorded(read, kind):
    found = look(IN_KEY[read], kind)

    assert (found.guarded, found.reads) == (found.plain, set())


USERS = {"user"}
BODY = {"body"}
TYPE = {"header:content-type"}
CONDITIONS = {"header:if-match", "header:if-unmodified-since", "header:if-none-match"}
CONDITIONS |= {"header:if-modified-since"}
TOKEN = {"meta:CSRF_COOKIE", "meta:*"}
JSON = BODY | TYPE

RECORDED = {
    "user: attribute": (lambda r: r.user.username, USERS),
    "user: is_authenticated": (lambda r: r.user.is_authenticated, USERS),
    "user: truth": (lambda r: bool(r.user), USERS),
    "user: missing": (lambda r: getattr(r.user, "nope", None), USERS),
    "user: ==": (lambda r: r.user == r.user, USERS),
    "user: str": (lambda r: f"{r.user}", USERS),
    "user: hash": (lambda r: hash(r.user), USERS),
    "user: class": (lambda r: r.user.__class__.__name__, USERS),
    "user: isinstance": (lambda r: isinstance(r.user, str), USERS),
    "user: copied": (lambda r: copy.copy(r.user).pk, USERS),
    "user: copied deep": (lambda r: copy.deepcopy(r.user).pk, USERS),
    "user: pickled": (lambda r: pickle.loads(pickle.dumps(r.user)).pk, USERS),
    "user: set": (lambda r: setattr(r.user, "nick", "al"), USERS),
    "user: login_required": (run_through(login_required), USERS),
    "user: permission": (run_through(permission_required("a.b")), USERS),
    "user: template": (render("{{ user.username }}"), USERS),
    "user: template, if": (render("{% if user.is_staff %}y{% endif %}"), USERS),
    "user: template, request": (render("{{ request.user.pk }}"), USERS),
    "user: template, perms": (render("{% if perms.auth.x %}y{% endif %}"), USERS),
    "auser": (lambda r: async_to_sync(r.auser)().username, USERS),
    "session: item": (lambda r: r.session["cart"], {"session"}),
    "session: get": (lambda r: r.session.get("nope"), {"session"}),
    "session: in": (lambda r: "cart" in r.session, {"session"}),
    "session: key": (lambda r: r.session.session_key, {"session"}),
    "session: truth": (lambda r: bool(r.session), {"session"}),
    "session: len": (lambda r: len(r.session), {"session"}),
    "session: items": (lambda r: dict(r.session.items()), {"session"}),
    "session: set": (lambda r: r.session.__setitem__("a", 1), {"session"}),
    "session: flag": (lambda r: setattr(r.session, "modified", True), {"session"}),
    "session: aget": (lambda r: async_to_sync(r.session.aget)("cart"), {"session"}),
    "session: isinstance": (lambda r: isinstance(r.session, SessionBase), {"session"}),
    "messages: loop": (lambda r: list(messages.get_messages(r)), {"messages"}),
    "messages: add": (lambda r: messages.info(r, "x"), {"messages"}),
    "messages: level": (messages.get_level, {"messages"}),
    "messages: template": (
        render("{% for m in messages %}x{% endfor %}"),
        {"messages"},
    ),
    "messages: template, if": (render("{% if messages %}x{% endif %}"), {"messages"}),
    "body": (lambda r: r.body, BODY),
    "POST": (lambda r: r.POST, BODY),
    "FILES": (lambda r: r.FILES, BODY),
    "read": (lambda r: r.read(), BODY),
    "readline": (lambda r: r.readline(), BODY),
    "readlines": (lambda r: r.readlines(), BODY),
    "lines": (list, BODY),
    "upload_handlers": (lambda r: len(r.upload_handlers), BODY),
    "json": (lambda r: r.json(), JSON),
    "form": (lambda r: r.form, BODY),
    "content_type": (lambda r: r.content_type, TYPE),
    "content_params": (lambda r: r.content_params, TYPE),
    "accepts": (lambda r: r.accepts("text/html"), {"header:accept"}),
    "accepted_types": (lambda r: str(r.accepted_types), {"header:accept"}),
    "preferred": (lambda r: r.get_preferred_type(["text/html"]), {"header:accept"}),
    "language": (
        translation.get_language_from_request,
        {"cookie:django_language", "header:accept-language"},
    ),
    "port": (lambda r: r.get_port(), {"meta:SERVER_PORT"}),
    "condition": (run_through(condition(lambda r: '"e"')), CONDITIONS),
    "tenant": (lambda r: r.tenant, {"attr:tenant"}),
    "template: tenant": (render("{{ request.tenant }}"), {"attr:tenant"}),
    "missing": (lambda r: hasattr(r, "nope"), {"attr:nope"}),
    "missing, default": (lambda r: getattr(r, "nope", 1), {"attr:nope"}),
    "missing, raised": (lambda r: r.nope, {"attr:nope"}),
    "language code": (lambda r: hasattr(r, "LANGUAGE_CODE"), {"attr:LANGUAGE_CODE"}),
    "urlconf of none": (lambda r: hasattr(r, "urlconf"), set()),
    "vars": (lambda r: sorted(vars(r)), {"attr:__dict__"}),
    "__dict__": (lambda r: r.__dict__["tenant"], {"attr:__dict__"}),
    "dir": (lambda r: "tenant" in dir(r), {"attr:__dict__"}),
    "copy": (lambda r: copy.copy(r).tenant, {"attr:*"}),
    "csrf: template": (lambda r: len(render("{% csrf_token %}")(r)), TOKEN),
    "csrf: get_token": (lambda r: len(get_token(r)), TOKEN),
}


@each_kind
@pytest.mark.parametrize("read", RECORDED)
def test_what_is_not_in_the_key_is_recorded(read, kind):
    ask, reads = RECORDED[read]

    found = look(ask, kind)

    assert (found.guarded, found.reads) == (found.plain, reads)


@pytest.mark.parametrize(("kind", "name"), [("wsgi", "environ"), ("asgi", "scope")])
def test_what_the_server_gave_is_recorded(kind, name):
    found = look(lambda r: sorted(getattr(r, name), key=str), kind)

    assert (found.guarded, found.reads) == (found.plain, {f"attr:{name}"})


def test_another_request_of_its_class_is_one_of_the_class_behind():
    real = make_request("wsgi")
    request, run = record(real)

    other = type(request)(request.environ | {"PATH_INFO": "/other"})

    assert (type(other), other.path) == (type(real), "/other")
    assert get_reads(run) == {"attr:environ"}


@each_kind
def test_copies_are_those_of_the_request_behind(kind):
    real = make_request(kind)
    request, run = record(real)

    copied = copy.copy(request)

    assert not hasattr(type(copied), "_guard")
    assert (type(copied), copied.tenant) == (type(real), "acme")
    assert get_reads(run) == {"attr:*"}


def test_copy_in_depth_is_recorded():
    bare = HttpRequest()
    bare.method, bare.tenant = "GET", {"name": "acme"}
    request, run = record(bare)

    copied = copy.deepcopy({"request": request})["request"]

    assert (copied.tenant, copied.tenant is bare.tenant) == ({"name": "acme"}, False)
    assert get_reads(run) == {"attr:*"}


def test_pickle_is_that_of_the_request_behind():
    bare = HttpRequest()
    bare.method, bare.tenant = "GET", "acme"
    run = Run("shop/routes/items/route.py")

    copied = pickle.loads(pickle.dumps(guard(bare, run)))

    assert (type(copied), copied.tenant) == (HttpRequest, "acme")
    assert get_reads(run) == {"attr:*"}
