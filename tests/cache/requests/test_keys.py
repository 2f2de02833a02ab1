"""Requests that may have other answers have entries of their own."""

import datetime

import pytest
from django.test import Client
from django.urls import include, path
from django.utils import timezone

from django_routehandlers.registry import forget_snapshot
from tests.cache.requests.routes import count, get_answer, get_told

pytestmark = pytest.mark.usefixtures("route_cache")

HOSTS = {"ALLOWED_HOSTS": ["host.example", "other.example", "testserver"]}
HOST = "[request.build_absolute_uri('/y'), len(calls)]"


def send_all(send, *header_sets, path="/x", **options):
    """Send a request with each set of headers, and return the answers' data."""
    return [
        send("GET", path, headers=headers, **options).json() for headers in header_sets
    ]


def get_runs(bodies):
    return [run for _, run in bodies]


def test_each_host_has_its_entries(send, serve):
    serve(count(HOST), **HOSTS)

    bodies = send_all(
        send,
        {"Host": "host.example"},
        {"Host": "other.example"},
        {"Host": "host.example"},
    )

    assert bodies == [
        ["http://host.example/y", 1],
        ["http://other.example/y", 2],
        ["http://host.example/y", 1],
    ]


@pytest.mark.parametrize("host", ["HOST.example", "host.example:80", "Host.Example:80"])
def test_spellings_of_one_host_are_one_entry(send, serve, host):
    serve(count(HOST), **HOSTS)

    bodies = send_all(send, {"Host": "host.example"}, {"Host": host})

    assert bodies == [["http://host.example/y", 1]] * 2


@pytest.mark.parametrize("host", ["HOST.example", "host.example:80"])
@pytest.mark.parametrize(
    "answer",
    [
        "request.get_host()",
        "request.build_absolute_uri('/y')",
        "request.headers['Host']",
        "request.META['HTTP_HOST']",
    ],
)
def test_the_spelling_of_a_host_reaches_nobody_else(send, serve, host, answer):
    serve(count(answer), **HOSTS)

    _, other = send_all(send, {"Host": host}, {"Host": "host.example"})

    assert other in ("host.example", "http://host.example/y")


@pytest.mark.parametrize(
    "middleware", [["django.middleware.common.CommonMiddleware"], []]
)
def test_a_host_that_is_not_allowed_is_not_answered(
    send, serve, route_cache, middleware
):
    route = serve(count(), MIDDLEWARE=middleware)

    responses = [send("GET", "/x", headers={"Host": "evil.example"}) for _ in range(2)]

    assert [response.status_code for response in responses] == [400, 400]
    assert (route.calls, route_cache.entries) == ([], {})


@pytest.mark.parametrize("is_trusted", [False, True])
def test_a_forwarded_host_reaches_nobody_who_has_not_sent_it(send, serve, is_trusted):
    serve(count(HOST), USE_X_FORWARDED_HOST=is_trusted, **HOSTS)
    forwarded = {"Host": "host.example", "X-Forwarded-Host": "other.example"}

    bodies = send_all(send, forwarded, {"Host": "host.example"}, forwarded)

    other = "http://other.example/y" if is_trusted else "http://host.example/y"
    assert [url for url, _ in bodies] == [other, "http://host.example/y", other]


def test_a_forwarded_port_reaches_nobody_who_has_not_sent_it(serve):
    serve(count(HOST), USE_X_FORWARDED_PORT=True)
    # Of a client so old that it names no host the port is part of the host.
    headers = [{"X-Forwarded-Port": "81"}, {}, {"X-Forwarded-Port": "82"}, {}]

    bodies = [Client().get("/x", headers=sent).json() for sent in headers]

    assert [url for url, _ in bodies] == [
        "http://testserver:81/y",
        "http://testserver/y",
        "http://testserver:82/y",
        "http://testserver/y",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "X-Forwarded-Host",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-HTTP-Method-Override",
        "Accept-Language",
        "User-Agent",
        "Origin",
    ],
)
def test_a_header_that_a_handler_reads_reaches_nobody_else(
    send, serve, route_cache, name
):
    serve(count(f"request.headers.get('{name}', 'none')"))

    bodies = send_all(send, {name: "evil"}, {}, {name: "evil"})

    assert (bodies, route_cache.entries) == (["evil", "none", "evil"], {})


