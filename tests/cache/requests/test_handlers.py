"""Whatever shape a handler has, its answers are cached alike."""

import pytest

from tests.cache.requests.routes import count, get_answer, get_told

IS_CROSSED = True

pytestmark = pytest.mark.usefixtures("route_cache")


def tell(send, times=2):
    return [get_told(send("GET", "/x")) for _ in range(times)]


STORED = ["fwd=uri-miss; stored", "hit; ttl=60"]


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ("", "'plain'"),
        ("id", "id"),
        ("request, id", "[id, request.path]"),
        ("params", "params"),
        ("request", "request.resolver_match.kwargs"),
    ],
)
def test_a_handler_gets_what_it_names(send, serve, arguments, answer):
    serve(count(f"[{answer}, len(calls)]", arguments=arguments), path="x/[id]")

    bodies = [send("GET", url).json() for url in ("/x/1", "/x/2", "/x/1")]

    assert [run for _, run in bodies] == [1, 2, 1]


@pytest.mark.parametrize(
    ("path", "urls"),
    [
        ("x/[id=int]", ["/x/1", "/x/01", "/x/2"]),
        ("x/[...parts]", ["/x/a", "/x/a/b", "/x/b/a"]),
        ("x/[[...parts]]", ["/x", "/x/a", "/x/a/b"]),
        ("[a]/x/[b]", ["/1/x/2", "/2/x/1", "/2/x/2"]),
    ],
)
def test_each_path_of_a_route_has_its_entry(send, serve, path, urls):
    serve(count("[params, len(calls)]", arguments="params"), path=path)

    first, again = [[send("GET", url).json() for url in urls] for _ in range(2)]

    assert (first, [run for _, run in first]) == (again, [1, 2, 3])


# Decorators need a request.
DECORATED = """
from django.http import HttpResponse
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.clickjacking import (
    xframe_options_deny, xframe_options_exempt, xframe_options_sameorigin
)
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import condition, require_safe
from django.views.decorators.vary import vary_on_cookie, vary_on_headers

revalidate = 60
{config}
calls = []

@{decorator}
def GET(request, id):
    calls.append(1)
    return HttpResponse(f"v{{len(calls)}}")
"""
NOT_STORED = {
    "never_cache": "cache-control",
    "cache_control(private=True)": "cache-control",
    "vary_on_cookie": "vary",
    "vary_on_headers('X-Kind')": "vary",
    "condition(etag_func=lambda request, id: '\"a\"')": '"dynamic:header:if-match"',
}


@pytest.mark.parametrize(
    "decorator",
    [
        "cache_control(max_age=60)",
        "require_safe",
        "csrf_exempt",
        "xframe_options_deny",
        "xframe_options_exempt",
    ],
)
def test_a_decorated_handler_is_cached(send, serve, decorator):
    route = serve(DECORATED.format(decorator=decorator, config=""), path="x/[id]")

    responses = [send("GET", "/x/7") for _ in range(2)]

    assert [response.content for response in responses] == [b"v1", b"v1"]
    assert (get_told(responses[1]), len(route.calls)) == ("hit; ttl=60", 1)


@pytest.mark.parametrize("decorator", NOT_STORED)
def test_what_a_decorator_reads_or_says_counts(send, serve, route_cache, decorator):
    serve(DECORATED.format(decorator=decorator, config=""), path="x/[id]")

    told = [get_told(send("GET", "/x/7")) for _ in range(2)]

    assert told == [f"fwd=uri-miss; detail={NOT_STORED[decorator]}"] * 2
    assert route_cache.entries == {}


def test_a_decorator_may_vary_by_what_is_in_the_key(send, serve):
    source = DECORATED.format(
        decorator="vary_on_headers('X-Kind')", config="vary = ['X-Kind']"
    )
    serve(source, path="x/[id]")

    bodies = [send("GET", "/x/7", headers={"X-Kind": kind}).content for kind in "aba"]

    assert bodies == [b"v1", b"v2", b"v1"]


FRAMES = {"MIDDLEWARE": ["django.middleware.clickjacking.XFrameOptionsMiddleware"]}


