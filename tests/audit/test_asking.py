"""`--why`: what answers a request, and what else might have."""

import pytest
from django.test import Client
from django.urls import set_script_prefix

from django_routehandlers.audit.answers import Answer, Surrounding
from django_routehandlers.audit.asking import find_answer
from django_routehandlers.audit.losers import Candidate
from django_routehandlers.audit.questions import parse_question

GET = "def GET(): return {}\n"
ANY = "def GET(params): return {}\n"

FILES = {
    "shop/routes/route.py": GET,
    "shop/routes/items/route.py": f"{GET}async def POST(): ...\n",
    "shop/routes/items/me/posts/route.py": GET,
    "shop/routes/items/[id=int]/route.py": ANY,
    "shop/routes/items/[slug]/route.py": "async def GET(slug): return {}\n",
    "shop/routes/docs/[...rest]/route.py": ANY,
}


def ask(method, url):
    return find_answer(parse_question(method, url))


def get_candidates(answer):
    return [(c.path, c.reason) for c in answer.candidates]


COMMON = Surrounding("django.middleware.common.CommonMiddleware")


def make(*values, **changes):
    """Return an answer inside the middleware of the tests' settings."""
    return Answer(*values, **{"middleware": [COMMON], **changes})


def get_answer(**changes):
    """Return what all answers of the app at the root have in common."""
    file = "shop/routes/items/route.py"
    defaults = {
        "route": "/items",
        "mount": "/",
        "is_automatic": True,
        "app": "shop",
        "file": file,
        "csrf": "origin",
        "allow": ["GET", "HEAD", "OPTIONS", "POST"],
    }
    return make(**{"method": "GET", "path": "/items", **defaults, **changes})


def test_a_handler_answers(site):
    site(FILES)

    assert ask("GET", "/items") == get_answer(
        outcome="handler", view="shop.routes.items.route.GET", line=1, mode="sync"
    )
    assert ask("post", "/items") == get_answer(
        method="POST",
        outcome="handler",
        view="shop.routes.items.route.POST",
        line=2,
        mode="async",
    )


def test_get_answers_head(site):
    site(FILES)

    assert ask("HEAD", "/items") == get_answer(
        method="HEAD",
        outcome="handler",
        view="shop.routes.items.route.GET",
        line=1,
        mode="sync",
    )


def test_an_own_head_answers_head(site):
    site({"shop/routes/a/route.py": f"{GET}async def HEAD(): ...\n"})

    answer = ask("HEAD", "/a")

    assert (answer.view, answer.mode) == ("shop.routes.a.route.HEAD", "async")


def test_options_and_what_is_not_exported_are_answered_without_a_handler(site):
    site(FILES)

    assert ask("OPTIONS", "/items") == get_answer(
        method="OPTIONS", outcome="options", status=204
    )
    assert ask("PUT", "/items") == get_answer(
        method="PUT", outcome="method", status=405
    )
    assert ask("PROPFIND", "/items") == get_answer(
        method="PROPFIND", outcome="method", status=405
    )


def test_params_are_converted_and_losers_have_a_reason(site):
    site(FILES)

    answer = ask("GET", "/items/3?x=1")

    assert (answer.route, answer.params) == ("/items/[id=int]", {"id": "3"})
    assert answer.candidates == [
        Candidate(
            "/items/[slug]",
            "shop/routes/items/[slug]/route.py",
            "'[id=int]' wins over '[slug]': a typed parameter comes before a plain "
            "parameter.",
        )
    ]


def test_a_converter_that_refuses_is_told(site):
    site(FILES)

    answer = ask("GET", "/items/caf%C3%A9")

    assert (answer.path, answer.params) == ("/items/café", {"slug": "'café'"})
    assert get_candidates(answer) == [
        ("/items/[id=int]", "Tried first. The converter 'int' refuses 'café'.")
    ]


