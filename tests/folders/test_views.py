"""What surrounds a route, in which order, and what Django sees of its view."""

import importlib
import logging

import pytest
from asgiref.sync import AsyncToSync, SyncToAsync, async_to_sync, iscoroutinefunction
from django.test import RequestFactory
from django.urls import resolve

from tests.clients import SENDERS
from tests.requests.test_thread_hops import FILES as HOP_FILES
from tests.trees import install_site, write_tree

KEYWORDS = pytest.mark.parametrize("keyword", ["def", "async def"])

TELLING = """
    from django.http import HttpResponse
    from django.utils.deprecation import MiddlewareMixin

    log = []

    class Telling(MiddlewareMixin):
        def process_request(self, request):
            log.append(request.method)

        def process_response(self, request, response):
            response.headers["X-Telling"] = str(response.status_code)
            return response

    class Reading(MiddlewareMixin):
        def process_request(self, request):
            log.append(request.body)

    class Renaming(MiddlewareMixin):
        def process_request(self, request):
            request.META["HTTP_SEC_FETCH_SITE"] = "same-origin"
"""


def write(keyword, *names, config=""):
    """Return a route at /a with GET and POST, inside middleware of a folder."""
    listed = [f"shop.stack.{name}" for name in names]
    return {
        "shop/stack.py": TELLING,
        "shop/routes/a/middleware.py": f"middleware = {listed!r}",
        "shop/routes/a/route.py": f"""
            '''What stands here.'''
            from shop.stack import log
            {config}
            {keyword} GET(request):
                log.append("GET runs")
                return {{}}

            {keyword} POST(request):
                log.append("POST runs")
                return {{}}
        """,
    }


def get_log():
    return importlib.import_module("shop.stack").log


@KEYWORDS
@pytest.mark.parametrize(
    ("method", "status", "log"),
    [
        ("GET", 200, ["GET", "GET runs"]),
        ("HEAD", 200, ["HEAD", "GET runs"]),
        ("POST", 200, ["POST", "POST runs"]),
        ("OPTIONS", 204, ["OPTIONS"]),
        ("PUT", 405, ["PUT"]),
        ("FOO", 405, ["FOO"]),
    ],
)
def test_middleware_surrounds_every_answer(send, site, keyword, method, status, log):
    site(write(keyword, "Telling"))

    response = send(method, "/a")

    assert (response.status_code, response["X-Telling"]) == (status, str(status))
    assert get_log() == log


@KEYWORDS
def test_middleware_surrounds_the_cache(send, site, keyword):
    site(write(keyword, "Telling", config="revalidate = 60"))

    answers = [send(method, "/a") for method in ("GET", "GET", "HEAD")]

    assert {r["X-Telling"] for r in answers} == {"200"}
    assert get_log() == ["GET", "GET runs", "GET", "HEAD"]


@KEYWORDS
def test_slash_is_decided_before_middleware(send, site, keyword):
    site(write(keyword, "Telling"))

    response = send("POST", "/a/")

    assert (response.status_code, response.get("X-Telling")) == (308, None)


CROSS_SITE = {"Sec-Fetch-Site": "cross-site"}


@KEYWORDS
@pytest.mark.parametrize("method", ["POST", "PUT", "FOO"])
def test_refusal_replaces_the_view_inside_middleware(
    send, site, caplog, keyword, method
):
    site(write(keyword, "Telling", "Reading"))

    with caplog.at_level(logging.WARNING, "django.security.csrf"):
        response = send(
            method, "/a", b"{}", headers=CROSS_SITE, enforce_csrf_checks=True
        )

    assert (response.status_code, response["X-Telling"]) == (403, "403")
    assert get_log() == [method, b"{}"]
    assert "Forbidden (The browser says" in caplog.text


@KEYWORDS
def test_verdict_is_taken_before_middleware_may_change_headers(send, site, keyword):
    site(write(keyword, "Renaming"))

    response = send("POST", "/a", headers=CROSS_SITE, enforce_csrf_checks=True)

    assert response.status_code == 403


@KEYWORDS
@pytest.mark.parametrize(
    ("config", "status"), [("csrf = 'off'", 200), ("csrf = 'token'", 403)]
)
def test_mode_of_the_file_counts(send, site, keyword, config, status):
    site(write(keyword, "Telling", config=config))

    cross = send("POST", "/a", headers=CROSS_SITE, enforce_csrf_checks=True)
    plain = send("POST", "/a", enforce_csrf_checks=True)

    assert (cross.status_code, plain.status_code) == (status, status)


@KEYWORDS
def test_session_without_a_token_is_refused(send, site, keyword):
    site(write(keyword, "Telling"))

    response = send("POST", "/a", cookies={"sessionid": "x"}, enforce_csrf_checks=True)

    assert (response.status_code, response["X-Telling"]) == (403, "403")
    assert "CSRF cookie not set" in response.json()["detail"]


@KEYWORDS
def test_token_in_the_body_is_read_inside_middleware(send, site, keyword):
    site(write(keyword, "Reading"))
    token = "a" * 32

    response = send(
        "POST",
        "/a",
        f"csrfmiddlewaretoken={token}",
        type="application/x-www-form-urlencoded",
        cookies={"sessionid": "x", "csrftoken": token},
        enforce_csrf_checks=True,
    )

    assert response.status_code == 200


