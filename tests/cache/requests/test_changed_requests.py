"""What middleware changes in a request that Django has read does not get past the key."""

import pytest

from django_routehandlers.cache.store import Store
from tests.cache.requests.routes import get_answer, get_told, write_middleware
from tests.clients import counted

MISS, HIT = "fwd=uri-miss; stored", "hit; ttl=60"


@pytest.fixture
def ask(send, serve):
    """
    Return a function that asks once with each of some headers.

    `change` is what middleware does to a request, `answer` what the handler returns.
    """

    def install_and_ask(
        change, answer, *headers, path="x", url="/x", config="", **settings
    ):
        serve(
            f"revalidate = 60\n{config}\ndef GET(request): return {answer}",
            path=path,
            files={"shop/middleware.py": write_middleware(change)},
            MIDDLEWARE=["shop.middleware.Changing"],
            **settings,
        )
        answers = [send("GET", url, headers=some) for some in headers]
        return [get_answer(response) for response in answers]

    return install_and_ask


def test_headers_are_those_that_were_read_before(ask):
    answers = ask(
        """
        request.headers["Accept-Language"]
        request.META["HTTP_ACCEPT_LANGUAGE"] = "en"
        """,
        "request.headers['Accept-Language']",
        {"Accept-Language": "en-x-ann"},
        {"Accept-Language": "en-x-bob"},
        config="vary = ['Accept-Language']",
    )

    told = 'fwd=uri-miss; detail="dynamic:header:accept-language"'
    assert answers == [("en-x-ann", told), ("en-x-bob", told)]


def test_headers_that_are_read_late_are_those_of_the_key(ask):
    answers = ask(
        "request.META['HTTP_ACCEPT_LANGUAGE'] = 'en'",
        "request.headers['Accept-Language']",
        {"Accept-Language": "en-x-ann"},
        {"Accept-Language": "en-x-bob"},
        config="vary = ['Accept-Language']",
    )

    assert answers == [("en", MISS), ("en", HIT)]


def test_host_header_that_was_read_before(ask):
    answers = ask(
        "request.headers; request.META['HTTP_HOST'] = 'testserver'",
        "request.headers['Host']",
        {"Host": "evil.example"},
        {"Host": "testserver"},
    )

    assert [answer for answer, _ in answers] == ["evil.example", "testserver"]


def test_absolute_uris_are_of_the_host_in_the_key(ask):
    answers = ask(
        """
        request.build_absolute_uri("/login")
        request.META["HTTP_HOST"] = "www.example.com"
        """,
        "request.build_absolute_uri('/reset')",
        {"Host": "evil.example"},
        {"Host": "www.example.com"},
        ALLOWED_HOSTS=["*"],
    )

    uri = "http://www.example.com/reset"
    assert answers == [(uri, MISS), (uri, HIT)]


def test_absolute_uris_are_of_the_scheme_in_the_key(ask):
    answers = ask(
        """
        request.build_absolute_uri("/login")
        request.META["HTTP_X_PROTO"] = "https"
        """,
        "request.build_absolute_uri('/reset')",
        {"X-Proto": "http"},
        {"X-Proto": "https"},
        SECURE_PROXY_SSL_HEADER=("HTTP_X_PROTO", "https"),
    )

    uri = "https://testserver/reset"
    assert answers == [(uri, MISS), (uri, HIT)]


def test_prefix_in_meta_is_that_of_the_path(ask):
    answers = ask(
        "request.META['SCRIPT_NAME'] = request.headers.get('X-Prefix', '')",
        "request.META['SCRIPT_NAME'] + '/next'",
        {"X-Prefix": "//evil.example"},
        {},
        {},
    )

    assert answers == [
        ("//evil.example/next", 'fwd=uri-miss; detail="dynamic:meta:SCRIPT_NAME"'),
        ("/next", MISS),
        ("/next", HIT),
    ]


@pytest.mark.parametrize("use_tz", [True, False])
def test_time_zone_is_in_the_key(ask, use_tz):
    zones = [{"X-Zone": name} for name in ("Europe/Berlin", "Asia/Tokyo")]
    answers = ask(
        """
        from zoneinfo import ZoneInfo
        from django.utils import timezone
        timezone.activate(ZoneInfo(request.headers["X-Zone"]))
        """,
        "__import__('django.utils.timezone').utils.timezone"
        ".get_current_timezone_name()",
        *zones,
        *zones,
        USE_TZ=use_tz,
    )

    assert answers == [
        ("Europe/Berlin", MISS),
        ("Asia/Tokyo", MISS),
        ("Europe/Berlin", HIT),
        ("Asia/Tokyo", HIT),
    ]


@pytest.mark.parametrize("blank", ["\xa0", "\x85", "\x0b", "\x1c", " "], ids=ascii)
def test_header_with_another_blank_is_another_value(ask, blank):
    answers = ask(
        "request.META['HTTP_X_TENANT'] = request.META['HTTP_X_TENANT']",
        "{'acme': 1}.get(request.headers['X-Tenant'], 0)",
        {"X-Tenant": f"{blank}acme"},
        {"X-Tenant": "acme"},
        config="vary = ['X-Tenant']",
    )

    assert answers == [(0, MISS), (1, MISS)]


