"""What a handler writes reaches the request, and what a project has written is there."""

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse, QueryDict
from django.middleware.csrf import get_token
from django.test import override_settings
from django.utils import translation
from django.views.decorators.cache import cache_page

from django_routehandlers.cache.guard import guard
from django_routehandlers.cache.isolated import build_query
from django_routehandlers.cache.runs import Run
from django_routehandlers.http import HttpError
from tests.cache.guarding import get_reads, look, make_request, record

each_kind = pytest.mark.parametrize("kind", ["wsgi", "asgi"])

TYPE = {"header:content-type"}


# What a handler writes.


def write_then_read(name, value):
    def act(request):
        setattr(request, name, value)
        return getattr(request, name)

    return act


WRITES = {
    "own": ("colour", "red", set()),
    "user": ("user", "bob", set()),
    "session": ("session", {"a": 1}, {"session"}),
    "path": ("path", "/elsewhere", set()),
    "urlconf": ("urlconf", "tests.urls", set()),
    "method": ("method", "PURGE", set()),
    "COOKIES": ("COOKIES", {}, set()),
    "META": ("META", {}, set()),
    "encoding": ("encoding", "latin-1", {"attr:encoding"}),
    "_encoding": ("_encoding", "latin-1", {"attr:_encoding"}),
}


@each_kind
@pytest.mark.parametrize("write", WRITES)
def test_what_a_handler_sets_is_its_own_and_the_requests(write, kind):
    name, value, reads = WRITES[write]
    real = make_request(kind)
    request, run = record(real)

    found = look(write_then_read(name, value), kind)
    write_then_read(name, value)(request)

    assert (found.guarded, found.reads) == (found.plain, reads)
    assert getattr(real, name) == value
    assert get_reads(run) == reads


def test_what_a_handler_may_not_set_is_not_set():
    found = look(write_then_read("scheme", "https"))

    assert found.guarded == found.plain
    assert found.guarded[0] is AttributeError


def test_what_a_handler_deletes_is_gone():
    def act(request):
        request.session["cart"] = "pears"
        del request.session
        return request.session

    found = look(act)

    assert found.guarded == found.plain
    assert found.reads == {"session", "attr:session"}


def test_what_a_handler_sets_and_deletes_is_gone():
    def act(request):
        request.colour = "red"
        del request.colour
        return request.colour

    found = look(act)

    assert (found.guarded, found.reads) == (found.plain, {"attr:colour"})


@each_kind
def test_charset_that_a_client_names_is_recorded(kind):
    typed = {"Content-Type": "text/plain; charset=utf-8"}

    found = look(lambda r: r.encoding, kind, headers=typed)

    assert (found.guarded, found.reads) == ((str, "utf-8"), TYPE)


@each_kind
@pytest.mark.parametrize("name", ["content_type", "content_params", "encoding"])
def test_content_type_in_the_key_is_not_recorded(name, kind):
    typed = {"Content-Type": "text/plain; charset=utf-8"}

    found = look(lambda r: getattr(r, name), kind, "content-type", headers=typed)

    assert (found.guarded, found.reads) == (found.plain, set())


@each_kind
def test_query_is_read_anew_in_another_charset(kind):
    def act(request):
        before = request.GET["q"]
        request.encoding = "latin-1"
        return before, request.GET["q"]

    found = look(act, kind, query="q=%C3%A9")

    # Django's request of ASGI always reads UTF-8.
    assert found.plain == (tuple, ("é", "Ã©" if kind == "wsgi" else "é"))
    assert found.guarded == found.plain
    assert found.reads >= {"query:q", "attr:encoding"}


@each_kind
@pytest.mark.parametrize("name", ["encoding", "_encoding"])
def test_query_of_a_handlers_own_ends_with_the_encoding(name, kind):
    def act(request):
        request.GET = QueryDict("q=own")
        setattr(request, name, "latin-1")
        return request.GET["q"]

    found = look(act, kind, query="q=1")

    assert found.guarded == found.plain == (str, "1" if name == "encoding" else "own")


@each_kind
def test_declared_query_is_read_anew_in_another_charset(kind):
    query = "q=%C3%A9&hidden=1&a=1&a=2"
    plain = make_request(kind, query)
    declared = build_query((("a", ("1", "2")), ("q", ("é",)), ("nope", None)))
    request, run = record(make_request(kind, query), query=declared)

    plain.encoding = request.encoding = "latin-1"

    assert request.GET["q"] == plain.GET["q"]
    assert dict(request.GET.lists()) == {"a": ["1", "2"], "q": [plain.GET["q"]]}
    assert get_reads(run) == {"attr:encoding"}