def test_a_branch_that_leads_nowhere_is_told(site):
    site(FILES)

    answer = ask("GET", "/items/me")

    assert answer.route == "/items/[slug]"
    assert get_candidates(answer) == [
        ("/items/me/posts", "Tried first. The path ends before 'posts'."),
        ("/items/[id=int]", "Tried first. The converter 'int' refuses 'me'."),
    ]


def test_only_the_deepest_of_many_branches_are_told(site):
    many = {f"shop/routes/a/b{number}/c/route.py": GET for number in range(9)}
    site(many | {"shop/routes/[...all]/route.py": ANY})

    assert get_candidates(ask("GET", "/a/b3/d")) == [
        ("/a/b3/c", "Tried first. 'd' is not 'c'.")
    ]
    assert len(ask("GET", "/a/x").candidates) == 5


def test_a_slash_is_redirected(site):
    site(FILES)

    answer = ask("GET", "/items/?a=b")

    assert answer == get_answer(
        path="/items/",
        outcome="redirect",
        status=308,
        location="/items?a=b",
        csrf=None,
        allow=[],
    )


def test_a_strict_slash_is_told(site):
    site(FILES, ROUTE_HANDLERS={"TRAILING_SLASH": "strict"})

    assert ask("GET", "/items/") == make(
        "GET",
        "/items/",
        "nothing",
        404,
        mounts=["/"],
        candidates=[
            Candidate(
                "/items",
                "shop/routes/items/route.py",
                "Its URL has no slash at the end, and TRAILING_SLASH is 'strict'.",
            )
        ],
    )


def test_folders_without_a_url_are_told(site):
    site({"shop/routes/@slot/route.py": GET, "shop/routes/a/route.py": "1/0"})

    answer = ask("GET", "/@slot")

    assert answer.problems == [
        "shop/routes/@slot: (routehandlers.E001) Folder '@slot' is a slot of a page, "
        "which an HTTP API does not have.\n\tHINT: Name it '%40slot' for a URL that "
        "starts with '@'."
    ]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/docs/a%01", "No route takes a path with control characters."),
        ("/docs/../a", "No route takes '.' or '..' as a segment."),
        ("/docs/a//b", "'[...rest]' takes no empty segment."),
    ],
)
def test_paths_that_no_route_takes(site, path, reason):
    site(FILES)

    answer = ask("GET", path)

    assert answer.outcome == "nothing"
    assert get_candidates(answer)[0] == ("/docs/[...rest]", reason)


def test_what_came_nearest_is_told(site):
    site(FILES)

    assert get_candidates(ask("GET", "/itmes")) == [
        ("/items", "'itmes' is not 'items'."),
        ("/items/me/posts", "'itmes' is not 'items'."),
        ("/items/[id=int]", "'itmes' is not 'items'."),
    ]
    assert get_candidates(ask("GET", "/items/me/postz")) == [
        ("/items/me/posts", "'postz' is not 'posts'."),
        ("/items/[slug]", "Nothing takes the rest, '/postz'."),
    ]
    assert get_candidates(ask("GET", "/zebra")) == []


def test_an_optional_end_is_near(site):
    site({"shop/routes/a/[id]/b/route.py": ANY})

    assert get_candidates(ask("GET", "/a//b")) == [
        ("/a/[id]/b", "'[id]' takes no empty segment.")
    ]


def test_the_middleware_of_the_project_and_of_folders_is_told_in_order(site):
    own = "django.middleware.gzip.GZipMiddleware"
    site(
        FILES | {"shop/routes/items/middleware.py": f"middleware = [{own!r}]"},
    )

    answer = ask("PUT", "/items")

    assert answer.middleware == [
        COMMON,
        Surrounding(own, "shop/routes/items/middleware.py"),
    ]
    assert ask("GET", "/").middleware == [COMMON]