def test_each_scheme_has_its_entries(send, serve):
    serve(count(HOST), SECURE_PROXY_SSL_HEADER=("HTTP_X_PROTO", "https"))

    bodies = send_all(send, {"X-Proto": "https"}, {"X-Proto": "http"}, {})

    assert bodies == [
        ["https://testserver/y", 1],
        *[["http://testserver/y", 2]] * 2,
    ]


@pytest.mark.parametrize(
    ("headers", "runs"),
    [
        ([{"X-A": "x1", "X-B": "y"}, {"X-A": "x", "X-B": "1y"}], [1, 2]),
        ([{"X-A": "x"}, {"X-A": "x", "X-B": ""}, {"X-B": ""}, {}], [1, 2, 3, 4]),
        ([{"X-A": "x"}, {"X-B": "x"}], [1, 2]),
        ([{"X-A": "x"}, {"x-a": "x", "X-C": "c"}], [1, 1]),
        ([{"X-A": "x"}, {"X-A": "X"}, {"X-A": "x"}], [1, 2, 1]),
    ],
)
def test_each_value_of_a_header_in_vary_has_its_entry(send, serve, headers, runs):
    answer = "[[request.headers.get('X-A'), request.META.get('HTTP_X_B')], len(calls)]"
    serve(count(answer, config="revalidate = 60; vary = ['X-B', 'x-a']"))

    bodies = send_all(send, *headers)

    assert get_runs(bodies) == runs
    assert [seen[1] for seen, _ in bodies] == [sent.get("X-B") for sent in headers]


@pytest.mark.parametrize("answer", ["HttpResponse('a')", "request.headers['X-A']"])
def test_vary_is_told_with_every_answer(send, serve, answer):
    serve(count(answer, config="revalidate = 60; vary = ['x-a']"))

    responses = [send("GET", "/x", headers={"X-A": "a"}) for _ in range(2)]

    assert [response["Vary"] for response in responses] == ["X-A", "X-A"]


@pytest.mark.parametrize("value", ["*", " *", "X-Other", "Accept, Cookie"])
def test_an_answer_that_varies_by_more_is_not_stored(send, serve, route_cache, value):
    serve(count(f"HttpResponse(headers={{'Vary': '{value}'}})"))

    responses = [send("GET", "/x") for _ in range(2)]

    assert [get_told(r) for r in responses] == ["fwd=uri-miss; detail=vary"] * 2
    assert ([r["Vary"] for r in responses], route_cache.entries) == ([value] * 2, {})


@pytest.mark.parametrize(
    "options",
    [
        {"body": b"{}", "type": "application/json"},
        {"body": b"a=1", "type": "application/x-www-form-urlencoded"},
        {"headers": {"Transfer-Encoding": "chunked"}},
    ],
    ids=["json", "form", "chunked"],
)
def test_a_request_with_a_body_is_answered_apart(send, serve, route_cache, options):
    serve(count())

    with_body = [get_answer(send("GET", "/x", **options)) for _ in range(2)]
    plain = [get_answer(send("GET", "/x")) for _ in range(2)]

    assert with_body == [(f"v{n}", "fwd=bypass; detail=body") for n in (1, 2)]
    assert plain == [("v3", "fwd=uri-miss; stored"), ("v3", "hit; ttl=60")]
    assert list(route_cache.entries) == ["/x"]


def test_a_request_with_a_body_is_not_answered_from_the_cache(send, serve):
    serve(count("request.body.decode()"))
    send("GET", "/x")

    response = send("GET", "/x", b"mine")

    assert (response.json(), response["Cache-Control"]) == ("mine", "private, no-store")


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-Method-Override"])
def test_a_method_is_not_overridden(send, serve, name):
    serve(count("[request.method, len(calls)]"))

    bodies = send_all(send, {name: "DELETE"}, {})

    assert bodies == [["GET", 1], ["GET", 1]]


