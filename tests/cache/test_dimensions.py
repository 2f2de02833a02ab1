"""The key of a request covers what answers may depend on, in one spelling."""

import datetime
from contextlib import contextmanager
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import DisallowedHost
from django.http import QueryDict
from django.test import RequestFactory, override_settings
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils import timezone, translation

from django_routehandlers.cache.dimensions import (
    MAX_VALUE,
    Dimensions,
    entered,
    find_uncovered,
    get_pairs,
    get_prefix,
    is_long,
    read_dimensions,
    read_query,
)
from django_routehandlers.cache.names import Known, QueryNames
from tests.cache.making import make_dimensions

UTC = ZoneInfo("UTC")
BERLIN = ZoneInfo("Europe/Berlin")


def make_names(*names, all_names=False):
    known = QueryNames()
    known.learn(names, all_names=all_names)
    return known.known


def make_request(path="/x", **options):
    return RequestFactory().get(path, **options)


def read(request, vary=(), names=None):
    return read_dimensions(request, vary, names or Known())


def test_a_plain_request_has_all_dimensions():
    request = make_request("/caf%C3%A9?a=1", SCRIPT_NAME="/prefix")

    with override_settings(TIME_ZONE="Europe/Berlin", LANGUAGE_CODE="de"):
        found = read(request, ("HTTP_ACCEPT",), make_names("a", "b"))

    assert found == Dimensions(
        scheme="http",
        host="testserver",
        path="/prefix/café",
        path_info="/café",
        urlconf=None,
        language="de",
        timezone=BERLIN,
        query=(("a", ("1",)), ("b", None)),
        headers=(None,),
        context=(),
        is_whole=False,
    )


@pytest.mark.parametrize(
    ("host", "secure", "expected"),
    [
        ("app.example.com", False, "app.example.com"),
        ("APP.Example.com", False, "app.example.com"),
        ("app.example.com:80", False, "app.example.com"),
        ("app.example.com:443", True, "app.example.com"),
        ("app.example.com:443", False, "app.example.com:443"),
        ("app.example.com:80", True, "app.example.com:80"),
        ("app.example.com:8000", False, "app.example.com:8000"),
        ("[::1]:80", False, "[::1]"),
        ("[::1]:8000", False, "[::1]:8000"),
    ],
)
@override_settings(ALLOWED_HOSTS=["app.example.com", "[::1]"])
def test_a_host_has_one_spelling(host, secure, expected):
    request = make_request(secure=secure, headers={"Host": host})

    found = read(request)

    assert (found.scheme, found.host) == ("https" if secure else "http", expected)


def test_a_host_that_is_not_allowed_has_no_key():
    with pytest.raises(DisallowedHost):
        read(make_request(headers={"Host": "evil.example"}))


@pytest.mark.parametrize(("is_trusted", "host"), [(True, "app"), (False, "testserver")])
def test_a_proxy_names_the_host_where_it_is_trusted(is_trusted, host):
    request = make_request(headers={"X-Forwarded-Host": "app"})

    with override_settings(USE_X_FORWARDED_HOST=is_trusted, ALLOWED_HOSTS=["*"]):
        assert read(request).host == host


@pytest.mark.parametrize(
    ("setting", "scheme"), [(("HTTP_X_PROTO", "https"), "https"), (None, "http")]
)
def test_a_proxy_names_the_scheme_where_it_is_trusted(setting, scheme):
    request = make_request(headers={"X-Proto": "https"})

    with override_settings(SECURE_PROXY_SSL_HEADER=setting):
        assert read(request).scheme == scheme


def test_language_and_time_zone_are_those_that_are_active():
    with translation.override("de"), timezone.override(BERLIN):
        found = read(make_request())

    assert (found.language, found.timezone) == ("de", BERLIN)


@override_settings(USE_I18N=False, USE_TZ=False)
def test_without_languages_there_is_none_in_the_key_but_a_time_zone_is():
    with timezone.override(BERLIN):
        found = read(make_request())

    assert (found.language, found.timezone) == (None, BERLIN)


def test_a_urlconf_of_middleware_is_in_the_key():
    request = make_request()
    request.urlconf = "tests.urls"

    assert read(request).urlconf == "tests.urls"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, (None, None)),
        ({"X-A": ""}, ("", None)),
        ({"X-A": " a\xa0", "X-B": "b"}, (" a\xa0", "b")),
        ({"X-C": "c"}, (None, None)),
    ],
)
def test_a_header_is_as_it_came_and_absent_is_not_empty(headers, expected):
    request = make_request(headers=headers)

    assert read(request, ("HTTP_X_A", "HTTP_X_B")).headers == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", (("page", None), ("q", None))),
        ("utm=1", (("page", None), ("q", None))),
        ("page=", (("page", ("",)), ("q", None))),
        ("page", (("page", ("",)), ("q", None))),
        ("page=2", (("page", ("2",)), ("q", None))),
        ("page=02", (("page", ("02",)), ("q", None))),
        ("p%61ge=2&utm=1", (("page", ("2",)), ("q", None))),
        ("Page=2", (("page", None), ("q", None))),
        ("q=a&page=1&q=b", (("page", ("1",)), ("q", ("a", "b")))),
        ("q=b&q=a", (("page", None), ("q", ("b", "a")))),
        ("q=%C3%A9+%26", (("page", None), ("q", ("é &",)))),
        ("q=%FF", (("page", None), ("q", ("\ufffd",)))),
    ],
)
def test_only_the_names_of_a_query_that_are_known_are_in_the_key(query, expected):
    request = make_request(f"/x?{query}")

    assert read_query(request, make_names("q", "page")) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", []),
        ("b=1&a=2", [("a", "2"), ("b", "1")]),
        ("a=2&b=1", [("a", "2"), ("b", "1")]),
        ("a=2&b=1&a=1", [("a", "2"), ("a", "1"), ("b", "1")]),
        ("a=1&b=1&a=2", [("a", "1"), ("a", "2"), ("b", "1")]),
    ],
)
def test_a_whole_query_is_sorted_by_name_and_not_within(query, expected):
    found = read_query(make_request(f"/x?{query}"), make_names(all_names=True))

    assert list(get_pairs(found)) == expected