def test_csrf_and_max_body_are_those_of_the_method(site):
    source = """
        from django.views.decorators.csrf import csrf_exempt
        csrf = "token"
        max_body = 100

        @csrf_exempt
        def POST(request): ...

        def PUT(): ...
    """
    site({"shop/routes/a/route.py": source}, ROUTE_HANDLERS={"MAX_BODY": 7})

    found = [ask(method, "/a") for method in ("POST", "PUT", "DELETE")]

    assert [answer.csrf for answer in found] == ["off", "token", "token"]
    assert [answer.max_body for answer in found] == [100, 100, 100]


def test_max_body_of_the_setting_is_told(site):
    site(FILES, ROUTE_HANDLERS={"MAX_BODY": 7})

    assert ask("POST", "/items").max_body == 7


def test_a_handler_of_another_file_has_no_line(site):
    site({"shop/views.py": GET, "shop/routes/a/route.py": "from shop.views import GET"})

    answer = ask("GET", "/a")

    assert (answer.view, answer.line) == ("shop.routes.a.route.GET", None)


def test_a_handler_without_code_has_no_line(site):
    source = f"import functools\n{GET}GET = functools.partial(GET)\n"
    site({"shop/routes/a/route.py": source})

    assert ask("GET", "/a").outcome == "handler"


def test_a_broken_route_tells_its_problems(site):
    site({"shop/routes/a/route.py": "1/0", "shop/routes/[x]/route.py": ANY})

    answer = ask("GET", "/a")

    assert answer == get_answer(
        path="/a",
        route="/a",
        file="shop/routes/a/route.py",
        outcome="broken",
        status=500,
        csrf=None,
        allow=[],
        problems=answer.problems,
        candidates=[
            Candidate(
                "/[x]",
                "shop/routes/[x]/route.py",
                "'a' wins over '[x]': a static segment comes before a plain parameter.",
            )
        ],
    )
    assert answer.problems == [
        "shop/routes/a/route.py: (routehandlers.E011) The file can't be imported: "
        "ZeroDivisionError: division by zero\n\tHINT: Mend the file; manage.py shell -c "
        "'import shop.routes.a.route' has the traceback."
    ]


def test_a_route_with_an_unknown_converter_is_told(site):
    site({"shop/routes/[id=none]/route.py": ANY, "shop/routes/[...x]/route.py": ANY})

    assert get_candidates(ask("GET", "/3")) == [
        ("/[id=none]", "Tried first. The converter 'none' can't be used.")
    ]


def test_a_broken_middleware_breaks_what_is_below(site):
    site(FILES | {"shop/routes/items/middleware.py": "1/0"})

    answer = ask("GET", "/items/3")

    assert (answer.outcome, answer.status, len(answer.problems)) == ("broken", 500, 1)
    assert "(routehandlers.E022)" in answer.problems[0]


CONVERTER = """
    from django.urls import register_converter

    class Number:
        regex = "[a-z]+"
        def to_python(self, value): return {"a": 1}[value]
        def to_url(self, value): return "a"

    register_converter(Number, "broken-number")
"""


def test_a_converter_that_fails_is_told(site, monkeypatch):
    from django.urls import converters

    monkeypatch.setattr(converters, "REGISTERED_CONVERTERS", {})
    converters.get_converters.cache_clear()
    site(
        {
            "shop/converters.py": CONVERTER,
            "shop/urls.py": "import shop.converters\n" + URLS,
            "shop/routes/[id=broken-number]/route.py": ANY,
        },
        ROOT_URLCONF="shop.urls",
    )

    answer = ask("GET", "/v1/b")

    converters.get_converters.cache_clear()
    assert answer == make(
        "GET",
        "/v1/b",
        "broken",
        500,
        problems=["A path converter failed: KeyError: 'b'"],
    )


URLS = """
from django.http import HttpResponse
from django.urls import include, path
from django_routehandlers.urls import include_routes

def own(request, **params): ...

urlpatterns = [
    path("v1/<int:tenant>/own/", own),
    path("v1/items/old", own, name="old"),
    path("v1/", include_routes("shop", namespace="one")),
    path("v1/items/3", own),
    path("v1/<slug:tenant>/", include("django_routehandlers.urls")),
    path("v1/", include("django_routehandlers.urls")),
]
"""