PATHS = [
    "/x/" + "a" * 5000,
    "/x/" + "a" * 4999,
    "/x/a%20b",
    "/x/a+b",
    "/x/a%25b",
    "/x/%F0%9F%8C%8A",
    "/x/caf%C3%A9",
    "/x/cafe%CC%81",
    "/x/A",
    "/x/a",
    "/x/a%3Fb",
    "/x/a%23b",
    "/x/%C3%83%C2%A9",
]


def test_every_path_has_its_entry(send, serve):
    serve(count("[slug, len(calls)]", arguments="request, slug"), path="x/[slug]")

    first = [send("GET", path).json() for path in PATHS]
    again = [send("GET", path).json() for path in PATHS]

    assert (first, get_runs(first)) == (again, list(range(1, len(PATHS) + 1)))


@pytest.mark.parametrize("url", ["/x/a%FFb", "/x/a%00b", "/x/a%0Ab"])
def test_a_path_that_is_no_text_is_answered_and_harms_nobody(send, serve, url):
    serve(count("[slug, len(calls)]", arguments="request, slug"), path="x/[slug]")

    codes = [send("GET", url).status_code for _ in range(2)]

    assert codes[0] == codes[1]
    assert send("GET", "/x/ab").json()[0] == "ab"


@pytest.mark.parametrize("mode", ["never", "always", "ignore", "strict"])
def test_a_slash_more_or_less_is_never_taken_for_the_other(send, serve, mode):
    serve(count("request.path"), ROUTE_HANDLERS={"TRAILING_SLASH": mode})

    responses = {url: send("GET", url) for url in ("/x", "/x/", "/x", "/x/", "/X")}

    answers = {
        url: response.json()
        for url, response in responses.items()
        if response.status_code == 200
    }
    served = {"never": ["/x"], "always": ["/x/"], "ignore": ["/x", "/x/"]}
    assert answers == {url: url for url in served.get(mode, ["/x"])}
    assert responses["/X"].status_code == 404


LANGUAGES = {
    "MIDDLEWARE": ["django.middleware.locale.LocaleMiddleware"],
    "LANGUAGES": [("de", "German"), ("en", "English"), ("fr", "French")],
}
LANGUAGE = "from django.utils.translation import get_language\nrevalidate = 60"


def test_each_language_has_its_entry(send, serve, route_cache):
    serve(count("[get_language(), len(calls)]", config=LANGUAGE), **LANGUAGES)

    by_header = send_all(
        send, {"Accept-Language": "de"}, {"Accept-Language": "fr, de"}, {}
    )
    by_cookie = send_all(send, {}, cookies={"django_language": "de"})

    assert by_header == [["de", 1], ["fr", 2], ["en", 3]]
    assert by_cookie == [["de", 1]]


def test_there_are_no_more_entries_than_languages(send, serve):
    route = serve(count("get_language()", config=LANGUAGE), **LANGUAGES)

    tags = [f"{chr(97 + n)}{chr(110 - n)}, de;q=0.{n}, *;q=0.1" for n in range(10)]
    send_all(send, *({"Accept-Language": tag} for tag in tags))

    assert len(route.calls) <= 3


def test_a_refresh_is_made_in_the_language_of_its_entry(send, serve, route_cache):
    serve(count("[get_language(), len(calls)]", config=LANGUAGE), **LANGUAGES)
    german = {"Accept-Language": "de"}
    send_all(send, german)
    route_cache.advance(61)

    bodies = send_all(send, german, german)

    assert bodies == [["de", 1], ["de", 2]]


def set_time_zone(get_response):
    def middleware(request):
        with timezone.override(request.headers["X-Zone"]):
            return get_response(request)

    return middleware


def test_each_time_zone_has_its_entries(send, serve, route_cache):
    config = "from django.utils import timezone\nrevalidate = 60"
    answer = "[timezone.get_current_timezone_name(), len(calls)]"
    serve(count(answer, config=config), MIDDLEWARE=[f"{__name__}.set_time_zone"])
    berlin, paris = {"X-Zone": "Europe/Berlin"}, {"X-Zone": "Europe/Paris"}

    bodies = send_all(send, berlin, paris, berlin)
    route_cache.advance(61)
    bodies += send_all(send, berlin, berlin)

    assert [(zone[:8], run) for zone, run in bodies] == [
        (zone[:8], run)
        for zone, run in zip(
            [bodies[0][0], bodies[1][0], *[bodies[0][0]] * 3],
            [1, 2, 1, 1, 3],
            strict=True,
        )
    ]
    assert bodies[0][0] != bodies[1][0]


