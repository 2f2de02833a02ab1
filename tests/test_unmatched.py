"""A URL that no pattern matches is answered in the form that a client asks for."""

import json

import pytest

from tests.projects import ask_project, run_project
from tests.trees import GET

ASK = """
    from django.test import AsyncClient
    from asgiref.sync import async_to_sync

    def look(response):
        kind = response.headers["Content-Type"].partition(";")[0]
        return [response.status_code, kind, response.headers.get("Vary")]

    async def aask(method, path, headers):
        return await AsyncClient().generic(method, path, headers=headers)

    def ask(path, accept=None, method="GET"):
        headers = {} if accept is None else {"Accept": accept}
        asked = Client().generic(method, path, headers=headers)
        again = async_to_sync(aask)(method, path, headers)
        assert look(asked) == look(again)
        return look(asked)
"""

SHOP = {"shop/routes/hello/route.py": GET}

PROBLEM = [404, "application/problem+json", "Accept"]
PAGE = [404, "text/html", "Accept"]
DJANGOS = [404, "text/html", None]


def ask(tmp_path, files, code, **settings):
    return ask_project(tmp_path, {**SHOP, **files}, f"{ASK}\n    {code}", **settings)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, PROBLEM),
        ("*/*", PROBLEM),
        ("application/json", PROBLEM),
        ("text/html,*/*;q=0.8", PAGE),
    ],
)
def test_program_gets_json_and_a_browser_a_page(tmp_path, accept, expected):
    answer = ask(tmp_path, {}, f"answer = ask('/nothing', {accept!r})")

    assert answer == expected


def test_problem_says_nothing_of_the_patterns(tmp_path):
    code = "answer = Client().get('/nothing').content.decode()"

    answer = ask(tmp_path, {}, code)

    assert json.loads(answer) == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
    }


def test_head_has_a_length(tmp_path):
    code = """answer = [
        [r.headers["Content-Length"], len(r.content)]
        for r in [Client().head("/nothing")]
    ]"""

    answer = ask(tmp_path, {}, code)

    assert answer == [["55", 0]]


URLS = """
    from django.http import Http404, HttpResponse
    from django.urls import include, path

    def find(request):
        raise Http404("No such page.")

    {handler}

    urlpatterns = [path("own", find){more}]
"""

HANDLERS = {
    "own": (
        "def handler404(request, exception): return HttpResponse('own', status=404)",
        DJANGOS,
    ),
    "name": ("handler404 = 'shop.handlers.answer'", DJANGOS),
    "default": ("from django.conf.urls import handler404", PROBLEM),
    "default-name": ("handler404 = 'django.views.defaults.page_not_found'", PROBLEM),
    "none": ("", PROBLEM),
}


@pytest.mark.parametrize(("handler", "expected"), HANDLERS.values(), ids=HANDLERS)
def test_handler_of_the_project_goes_before(tmp_path, handler, expected):
    files = {
        "shop/urls.py": URLS.format(handler=handler, more=""),
        "shop/handlers.py": """
            from django.http import HttpResponse

            def answer(request, exception):
                return HttpResponse("own", status=404)
        """,
    }

    answer = ask(tmp_path, files, "answer = ask('/nothing')", ROOT_URLCONF="shop.urls")

    assert answer == expected


def test_http404_of_a_view_of_the_project_is_djangos(tmp_path):
    files = {"shop/urls.py": URLS.format(handler="", more="")}

    answer = ask(tmp_path, files, "answer = ask('/own')", ROOT_URLCONF="shop.urls")

    assert answer == DJANGOS


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/api/nothing", PROBLEM), ("/api/", PROBLEM), ("/nothing", DJANGOS)],
)
def test_only_what_is_below_the_prefix_is_ours(tmp_path, path, expected):
    code = f"answer = ask({path!r})"

    answer = ask(tmp_path, {}, code, ROUTE_HANDLERS={"MOUNT": "api"})

    assert answer == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/v1/nothing", PROBLEM), ("/nothing", DJANGOS)],
)
def test_an_explicit_mount_is_ours_too(tmp_path, path, expected):
    more = ", path('v1/', include('django_routehandlers.urls'))"
    files = {"shop/urls.py": URLS.format(handler="", more=more)}

    answer = ask(tmp_path, files, f"answer = ask({path!r})", ROOT_URLCONF="shop.urls")

    assert answer == expected


def test_nothing_is_ours_without_automatic_mounting(tmp_path):
    more = ", path('v1/', include('django_routehandlers.urls'))"
    files = {"shop/urls.py": URLS.format(handler="", more=more)}
    code = "answer = ask('/v1/nothing')"

    answer = ask(
        tmp_path,
        files,
        code,
        ROOT_URLCONF="shop.urls",
        ROUTE_HANDLERS={"MOUNT": None},
    )

    assert answer == DJANGOS


MIDDLEWARE = """
    from django.http import Http404
    from django.urls import resolve
    from django.urls.exceptions import Resolver404

    def refuse(get_response):
        def middleware(request):
            raise {error}
        return middleware
"""


@pytest.mark.parametrize(
    "error",
    ["Http404('x')", "Resolver404()", "Resolver404('x')", "Resolver404({'path': 'x'})"],
)
def test_http404_of_middleware_is_djangos(tmp_path, error):
    files = {"shop/stack.py": MIDDLEWARE.format(error=error)}
    code = "answer = ask('/nothing')"

    answer = ask(tmp_path, files, code, MIDDLEWARE=["shop.stack.refuse"])

    assert answer == DJANGOS


def test_debug_shows_djangos_page_to_everybody(tmp_path):
    code = "answer = [ask('/nothing'), b'hello' in Client().get('/nothing').content]"

    answer = ask(tmp_path, {}, code, DEBUG=True)

    assert answer == [DJANGOS, True]


def test_append_slash_goes_before(tmp_path):
    files = {
        "shop/urls.py": """
            from django.http import HttpResponse
            from django.urls import path

            urlpatterns = [path("own/", lambda request: HttpResponse("own"))]
        """
    }
    code = "answer = Client().get('/own').headers.get('Location')"

    answer = ask(
        tmp_path,
        files,
        code,
        ROOT_URLCONF="shop.urls",
        MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    )

    assert answer == "/own/"


@pytest.mark.parametrize("handler", ["'no.such.handler'", "'shop.urls.nothing'"])
def test_check_tells_of_a_handler_that_is_not_there(tmp_path, handler):
    files = {"shop/urls.py": URLS.format(handler=f"handler404 = {handler}", more="")}

    result = run_project(
        tmp_path, {**SHOP, **files}, "manage.py", "check", ROOT_URLCONF="shop.urls"
    )

    assert "(urls.E008) The custom handler404 view" in result.stderr
