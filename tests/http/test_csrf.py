"""Who may send a request with an unsafe method: one row per kind of sender."""

import logging

import pytest
from django.middleware.csrf import _get_new_csrf_string

from django_routehandlers.conf import CSRF_MODES as MODES_OF_SETTINGS
from django_routehandlers.routing.config import CSRF_MODES as MODES_OF_ROUTES

SETTINGS = {
    "CSRF_TRUSTED_ORIGINS": [
        "https://partner.example.org",
        "https://*.trusted.example",
    ],
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
    "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
    "MIDDLEWARE": [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
}
SESSION = {"sessionid": "abc"}
TOKEN = _get_new_csrf_string()
CSRF_COOKIE = {"csrftoken": TOKEN}
EVIL = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.test"}
TLS = {"X-Forwarded-Proto": "https"}

OK = "from django.http import HttpResponse\n"


def write_handlers(*methods, keyword="def", **config):
    lines = [f"{name} = {value!r}\n" for name, value in config.items()]
    handlers = [
        f"{keyword} {method}(): return HttpResponse('ok')\n" for method in methods
    ]
    return "".join([OK, *lines, *handlers])


def row(name, method, headers, status, cookies=None):
    return pytest.param(method, headers, cookies or {}, status, id=name)


ROWS = [
    row("safe", "GET", EVIL, 200),
    row("head", "HEAD", EVIL, 200),
    row("options", "OPTIONS", EVIL, 204),
    row("query", "QUERY", EVIL, 200),
    row("trace", "TRACE", EVIL, 405),
    row("same-origin", "POST", {"Sec-Fetch-Site": "same-origin"}, 200),
    row("typed-address", "POST", {"Sec-Fetch-Site": "none"}, 200),
    row(
        "same-site",
        "POST",
        {"Sec-Fetch-Site": "same-site", "Origin": "https://evil.testserver"},
        403,
    ),
    row("cross-site", "POST", EVIL, 403),
    row("cross-site-without-origin", "POST", {"Sec-Fetch-Site": "cross-site"}, 403),
    row("cross-site-null", "POST", EVIL | {"Origin": "null"}, 403),
    row(
        "cross-site-trusted",
        "POST",
        EVIL | {"Origin": "https://partner.example.org"},
        200,
    ),
    row(
        "cross-site-trusted-other-port",
        "POST",
        EVIL | {"Origin": "https://partner.example.org:8443"},
        403,
    ),
    row(
        "cross-site-wildcard",
        "POST",
        EVIL | {"Origin": "https://a.trusted.example"},
        200,
    ),
    row(
        "wildcard-wrong-scheme",
        "POST",
        EVIL | {"Origin": "http://a.trusted.example"},
        403,
    ),
    row(
        "wildcard-suffix-attack",
        "POST",
        EVIL | {"Origin": "https://eviltrusted.example"},
        403,
    ),
    row("unknown-fetch-site", "POST", {"Sec-Fetch-Site": "x"}, 403),
    row("empty-fetch-site", "POST", {"Sec-Fetch-Site": ""}, 403),
    row(
        "same-origin-with-odd-origin",
        "POST",
        EVIL | {"Sec-Fetch-Site": "same-origin"},
        200,
    ),
    row("origin", "POST", {"Origin": "http://testserver"}, 200),
    row("origin-upper-case", "POST", {"Origin": "http://TESTSERVER"}, 200),
    row("origin-https-behind-proxy", "POST", {"Origin": "https://testserver"}, 200),
    row("origin-https", "POST", {"Origin": "https://testserver"} | TLS, 200),
    row("origin-https-port", "POST", {"Origin": "https://testserver:443"} | TLS, 200),
    row("origin-downgrade", "POST", {"Origin": "http://testserver"} | TLS, 403),
    row("origin-trusted", "POST", {"Origin": "https://partner.example.org"}, 200),
    row("origin-mismatch", "POST", {"Origin": "https://evil.test"}, 403),
    row("origin-null", "POST", {"Origin": "null"}, 403),
    row("origin-empty", "POST", {"Origin": ""}, 403),
    row("origin-port", "POST", {"Origin": "http://testserver:8080"}, 403),
    row("origin-default-port", "POST", {"Origin": "http://testserver:80"}, 200),
    row("origin-suffix-attack", "POST", {"Origin": "http://testserver.evil.test"}, 403),
    row("origin-user", "POST", {"Origin": "http://testserver@evil.test"}, 403),
    row("origin-own-user", "POST", {"Origin": "http://x:y@testserver"}, 403),
    row("origin-tab", "POST", {"Origin": "http://test\tserver"}, 403),
    row("origin-bare-fragment", "POST", {"Origin": "http://testserver#"}, 403),
    row(
        "wildcard-user",
        "POST",
        EVIL | {"Origin": "https://x:y@a.trusted.example"},
        403,
    ),
    row(
        "wildcard-backslash",
        "POST",
        EVIL | {"Origin": "https://evil.test\\.trusted.example"},
        403,
    ),
    row("origin-path", "POST", {"Origin": "http://testserver/x"}, 403),
    row("origin-query", "POST", {"Origin": "http://testserver?x"}, 403),
    row("origin-fragment", "POST", {"Origin": "http://testserver#x"}, 403),
    row("origin-scheme", "POST", {"Origin": "ftp://app.example.com"}, 403),
    row("origin-malformed", "POST", {"Origin": "http://[bad"}, 403),
    row("webhook", "POST", {}, 200),
    row("webhook-other-cookie", "POST", {}, 200, {"theme": "dark"}),
    row("session-only", "POST", {}, 403, SESSION),
    row(
        "session-and-token", "POST", {"X-CSRFToken": TOKEN}, 200, SESSION | CSRF_COOKIE
    ),
    row(
        "session-wrong-token",
        "POST",
        {"X-CSRFToken": "a" * 32},
        403,
        SESSION | CSRF_COOKIE,
    ),
    row("session-same-origin", "POST", {"Sec-Fetch-Site": "same-origin"}, 200, SESSION),
    row("bearer-cross-site", "POST", EVIL | {"Authorization": "Bearer x"}, 200),
    row(
        "bearer-and-session", "POST", EVIL | {"Authorization": "Bearer x"}, 403, SESSION
    ),
    row(
        "bearer-session-no-browser", "POST", {"Authorization": "Bearer x"}, 403, SESSION
    ),
    row("basic-cross-site", "POST", EVIL | {"Authorization": "Basic x"}, 403),
    row("digest-cross-site", "POST", EVIL | {"Authorization": "DIGEST x"}, 403),
    row("negotiate-cross-site", "POST", EVIL | {"Authorization": "Negotiate x"}, 403),
    row("ntlm-cross-site", "POST", EVIL | {"Authorization": "NTLM x"}, 403),
    row("authorization-empty", "POST", EVIL | {"Authorization": ""}, 403),
    row("basic-webhook", "POST", {"Authorization": "Basic x"}, 200),
    row("put-cross-site", "PUT", EVIL, 403),
    row("patch-cross-site", "PATCH", EVIL, 403),
    row("delete-cross-site", "DELETE", EVIL, 403),
    row("unknown-method-cross-site", "FOO", EVIL, 403),
    row("unknown-method", "FOO", {}, 405),
]

ALL = ("GET", "POST", "PUT", "PATCH", "DELETE", "QUERY")


@pytest.mark.parametrize("keyword", ["def", "async def"])
@pytest.mark.parametrize(("method", "headers", "cookies", "status"), ROWS)
def test_origin_mode(send, site, keyword, method, headers, cookies, status):
    site({"shop/routes/x/route.py": write_handlers(*ALL, keyword=keyword)}, **SETTINGS)

    response = send(
        method,
        "/x",
        headers=headers,
        cookies=cookies,
        enforce_csrf_checks=True,
    )

    assert response.status_code == status


TOKEN_ROWS = [
    row("safe", "GET", EVIL, 200),
    row("webhook", "POST", {}, 403),
    row("same-origin", "POST", {"Sec-Fetch-Site": "same-origin"}, 403),
    row("bearer", "POST", {"Authorization": "Bearer x"}, 403),
    row("token", "POST", {"X-CSRFToken": TOKEN}, 200, CSRF_COOKIE),
    row("wrong-token", "POST", {"X-CSRFToken": "a" * 32}, 403, CSRF_COOKIE),
    row(
        "token-from-evil",
        "POST",
        {"X-CSRFToken": TOKEN, "Origin": "https://evil.test"},
        403,
        CSRF_COOKIE,
    ),
]


@pytest.mark.parametrize("where", ["route", "setting"])
@pytest.mark.parametrize("keyword", ["def", "async def"])
@pytest.mark.parametrize(("method", "headers", "cookies", "status"), TOKEN_ROWS)
def test_token_mode(send, site, where, keyword, method, headers, cookies, status):
    config = {"csrf": "token"} if where == "route" else {}
    site(
        {"shop/routes/x/route.py": write_handlers(*ALL, keyword=keyword, **config)},
        ROUTE_HANDLERS={"CSRF": "token"} if where == "setting" else {},
        **SETTINGS,
    )

    response = send(
        method,
        "/x",
        headers=headers,
        cookies=cookies,
        enforce_csrf_checks=True,
    )

    assert response.status_code == status


@pytest.mark.parametrize(
    ("setting", "config"),
    [("off", {}), ("origin", {"csrf": "off"}), ("token", {"csrf": "off"})],
)
def test_off_mode(send, site, setting, config):
    site(
        {"shop/routes/x/route.py": write_handlers("POST", **config)},
        ROUTE_HANDLERS={"CSRF": setting},
        **SETTINGS,
    )

    response = send(
        "POST", "/x", headers=EVIL, cookies=SESSION, enforce_csrf_checks=True
    )

    assert response.status_code == 200


def test_mode_of_a_route_replaces_the_setting(send, site):
    site(
        {"shop/routes/x/route.py": write_handlers("POST", csrf="origin")},
        ROUTE_HANDLERS={"CSRF": "off"},
        **SETTINGS,
    )

    response = send("POST", "/x", headers=EVIL, enforce_csrf_checks=True)

    assert response.status_code == 403


def test_token_in_a_form_is_read(send, site):
    source = """
        def POST(request):
            return dict(request.POST)
    """
    site({"shop/routes/x/route.py": source}, **SETTINGS)

    response = send(
        "POST",
        "/x",
        f"a=1&csrfmiddlewaretoken={TOKEN}",
        type="application/x-www-form-urlencoded",
        cookies=SESSION | CSRF_COOKIE,
        enforce_csrf_checks=True,
    )

    assert response.json() == {"a": ["1"], "csrfmiddlewaretoken": [TOKEN]}


def test_token_in_the_session_is_read(send, site):
    source = """
        from django.middleware.csrf import get_token

        async def GET(request):
            return get_token(request)

        async def POST(request):
            return "ok"
    """
    site({"shop/routes/x/route.py": source}, CSRF_USE_SESSIONS=True, **SETTINGS)
    first = send("GET", "/x")
    cookies = {name: morsel.value for name, morsel in first.cookies.items()}
    options = {"cookies": cookies, "enforce_csrf_checks": True}

    allowed = send("POST", "/x", headers={"X-CSRFToken": first.json()}, **options)
    refused = send("POST", "/x", headers={"X-CSRFToken": "a" * 64}, **options)

    assert (allowed.status_code, refused.status_code) == (200, 403)


def test_token_check_stores_the_secret_of_its_own(send, site):
    settings = SETTINGS | {"MIDDLEWARE": []}
    site({"shop/routes/x/route.py": write_handlers("POST", csrf="token")}, **settings)

    response = send(
        "POST",
        "/x",
        headers={"X-CSRFToken": TOKEN},
        cookies=CSRF_COOKIE,
        enforce_csrf_checks=True,
    )

    assert response.status_code == 200


def test_host_that_is_not_allowed_is_no_origin(send, site):
    settings = SETTINGS | {"MIDDLEWARE": [], "ALLOWED_HOSTS": ["example.org"]}
    site({"shop/routes/x/route.py": write_handlers("POST")}, **settings)

    response = send(
        "POST", "/x", headers={"Origin": "http://testserver"}, enforce_csrf_checks=True
    )

    assert response.status_code == 403


def test_plain_test_client_is_not_checked(send, site):
    site({"shop/routes/x/route.py": write_handlers("POST")}, **SETTINGS)

    response = send("POST", "/x", headers=EVIL)

    assert response.status_code == 200


@pytest.mark.parametrize("keyword", ["def", "async def"])
def test_handler_under_csrf_exempt_is_not_checked(send, site, keyword):
    source = f"""
        from django.views.decorators.csrf import csrf_exempt

        @csrf_exempt
        {keyword} POST(request):
            return "ok"

        {keyword} PUT(request):
            return "ok"
    """
    site({"shop/routes/x/route.py": source}, **SETTINGS)

    exempt = send("POST", "/x", headers=EVIL, enforce_csrf_checks=True)
    checked = send("PUT", "/x", headers=EVIL, enforce_csrf_checks=True)

    assert (exempt.status_code, checked.status_code) == (200, 403)


@pytest.mark.parametrize("keyword", ["def", "async def"])
def test_handler_under_csrf_protect_asks_for_a_token(send, site, keyword):
    source = f"""
        from django.views.decorators.csrf import csrf_protect

        @csrf_protect
        {keyword} POST(request):
            return HttpResponse("ok")

        from django.http import HttpResponse
    """
    site({"shop/routes/x/route.py": source}, **SETTINGS)
    options = {"cookies": CSRF_COOKIE, "enforce_csrf_checks": True}

    refused = send("POST", "/x", **options)
    allowed = send("POST", "/x", headers={"X-CSRFToken": TOKEN}, **options)

    assert (refused.status_code, allowed.status_code) == (403, 200)


@pytest.mark.parametrize(
    ("headers", "cookies", "reason"),
    [
        (EVIL, {}, "The browser says it comes from another site (cross-site)."),
        (
            {"Origin": "https://evil.test"},
            {},
            "The origin 'https://evil.test' is not this site's.",
        ),
        ({}, SESSION, "CSRF cookie not set."),
    ],
    ids=["fetch-site", "origin", "token"],
)
def test_refusal_says_why(send, site, caplog, headers, cookies, reason):
    site({"shop/routes/x/route.py": write_handlers("POST")}, **SETTINGS)

    response = send(
        "POST", "/x", headers=headers, cookies=cookies, enforce_csrf_checks=True
    )

    assert response["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "detail": f"Cross-site request refused. {reason}",
    }
    assert caplog.record_tuples == [
        ("django.security.csrf", logging.WARNING, f"Forbidden ({reason}): /x")
    ]


def test_setting_and_route_know_the_same_modes():
    assert MODES_OF_SETTINGS == MODES_OF_ROUTES