def test_names_of_equal_time_zones_are_kept_apart(ask):
    zones = [{"X-Zone": name} for name in ("Berlin", "Lagos")]
    answers = ask(
        """
        from datetime import timedelta, timezone as fixed
        from django.utils import timezone
        timezone.activate(fixed(timedelta(hours=1), request.headers["X-Zone"]))
        """,
        "__import__('django.utils.timezone').utils.timezone"
        ".get_current_timezone_name()",
        *zones,
        *zones,
    )

    told = [("Berlin", MISS), ("Lagos", MISS), ("Berlin", HIT), ("Lagos", HIT)]
    assert answers == told


def test_without_a_time_zone_answers_are_cached_and_refreshed(ask, send, route_cache):
    answers = ask("pass", "1", {}, {}, USE_TZ=False, TIME_ZONE=None)
    route_cache.advance(61)
    send("GET", "/x")
    route_cache.drain()

    assert [*answers, get_answer(send("GET", "/x"))] == [(1, MISS), (1, HIT), (1, HIT)]


def test_query_is_that_which_django_reads(send, serve):
    change = "request.META = {**request.META, 'QUERY_STRING': ''}"
    serve(
        "revalidate = 60\ndef GET(request): return [request.GET.get('q')]",
        files={"shop/middleware.py": write_middleware(change)},
        MIDDLEWARE=["shop.middleware.Changing"],
    )

    answers = [send("GET", f"/x?q={q}").json()[0] for q in "wabb"]

    # Under ASGI it is META that is read.
    assert answers in ([*"wabb"], [None] * 4)


def test_query_in_another_charset_is_answered_past_the_cache(ask):
    answers = ask(
        """
        from django.http import QueryDict
        charset = request.headers.get("X-Charset")
        request.GET = QueryDict(request.META["QUERY_STRING"], encoding=charset)
        """,
        "request.GET['q']",
        {},
        {"X-Charset": "latin-1"},
        {},
        url="/x?q=%C3%A9",
    )

    assert [value for value, _ in answers] == ["\xe9", "\xc3\xa9", "\xe9"]
    assert answers[1][1] == "fwd=bypass; detail=charset"


def test_content_type_is_that_which_was_read_before(ask):
    answers = ask(
        "request.META['CONTENT_TYPE'] = 'application/json'",
        "request.content_type",
        {"Content-Type": "application/ann"},
        {"Content-Type": "application/bob"},
        config="vary = ['Content-Type']",
    )

    assert [value for value, _ in answers] == ["application/ann", "application/bob"]


def test_host_of_a_proxy_is_spelt_as_in_the_key(ask):
    answers = ask(
        "pass",
        "request.build_absolute_uri('/')",
        {"X-Forwarded-Host": "WWW.EXAMPLE.com:80"},
        {"X-Forwarded-Host": "www.example.com"},
        config="vary = ['Host']",
        USE_X_FORWARDED_HOST=True,
        ALLOWED_HOSTS=["*"],
    )

    assert [value for value, _ in answers] == [
        "http://WWW.EXAMPLE.com:80/",
        "http://www.example.com/",
    ]


def test_header_that_is_no_text_is_another_value(ask):
    answers = ask(
        "request.META['HTTP_X_FLAG'] = len(request.headers['X-Flag'])",
        "request.META['HTTP_X_FLAG']",
        {"X-Flag": "a"},
        {"X-Flag": "a"},
        {"X-Flag": "ab"},
        config="vary = ['X-Flag']",
    )

    assert [value for value, _ in answers] == [1, 1, 2]


def test_prefix_with_a_slash_at_its_end_is_that_of_the_path(ask):
    answers = ask(
        "request.META['SCRIPT_NAME'] = '/'",
        "request.META['SCRIPT_NAME'].strip('/')",
        {},
        {},
    )

    assert answers == [("", MISS), ("", HIT)]


def test_handler_may_take_from_its_params(send, serve):
    serve(
        "revalidate = 60\ntags = ['p:{id}']\ndef GET(request, params):\n"
        "    parts = params['parts']\n"
        "    return [params.pop('id'), parts.pop(), request.GET.get('q')]",
        path="x/[id]/[...parts]",
    )

    answers = [get_answer(send("GET", "/x/3/a/b")) for _ in range(3)]

    assert [value for value, _ in answers] == [["3", "b", None]] * 3
    assert [told for _, told in answers] == [MISS, HIT, HIT]


def test_location_of_a_host_that_is_not_allowed_is_nobodys(send, serve):
    serve(
        "from django_routehandlers.http import Response\n"
        "def POST(): return Response('', status=201, headers={'Location': '/y'})",
        ALLOWED_HOSTS=["testserver"],
        MIDDLEWARE=[],
    )

    with counted(Store, "bump") as bumps:
        response = send("POST", "/x", headers={"Host": "evil.example"})

    assert (response.status_code, bumps) == (201, [])


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_response_that_is_returned_again_says_its_status_once(send, serve, method):
    serve(
        "from django_routehandlers.http import Response\n"
        "revalidate = 60\nOK = Response('')\n"
        "def GET(request): return request.COOKIES and OK or OK\n"
        "def POST(): return OK"
    )

    first, *_, last = (send(method, "/x") for _ in range(4))

    assert get_told(first) == get_told(last)