@KEYWORDS
def test_exempt_handler_is_exempt(send, site, keyword):
    files = write(keyword, "Telling")
    source = f"""
        from django.views.decorators.csrf import csrf_exempt

        @csrf_exempt
        {keyword} POST(request): return {{}}

        {keyword} PUT(request): return {{}}
    """
    site(files | {"shop/routes/a/route.py": source})

    answers = [
        send(method, "/a", headers=CROSS_SITE, enforce_csrf_checks=True).status_code
        for method in ("POST", "PUT")
    ]

    assert answers == [200, 403]


@KEYWORDS
def test_view_of_the_match_looks_as_without_middleware(site, keyword):
    files = write(keyword, "Telling")
    files["shop/routes/a/route.py"] = f"""
        from django.contrib.auth.decorators import login_not_required

        @login_not_required
        {keyword} GET(): return {{}}
    """
    plain = {"shop/routes/b/route.py": files["shop/routes/a/route.py"]}
    site(files | plain)

    inside, outside = resolve("/a").func, resolve("/b").func

    assert inside.login_required is False
    assert vars(inside) == vars(outside)
    assert inside.__module__ == "shop.routes.a.route"
    for name in ("__name__", "__qualname__", "__doc__"):
        assert getattr(inside, name) == getattr(outside, name)


@KEYWORDS
def test_view_can_be_called_without_a_match(site, keyword):
    site(write("def", "Telling"))
    view = resolve("/a").func

    response = view(RequestFactory().get("/a"))

    assert (response.status_code, response["X-Telling"]) == (200, "200")


def test_params_of_the_urlconf_are_shown_to_hooks_and_not_to_handlers(send, site):
    site(
        {
            "shop/routes/a/middleware.py": """
                class Middleware:
                    def __init__(self, get_response):
                        self.get_response = get_response
                    def __call__(self, request):
                        return self.get_response(request)
                    def process_view(self, request, view, args, kwargs):
                        kwargs["id"] += kwargs["version"]

                middleware = [Middleware]
            """,
            "shop/routes/a/[id]/route.py": "def GET(params): return params",
            "shop/urls.py": """
                from django.urls import include, path

                urlpatterns = [
                    path("<version>/", include("django_routehandlers.urls")),
                ]
            """,
        },
        ROOT_URLCONF="shop.urls",
    )

    assert send("GET", "/v1/a/x").json() == {"id": "xv1"}


def test_request_can_be_copied_in_a_handler(send, site):
    site(
        write("def", "Telling")
        | {
            "shop/routes/a/route.py": """
                import copy

                def GET(request):
                    return {"path": copy.copy(request).path}
            """
        }
    )

    assert send("GET", "/a").json() == {"path": "/a"}


MODES = {
    "both": "django_routehandlers.middleware.DownstreamCacheMiddleware",
    "sync": "shop.stack.SyncOnly",
    "async": "shop.stack.AsyncOnly",
}


def write_stack(mode):
    return {"shop/routes/middleware.py": f"middleware = [{MODES[mode]!r}]"}


@pytest.mark.parametrize(
    ("route", "mode", "wsgi", "asgi"),
    [
        ("sync", "both", False, False),
        ("sync", "sync", False, False),
        ("sync", "async", False, True),
        ("async", "both", False, True),
        ("async", "sync", False, True),
        ("async", "async", True, True),
        ("mixed", "both", False, True),
    ],
)
def test_server_gets_the_view_that_crosses_least(site, route, mode, wsgi, asgi):
    site(HOP_FILES | write_stack(mode))

    async def resolve_on_event_loop():
        return resolve(f"/{route}").func

    assert iscoroutinefunction(resolve(f"/{route}").func) is wsgi
    assert iscoroutinefunction(async_to_sync(resolve_on_event_loop)()) is asgi


@pytest.fixture
def hops(monkeypatch):
    """Collect every crossing between threads, whoever asks for it."""
    found = []
    call, acall = AsyncToSync.__call__, SyncToAsync.__call__

    def counting(self, *args, **kwargs):
        found.append("to loop")
        return call(self, *args, **kwargs)

    async def acounting(self, *args, **kwargs):
        found.append("to thread")
        return await acall(self, *args, **kwargs)

    monkeypatch.setattr(AsyncToSync, "__call__", counting)
    monkeypatch.setattr(SyncToAsync, "__call__", acounting)
    return found


# How many more crossings there are than for the same route without middleware.
ADDED = [
    ("wsgi", "/sync", "both", 0),
    ("wsgi", "/sync", "sync", 0),
    ("wsgi", "/sync", "async", 2),
    ("wsgi", "/async", "both", 0),
    ("wsgi", "/async", "sync", 0),
    ("wsgi", "/async", "async", 0),
    ("wsgi", "/mixed", "both", 0),
    ("asgi", "/sync", "both", 0),
    ("asgi", "/sync", "sync", 0),
    ("asgi", "/sync", "async", 0),
    ("asgi", "/async", "both", 0),
    ("asgi", "/async", "sync", 2),
    ("asgi", "/async", "async", 0),
    ("asgi", "/mixed", "both", 0),
]


@pytest.mark.parametrize(("server", "path", "mode", "added"), ADDED)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_crossings_that_middleware_adds(
    tmp_path, hops, server, path, mode, added, method
):
    counts = []
    for name, files in (("plain", {}), ("inside", write_stack(mode))):
        root = write_tree(
            tmp_path / name, {"shop/__init__.py": "", **HOP_FILES, **files}
        )
        with install_site(root):
            SENDERS[server](method, path)
            hops.clear()
            SENDERS[server](method, path)
        counts.append(len(hops))

    assert counts[1] - counts[0] == added
