"""One handler is called as a request would call it, with nothing around it."""

import re

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser, User

from django_routehandlers.exceptions import BrokenRouteError, RouteHandlersError
from django_routehandlers.testing import acall_route, call_route, get_route_module


def acall(*arguments, **options):
    return async_to_sync(acall_route)(*arguments, **options)


each_way = pytest.mark.parametrize("call", [call_route, acall])
each_kind = pytest.mark.parametrize("keyword", ["def", "async def"])


@pytest.fixture
def serve(site):
    """Return a function that serves a route at `/x/[id=int]`."""

    def install(source, keyword="def", path="x/[id=int]", **settings):
        source = source.replace("def ", f"{keyword} ")
        site({f"shop/routes/{path}/route.py": source}, **settings)

    return install


ECHO = """
def GET(request, id):
    return {"id": id, "path": request.path, "query": request.GET}

def POST(request, id):
    return {"type": request.content_type, "body": request.body.decode()}

def PUT(request, id):
    return {"form": request.form, "files": [f.read().decode() for f in request.FILES.values()]}
"""


@each_kind
@each_way
def test_params_are_those_of_a_request(call, serve, keyword):
    serve(ECHO, keyword)

    response = call("/x/[id=int]", params={"id": 3}, query_params={"a": "b"})

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == {"id": 3, "path": "/x/3", "query": {"a": ["b"]}}


@each_way
@pytest.mark.parametrize("value", [3, "03", "003"])
def test_params_are_values_or_the_text_of_the_url(call, serve, value):
    serve("def GET(id): return [id]")

    assert call("/x/[id=int]", params={"id": value}).json() == [3]


def test_value_of_a_plain_param_is_a_text_as_in_production(serve):
    serve("def GET(id, rest): return [id, rest]", path="[id]/[[...rest]]")

    path = "/[id]/[[...rest]]"
    assert call_route(path, params={"id": 3, "rest": ["ä", 4]}).json() == [
        "3",
        ["ä", "4"],
    ]
    assert call_route(path, params={"id": 3, "rest": []}).json() == ["3", []]


@each_way
def test_path_of_a_url_is_resolved(call, serve):
    serve(ECHO)

    response = call("/x/42?a=b")

    assert response.json() == {"id": 42, "path": "/x/42", "query": {"a": ["b"]}}


def test_url_is_that_of_the_mount(site):
    files = {
        "shop/routes/caf\u00e9/[id]/route.py": (
            "def GET(request): return [request.path, request.resolver_match.route]"
        ),
        "shop/urls.py": """
            from django.urls import include, path
            from django_routehandlers.urls import include_routes

            urlpatterns = [
                path("<int:tenant>/", include_routes("shop")),
                path("v1/", include_routes("shop")),
            ]
        """,
    }
    site(files, ROOT_URLCONF="shop.urls", ROUTE_HANDLERS={"TRAILING_SLASH": "always"})

    named = call_route("/café/[id]", params={"id": "a b"})
    resolved = call_route("/7/caf%C3%A9/a%20b/")

    assert named.json() == ["/v1/café/a b/", "café/<str:id>/"]
    assert resolved.json() == ["/7/café/a b/", "<int:tenant>/café/<str:id>/"]


def test_routes_that_are_not_mounted_can_be_called(serve):
    serve("def GET(request): return request.path", ROUTE_HANDLERS={"MOUNT": None})

    assert call_route("/x/[id=int]", params={"id": 3}).json() == "/x/3"
    with pytest.raises(RouteHandlersError):
        call_route("/x/3")


BODIES = {
    "json": (
        {"json": {"a": [1, None]}},
        {"type": "application/json", "body": '{"a":[1,null]}'},
    ),
    "json of nothing": ({"json": None}, {"type": "application/json", "body": "null"}),
    "json of another type": (
        {"json": {}, "content_type": "application/merge-patch+json"},
        {"type": "application/merge-patch+json", "body": "{}"},
    ),
    "text": (
        {"data": "a", "content_type": "text/plain"},
        {"type": "text/plain", "body": "a"},
    ),
    "bytes": ({"data": b"a"}, {"type": "application/octet-stream", "body": "a"}),
    "nothing": ({}, {"type": "", "body": ""}),
    "urlencoded": (
        {
            "data": {"a": ["1", "2"]},
            "content_type": "application/x-www-form-urlencoded",
        },
        {"type": "application/x-www-form-urlencoded", "body": "a=1&a=2"},
    ),
}


