"""An error is an answer to the cache, and in each visitor's form behind it."""

import json
from textwrap import dedent

import pytest

from django_routehandlers.cache import revalidate_path
from tests.cache.crowds import begun, get_results, wait_until
from tests.cache.requests.gated import GATED, ask, slow_store, waiting
from tests.cache.requests.routes import count, get_answer, get_told

__all__ = ["ask", "slow_store", "waiting"]

pytestmark = pytest.mark.usefixtures("route_cache")

HTML = {"Accept": "text/html,*/*;q=0.8"}

IMPORTS = """
    from django.core.exceptions import PermissionDenied, SuspiciousOperation
    from django.http import Http404
    from django_routehandlers.http import HttpError
"""
CONFIG = f"{IMPORTS}    revalidate = 60"

RAISED = [
    ("Http404", 404),
    ("PermissionDenied", 403),
    ("SuspiciousOperation", 400),
    ("HttpError(404)", 404),
    ("HttpError(409, 'taken', headers={'X-Own': '1'})", 409),
    ("HttpError(503)", 503),
]

ASK_FIRST = "max-age=0, must-revalidate"
PRIVATE = "private, no-store"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("headers", [{}, HTML], ids=["program", "browser"])
@pytest.mark.parametrize(("raised", "status"), RAISED)
def test_an_error_is_an_answer_that_is_not_stored(
    send, serve, route_cache, method, headers, raised, status
):
    route = serve(count(config=CONFIG, before=f"raise {raised}"))

    responses = [send(method, "/x", headers=headers) for _ in range(2)]

    assert [response.status_code for response in responses] == [status] * 2
    assert [get_told(response) for response in responses] == [
        f'fwd=uri-miss; detail="status:{status}"'
    ] * 2
    kind = "text/html; charset=utf-8" if headers else "application/problem+json"
    # A page may have been made of its visitor.
    kept = PRIVATE if headers else ASK_FIRST
    assert {(r["Content-Type"], r["Cache-Control"], r["Vary"]) for r in responses} == {
        (kind, kept, "Accept")
    }
    assert (len(route.calls), route_cache.entries) == (2, {})


@pytest.mark.parametrize("raised", ["Http404", "HttpError(404)"])
def test_form_of_an_error_does_not_depend_on_who_came_before(send, serve, raised):
    serve(count(config=CONFIG, before=f"raise {raised}"))

    kinds = [
        send("GET", "/x", headers=headers)["Content-Type"].partition(";")[0]
        for headers in ({}, HTML, {"Accept": "application/json"}, HTML)
    ]

    json_, html = "application/problem+json", "text/html"
    assert kinds == [json_, html, json_, html]


@pytest.mark.parametrize("headers", [{}, HTML], ids=["program", "browser"])
@pytest.mark.parametrize("raised", ["Http404", "SuspiciousOperation", "HttpError(409)"])
def test_an_error_that_was_made_of_a_visitor_is_private(send, serve, headers, raised):
    before = f"request.COOKIES.get('a')\nraise {raised}"
    serve(count(config=CONFIG, before=before))

    response = send("GET", "/x", headers=headers)

    assert get_told(response) == 'fwd=uri-miss; detail="dynamic:cookie:a"'
    assert response["Cache-Control"] == PRIVATE


@pytest.mark.parametrize("headers", [{}, HTML], ids=["program", "browser"])
def test_an_error_past_the_cache_says_so(send, serve, headers):
    serve(count(config=CONFIG, before="raise Http404"))

    response = send("GET", "/x", b"{}", type="application/json", headers=headers)

    assert (response.status_code, get_told(response)) == (
        404,
        "fwd=bypass; detail=body",
    )
    assert response["Cache-Control"] == (PRIVATE if headers else ASK_FIRST)


@pytest.mark.parametrize("headers", [{}, HTML], ids=["program", "browser"])
def test_an_error_of_a_file_that_is_never_cached_says_so(send, serve, headers):
    config = f"{IMPORTS}    revalidate = 0"
    serve(count(config=config, before="raise Http404"))

    response = send("GET", "/x", headers=headers)

    assert get_told(response) == "fwd=bypass; detail=force-dynamic"
    assert (response.status_code, "Cache-Control" in response) == (404, False)


LASTING = "HttpError(404, 'none', headers={'Cache-Control': 'max-age=5'})"