def test_the_projects_own_pattern_comes_first(site):
    site(FILES | {"shop/urls.py": URLS}, ROOT_URLCONF="shop.urls")

    assert ask("GET", "/v1/items/old") == make(
        "GET",
        "/v1/items/old",
        "view",
        route="/v1/items/old",
        view="shop.urls.own",
        candidates=[
            Candidate(
                "/v1/items/[slug]",
                "shop/routes/items/[slug]/route.py",
                "The project's own pattern '/v1/items/old' comes before it.",
            ),
            Candidate(
                "/v1/items/[slug]",
                "shop/routes/items/[slug]/route.py",
                "The project's own pattern '/v1/items/old' comes before it.",
            ),
        ],
    )
    assert ask("GET", "/v1/3/own/").params == {"tenant": "3"}


def test_what_comes_later_in_the_urlconf_is_told(site):
    site(FILES | {"shop/urls.py": URLS}, ROOT_URLCONF="shop.urls")

    answer = ask("GET", "/v1/items/3")

    assert (answer.mount, answer.is_automatic) == ("/v1/", False)
    assert get_candidates(answer)[1:] == [
        ("/v1/items/3", "'/v1/items/[id=int]' comes before it."),
        ("/v1/items/[id=int]", "'/v1/items/[id=int]' comes before it."),
    ]


def test_what_the_urlconf_captures_is_no_param(site):
    site(FILES | {"shop/urls.py": URLS}, ROOT_URLCONF="shop.urls")

    answer = ask("GET", "/v1/acme/items/4")

    assert answer.mount == "/v1/<slug:tenant>/"
    assert (answer.params, answer.captured) == ({"id": "4"}, {"tenant": "'acme'"})


def test_a_path_outside_of_a_mount_is_told_where_it_is(site):
    site(FILES, ROUTE_HANDLERS={"MOUNT": "api"})

    assert get_candidates(ask("GET", "/items/3")) == [
        ("/api/items/[id=int]", "It is mounted below '/api/'.")
    ]
    assert ask("GET", "/api/items/3").route == "/api/items/[id=int]"


PREFIXED = """
from django.urls import path
from django_routehandlers.urls import RouteTree, Selection

urlpatterns = [
    path("items", print),
    path("api/items", print),
    RouteTree(Selection(), "api/"),
]
"""


def test_a_mount_with_a_prefix_of_its_own_takes_what_is_below_it(site):
    site(FILES | {"shop/urls.py": PREFIXED}, ROOT_URLCONF="shop.urls")

    assert get_candidates(ask("GET", "/items")) == []
    assert get_candidates(ask("GET", "/api/items")) == [
        ("/api/items", "The project's own pattern '/api/items' comes before it.")
    ]
    assert ask("GET", "/api/items/3").route == "/api/items/[id=int]"


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        (
            {"APPS": ["blog"]},
            "The app 'shop' is not mounted: ROUTE_HANDLERS['APPS'] leaves it out, and no "
            "URLconf includes it.",
        ),
        (
            {"MOUNT": None},
            "The app 'shop' is not mounted: ROUTE_HANDLERS['MOUNT'] is None, and no "
            "URLconf includes it.",
        ),
        (
            {"MOUNT": 5},
            "The app 'shop' is not mounted: ROUTE_HANDLERS has a mistake, which "
            "manage.py check tells.",
        ),
    ],
)
def test_an_app_that_is_not_mounted_is_told(site, setting, reason):
    site(FILES | {"blog/routes/blog/route.py": GET}, ROUTE_HANDLERS=setting)

    assert ask("GET", "/items").candidates == [
        Candidate("/items", "shop/routes/items/route.py", reason)
    ]


