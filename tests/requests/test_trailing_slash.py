"""TRAILING_SLASH: one spelling answers, the other redirects, answers too or is 404."""

import pytest
from django.db import connection
from django.urls import reverse

GET = "def GET(): return {}\n"

SITE = {
    "shop/routes/route.py": GET,
    "shop/routes/items/route.py": f"{GET}POST = PUT = GET\n",
    "shop/routes/items/[id=int]/route.py": "async def GET(id): return {}\n",
    "shop/routes/docs/[...slug]/route.py": GET,
    "shop/routes/wiki/[[...path]]/route.py": GET,
    "shop/routes/feed.xml/route.py": GET,
    "shop/routes/.well-known/id/route.py": GET,
    "shop/routes/files/[name]/route.py": GET,
}

ROWS = {
    "never": [
        ("/", 200),
        ("/items", 200),
        ("/items/", "/items"),
        ("/items/?a=1&b=%20", "/items?a=1&b=%20"),
        ("/items/3", 200),
        ("/items/3/", "/items/3"),
        ("/items/x/", 404),
        ("/docs/a/b/", "/docs/a/b"),
        ("/wiki/", "/wiki"),
        ("/wiki/a/", "/wiki/a"),
        ("/feed.xml/", "/feed.xml"),
        ("/items//", 404),
        ("//", 404),
        ("/nothing/", 404),
        ("/files/%C3%A9%3F%25/", "/files/%C3%A9%3F%25"),
        ("/files/a%5Cb/", "/files/a%5Cb"),
    ],
    "always": [
        ("/", 200),
        ("/items", "/items/"),
        ("/items?a=1&b=%20", "/items/?a=1&b=%20"),
        ("/items/", 200),
        ("/items/3", "/items/3/"),
        ("/items/3/", 200),
        ("/items/x", 404),
        ("/docs/a/b", "/docs/a/b/"),
        ("/wiki", "/wiki/"),
        ("/wiki/", 200),
        ("/wiki/a", "/wiki/a/"),
        ("/feed.xml", 200),
        ("/feed.xml/", "/feed.xml"),
        ("/.well-known/id", 200),
        ("/.well-known/id/", "/.well-known/id"),
        ("/items//", 404),
        ("//", 404),
        ("/nothing", 404),
        ("/files/a.png", "/files/a.png/"),
    ],
    "ignore": [
        ("/", 200),
        ("/items", 200),
        ("/items/", 200),
        ("/items/3/", 200),
        ("/docs/a/b/", 200),
        ("/wiki/", 200),
        ("/feed.xml/", 200),
        ("/items//", 404),
        ("//", 404),
        ("/nothing/", 404),
    ],
    "strict": [
        ("/", 200),
        ("/items", 200),
        ("/items/", 404),
        ("/items/3/", 404),
        ("/docs/a/b/", 404),
        ("/wiki/", 404),
        ("/feed.xml/", 404),
        ("//", 404),
    ],
}


@pytest.mark.parametrize("append_slash", [True, False])
@pytest.mark.parametrize(
    ("mode", "path", "answer"),
    [(mode, *row) for mode, rows in ROWS.items() for row in rows],
)
def test_trailing_slash(send, site, mode, path, answer, append_slash):
    site(SITE, ROUTE_HANDLERS={"TRAILING_SLASH": mode}, APPEND_SLASH=append_slash)

    response = send("GET", f"http://testserver{path}")

    if isinstance(answer, str):
        assert (response.status_code, response["Location"]) == (308, answer)
        assert send("GET", answer).status_code == 200
    else:
        assert response.status_code == answer


@pytest.mark.parametrize("mode", sorted(ROWS))
@pytest.mark.parametrize("append_slash", [True, False])
def test_no_url_redirects_for_ever(send, site, mode, append_slash):
    site(SITE, ROUTE_HANDLERS={"TRAILING_SLASH": mode}, APPEND_SLASH=append_slash)
    paths = [path.partition("?")[0] for rows in ROWS.values() for path, _ in rows]

    for path in {f"http://testserver{path}" for path in paths}:
        response = send("GET", path)
        if response.status_code in (301, 308):
            response = send("GET", response["Location"])
        assert response.status_code in (200, 404), path


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "FOO"]
)
@pytest.mark.parametrize("append_slash", [True, False])
@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize(("mode", "path"), [("never", "/items/"), ("always", "/items")])
def test_redirect_is_the_same_for_every_method(
    send, site, mode, path, method, append_slash, debug
):
    site(
        SITE,
        ROUTE_HANDLERS={"TRAILING_SLASH": mode},
        APPEND_SLASH=append_slash,
        DEBUG=debug,
    )

    response = send(method, path, b"a=1", type="application/x-www-form-urlencoded")

    assert response.status_code == 308


