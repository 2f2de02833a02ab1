"""A method and a path, or a URL, are read as a request."""

import re

import pytest
from django.urls import set_script_prefix
from django.utils import translation

from django_routehandlers.audit.questions import (
    Question,
    build_request,
    parse_question,
    visiting,
)


@pytest.fixture(autouse=True)
def _host(settings):
    settings.ALLOWED_HOSTS = ["example.org"]


@pytest.mark.parametrize(
    ("method", "url", "question"),
    [
        ("GET", "/items", Question("GET", "/items", "", "http", "example.org")),
        ("get", "/a?b=c#d", Question("GET", "/a", "b=c", "http", "example.org")),
        ("GET", "/a#b?c", Question("GET", "/a", "", "http", "example.org")),
        ("GET", "//a", Question("GET", "//a", "", "http", "example.org")),
        ("GTE", "/", Question("GTE", "/", "", "http", "example.org")),
        ("GET", "https://a.b:8/c?d", Question("GET", "/c", "d", "https", "a.b:8")),
        ("GET", "http://u:p@a.b/", Question("GET", "/", "", "http", "a.b")),
        ("GET", "HTTP://a.b", Question("GET", "/", "", "http", "a.b")),
    ],
)
def test_a_question_is_read(method, url, question):
    assert parse_question(method, url) == question


def test_a_host_that_is_not_known_is_this_one(settings):
    settings.ALLOWED_HOSTS = ["*"]

    assert parse_question("GET", "/").host == "localhost"


@pytest.mark.parametrize(
    ("method", "url", "message"),
    [
        (
            "/items",
            "GET",
            "'/items' is not an HTTP method: write --why GET /path, the method first.",
        ),
        (
            "",
            "/",
            "'' is not an HTTP method: write --why GET /path, the method first.",
        ),
        (
            "GET",
            "items",
            "'items' is not a path, which begins with a slash. Did you mean '/items'?",
        ),
        ("GET", "", "'' is not a path, which begins with a slash. Did you mean '/'?"),
        ("GET", "http://[a/b", "'http://[a/b' is not a URL: Invalid IPv6 URL."),
    ],
)
def test_what_is_no_question_is_told(method, url, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse_question(method, url)


@pytest.mark.parametrize(
    ("path", "decoded"),
    [
        ("/caf%C3%A9", "/café"),
        ("/café", "/café"),
        ("/a%2Fb", "/a/b"),
        ("/%ff", "/%FF"),
        ("/\udcff", "/%FF"),
        ("/a+b%20c", "/a+b c"),
    ],
)
def test_paths_are_decoded_as_servers_do(path, decoded):
    request = build_request(parse_question("GET", path))

    assert (request.path, request.path_info) == (decoded, decoded)


def test_a_request_has_what_a_server_knows():
    request = build_request(parse_question("PUT", "https://example.org:8000/a?b=c"))

    assert (request.method, request.get_full_path()) == ("PUT", "/a?b=c")
    assert (request.scheme, request.get_host()) == ("https", "example.org:8000")
    assert (request.get_port(), request.body) == ("8000", b"")
    assert request.COOKIES == {}


def test_a_port_is_that_of_the_scheme():
    found = [
        build_request(parse_question("GET", url)).get_port()
        for url in ("https://example.org/", "http://example.org/", "http://?/")
    ]

    assert found == ["443", "80", "80"]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("/app/items", "/items"),
        ("/app", "/"),
        ("/items", "/items"),
        ("/apple", "/apple"),
    ],
)
def test_the_path_of_the_project_is_cut_off(given, path):
    set_script_prefix("/app/")

    found = parse_question("GET", given)

    set_script_prefix("/")
    assert found.path == path


def test_the_language_is_as_before(settings):
    settings.MIDDLEWARE = ["django.middleware.locale.LocaleMiddleware"]
    settings.LANGUAGE_CODE = "de"
    request = build_request(parse_question("GET", "/"))

    with translation.override("fr"):
        with visiting(request):
            inside = translation.get_language()
        after = translation.get_language()

    assert (inside, after) == ("de", "fr")


def test_without_its_middleware_the_language_stays(settings):
    settings.MIDDLEWARE = []

    with (
        translation.override("fr"),
        visiting(build_request(parse_question("GET", "/"))),
    ):
        assert translation.get_language() == "fr"