def test_an_app_that_a_urlconf_leaves_out_is_told(site):
    urls = URLS.replace(
        'include("django_routehandlers.urls")', 'include_routes("blog")'
    )
    site(
        FILES
        | {
            "blog/routes/blog/route.py": GET,
            "shop/urls.py": urls.replace(
                'include_routes("shop", namespace="one")', 'include_routes("blog")'
            ),
        },
        ROOT_URLCONF="shop.urls",
    )

    assert get_candidates(ask("GET", "/items")) == [
        ("/items", "The app 'shop' is not mounted: no URLconf includes it.")
    ]


def test_append_slash_redirects(site):
    urls = "from django.urls import path\nurlpatterns = [path('old/', print)]\n"
    site({"shop/urls.py": urls}, ROOT_URLCONF="shop.urls")

    answer = ask("GET", "/old?a=b")

    assert answer == make(
        "GET",
        "/old",
        "redirect",
        301,
        location="/old/?a=b",
    )
    assert ask("GET", "/new").outcome == "nothing"


def test_without_routes_and_urls_nothing_answers(site):
    site({"shop/": ""}, ROOT_URLCONF=None)

    assert ask("GET", "/") == make("GET", "/", "nothing", 404)


LANGUAGES = """
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path
urlpatterns = i18n_patterns(path("api/", include("django_routehandlers.urls")))
"""


def test_a_language_prefix_is_read_from_the_path(site):
    site(
        FILES | {"shop/urls.py": LANGUAGES},
        ROOT_URLCONF="shop.urls",
        MIDDLEWARE=["django.middleware.locale.LocaleMiddleware"],
        LANGUAGE_CODE="en",
        LANGUAGES=[("en", "English"), ("de", "German")],
        USE_I18N=True,
    )

    assert ask("GET", "/de/api/items").route == "/de/api/items"
    assert ask("GET", "/en/api/items").route == "/en/api/items"
    assert ask("GET", "/fr/api/items").outcome == "nothing"


@pytest.fixture
def _served_below_app():
    set_script_prefix("/app/")
    yield
    set_script_prefix("/")


@pytest.mark.usefixtures("_served_below_app")
def test_the_path_that_the_project_is_served_at_may_be_given(site):
    site(FILES, FORCE_SCRIPT_NAME="/app")

    answer = ask("GET", "/app/items")

    assert answer == ask("GET", "/items")
    assert (answer.path, answer.route) == ("/app/items", "/items")
    assert ask("GET", "/app").route == "/"


PATHS = [
    "/",
    "/items",
    "/items/",
    "/items/3",
    "/items/x",
    "/items/me",
    "/items/me/posts",
    "/items/me/none",
    "/docs",
    "/docs/a/b/",
    "/docs/a//b",
    "/docs/%2e%2e/b",
    "/nothing",
]


@pytest.mark.parametrize("mode", ["never", "always", "ignore", "strict"])
def test_answers_are_those_that_clients_get(site, mode):
    site(FILES, ROUTE_HANDLERS={"TRAILING_SLASH": mode})

    for path in PATHS:
        for method in ("GET", "OPTIONS", "PUT"):
            response = Client().generic(method, path)
            answer = ask(method, path)
            status = answer.status or 200
            location = response.headers.get("Location")
            found = (response.status_code, location)
            assert found == (status, answer.location), (method, path)


def test_middleware_of_a_folder_may_answer_before(site):
    site(
        {
            "shop/routes/a/route.py": "def GET(): ...",
            "shop/routes/middleware.py": (
                "middleware = ['django.middleware.gzip.GZipMiddleware']"
            ),
        }
    )

    found = [ask(method, "/a") for method in ("OPTIONS", "PUT")]

    assert [(answer.outcome, answer.status) for answer in found] == [
        ("options", None),
        ("method", None),
    ]


def test_host_that_is_not_allowed_is_told(site):
    site({"shop/routes/a/route.py": "def GET(): ..."}, ALLOWED_HOSTS=["testserver"])

    answer = ask("GET", "http://evil.example/a")

    assert (answer.outcome, answer.problems) == (
        "handler",
        ["ALLOWED_HOSTS has no 'evil.example': who asks for the host gets a 400."],
    )