@pytest.mark.parametrize(
    "path",
    [
        "//evil.test/",
        "///evil.test/",
        "//evil.test/x/",
        "/%2Fevil.test/",
        "/%5Cevil.test/",
        "/%09/evil.test/",
        "/%0A/evil.test/",
        "/http:/evil.test/",
        "/http://evil.test/",
        "/@evil.test/",
    ],
)
@pytest.mark.parametrize("prefix", ["", "api"])
@pytest.mark.parametrize("append_slash", [True, False])
@pytest.mark.parametrize("mode", ["never", "always"])
def test_redirect_never_leaves_the_host(send, site, mode, prefix, path, append_slash):
    files = {
        "shop/routes/[a]/route.py": GET,
        "shop/routes/[a]/[b]/route.py": GET,
        "shop/routes/[...rest]/route.py": GET,
    }
    site(
        files,
        ROUTE_HANDLERS={"TRAILING_SLASH": mode, "MOUNT": prefix},
        APPEND_SLASH=append_slash,
    )
    path = path if mode == "never" else path.rstrip("/")

    for start in (path, f"/api{path}", f"/api/{path}"):
        location = send("GET", f"http://testserver{start}").get("Location", "/")
        assert location.startswith("/")
        assert not location.startswith(("//", "/\\", "/\t", "/\n"))


def test_redirect_keeps_the_script_prefix(send, site):
    site({"shop/routes/items/route.py": GET})

    response = send("GET", "/items/?a=1")

    assert response["Location"] == "/items?a=1"


def test_redirect_under_a_prefix_of_the_server(site):
    from tests.clients import send_wsgi

    site({"shop/routes/items/route.py": GET})

    response = send_wsgi("GET", "/items/?a=1", SCRIPT_NAME="/app")

    assert (response.status_code, response["Location"]) == (308, "/app/items?a=1")


@pytest.mark.parametrize(
    ("mode", "urls"),
    [
        ("never", ["/", "/items", "/docs/a/b", "/wiki", "/wiki/a", "/feed.xml"]),
        ("always", ["/", "/items/", "/docs/a/b/", "/wiki/", "/wiki/a/", "/feed.xml"]),
        ("ignore", ["/", "/items", "/docs/a/b", "/wiki", "/wiki/a", "/feed.xml"]),
        ("strict", ["/", "/items", "/docs/a/b", "/wiki", "/wiki/a", "/feed.xml"]),
    ],
)
def test_reverse_follows_the_setting(site, mode, urls):
    site(SITE, ROUTE_HANDLERS={"TRAILING_SLASH": mode})

    assert [
        reverse("/"),
        reverse("/items"),
        reverse("/docs/[...slug]", kwargs={"slug": ["a", "b"]}),
        reverse("/wiki/[[...path]]"),
        reverse("/wiki/[[...path]]", kwargs={"path": ["a"]}),
        reverse("/feed.xml"),
    ] == urls


@pytest.mark.parametrize("append_slash", [True, False])
@pytest.mark.parametrize("mode", sorted(ROWS))
def test_root_of_a_mount_is_not_redirected(send, site, mode, append_slash):
    site(
        SITE,
        ROUTE_HANDLERS={"TRAILING_SLASH": mode, "MOUNT": "api/"},
        APPEND_SLASH=append_slash,
    )

    answers = [send("GET", path).status_code for path in ("/api/", "/api")]

    # The second is Django's own: APPEND_SLASH finds that `/api/` exists.
    assert answers == [200, 301 if append_slash else 404]


def test_append_slash_still_serves_the_project(send, site):
    files = {
        "shop/routes/items/route.py": GET,
        "shop/urls.py": """
            from django.http import HttpResponse
            from django.urls import include, path

            urlpatterns = [
                path("old/", lambda request: HttpResponse("old")),
                path("", include("django_routehandlers.urls")),
            ]
        """,
    }
    site(files, ROOT_URLCONF="shop.urls", APPEND_SLASH=True)

    answers = [send("GET", path).status_code for path in ("/old", "/old/", "/items/")]

    assert answers == [301, 200, 308]


def test_redirect_asks_for_no_login(send, site):
    site(
        {"shop/routes/items/route.py": GET},
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.auth.middleware.LoginRequiredMiddleware",
        ],
    )

    response = send("GET", "/items/")

    assert (response.status_code, response["Location"]) == (308, "/items")


@pytest.mark.django_db
def test_redirect_asks_for_no_transaction(send, site, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    site({"shop/routes/x/route.py": "def GET(): return 1"})

    assert send("GET", "/x/").status_code == 308
