"""Warming asks for what visitors will ask for, and goes on where a path fails."""

from importlib import import_module

import pytest
from django.core.cache import caches
from django.test import override_settings
from django.urls import get_script_prefix, set_script_prefix
from django.utils import translation

from django_routehandlers.warming import Origin, warm
from tests.backends import backend, backend_settings, use_backend
from tests.clients import SENDERS, send

__all__ = ["backend", "backend_settings", "send", "use_backend"]

ORIGIN = Origin("http", "testserver")
STORED = "fwd=uri-miss; stored"

GET = "def GET(): return {}\n"
CACHED = f"revalidate = 60\n{GET}"

PATHS = """
    revalidate = 60
    def GET(params): return params
    def generate_static_params(): return {0}
"""

FILES = {
    "shop/routes/route.py": CACHED,
    "shop/routes/about/route.py": f"revalidate = 60\nasync {GET}",
    "shop/routes/mixed/route.py": f"{CACHED}async def POST(): ...\n",
    "shop/routes/plain/route.py": GET,
    "shop/routes/never/route.py": f"revalidate = 0\n{GET}",
    "shop/routes/post/route.py": "revalidate = 60\ndef POST(): ...\n",
    "shop/routes/broken/route.py": "revalidate = 60\ndef GET(wrong): ...\n",
    "shop/routes/items/[id=int]/route.py": PATHS.format("[{'id': 7}, {'id': '8'}]"),
    "shop/routes/posts/[slug]/route.py": """
        revalidate = 60
        async def GET(params): return params
        async def generate_static_params(): return [{"slug": "a b"}, {"slug": "é%"}]
    """,
    "shop/routes/docs/[...rest]/route.py": PATHS.format("[{'rest': ['a', 'b']}]"),
    "shop/routes/help/[[...rest]]/route.py": PATHS.format(
        "[{'rest': []}, {'rest': ['a']}]"
    ),
    "shop/routes/users/[user]/route.py": CACHED,
}

WARMED = [
    "/",
    "/about",
    "/docs/a/b",
    "/help",
    "/help/a",
    "/items/7",
    "/items/8",
    "/mixed",
    "/posts/a%20b",
    "/posts/%C3%A9%25",
]


@pytest.fixture(autouse=True)
def shared(use_backend):
    """Use a cache that other processes see, too."""
    return use_backend("file")


def run(*prefixes, origin=ORIGIN):
    return list(warm(prefixes, origin))


def read(outcomes):
    """Return what was told of each path."""
    return {outcome.path: outcome.text for outcome in outcomes}


def test_every_path_that_is_known_is_asked_for(site):
    site(FILES)

    outcomes = run()

    asked = [o for o in outcomes if o.verbosity == 1]
    assert {o.path: o.text for o in asked} == dict.fromkeys(WARMED, STORED)
    assert [o.is_failure for o in asked] == [False] * len(WARMED)


def test_second_time_all_are_hits(site):
    site(FILES)
    run()

    outcomes = run()

    texts = {o.text for o in outcomes if o.verbosity == 1}
    assert len(texts) == 1
    assert texts.pop().startswith("hit; ttl=")


@pytest.mark.parametrize("path", WARMED)
def test_visitor_finds_the_answer(site, send, path):
    site(FILES)
    run()

    response = send("GET", path)

    assert response["Cache-Status"].startswith("routehandlers; hit; ttl=")
    assert response.headers.get("Age") == "0"


def test_route_whose_paths_nobody_knows_is_skipped(site):
    site(FILES)

    skipped = [outcome for outcome in run() if outcome.verbosity == 2]

    assert read(skipped) == {
        "/users/[user]": "skipped: it has no generate_static_params."
    }


