"""An endpoint becomes one view, or one for each kind of server."""

from types import ModuleType

import pytest
from asgiref.sync import iscoroutinefunction
from django.test import RequestFactory

from django_routehandlers.exceptions import BrokenRouteError
from django_routehandlers.http.dispatch import build_broken_view, build_views
from django_routehandlers.routing.endpoints import Endpoint, read_endpoint
from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.routes import Route

FILE = "shop/routes/route.py"
ROUTE = Route("shop", (), "shop.routes.route", FILE, FILE)


def read(source, doc=None):
    """Return the endpoint of a source that imports nothing."""
    module = ModuleType("shop.routes.route", doc)
    exec(source, vars(module))
    return read_endpoint(ROUTE, module)[0]


@pytest.mark.parametrize(
    ("source", "is_async", "has_async_twin"),
    [
        ("def GET(): ...", False, False),
        ("def GET(): ...\ndef POST(): ...", False, False),
        ("async def GET(): ...", True, False),
        ("async def GET(): ...\nasync def POST(): ...", True, False),
        ("def GET(): ...\nasync def POST(): ...", False, True),
        ("", False, False),
    ],
    ids=["sync", "syncs", "async", "asyncs", "mixed", "none"],
)
def test_view_is_of_the_kind_of_its_handlers(source, is_async, has_async_twin):
    views = build_views(read(source))

    assert iscoroutinefunction(views.view) is is_async
    assert (views.async_view is not None) is has_async_twin
    assert views.async_view is None or iscoroutinefunction(views.async_view)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("def POST(): ...\ndef GET(): ...", "GET"),
        ("async def DELETE(): ...", "DELETE"),
        ("", "route"),
    ],
)
def test_view_reads_well_in_tools(source, name):
    view = build_views(read(source, doc="All items.")).view

    assert (view.__module__, view.__name__, view.__qualname__, view.__doc__) == (
        "shop.routes.route",
        name,
        name,
        "All items.",
    )


def test_view_is_exempt_from_what_the_package_does_itself():
    view = build_views(read("def GET(): ...")).view

    assert view.csrf_exempt is True
    assert "default" in view._non_atomic_requests


MARKS = """
def GET(): ...
def POST(): ...
GET.login_required = {0}
POST.login_required = {1}
GET.limit = 1
GET.csrf_exempt = POST.csrf_exempt = False
GET._private = POST._private = 1
"""


@pytest.mark.parametrize(
    ("get", "post", "shared"),
    [
        (False, False, {"login_required": False}),
        (True, False, {}),
        (True, True, {"login_required": True}),
    ],
)
def test_view_has_the_marks_that_all_handlers_share(get, post, shared):
    view = build_views(read(MARKS.format(get, post))).view

    own = {"csrf_exempt", "_non_atomic_requests"}
    assert {n: v for n, v in vars(view).items() if n not in own} == shared


def test_handler_without_attributes_of_its_own_shares_none():
    source = """
class Handler:
    __slots__ = ()
    def __call__(self, request): ...

GET = Handler()
"""
    view = build_views(read(source)).view

    assert set(vars(view)) == {"csrf_exempt", "_non_atomic_requests"}


def test_broken_view_names_every_reason():
    error = ValueError("first cause")
    endpoint = Endpoint(ROUTE, error=error)
    problems = [
        Problem((FILE,), "E001", "One.", "Mend one."),
        Problem((FILE,), "E002", "Two.", "Mend two."),
    ]
    view = build_broken_view(endpoint, problems).view

    with pytest.raises(BrokenRouteError) as caught:
        view(RequestFactory().get("/"), id="1")

    assert str(caught.value) == (
        "shop/routes/route.py can't answer. One. Mend one. Two. Mend two."
    )
    assert caught.value.__cause__ is error
    assert (view.__module__, view.__name__, view.__doc__) == (
        "shop.routes.route",
        "route",
        None,
    )


def test_broken_view_of_a_file_that_was_read_has_no_cause():
    endpoint = read("def GET(wrong): ...")
    view = build_broken_view(endpoint, []).view

    with pytest.raises(BrokenRouteError) as caught:
        view(RequestFactory().get("/"))

    assert caught.value.__cause__ is None
    assert view.__name__ == "GET"


SIX = """
    {sync} GET(): return "GET"
    {other} POST(): return "POST"
    {sync} PUT(): return "PUT"
    {other} PATCH(): return "PATCH"
    {sync} DELETE(): return "DELETE"
    {other} QUERY(): return "QUERY"
"""


@pytest.mark.parametrize(
    ("sync", "other"),
    [("def", "def"), ("async def", "async def"), ("def", "async def")],
    ids=["sync", "async", "mixed"],
)
@pytest.mark.parametrize(
    "method", ["GET", "POST", "PUT", "PATCH", "DELETE", "QUERY", "HEAD", "OPTIONS"]
)
def test_each_method_has_its_handler(send, site, sync, other, method):
    site({FILE: SIX.format(sync=sync, other=other)})

    response = send(method, "/")

    body = {"HEAD": b"", "OPTIONS": b""}.get(method, f'"{method}"'.encode())
    assert response.content == body


@pytest.mark.parametrize("keyword", ["def", "async def"])
def test_exported_head_and_options_are_used(send, site, keyword):
    source = f"""
        from django_routehandlers.http import Response

        {keyword} GET(): return {{}}
        {keyword} HEAD(): return Response(headers={{"X-By": "HEAD"}})
        {keyword} OPTIONS(): return Response(headers={{"X-By": "OPTIONS"}})
    """
    site({FILE: source})

    answers = [send(method, "/").headers.get("X-By") for method in ("HEAD", "OPTIONS")]

    assert answers == ["HEAD", "OPTIONS"]


@pytest.mark.parametrize("keyword", ["def", "async def"])
@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "QUERY"]
)
def test_no_answer_names_method_and_file(send, site, keyword, method):
    own = "GET" if method == "HEAD" else method
    site({FILE: f"{keyword} {own}(): return None"})

    with pytest.raises(Exception, match="returned None") as caught:
        send(method, "/")

    assert str(caught.value) == (
        f"{own} in shop/routes/route.py returned None. Return a response: "
        "Response(status=204) for an answer without body."
    )


SYNC_WRAPPER = """
    from functools import wraps

    def only_with_key(handler):
        @wraps(handler)
        def wrapper(request, **params):
            if "key" not in request.GET:
                return {{"refused": True}}
            return handler(request, **params)
        return wrapper

    @only_with_key
    async def GET(request, id):
        return {{"id": id}}

    POST = GET

    {neighbour}
"""


@pytest.mark.parametrize(
    "neighbour",
    ["", "async def PUT(): return {}", "def PUT(): return {}"],
    ids=["alone", "async-neighbour", "sync-neighbour"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_sync_wrapper_around_an_async_handler_works(send, site, neighbour, method):
    site({"shop/routes/[id]/route.py": SYNC_WRAPPER.format(neighbour=neighbour)})

    answers = [send(method, path).json() for path in ("/7", "/7?key=1")]

    assert answers == [{"refused": True}, {"id": "7"}]