@each_way
@pytest.mark.parametrize(("options", "received"), BODIES.values(), ids=BODIES)
def test_body_is_what_was_given(call, serve, options, received):
    serve(ECHO)

    response = call("/x/1", "POST", **options)

    # Under ASGI a request without a body has the type that was named.
    if "data" not in options and "json" not in options:
        received = {**received, "type": response.json()["type"]}
    assert response.json() == received


@each_way
def test_dict_is_a_form_with_files(call, serve, tmp_path):
    serve(ECHO)
    file = tmp_path / "a.txt"
    file.write_text("hello")

    with file.open("rb") as opened:
        response = call("/x/1", "PUT", data={"a": "b", "file": opened})

    assert response.json() == {"form": {"a": ["b"]}, "files": ["hello"]}


USER = """
def GET(request):
    return [str(request.user), request.headers.get("X-A")]
"""
AUSER = """
async def GET(request):
    return [str(await request.auser()), request.headers.get("X-A")]
"""


@each_way
@pytest.mark.parametrize("source", [USER, AUSER])
def test_user_and_headers_are_those_given(call, serve, source):
    serve(source)
    user = User(username="ann")

    assert call("/x/1", user=user, headers={"X-A": "b"}).json() == ["ann", "b"]
    assert call("/x/1").json() == [str(AnonymousUser()), None]


def test_request_has_no_user_without_accounts(serve):
    apps = ["django_routehandlers", "shop"]
    serve(
        "def GET(request): return hasattr(request, 'user')",
        INSTALLED_APPS=apps,
    )

    assert call_route("/x/1").json() is False


@each_kind
@each_way
def test_errors_that_are_answers_are_answered(call, serve, keyword):
    source = """
from django_routehandlers.http import HttpError

def GET():
    raise HttpError(409, "Taken.")
"""
    serve(source, keyword)

    response = call("/x/1")

    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "Taken.",
    }


@each_kind
@each_way
def test_other_errors_are_raised_after_the_work_that_was_left(call, serve, keyword):
    source = """
from django_routehandlers.http import after

done = []

def GET():
    after(lambda: done.append(1))
    raise ZeroDivisionError("here")
"""
    serve(source, keyword)

    with pytest.raises(ZeroDivisionError, match="here"):
        call("/x/1")

    assert get_route_module("/x/[id=int]").done == [1]


@each_kind
@each_way
def test_work_after_the_answer_is_done(call, serve, keyword):
    source = """
from django_routehandlers.http import after

done = []

def GET():
    after(lambda: done.append(1))
    return list(done)
"""
    serve(source, keyword)

    assert call("/x/1").json() == []
    assert get_route_module("/x/7").done == [1]


@each_way
@pytest.mark.parametrize(
    ("method", "status", "content"),
    [
        ("GET", 200, b"5"),
        ("HEAD", 200, b""),
        ("OPTIONS", 204, b""),
        ("DELETE", 200, b"[]"),
        ("PURGE", 405, None),
    ],
)
def test_every_method_is_answered_as_a_server_would(
    call, serve, method, status, content
):
    serve("def GET(): return 5\nasync def DELETE(): return []\n")

    response = call("/x/1", method)

    assert response.status_code == status
    expected = response.content if content is None else content
    assert response.content == expected


AROUND = {
    "shop/routes/middleware.py": """
        def refuse(get_response):
            def middleware(request): 1 / 0
            return middleware
        middleware = [refuse]
    """,
    "shop/routes/x/route.py": """
        revalidate = 60
        csrf = "token"
        calls = []
        def GET(request):
            calls.append(1)
            return len(calls)
        def POST(request): return "made"
    """,
}


@each_way
def test_nothing_around_the_handler_is_asked(call, site):
    site(AROUND)
    headers = {"Sec-Fetch-Site": "cross-site"}

    assert [call("/x").json(), call("/x").json()] == [1, 2]
    assert "Cache-Status" not in call("/x").headers
    assert call("/x", "POST", headers=headers).json() == "made"