@pytest.mark.parametrize(
    ("prefixes", "expected"),
    [
        (["/"], WARMED),
        (["/items"], ["/items/7", "/items/8"]),
        (["/items/7"], ["/items/7"]),
        (["/item"], []),
        (["/about", "/help/a"], ["/about", "/help/a"]),
        (["/help"], ["/help", "/help/a"]),
        (["/posts/é%"], ["/posts/%C3%A9%25"]),
    ],
)
def test_only_paths_below_a_prefix_are_asked_for(site, prefixes, expected):
    site(FILES)

    asked = [outcome for outcome in run(*prefixes) if outcome.verbosity == 1]

    assert list(read(asked)) == expected


def test_route_away_from_the_prefix_is_not_even_asked_for_params(site):
    site(
        {"shop/routes/[id]/a/route.py": PATHS.format("1 / 0")}
        | {"shop/routes/b/[id]/route.py": PATHS.format("1 / 0")}
    )

    assert list(read(run("/c/d"))) == ["/[id]/a"]


FAILURES = {
    "[{}]": ("/x/[id]", "ValueError: It takes 'id', and was given nothing."),
    "[{'id': 1, 'pk': 2}]": (
        "/x/[id]",
        "ValueError: It takes 'id', and was given 'id', 'pk'.",
    ),
    "[7]": ("/x/[id]", "TypeError: generate_static_params gave 7, not a dict."),
    "None": ("/x/[id]", "TypeError: 'NoneType' object is not iterable"),
    "1 / 0": ("/x/[id]", "ZeroDivisionError: division by zero"),
    "[{'id': 'a/b'}]": ("/x/a/b", "ValueError: The route does not have this path."),
    "[{'id': ''}]": ("/x/", "ValueError: The route does not have this path."),
    "[{'id': '..'}]": ("/x/..", "ValueError: The route does not have this path."),
}


@pytest.mark.parametrize(("source", "expected"), FAILURES.items(), ids=FAILURES)
def test_params_that_make_no_path_fail_and_the_next_is_asked_for(
    site, source, expected
):
    site(
        {
            "shop/routes/x/[id]/route.py": PATHS.format(source),
            "shop/routes/z/route.py": CACHED,
        },
        ROUTE_HANDLERS={"TRAILING_SLASH": "strict"},
    )

    first, second = run()

    assert ((first.path, first.text), first.is_failure) == (expected, True)
    # It is told whatever else is not.
    assert first.verbosity == 0
    assert (second.path, second.text, second.is_failure) == ("/z", STORED, False)


@pytest.mark.parametrize(
    ("folder", "params", "text"),
    [
        (
            "[id=uuid]",
            "{'id': 'x'}",
            "The route does not have this path.",
        ),
        (
            "[...rest]",
            "{'rest': []}",
            "[] can't be written for '[...rest]': [] is not a list of segments.",
        ),
        (
            "[...rest]",
            "{'rest': 7}",
            "7 can't be written for '[...rest]': 7 is not a list of segments.",
        ),
    ],
)
def test_value_that_is_none_of_its_folder_fails(site, folder, params, text):
    site({f"shop/routes/{folder}/route.py": PATHS.format(f"[{params}]")})

    (outcome,) = run()

    assert outcome.text == f"ValueError: {text}"


HANDLERS = {
    "raise KeyError('x')": "KeyError: 'x'",
    "raise Http404": "Http404",
    "raise HttpError(503)": "HttpError: 503 Service Unavailable",
    "return HttpResponse(status=404)": (
        'answered 404; fwd=uri-miss; detail="status:404"'
    ),
}


@pytest.mark.parametrize(("body", "text"), HANDLERS.items(), ids=HANDLERS)
@pytest.mark.parametrize("kind", ["", "async "], ids=["sync", "async"])
def test_handler_that_fails_is_told_and_the_next_is_asked(site, kind, body, text):
    source = (
        "from django.http import Http404, HttpResponse\n"
        "from django_routehandlers.http import HttpError\n"
        f"revalidate = 60\n{kind}def GET(): {body}\n"
    )
    site({"shop/routes/a/route.py": source, "shop/routes/b/route.py": CACHED})

    first, second = run()

    assert (first.path, first.text, first.is_failure) == ("/a", text, True)
    assert (second.path, second.text, second.is_failure) == ("/b", STORED, False)