def test_token_of_a_form_reaches_the_middleware():
    real = make_request()
    request, _ = record(real)

    get_token(request)

    assert real.META["CSRF_COOKIE_NEEDS_UPDATE"] is True
    assert real.META["CSRF_COOKIE"]


# What a project has done to its requests.


def test_user_of_middleware_that_knows_none_is_none():
    bare = make_request()
    bare.user = None
    request, run = record(bare)

    assert (request.user is None, get_reads(run)) == (True, {"user"})


@pytest.mark.parametrize("name", ["user", "session", "_messages"])
def test_part_that_is_missing_is_recorded(name):
    bare = make_request()
    delattr(bare, name)
    request, run = record(bare)

    assert not hasattr(request, name)
    assert get_reads(run) == {name.strip("_")}


def test_user_that_middleware_has_loaded_is_recorded():
    real = make_request()
    assert real.user.is_authenticated
    request, run = record(real)

    assert request.user.is_authenticated
    assert get_reads(run) == {"user"}


@pytest.mark.parametrize("is_there", [True, False])
def test_user_of_a_test_of_rest_framework_is_recorded_if_there_is_one(is_there):
    real = make_request()
    if is_there:
        real._force_auth_user = "bob"
    request, run = record(real)

    found = getattr(request, "_force_auth_user", None)

    assert found == ("bob" if is_there else None)
    assert get_reads(run) == ({"attr:_force_auth_user"} if is_there else set())


def test_method_that_middleware_has_put_over_djangos_is_called():
    real = make_request()
    real.get_full_path = lambda: "/of/the/tenant"
    request, run = record(real)

    assert request.get_full_path() == "/of/the/tenant"
    assert get_reads(run) == {"attr:get_full_path"}


def test_class_of_a_project_keeps_its_methods_and_what_they_read_is_recorded():
    class OwnRequest(WSGIRequest):
        @property
        def basket(self):
            return self.session["cart"]

        def greet(self):
            return f"hello {self.user.username}"

        @staticmethod
        def shout():
            return "HEY"

    real = make_request()
    real.__class__ = OwnRequest
    request, run = record(real)

    greeting, basket, shout = request.greet(), request.basket, request.shout()

    assert (greeting, basket, shout) == ("hello alice", "apples", "HEY")
    assert get_reads(run) == {"user", "session", "attr:shout"}


@pytest.mark.parametrize("code", ["de", "en-us"])
def test_language_of_a_request_is_in_the_key_if_it_was_active(code):
    real = make_request()
    real.LANGUAGE_CODE = "de"

    with translation.override(code):
        request, run = record(real)
    with translation.override("de"):
        language = request.LANGUAGE_CODE

    assert language == "de"
    assert get_reads(run) == (set() if code == "de" else {"attr:LANGUAGE_CODE"})


@override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"))
def test_scheme_is_the_keys_and_what_the_server_says_is_not():
    headers = {"X-Forwarded-Proto": "https"}

    scheme = look(lambda r: (r.scheme, r.is_secure()), headers=headers)
    raw = look(lambda r: r._get_scheme(), headers=headers)

    assert (scheme.guarded, scheme.reads) == ((tuple, ("https", True)), set())
    assert (raw.guarded, raw.reads) == ((str, "http"), {"attr:environ"})


def test_request_of_a_cached_handler_is_guarded_again_for_another_one():
    real = make_request()
    outer, run = record(real)
    inner_run = Run("shop/routes/inner/route.py")

    inner = guard(outer, inner_run)
    inner.colour = "red"
    values = inner.user.username, inner.GET["page"], inner.COOKIES["sid"], inner.path

    assert values == ("alice", "2", "s3cret", "/items")
    assert (outer.colour, real.colour) == ("red", "red")
    assert get_reads(inner_run) == {"user", "query:page", "cookie:sid"}
    assert {"user", "cookie:sid"} <= get_reads(run)


def test_error_of_a_handlers_own_is_the_same():
    found = look(lambda r: r.json())

    error = HttpError(400, "The body is empty.")
    assert found.guarded == found.plain == (HttpError, str(error))


def test_cached_page_inside_a_cached_route_reads_what_it_keys():
    view = cache_page(60)(lambda request: HttpResponse("made"))

    found = look(lambda r: view(r).status_code)

    assert found.guarded == found.plain
    assert "query:*" in found.reads
