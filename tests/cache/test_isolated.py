"""A request made from a key has what the key covers, and nothing of any visitor."""

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser
from django.test import override_settings

from django_routehandlers.cache.isolated import EmptySession, IsolatedRequest
from django_routehandlers.exceptions import HandlerError
from tests.cache.making import make_dimensions


def isolate(vary=(), **parts):
    return IsolatedRequest(make_dimensions(**parts), vary)


def test_it_has_what_the_key_covers():
    request = isolate(
        host="app.example.com:8000",
        path="/prefix/x",
        path_info="/x",
        query=(("page", ("1", "2")), ("q", ("é&",)), ("absent", None)),
        urlconf="tests.urls",
        language="de",
    )

    assert (request.method, request.path, request.path_info) == (
        "GET",
        "/prefix/x",
        "/x",
    )
    assert (request.urlconf, request.LANGUAGE_CODE) == ("tests.urls", "de")
    assert dict(request.GET.lists()) == {"page": ["1", "2"], "q": ["é&"]}
    assert request.get_full_path() == "/prefix/x?page=1&page=2&q=%C3%A9%26"
    assert request.build_absolute_uri("/y") == "http://app.example.com:8000/y"


def test_its_meta_is_that_of_a_server():
    request = isolate(
        vary=("HTTP_ACCEPT", "HTTP_X_KIND"),
        headers=("text/html", None),
        path="/prefix/x",
        path_info="/x",
        query=(("page", ("1",)),),
    )

    assert request.META == {
        "HTTP_ACCEPT": "text/html",
        "HTTP_HOST": "testserver",
        "PATH_INFO": "/x",
        "QUERY_STRING": "page=1",
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "/prefix",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
    }
    assert dict(request.headers) == {"Accept": "text/html", "Host": "testserver"}


@pytest.mark.parametrize(
    ("scheme", "host", "name", "port"),
    [
        ("http", "app.example.com", "app.example.com", "80"),
        ("https", "app.example.com", "app.example.com", "443"),
        ("http", "app.example.com:8000", "app.example.com", "8000"),
        ("https", "[::1]", "[::1]", "443"),
        ("https", "[::1]:8000", "[::1]", "8000"),
    ],
)
def test_it_knows_its_server(scheme, host, name, port):
    request = isolate(scheme=scheme, host=host)

    assert (request.get_host(), request.scheme, request.is_secure()) == (
        host,
        scheme,
        scheme == "https",
    )
    assert (request.META["SERVER_NAME"], request.get_port()) == (name, port)
    assert request.build_absolute_uri("/y") == f"{scheme}://{host}/y"


@override_settings(
    USE_X_FORWARDED_HOST=True,
    USE_X_FORWARDED_PORT=True,
    SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
)
def test_a_proxy_has_no_say_in_it():
    request = isolate(
        vary=("HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO"),
        headers=("evil.example", "https"),
    )

    assert request.build_absolute_uri("/y") == "http://testserver/y"


@override_settings(ALLOWED_HOSTS=[])
def test_its_host_was_allowed_when_the_key_was_made():
    assert isolate(host="tenant.example").get_host() == "tenant.example"


def test_it_has_nothing_of_a_visitor():
    request = isolate()

    assert (request.COOKIES, dict(request.GET), dict(request.POST)) == ({}, {}, {})
    assert (request.body, dict(request.FILES), request.content_type) == (b"", {}, "")
    assert (dict(request.session.items()), request.session.session_key) == ({}, None)
    assert request.user == AnonymousUser()
    assert async_to_sync(request.auser)() == AnonymousUser()


def test_without_a_language_and_a_urlconf_it_has_neither():
    request = isolate(language=None)

    assert not hasattr(request, "LANGUAGE_CODE")
    assert not hasattr(request, "urlconf")


@override_settings(INSTALLED_APPS=["django_routehandlers"])
def test_without_the_app_of_users_it_has_no_user():
    request = isolate()

    assert (hasattr(request, "user"), hasattr(request, "auser")) == (False, False)


READS = {
    "get": lambda session: session.get("a"),
    "aget": lambda session: async_to_sync(session.aget)("a"),
    "pop": lambda session: session.pop("a", None),
    "items": lambda session: dict(session.items()) or None,
    "in": lambda session: ("a" in session) or None,
    "flush": lambda session: session.flush(),
    "aflush": lambda session: async_to_sync(session.aflush)(),
    "clear": lambda session: session.clear(),
}


@pytest.mark.parametrize("read", READS)
def test_an_empty_session_can_be_read(read):
    session = EmptySession()

    found = READS[read](session)

    assert (found, session.is_empty(), session.modified) == (None, True, False)


WRITES = {
    "item": lambda session: session.__setitem__("a", 1),
    "update": lambda session: session.update({"a": 1}),
    "setdefault": lambda session: session.setdefault("a", 1),
    "set_expiry": lambda session: session.set_expiry(60),
    "set_test_cookie": lambda session: session.set_test_cookie(),
    "save": lambda session: session.save(),
    "create": lambda session: session.create(),
    "asave": lambda session: async_to_sync(session.asave)(),
    "acreate": lambda session: async_to_sync(session.acreate)(),
    "aset": lambda session: async_to_sync(session.aset)("a", 1),
    "aupdate": lambda session: async_to_sync(session.aupdate)({"a": 1}),
    "asetdefault": lambda session: async_to_sync(session.asetdefault)("a", 1),
}


@pytest.mark.parametrize("write", WRITES)
def test_nothing_can_be_put_into_an_empty_session(write):
    session = EmptySession()

    with pytest.raises(HandlerError) as caught:
        WRITES[write](session)

    assert str(caught.value) == (
        "A handler wrote into the session while it made an answer for everybody. "
        "Write into sessions in a POST handler."
    )
    assert dict(session.items()) == {}