def test_answer_that_is_not_for_everybody_is_no_failure(site):
    source = "revalidate = 60\ndef GET(request): return request.method and str(request.user)\n"
    site({"shop/routes/a/route.py": source})

    (outcome,) = run()

    assert (outcome.text, outcome.is_failure) == (
        'fwd=uri-miss; detail="dynamic:user"',
        False,
    )


@pytest.mark.django_db
def test_stream_is_closed(site):
    source = """
        from django.http import FileResponse
        revalidate = 60
        files = []
        def GET():
            files.append(open(__file__, "rb"))
            return FileResponse(files[0])
    """
    site({"shop/routes/a/route.py": source})

    (outcome,) = run()

    files = import_module("shop.routes.a.route").files
    assert outcome.text == "fwd=uri-miss; detail=streaming"
    assert [file.closed for file in files] == [True]


def test_backend_that_fails_is_a_failure(site, monkeypatch):
    site({"shop/routes/a/route.py": CACHED})
    monkeypatch.setattr(type(caches["default"]), "get_many", None)

    (outcome,) = run()

    assert (outcome.text, outcome.is_failure) == ("fwd=bypass; detail=backend", True)


COUNT = """
    count = 0
    revalidate = 60
    {0}def GET():
        global count
        count += 1
        return count
"""


@pytest.mark.parametrize("kind", ["", "async "], ids=["sync", "async"])
def test_stale_entry_is_made_anew(site, send, route_cache, kind):
    site({"shop/routes/a/route.py": COUNT.format(kind)})
    run()
    route_cache.advance(90)

    (outcome,) = run()

    assert outcome.text == "hit; ttl=60"
    assert send("GET", "/a").json() == 2


def test_path_that_another_view_answers_is_skipped(site):
    site(
        {
            "shop/routes/own/route.py": CACHED,
            "shop/routes/[id]/route.py": PATHS.format("[{'id': 'own'}, {'id': 'x'}]"),
            "shop/urls.py": """
                from django.urls import include, path
                from django.http import HttpResponse

                urlpatterns = [
                    path("own", lambda request: HttpResponse()),
                    path("", include("django_routehandlers.urls")),
                ]
            """,
        },
        ROOT_URLCONF="shop.urls",
    )

    outcomes = run()

    assert [(o.path, o.text, o.verbosity) for o in outcomes] == [
        ("/own", "skipped: another view answers it.", 2),
        ("/own", "skipped: another view answers it.", 2),
        ("/x", STORED, 1),
    ]


URLS = """
    from django.urls import include, path
    from django_routehandlers.urls import include_routes

    urlpatterns = [
        path("v1/", include_routes("shop", namespace="one"), {"extra": 1}),
        path("<int:tenant>/", include_routes("shop", namespace="two")),
    ]
"""


def test_each_mount_is_asked_but_one_that_captures(site, send):
    files = {
        "shop/routes/a/route.py": CACHED,
        "shop/routes/b/[id=int]/route.py": PATHS.format("[{'id': 7}]"),
        "shop/urls.py": URLS,
    }
    site(files, ROOT_URLCONF="shop.urls")

    outcomes = run()

    assert [(o.path, o.text, o.verbosity) for o in outcomes] == [
        ("/v1/a", STORED, 1),
        ("/v1/b/7", STORED, 1),
        (
            "/<int:tenant>/",
            "skipped: the URLconf captures what stands before the routes.",
            1,
        ),
    ]
    assert send("GET", "/v1/b/7")["Cache-Status"].startswith("routehandlers; hit")


def test_mount_without_a_cached_route_is_not_named(site):
    files = {"shop/routes/a/route.py": GET, "shop/urls.py": URLS}
    site(files, ROOT_URLCONF="shop.urls")

    assert run() == []