@pytest.mark.parametrize(
    ("query", "names"), [("", ()), ("", ("a",)), ("a=1", ("a",)), ("a=1", ("a", "b"))]
)
def test_a_whole_query_is_another_key_than_its_names(query, names):
    # To a process that knows but the names, the rest of the query would be nothing.
    request = make_request(f"/x?{query}")

    by_name = read(request, names=make_names(*names))
    whole = read(request, names=make_names(all_names=True))

    assert by_name != whole


@pytest.mark.parametrize("known", [make_names("page"), make_names(all_names=True)])
@pytest.mark.parametrize("query", ["", "?page=1"])
def test_a_query_that_middleware_has_changed_is_what_the_handler_sees(known, query):
    request = make_request(f"/x{query}")
    request.GET = QueryDict("page=7")

    assert list(get_pairs(read_query(request, known))) == [("page", "7")]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ((), False),
        ((("a", None), ("b", ())), False),
        ((("a", ("x" * MAX_VALUE,)),), False),
        ((("a", ("x" * (MAX_VALUE + 1),)),), True),
        ((("a", ("", "x" * (MAX_VALUE + 1))),), True),
        ((("x" * (MAX_VALUE + 1), ("",)),), True),
    ],
)
def test_a_long_value_is_found(query, expected):
    assert is_long(make_dimensions(query=query)) is expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"headers": (None, "x" * 4096)}, False),
        ({"headers": (None, "x" * 4097)}, True),
        ({"query": tuple((f"{n:02}", ("x" * 254,)) for n in range(16))}, False),
        ({"query": tuple((f"{n:02}", ("x" * 254,)) for n in range(17))}, True),
    ],
)
def test_what_is_long_in_all_is_found(parts, expected):
    assert is_long(make_dimensions(**parts)) is expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, ""),
        ({"timezone": ZoneInfo("Europe/Berlin")}, ""),
        ({"timezone": datetime.timezone(datetime.timedelta(hours=1))}, ""),
        ({"timezone": type("Own", (datetime.tzinfo,), {})()}, "timezone"),
        ({"urlconf": "shop.urls"}, ""),
        ({"urlconf": datetime}, "urlconf"),
    ],
)
def test_what_no_key_can_tell_apart_is_named(parts, expected):
    assert find_uncovered(make_dimensions(**parts)) == expected


def test_the_pairs_of_a_query_are_those_that_are_there():
    query = (("a", ("1", "2")), ("b", None), ("c", ("",)))

    assert list(get_pairs(query)) == [("a", "1"), ("a", "2"), ("c", "")]


@pytest.mark.parametrize(
    ("path", "path_info", "expected"),
    [("/x", "/x", ""), ("/prefix/x", "/x", "/prefix"), ("/prefix/", "/", "/prefix")],
)
def test_the_prefix_is_what_lies_before_the_project(path, path_info, expected):
    assert get_prefix(make_dimensions(path=path, path_info=path_info)) == expected


def get_surroundings():
    return (
        get_script_prefix(),
        get_urlconf(),
        translation.get_language(),
        timezone.get_current_timezone(),
    )


def test_a_refresh_is_in_the_surroundings_of_its_key():
    before = get_surroundings()
    dimensions = make_dimensions(
        path="/prefix/x", urlconf="tests.urls", language="de", timezone=BERLIN
    )

    with entered(dimensions):
        inside, url = get_surroundings(), reverse("own")

    assert inside == ("/prefix/", "tests.urls", "de", BERLIN)
    assert (url, get_surroundings()) == ("/prefix/own", before)


def test_surroundings_are_left_after_an_error():
    before = get_surroundings()

    with pytest.raises(ValueError, match="in it"), entered(make_dimensions(path="/y")):
        raise ValueError("in it")

    assert get_surroundings() == before


class Tenants:
    """The surroundings that a project's own middleware makes."""

    active = "nobody"

    def capture(self, request):
        return {"tenant": request.headers["X-Tenant"], "depth": 1}

    @contextmanager
    def activate(self, values):
        before, Tenants.active = Tenants.active, dict(values)
        yield
        Tenants.active = before


tenants = Tenants()


@pytest.mark.parametrize("name", ["Tenants", "tenants"])
def test_the_surroundings_of_a_project_are_in_the_key_and_made_again(name):
    request = make_request(headers={"X-Tenant": "a"})

    with override_settings(ROUTE_HANDLERS={"CACHE_CONTEXT": f"{__name__}.{name}"}):
        found = read(request)
        with entered(found):
            inside = Tenants.active

    assert found.context == (("depth", "1"), ("tenant", "a"))
    assert (inside, Tenants.active) == ({"depth": "1", "tenant": "a"}, "nobody")


def test_surroundings_that_cannot_be_imported_are_an_error_not_one_entry_for_all():
    setting = override_settings(ROUTE_HANDLERS={"CACHE_CONTEXT": "tests.nothing.here"})

    with setting, pytest.raises(ImportError):
        read(make_request())