@pytest.mark.parametrize(
    ("decorator", "expected"),
    [
        ("xframe_options_exempt", [None, None]),
        ("xframe_options_sameorigin", ["SAMEORIGIN"] * 2),
        ("require_safe", ["DENY"] * 2),
    ],
)
def test_a_mark_for_middleware_is_there_on_a_hit(send, serve, decorator, expected):
    source = DECORATED.format(decorator=decorator, config="")
    serve(source, path="x/[id]", **FRAMES)

    responses = [send("GET", "/x/7") for _ in range(2)]

    assert get_told(responses[1]) == "hit; ttl=60"
    assert [r.headers.get("X-Frame-Options") for r in responses] == expected


def change_mark(get_response):
    def middleware(request):
        response = get_response(request)
        response["X-Sources"] = " ".join(response.sources)
        response.sources.append("more")
        return response

    return middleware


def test_a_mark_that_middleware_changes_is_as_it_was_on_the_next_hit(send, serve):
    before = "response = HttpResponse('a'); response.sources = ['own']"
    serve(count("response", before=before), MIDDLEWARE=[f"{__name__}.change_mark"])

    found = [send("GET", "/x")["X-Sources"] for _ in range(3)]

    assert found == ["own"] * 3


OWN_PATH = """
    from asgiref.sync import async_to_sync
    from django.test import AsyncClient, Client
    revalidate = 60
    inner = []
"""


def test_a_handler_may_ask_for_its_own_path(send, serve, keyword):
    wait, client = ("await ", "AsyncClient") if "async" in keyword else ("", "Client")
    before = f"if len(calls) == 1: inner.append({wait}{client}().get(request.path))"
    route = serve(count(config=OWN_PATH, before=before))

    answers = [get_answer(send("GET", "/x")) for _ in range(2)]

    # It does not wait for itself.
    [inner] = route.inner
    assert (inner.json(), len(route.calls)) == ("v2", 2)
    assert answers == [("v2", "fwd=uri-miss; stored"), ("v2", "hit; ttl=60")]


def test_a_handler_may_ask_for_another_cached_path(send, serve, keyword):
    wait, client = ("await ", "AsyncClient") if "async" in keyword else ("", "Client")
    answer = f"[({wait}{client}().get('/y')).json(), len(calls)]"
    serve(
        count(answer, config=OWN_PATH), files={"shop/routes/y/route.py": count("'y'")}
    )

    bodies = [send("GET", url).json() for url in ("/x", "/y", "/x")]

    assert bodies == [["y", 1], "y", ["y", 1]]


MIXED = """
revalidate = 60
calls = []

def GET():
    calls.append(1)
    return f"v{len(calls)}"

async def POST():
    return {}
"""


def test_a_file_with_both_kinds_of_handlers_is_cached(send, site):
    site({"shop/routes/x/route.py": MIXED})

    answers = [get_answer(send("GET", "/x")) for _ in range(2)]
    send("POST", "/x")
    answers.append(get_answer(send("GET", "/x")))

    assert answers == [
        ("v1", "fwd=uri-miss; stored"),
        ("v1", "hit; ttl=60"),
        ("v2", "fwd=stale; stored"),
    ]


CLASS = """
from django.http import HttpResponse
from django.views import View

revalidate = 60

class Page(View):
    def get(self, request, id):
        return HttpResponse(id)

GET = Page.as_view()
"""


def test_a_class_based_view_is_cached(send, site):
    site({"shop/routes/x/[id]/route.py": CLASS})

    responses = [send("GET", "/x/7") for _ in range(2)]

    assert [response.content for response in responses] == [b"7", b"7"]
    assert list(map(get_told, responses)) == STORED


def test_the_reason_of_a_status_comes_back(send, serve):
    serve(count("HttpResponse('a', reason='Fine')"))

    responses = [send("GET", "/x") for _ in range(2)]

    assert [response.reason_phrase for response in responses] == ["Fine", "Fine"]
    assert get_told(responses[1]) == "hit; ttl=60"
