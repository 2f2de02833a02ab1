"""Django's own middleware works with routes as with any view, in both places."""

from gzip import decompress

import pytest
from django.contrib.auth.models import Group, User
from django.db import connections

KEYWORDS = pytest.mark.parametrize("keyword", ["def", "async def"])
SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
LOGIN = "django.contrib.auth.middleware.AuthenticationMiddleware"
COOKIES = {"SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies"}


@pytest.fixture(params=["project", "folder"])
def install(request, site):
    """Return a function that installs a route behind middleware of either place."""

    def install(source, *names, **settings):
        files = {"shop/routes/x/route.py": source}
        if request.param == "folder":
            files["shop/routes/middleware.py"] = f"middleware = {list(names)!r}"
            names = []
        site(files, **{"MIDDLEWARE": list(names), **settings})

    return install


@KEYWORDS
def test_conditional_get(send, install, keyword):
    install(
        f"{keyword} GET(): return {{'a': 1}}",
        "django.middleware.http.ConditionalGetMiddleware",
    )

    first = send("GET", "/x")
    again = send("GET", "/x", headers={"If-None-Match": first["ETag"]})

    assert [r.status_code for r in (first, again)] == [200, 304]


@KEYWORDS
def test_gzip(send, install, keyword):
    install(
        f"{keyword} GET(): return ['tea'] * 500",
        "django.middleware.gzip.GZipMiddleware",
    )

    response = send("GET", "/x", headers={"Accept-Encoding": "gzip"})

    assert response["Content-Encoding"] == "gzip"
    assert decompress(response.content).startswith(b'["tea","tea"')


@KEYWORDS
@pytest.mark.parametrize("config", ["", "revalidate = 60"])
def test_language_of_the_visitor(send, install, keyword, config):
    source = f"""
        from django.utils.translation import gettext

        {config}
        {keyword} GET():
            return gettext("Monday")
    """
    install(source, "django.middleware.locale.LocaleMiddleware", USE_I18N=True)

    answers = {
        language: send("GET", "/x", headers={"Accept-Language": language})
        for language in ("de", "fr", "en")
    }

    assert {name: r.json() for name, r in answers.items()} == {
        "de": "Montag",
        "fr": "lundi",
        "en": "Monday",
    }
    assert answers["de"]["Content-Language"] == "de"


@KEYWORDS
def test_session_lasts(send, install, keyword):
    source = f"""
        {keyword} GET(request):
            request.session["count"] = request.session.get("count", 0) + 1
            return request.session["count"]
    """
    install(source, SESSIONS, **COOKIES)

    first = send("GET", "/x")
    cookie = first.cookies["sessionid"].value
    second = send("GET", "/x", cookies={"sessionid": cookie})

    assert [first.json(), second.json()] == [1, 2]


@KEYWORDS
def test_messages_wait_for_the_next_request(send, install, keyword):
    source = f"""
        from django.contrib import messages

        {keyword} POST(request):
            messages.success(request, "Saved.")
            return {{}}

        {keyword} GET(request):
            return [str(message) for message in messages.get_messages(request)]
    """
    install(
        source,
        SESSIONS,
        "django.contrib.messages.middleware.MessageMiddleware",
        MESSAGE_STORAGE="django.contrib.messages.storage.cookie.CookieStorage",
        **COOKIES,
    )

    cookie = send("POST", "/x").cookies["messages"].value
    response = send("GET", "/x", cookies={"messages": cookie})

    assert response.json() == ["Saved."]


@KEYWORDS
def test_frame_options_and_security_headers(send, install, keyword):
    source = f"""
        from django.views.decorators.clickjacking import xframe_options_exempt

        {keyword} GET(request): return {{}}

        @xframe_options_exempt
        {keyword} POST(request):
            from django.http import HttpResponse
            return HttpResponse()
    """
    install(
        source,
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
        "django.middleware.security.SecurityMiddleware",
    )

    answers = [send(method, "/x") for method in ("GET", "POST")]

    assert [r.get("X-Frame-Options") for r in answers] == ["DENY", None]
    assert {r["X-Content-Type-Options"] for r in answers} == {"nosniff"}


@KEYWORDS
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "PUT"])
def test_login_required_middleware(send, install, keyword, method):
    source = f"""
        {keyword} GET(): return {{}}
        {keyword} POST(): return {{}}
    """
    install(
        source,
        SESSIONS,
        LOGIN,
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
        LOGIN_URL="/login",
        **COOKIES,
    )

    response = send(method, "/x")

    assert (response.status_code, response["Location"]) == (302, "/login?next=/x")


@KEYWORDS
def test_login_required_decorator(send, install, keyword):
    source = f"""
        from django.contrib.auth.decorators import login_required
        from django.http import HttpResponse

        @login_required(login_url="/login")
        {keyword} GET(request):
            return HttpResponse("in")
    """
    install(source, SESSIONS, LOGIN, **COOKIES)

    response = send("GET", "/x")

    assert (response.status_code, response["Location"]) == (302, "/login?next=/x")


@pytest.mark.django_db(transaction=True)
@KEYWORDS
def test_visitor_who_is_logged_in_passes(send, install, keyword):
    from django.test import Client

    User.objects.create_user("anna", password="secret")
    user = "request.user" if keyword == "def" else "await request.auser()"
    source = f"{keyword} GET(request): return str({user})"
    required = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    install(source, SESSIONS, LOGIN, required, **COOKIES)
    client = Client()
    client.login(username="anna", password="secret")

    response = send(
        "GET", "/x", cookies={"sessionid": client.cookies["sessionid"].value}
    )

    assert response.json() == "anna"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("end", "status", "count"),
    [
        ("return {}", 200, 1),
        ("raise HttpError(409)", 409, 0),
        ("raise KeyError", 500, 0),
    ],
)
def test_atomic_requests(send, install, monkeypatch, end, status, count):
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    source = f"""
        from django.contrib.auth.models import Group
        from django_routehandlers.http import HttpError

        def POST():
            Group.objects.create(name="new")
            {end}
    """
    install(source, "django.middleware.common.CommonMiddleware")

    response = send("POST", "/x", raises=False)

    assert response.status_code == status
    assert Group.objects.filter(name="new").count() == count


@KEYWORDS
def test_csrf_middleware_leaves_the_verdict_to_the_route(send, install, keyword):
    install(
        f"{keyword} POST(): return {{}}", "django.middleware.csrf.CsrfViewMiddleware"
    )

    plain = send("POST", "/x", enforce_csrf_checks=True)
    other = send(
        "POST",
        "/x",
        enforce_csrf_checks=True,
        headers={"Sec-Fetch-Site": "cross-site"},
    )

    assert (plain.status_code, other.status_code) == (200, 403)
