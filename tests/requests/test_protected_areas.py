"""What `middleware.py` is for: login, other origins, rates, headers of an area."""

import pytest

KEYWORDS = pytest.mark.parametrize("keyword", ["def", "async def"])

SESSIONS = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
SETTINGS = {
    "MIDDLEWARE": SESSIONS,
    "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
    "LOGIN_URL": "/login",
}

LOGIN = "middleware = ['django.contrib.auth.middleware.LoginRequiredMiddleware']"


def write_area(keyword):
    """Return routes of which /staff and what is below it want a login."""
    handlers = f"{keyword} GET(): return {{}}\n{keyword} POST(): return {{}}\n"
    return {
        "shop/routes/staff/middleware.py": LOGIN,
        "shop/routes/staff/route.py": handlers,
        "shop/routes/staff/cached/route.py": f"revalidate = 60\n{handlers}",
        "shop/routes/staff/open/route.py": (
            "from django.contrib.auth.decorators import login_not_required\n\n"
            f"@login_not_required\n{keyword} GET(): return {{}}\n"
        ),
        "shop/routes/staff/half/route.py": (
            "from django.contrib.auth.decorators import login_not_required\n\n"
            f"@login_not_required\n{keyword} GET(): return {{}}\n"
            f"{keyword} POST(): return {{}}\n"
        ),
        "shop/routes/open/route.py": handlers,
    }


@KEYWORDS
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "PUT", "FOO"])
@pytest.mark.parametrize("path", ["/staff", "/staff/cached", "/staff/half"])
def test_every_answer_of_the_area_wants_a_login(send, site, keyword, method, path):
    site(write_area(keyword), **SETTINGS)

    response = send(method, path)

    assert (response.status_code, response["Location"]) == (
        302,
        f"/login?next={path}",
    )


@KEYWORDS
def test_other_routes_are_open(send, site, keyword):
    site(write_area(keyword), **SETTINGS)

    answers = [send("GET", path).status_code for path in ("/open", "/staff/open")]

    assert answers == [200, 200]


@KEYWORDS
def test_entry_of_the_cache_is_for_who_is_logged_in(send, site, keyword):
    area = write_area(keyword)
    middleware = "shop/routes/staff/middleware.py"
    area[middleware] = f"""
        class Header:
            def __init__(self, get_response):
                self.get_response = get_response

            def __call__(self, request):
                if "X-User" in request.headers:
                    request.user = User(username=request.headers["X-User"])
                return self.get_response(request)

        from django.contrib.auth.models import User

        {LOGIN}
        middleware.insert(0, Header)
    """
    site(area, **SETTINGS)

    inside = {"X-User": "anna"}
    answers = [
        send("GET", "/staff/cached", headers=headers)
        for headers in ({}, inside, inside, {})
    ]

    assert [response.status_code for response in answers] == [302, 200, 200, 302]
    assert "hit" in answers[2]["Cache-Status"]
    assert "Cache-Status" not in answers[3]


CORS = {
    "CORS_ALLOWED_ORIGINS": ["https://app.example"],
    "CORS_ALLOW_CREDENTIALS": True,
}
ORIGIN = {"Origin": "https://app.example"}


def write_cors(keyword):
    return {
        "shop/routes/api/middleware.py": (
            "middleware = ['corsheaders.middleware.CorsMiddleware']"
        ),
        "shop/routes/api/orders/route.py": f"{keyword} POST(): return {{}}",
        "shop/routes/orders/route.py": f"{keyword} POST(): return {{}}",
    }


@KEYWORDS
def test_preflight_of_a_post_is_answered_by_cors_middleware(send, site, keyword):
    site(write_cors(keyword), **CORS)
    preflight = ORIGIN | {"Access-Control-Request-Method": "POST"}

    inside = send("OPTIONS", "/api/orders", headers=preflight)
    outside = send("OPTIONS", "/orders", headers=preflight)

    assert inside.status_code == 200
    assert inside["Access-Control-Allow-Origin"] == "https://app.example"
    assert "POST" in inside["Access-Control-Allow-Methods"]
    assert outside.status_code == 204
    assert "Access-Control-Allow-Origin" not in outside


@KEYWORDS
@pytest.mark.parametrize(
    ("settings", "status"),
    [({}, 403), ({"CSRF_TRUSTED_ORIGINS": ["https://app.example"]}, 200)],
)
def test_script_may_read_the_refusal(send, site, keyword, settings, status):
    site(write_cors(keyword), **CORS, **settings)

    response = send("POST", "/api/orders", headers=ORIGIN, enforce_csrf_checks=True)

    assert response.status_code == status
    assert response["Access-Control-Allow-Origin"] == "https://app.example"
    assert response["Access-Control-Allow-Credentials"] == "true"


@KEYWORDS
def test_405_carries_the_headers_of_the_area(send, site, keyword):
    site(write_cors(keyword), **CORS)

    response = send("PUT", "/api/orders", headers=ORIGIN)

    assert response.status_code == 405
    assert response["Access-Control-Allow-Origin"] == "https://app.example"


RATE = """
    from django_ratelimit.core import is_ratelimited
    from django_routehandlers.http import HttpError


    class RateLimit:
        def __init__(self, get_response):
            self.get_response = get_response

        def __call__(self, request):
            if is_ratelimited(
                request, group="api", key="ip", rate="2/h", increment=True
            ):
                raise HttpError(429, "Too many requests.", headers={"Retry-After": "60"})
            return self.get_response(request)


    middleware = [RateLimit]
"""


@KEYWORDS
def test_rate_of_an_area_is_limited(send, site, keyword):
    site(
        {
            "shop/routes/api/middleware.py": RATE,
            "shop/routes/api/a/route.py": f"{keyword} GET(): return {{}}",
            "shop/routes/api/b/route.py": f"{keyword} GET(): return {{}}",
            "shop/routes/c/route.py": f"{keyword} GET(): return {{}}",
        },
        CACHES={
            "default": {
                "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
                "LOCATION": f"rate-{keyword}-{send.__name__}",
            }
        },
        SILENCED_SYSTEM_CHECKS=["django_ratelimit.E003", "django_ratelimit.W001"],
    )

    paths = ("/api/a", "/api/b", "/api/a", "/c")
    answers = [send("GET", path) for path in paths]

    assert [response.status_code for response in answers] == [200, 200, 429, 200]
    assert answers[2]["Retry-After"] == "60"
    assert answers[2].json()["detail"] == "Too many requests."


@KEYWORDS
def test_headers_of_the_inner_area_go_first(send, site, keyword):
    header = """
        def add(get_response):
            def middleware(request):
                response = get_response(request)
                response.headers.setdefault("X-Area", {0!r})
                response.headers[{1!r}] = "yes"
                return response
            return middleware

        middleware = [add]
    """
    site(
        {
            "shop/routes/(site)/middleware.py": header.format("site", "X-Site"),
            "shop/routes/(site)/shop/middleware.py": header.format("shop", "X-Shop"),
            "shop/routes/(site)/shop/route.py": f"{keyword} GET(): return {{}}",
            "shop/routes/(site)/news/route.py": f"{keyword} GET(): return {{}}",
        }
    )

    names = ("X-Area", "X-Site", "X-Shop")
    told = {
        path: [send("GET", path).get(name) for name in names]
        for path in ("/shop", "/news")
    }

    assert told == {"/shop": ["shop", "yes", "yes"], "/news": ["site", "yes", None]}