@each_way
@pytest.mark.parametrize("config", ["max_body = 3", ""])
def test_limit_of_the_body_counts(call, serve, config):
    settings = {} if config else {"ROUTE_HANDLERS": {"MAX_BODY": 3}}
    serve(f"{config}\ndef POST(request): return request.json()", **settings)

    assert call("/x/1", "POST", json=[1]).json() == [1]
    assert call("/x/1", "POST", json=[12]).status_code == 413


@each_way
def test_template_is_rendered(call, serve):
    source = """
from django.template import engines
from django.template.response import SimpleTemplateResponse

def POST():
    template = engines["django"].from_string("{{ a }}")
    return SimpleTemplateResponse(template, {"a": 1})
"""
    templates = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
    serve(source, TEMPLATES=templates)

    assert call("/x/1", "POST").content == b"1"


@each_way
def test_error_of_a_template_is_the_answer(call, serve):
    source = """
from django.template import engines
from django.template.response import SimpleTemplateResponse
from django_routehandlers.http import HttpError

def fail():
    raise HttpError(409, "taken")

def POST():
    template = engines["django"].from_string("{{ fail }}")
    return SimpleTemplateResponse(template, {"fail": fail})
"""
    templates = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
    serve(source, TEMPLATES=templates)

    response = call("/x/1", "POST")

    assert (response.status_code, response.json()["detail"]) == (409, "taken")


STREAM = """
from django_routehandlers.http import Response, after

done = []

def chunks():
    yield "a"
    yield "b"

def GET():
    after(lambda: done.append(1))
    return Response.stream(chunks())
"""


def test_stream_is_closed_at_its_end(serve):
    serve(STREAM)
    module = get_route_module("/x/1")

    response = call_route("/x/1")

    assert module.done == []
    assert b"".join(response) == b"ab"
    assert module.done == [1]


@each_kind
def test_stream_is_closed_at_its_end_on_an_event_loop(serve, keyword):
    serve(STREAM, keyword)
    module = get_route_module("/x/1")

    async def read():
        response = await acall_route("/x/1")
        assert module.done == []
        return b"".join([chunk async for chunk in response])

    assert async_to_sync(read)() == b"ab"
    assert module.done == [1]


# What can't be called.


@pytest.mark.parametrize(
    ("path", "params", "meant"),
    [
        ("/y", None, ""),
        ("/x/[id=str]", {"id": 1}, " Did you mean '/x/[id=int]'?"),
        # Django would redirect it.
        ("/x/5/", None, ""),
        # A view of the project.
        ("/other", None, ""),
    ],
)
@each_way
def test_path_without_a_route_is_told(call, site, path, params, meant):
    files = {
        "shop/routes/x/[id=int]/route.py": "def GET(): return {}",
        "shop/urls.py": """
            from django.urls import path
            from django_routehandlers.urls import include_routes

            urlpatterns = [path("other", print), path("", include_routes())]
        """,
    }
    site(files, ROOT_URLCONF="shop.urls")

    with pytest.raises(RouteHandlersError) as caught:
        call(path, params=params)

    assert str(caught.value) == (
        f"No route has the folder path {path!r}, and none answers at such a URL."
        f"{meant} manage.py routes lists all of them."
    )


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (None, "It takes 'id', and was given nothing."),
        ({"pk": 1}, "It takes 'id', and was given 'pk'."),
        ({"id": "a"}, "'/x/[id=int]' does not match the path '/x/a'."),
        ({"id": "1/2"}, "'/x/[id=int]' does not match the path '/x/1/2'."),
        ({"id": -1}, "'/x/[id=int]' does not match the path '/x/-1'."),
    ],
)
def test_params_that_no_request_has_are_refused(serve, params, message):
    serve(ECHO)

    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        call_route("/x/[id=int]", params=params)

    assert str(caught.value) == message


TWO_APPS = {
    "blog/routes/x/route.py": "def GET(): return 'blog'",
    "city/shop/routes/x/route.py": "def GET(): return 'shop'",
    "blog/urls.py": """
        from django.urls import path
        from django_routehandlers.urls import include_routes

        urlpatterns = [
            path("b/", include_routes("blog")), path("s/", include_routes("shop"))
        ]
    """,
}