@pytest.mark.parametrize("order", [({}, HTML), (HTML, {})], ids=["json", "html"])
def test_an_error_with_a_lifetime_is_stored_and_everybodys(send, serve, order):
    serve(count(config=CONFIG, before=f"raise {LASTING}"))

    responses = [send("GET", "/x", headers=headers) for headers in order]

    assert list(map(get_told, responses)) == ["fwd=uri-miss; stored", "hit; ttl=5"]
    assert {(r["Content-Type"], r["Cache-Control"]) for r in responses} == {
        ("application/problem+json", "max-age=5")
    }
    assert [json.loads(r.content)["detail"] for r in responses] == ["none"] * 2
    assert not any("Vary" in response for response in responses)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("headers", [{}, HTML], ids=["program", "browser"])
def test_an_error_of_a_write_ends_nothing_and_says_so(send, serve, method, headers):
    write = f"def {method}(): raise HttpError(409)"
    serve(f"{count(config=CONFIG)}\n{write}\n")
    send("GET", "/x")

    response = send(method, "/x", headers=headers)

    assert (response.status_code, get_told(response)) == (409, "fwd=method")
    assert get_answer(send("GET", "/x")) == ("v1", "hit; ttl=60")


def test_all_who_wait_for_an_error_get_their_own(ask, serve, waiting):
    config = f"    from django.http import Http404\n{GATED}"
    route = serve(count(config=config, before="wait()\nraise Http404"))

    with begun(*[ask] * 5) as asking:
        wait_until(lambda: waiting() == 4)
        route.gate.set()
        responses = get_results(asking)

    assert {response.status_code for response in responses} == {404}
    assert len(route.calls) == 5


def test_an_unexpected_exception_is_djangos(send, serve, route_cache):
    route = serve(count(before="raise ValueError"))

    responses = [send("GET", "/x", raises=False) for _ in range(2)]

    assert [response.status_code for response in responses] == [500] * 2
    assert not any("Cache-Status" in response for response in responses)
    assert (len(route.calls), route_cache.entries) == (2, {})


def test_a_template_may_raise_an_error(send, serve):
    config = """
        from django.http import Http404
        from django.template.response import SimpleTemplateResponse
        revalidate = 60

        class Page(SimpleTemplateResponse):
            @property
            def rendered_content(self):
                raise Http404("No such page.")
    """
    serve(count("Page('x')", config=config))

    response = send("GET", "/x")

    assert (response.status_code, response.json()["detail"]) == (404, "No such page.")
    assert get_told(response) == 'fwd=uri-miss; detail="status:404"'


@pytest.mark.parametrize(
    ("raised", "logged"),
    [
        ("Http404('gone')", "Http404('gone')"),
        ("HttpError(410)", "HttpError('410 Gone')"),
        ("PermissionDenied", "PermissionDenied()"),
        ("SuspiciousOperation", "SuspiciousOperation()"),
    ],
)
def test_a_refresh_that_raises_an_error_ends_the_entry(
    send, serve, route_cache, caplog, raised, logged
):
    caplog.set_level("INFO", "django_routehandlers.cache")
    serve(count(config=CONFIG, before=f"if len(calls) > 1: raise {raised}"))
    send("GET", "/x")
    route_cache.advance(61)

    stale, gone = send("GET", "/x"), send("GET", "/x")

    assert get_answer(stale)[0] == "v1"
    assert gone.status_code >= 400
    told = [r.getMessage() for r in caplog.records if r.name.endswith(".cache")]
    assert told == [f"shop/routes/x/route.py: a refresh ended the entry: {logged}"]


def test_a_failing_refresh_that_raises_an_error_keeps_the_entry(
    send, serve, route_cache
):
    serve(count(config=CONFIG, before="if len(calls) > 1: raise HttpError(503)"))
    send("GET", "/x")
    route_cache.advance(61)

    answers = [send("GET", "/x").json() for _ in range(2)]

    assert answers == ["v1", "v1"]


def test_an_error_that_is_gone_is_followed_by_an_answer(send, serve, route_cache):
    before = "if len(calls) == 1: raise Http404"
    serve(count(config=CONFIG, before=before))

    statuses = [send("GET", "/x").status_code for _ in range(3)]
    revalidate_path("/x")

    assert statuses == [404, 200, 200]


def test_a_handler_that_asks_another_one_has_read_its_accept(send, serve, keyword):
    wait = "await " if keyword == "async def" else ""
    outer = f"""
        from django.urls import resolve

        revalidate = 60

        def GET(request):
            response = {wait}resolve("/inner").func(request)
            return response["Content-Type"]
    """
    inner = count(config=CONFIG, before="raise Http404")
    serve(dedent(outer), files={"shop/routes/inner/route.py": inner})

    responses = [send("GET", "/x", headers=headers) for headers in ({}, HTML)]

    assert [response.json() for response in responses] == [
        "application/problem+json",
        "text/html; charset=utf-8",
    ]
    assert {response["Cache-Control"] for response in responses} == {PRIVATE}