class Zone(datetime.tzinfo):
    """A time zone that does not say which one it is."""

    def __init__(self, hours):
        self.offset = datetime.timedelta(hours=hours)

    def utcoffset(self, moment):
        return self.offset

    def dst(self, moment):
        return datetime.timedelta(0)

    def __repr__(self):
        return "Zone(...)"


def set_own_zone(get_response):
    def middleware(request):
        with timezone.override(Zone(int(request.headers["X-Zone"]))):
            return get_response(request)

    return middleware


def test_a_time_zone_that_is_like_another_one_is_answered_past_the_cache(send, serve):
    config = "from django.utils import timezone\nrevalidate = 60"
    answer = "str(timezone.localtime().utcoffset())"
    serve(count(answer, config=config), MIDDLEWARE=[f"{__name__}.set_own_zone"])

    answers = [send("GET", "/x", headers={"X-Zone": hours}) for hours in "12"]

    told = "fwd=bypass; detail=timezone"
    assert [get_answer(a) for a in answers] == [("1:00:00", told), ("2:00:00", told)]


def own_host(get_response):
    def middleware(request):
        host, is_secure = request.headers["X-Host"], request.headers["X-Host"] == "a"
        request.get_host = lambda: host
        request.is_secure = lambda: is_secure
        return get_response(request)

    return middleware


def test_a_host_that_middleware_finds_is_in_the_key(send, serve):
    serve(count("request.get_host()"), MIDDLEWARE=[f"{__name__}.own_host"])
    headers = [{"X-Host": host} for host in "abab"]

    answers = [get_answer(send("GET", "/x", headers=h)) for h in headers]

    assert [host for host, _ in answers] == ["a", "b", "a", "b"]
    assert [told for _, told in answers][2:] == ["hit; ttl=60"] * 2


def test_whether_it_is_secure_as_middleware_finds_reaches_nobody_else(send, serve):
    serve(count("request.is_secure()"), MIDDLEWARE=[f"{__name__}.own_host"])

    answers = [get_answer(send("GET", "/x", headers={"X-Host": host})) for host in "ab"]

    told = 'fwd=uri-miss; detail="dynamic:attr:is_secure"'
    assert answers == [(True, told), (False, told)]


def test_two_routes_have_nothing_in_common(send, serve):
    other = count("['other', id]", arguments="request, id")
    serve(
        count("['x', id]", arguments="request, id"),
        path="x/[id]",
        files={"shop/routes/y/[id]/route.py": other},
    )

    bodies = [send("GET", url).json() for url in ("/x/1", "/y/1", "/x/1", "/y/1")]

    assert bodies == [["x", "1"], ["other", "1"]] * 2


class URLs:
    urlpatterns = (
        path("v1/", include("django_routehandlers.urls")),
        path("v2/", include("django_routehandlers.urls")),
    )


def test_each_mount_has_its_entries(send, serve):
    serve(count("[request.path, len(calls)]"), ROOT_URLCONF=URLs)

    bodies = [send("GET", url).json() for url in ("/v1/x", "/v2/x", "/v1/x")]

    assert bodies == [["/v1/x", 1], ["/v2/x", 2], ["/v1/x", 1]]


def test_each_build_has_its_entries(send, site, keyword):
    source = count("settings.ROUTE_HANDLERS['BUILD_ID']", config=CONFIG)
    site({"shop/routes/x/route.py": source.replace("def GET", f"{keyword} GET")})

    told = [get_build(send, build) for build in ("a", "b", "a", "b")]

    assert told == [
        ("a", "fwd=uri-miss; stored"),
        ("b", "fwd=uri-miss; stored"),
        ("a", "hit; ttl=60"),
        ("b", "hit; ttl=60"),
    ]


CONFIG = "from django.conf import settings\nrevalidate = 60"


def get_build(send, build):
    from django.test import override_settings

    with override_settings(ROUTE_HANDLERS={"BUILD_ID": build}):
        forget_snapshot()
        return get_answer(send("GET", "/x"))