@each_way
def test_app_is_named_where_two_have_a_path(call, site):
    site(TWO_APPS, apps=["blog", "city.shop"], ROOT_URLCONF="blog.urls")

    assert call("/x", app="blog").json() == "blog"
    assert call("/x", app="shop").json() == "shop"
    assert call("/x", app="city.shop").json() == "shop"
    assert call("/s/x").json() == "shop"
    assert get_route_module("/x", app="shop").__name__ == "city.shop.routes.x.route"
    with pytest.raises(RouteHandlersError) as caught:
        call("/x")
    assert str(caught.value) == (
        "blog/routes/x/route.py and city/shop/routes/x/route.py have the path '/x'. "
        "Say which app is meant: app='...'."
    )
    with pytest.raises(RouteHandlersError) as caught:
        call("/x", app="shopp")
    assert str(caught.value) == (
        "No installed app is named or labelled 'shopp'. Did you mean 'shop'?"
    )
    for ask in (call, lambda path, app: get_route_module(path, app=app)):
        with pytest.raises(RouteHandlersError, match="No route has the folder path"):
            ask("/s/x", app="blog")


@each_way
def test_path_of_a_url_takes_no_params(call, site):
    site({"shop/routes/x/[id=int]/route.py": "def GET(id): return id"})

    assert call("/x/5").json() == 5
    with pytest.raises(RouteHandlersError) as caught:
        call("/x/5", params={"id": 4})
    assert str(caught.value) == (
        "'/x/5' is the path of a URL, which has its params in it. Leave params out, or "
        "write '/x/[id=int]'."
    )


@each_way
def test_rest_of_a_path_may_be_left_out(call, site):
    site({"shop/routes/docs/[[...rest]]/route.py": "def GET(rest): return rest"})

    assert call("/docs/[[...rest]]").json() == []


@each_way
def test_request_has_one_body(call, site):
    site({"shop/routes/x/route.py": "def POST(request): return request.json()"})

    with pytest.raises(TypeError) as caught:
        call("/x", "POST", json={}, data={"a": 1})
    assert str(caught.value) == (
        "A request has one body: give it json or data, not both."
    )


@each_way
@pytest.mark.parametrize("path", ["/x", "/y"])
@pytest.mark.parametrize("mount", ["", None])
def test_broken_route_says_why(call, site, path, mount):
    files = {
        "shop/routes/x/route.py": "GET = 5",
        "shop/routes/(a)/y/route.py": "def GET(): ...",
        "shop/routes/(b)/y/route.py": "def GET(): ...",
    }
    site(files, ROUTE_HANDLERS={"MOUNT": mount})

    with pytest.raises(BrokenRouteError) as caught:
        call(path)

    assert (
        str(caught.value)
        == {
            "/x": (
                "shop/routes/x/route.py can't answer. GET is of type 'int', not a function. "
                "Define a function GET(), or rename the value."
            ),
            "/y": (
                "shop/routes/(a)/y/route.py can't answer. Two files serve '/y'. (also: "
                "shop/routes/(b)/y/route.py) Keep one of the folders, or put one of them "
                "under a static folder."
            ),
        }[path]
    )


def test_broken_route_is_told_by_its_url_too(site):
    site({"shop/routes/x/[id]/route.py": "GET = 5"})

    with pytest.raises(BrokenRouteError):
        call_route("/x/1")


@each_way
def test_unknown_option_is_refused(call, serve):
    serve(ECHO)

    with pytest.raises(TypeError) as caught:
        call("/x/[id=int]", id=3)

    assert str(caught.value) == (
        "There is no option 'id'. What the path captures goes into params={'id': ...}."
    )


def test_module_is_the_one_that_is_served(serve, monkeypatch):
    serve("answer = 1\ndef GET(): return answer")

    module = get_route_module("/x/[id=int]")
    monkeypatch.setattr(module, "answer", 2)

    assert module.__name__ == "shop.routes.x.id__int_param.route"
    assert call_route("/x/1").json() == 2