def test_paths_are_spelt_as_they_are_served(site, send):
    setting = {"TRAILING_SLASH": "always", "MOUNT": "api"}
    site(FILES, ROUTE_HANDLERS=setting)

    asked = [outcome for outcome in run("/api/items", "/api/help") if outcome.text]

    expected = ["/api/help/", "/api/help/a/", "/api/items/7/", "/api/items/8/"]
    assert list(read(asked)) == expected
    for path in expected:
        assert send("GET", path)["Cache-Status"].startswith("routehandlers; hit")


# The path of an ASGI server begins with that of the project.
@pytest.mark.parametrize(
    ("server", "path"), [("wsgi", "/items/7"), ("asgi", "/shop/items/7")]
)
def test_paths_are_below_that_of_the_project(site, server, path):
    site(FILES)
    before = get_script_prefix()
    set_script_prefix("/shop/")
    try:
        asked = read(run("/shop/items"))
    finally:
        set_script_prefix(before)

    assert asked == {"/shop/items/7": STORED, "/shop/items/8": STORED}
    with override_settings(FORCE_SCRIPT_NAME="/shop"):
        response = SENDERS[server]("GET", path)
    assert response["Cache-Status"].startswith("routehandlers; hit")


def test_answers_are_for_one_scheme_and_host(site, send):
    source = "revalidate = 60\ndef GET(request): return request.build_absolute_uri()\n"
    site({"shop/routes/a/route.py": source})
    run(origin=Origin("https", "app.example.com"))

    def ask(**options):
        response = send("GET", "/a", **options)
        return response.json(), "hit" in response["Cache-Status"]

    host = {"Host": "app.example.com"}
    assert ask(headers=host, secure=True) == ("https://app.example.com/a", True)
    assert ask(headers=host) == ("http://app.example.com/a", False)
    assert ask() == ("http://testserver/a", False)


LOCALE = "django.middleware.locale.LocaleMiddleware"


@pytest.mark.parametrize("middleware", [[], [LOCALE]], ids=["none", "locale"])
@pytest.mark.parametrize("use", [True, False], ids=["i18n", "no-i18n"])
@pytest.mark.parametrize("zone", [True, False], ids=["tz", "no-tz"])
def test_answers_are_for_who_wishes_for_no_language(
    site, send, monkeypatch, middleware, use, zone
):
    # Django keeps what it did at the first question, whatever a test says of USE_I18N.
    monkeypatch.setattr(translation, "_trans", type(translation._trans)())
    site(
        {"shop/routes/a/route.py": CACHED},
        MIDDLEWARE=middleware,
        USE_I18N=use,
        USE_TZ=zone,
        LANGUAGE_CODE="de-at",
    )
    run()

    assert "hit" in send("GET", "/a")["Cache-Status"]
    if middleware and use:
        french = send("GET", "/a", headers={"Accept-Language": "fr"})
        assert french["Cache-Status"] == f"routehandlers; {STORED}"


def test_answers_are_for_who_sends_no_header(site, send):
    source = (
        "revalidate = 60\nvary = ['Accept']\n"
        "def GET(request): return request.headers.get('Accept', '-')\n"
    )
    site({"shop/routes/a/route.py": source})
    run()

    with_header = send("GET", "/a", headers={"Accept": "text/html"})
    without = send("GET", "/a")

    assert (without.json(), with_header.json()) == ("-", "text/html")
    assert "hit" in without["Cache-Status"]
    assert "hit" not in with_header["Cache-Status"]


def test_answers_are_for_the_surroundings_of_nobody(site, send):
    context = """
        from contextlib import nullcontext

        class Context:
            def capture(self, request):
                return {"plan": request.headers.get("X-Plan", "free")}

            def activate(self, values):
                return nullcontext()
    """
    files = {"shop/routes/a/route.py": CACHED, "shop/context.py": context}
    site(files, ROUTE_HANDLERS={"CACHE_CONTEXT": "shop.context.Context"})
    run()

    assert "hit" in send("GET", "/a")["Cache-Status"]
    paid = send("GET", "/a", headers={"X-Plan": "paid"})
    assert "hit" not in paid["Cache-Status"]
