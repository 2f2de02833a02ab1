"""`assert_cacheable` finds what would make two visitors' answers differ."""

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client

from django_routehandlers.testing import aassert_cacheable, assert_cacheable
from tests.cache.requests.routes import count
from tests.projects import run_project


def check(path, **options):
    return assert_cacheable(Client(), path, **options)


def acheck(path, **options):
    return async_to_sync(aassert_cacheable)(AsyncClient(), path, **options)


each_way = pytest.mark.parametrize("check", [check, acheck])
each_kind = pytest.mark.parametrize("keyword", ["def", "async def"])


@pytest.fixture
def serve(site):
    """Return a function that serves a route at `/x`."""

    def install(source, keyword="def"):
        source = source.replace("def GET(", f"{keyword} GET(")
        site({"shop/routes/x/route.py": source})

    return install


@each_kind
@each_way
def test_an_answer_for_everybody_passes_and_is_returned(check, serve, keyword):
    serve(count("[request.path, request.GET.get('page')]"), keyword)

    response = check("/x?page=2")

    assert response.json() == ["/x", "2"]


DIFFERENT = {
    "HttpResponse(str(len(calls)))": "its body is b'1', then b'2'",
    "HttpResponse(status=len(calls) + 199)": "its status is 200, then 201",
    "HttpResponse() if len(calls) < 2 else StreamingHttpResponse([])": (
        "it streams the second time"
    ),
    "HttpResponse(len(calls) > 1 and request.COOKIES.get('a') or b'')": (
        "it reads cookie:a"
    ),
}


@each_kind
@each_way
@pytest.mark.parametrize("answer", DIFFERENT)
def test_an_answer_that_differs_fails(check, serve, keyword, answer):
    config = "from django.http import StreamingHttpResponse\nrevalidate = 60"
    serve(count(answer, config=config), keyword)

    with pytest.raises(AssertionError) as caught:
        check("/x")

    message = f"GET /x is not the same for everybody: {DIFFERENT[answer]}"
    assert str(caught.value).startswith(message)


@each_way
@pytest.mark.parametrize(
    ("config", "answer", "status"),
    [
        ("", "{}", "its route is not cached"),
        (
            "revalidate = 60",
            "request.COOKIES",
            'routehandlers; fwd=uri-miss; detail="dynamic:cookie:*"',
        ),
    ],
)
def test_an_answer_that_is_not_stored_fails(check, serve, config, answer, status):
    serve(count(answer, config=config))

    with pytest.raises(AssertionError) as caught:
        check("/x")

    assert str(caught.value).startswith(f"GET /x was not stored: {status}.")


def test_what_was_stored_before_and_after_is_untouched(serve, route_cache):
    serve(count("f'v{min(len(calls), 2)}'"))
    assert Client().get("/x").json() == "v1"

    assert check("/x?page=2").json() == "v2"

    assert Client().get("/x").json() == "v1"
    assert list(route_cache.entries) == ["/x"]


# The plugin in a project without Django.

OTHER = """
    import sys

    import pytest

    def test_anything():
        assert "django.apps" not in sys.modules or not sys.modules["django.apps"].apps.ready

    @pytest.mark.parametrize("name", ["route_cache", "call_route", "acall_route"])
    def test_the_fixture_says_what_it_needs(request, name):
        with pytest.raises(AssertionError, match=f"{name} needs Django to be set up"):
            request.getfixturevalue(name)
"""


def test_the_plugin_lets_tests_without_django_be(tmp_path):
    result = run_project(
        tmp_path,
        {"test_other.py": OTHER},
        *["-m", "pytest", "-p", "no:django", "-p", "no:cacheprovider", "test_other.py"],
        environment={"DJANGO_SETTINGS_MODULE": ""},
    )

    assert "4 passed" in result.stdout, result.stdout
