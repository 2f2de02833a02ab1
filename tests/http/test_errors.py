"""What a handler raises is an answer, in the form that the client asks for."""

import json
import logging

import pytest
from django.contrib.auth.models import Group
from django.core.signals import got_request_exception
from django.db import connections

from django_routehandlers.http import errors

HTML = {"Accept": "text/html,*/*;q=0.8"}

RAISING = """
    from django.core.exceptions import (
        BadRequest, DisallowedHost, PermissionDenied, RequestDataTooBig,
        SuspiciousOperation, TooManyFieldsSent, TooManyFilesSent
    )
    from django.http import Http404, UnreadablePostError
    from django.http.multipartparser import MultiPartParserError
    from django.utils.translation import gettext_lazy
    from django_routehandlers.http import HttpError

    {keyword} GET(request):
        raise {error}

    POST = PUT = GET
"""


@pytest.fixture(params=["def", "async def"])
def keyword(request):
    return request.param


@pytest.fixture
def serve(site, keyword):
    """Return a function that serves a route which raises an error, at /x."""

    def install(error, **settings):
        route = RAISING.format(keyword=keyword, error=error)
        site({"shop/routes/x/route.py": route}, **settings)

    return install


def read(response):
    """Return the status, which header and body agree upon, and the detail."""
    assert response["Content-Type"] == "application/problem+json"
    assert response["Vary"] == "Accept"
    found = json.loads(response.content)
    assert found["status"] == response.status_code
    return response.status_code, found.get("detail")


TOLD = [
    ('Http404("There is no such order.")', 404, "There is no such order."),
    ('Http404(gettext_lazy("There is none."))', 404, "There is none."),
    ("Http404", 404, None),
    ('Http404({"path": "x"})', 404, None),
    ('PermissionDenied("Not yours.")', 403, "Not yours."),
    ("PermissionDenied", 403, None),
    ('HttpError(409, "It is taken.")', 409, "It is taken."),
    ("HttpError(503)", 503, None),
    ('HttpError(422, "half: \\ud800")', 422, "half: ?"),
    ('SuspiciousOperation("secret")', 400, None),
    ('DisallowedHost("secret")', 400, None),
    ('BadRequest("secret")', 400, None),
    ('TooManyFieldsSent("secret")', 400, None),
    ('TooManyFilesSent("secret")', 400, None),
    ('RequestDataTooBig("secret")', 413, "The body is too large."),
    ('MultiPartParserError("secret")', 400, "The body can't be read."),
    ('UnreadablePostError("secret")', 400, "The body can't be read."),
]


@pytest.mark.parametrize(("error", "status", "detail"), TOLD)
def test_program_gets_problem_details(send, serve, error, status, detail):
    serve(error)

    response = send("GET", "/x")

    assert read(response) == (status, detail)
    assert b"secret" not in response.content


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@pytest.mark.parametrize("error", ['Http404("No.")', 'HttpError(404, "No.")'])
def test_every_method_is_answered_alike(send, serve, method, error):
    serve(error)

    assert read(send(method, "/x")) == (404, "No.")


@pytest.mark.parametrize("error", ["SuspiciousOperation", "BadRequest"])
def test_debug_shows_the_message(send, serve, error):
    serve(f'{error}("odd")', DEBUG=True)

    assert read(send("GET", "/x")) == (400, "odd")


def test_debug_is_json_for_a_program_too(send, serve):
    serve('Http404("No such order.")', DEBUG=True)

    assert read(send("GET", "/x")) == (404, "No such order.")


def test_answer_has_the_headers_of_the_error(send, serve):
    serve("HttpError(503, headers={'Retry-After': '120', 'Vary': 'X-Kind'})")

    response = send("GET", "/x")

    assert (response["Retry-After"], response["Vary"]) == ("120", "X-Kind, Accept")


@pytest.mark.parametrize("headers", [{}, HTML])
@pytest.mark.parametrize("error", ["Http404", "SuspiciousOperation", "HttpError(409)"])
def test_head_has_the_headers_of_get(send, serve, error, headers):
    serve(error)

    get, head = (send(method, "/x", headers=headers) for method in ("GET", "HEAD"))

    assert head.content == b""
    assert dict(head.items()) == dict(get.items())
    assert int(head["Content-Length"]) == len(get.content)


@pytest.mark.parametrize("error", ["Http404", "HttpError(409)"])
def test_head_has_a_length_without_middleware(send, serve, error):
    serve(error, MIDDLEWARE=[])

    get, head = send("GET", "/x"), send("HEAD", "/x")

    assert head["Content-Length"] == str(len(get.content))


def test_head_that_is_not_allowed_has_a_length(send, site, keyword):
    site({"shop/routes/x/route.py": f"{keyword} POST(): ..."}, MIDDLEWARE=[])

    get, head = send("GET", "/x"), send("HEAD", "/x")

    assert (head.status_code, head["Allow"]) == (405, get["Allow"])
    assert head["Content-Length"] == str(len(get.content))


LOGGED = [
    ("Http404", "django.request", "WARNING", "Not Found: /x"),
    ("HttpError(409)", "django.request", "WARNING", "Conflict: /x"),
    ("HttpError(503)", "django.request", "ERROR", "Service Unavailable: /x"),
    (
        "PermissionDenied",
        "django.request",
        "WARNING",
        "Forbidden (Permission denied): /x",
    ),
    ('BadRequest("100% odd")', "django.request", "WARNING", "100% odd: /x"),
    (
        'MultiPartParserError("odd")',
        "django.request",
        "WARNING",
        "Bad request (Unable to parse request body): /x",
    ),
    (
        'UnreadablePostError("odd")',
        "django.request",
        "WARNING",
        "Bad request (Unable to parse request body): /x",
    ),
    (
        'SuspiciousOperation("100% odd")',
        "django.security.SuspiciousOperation",
        "ERROR",
        "100% odd",
    ),
    ('DisallowedHost("odd")', "django.security.DisallowedHost", "ERROR", "odd"),
    ('RequestDataTooBig("odd")', "django.security.RequestDataTooBig", "ERROR", "odd"),
]


@pytest.mark.parametrize("headers", [{}, HTML], ids=["program", "browser"])
@pytest.mark.parametrize(("error", "logger", "level", "text"), LOGGED)
def test_error_is_logged_once(send, serve, caplog, error, logger, level, text, headers):
    caplog.set_level(logging.WARNING, "django")
    serve(error)

    response = send("GET", "/x", headers=headers)

    found = [(r.name, r.levelname, r.getMessage()) for r in caplog.records]
    assert found == [(logger, level, text)]
    assert caplog.records[0].status_code == response.status_code


@pytest.mark.parametrize("headers", [{}, HTML], ids=["program", "browser"])
@pytest.mark.parametrize("error", ["RequestDataTooBig", "TooManyFieldsSent"])
def test_form_that_was_refused_is_read_by_nobody_later(send, site, headers, error):
    route = """
        def POST(request):
            return dict(request.POST)
    """
    stack = """
        def tell(get_response):
            def middleware(request):
                response = get_response(request)
                response["X-Form"] = str(len(request.POST))
                return response
            return middleware
    """
    limits = {
        "RequestDataTooBig": {"DATA_UPLOAD_MAX_MEMORY_SIZE": 3},
        "TooManyFieldsSent": {"DATA_UPLOAD_MAX_NUMBER_FIELDS": 1},
    }
    site(
        {"shop/routes/x/route.py": route, "shop/stack.py": stack},
        MIDDLEWARE=["shop.stack.tell"],
        **limits[error],
    )

    response = send(
        "POST",
        "/x",
        b"a=1&b=2",
        type="application/x-www-form-urlencoded",
        headers=headers,
    )

    status = {"RequestDataTooBig": 413, "TooManyFieldsSent": 400}[error]
    assert (response.status_code, response["X-Form"]) == (status, "0")


@pytest.fixture
def nothing_told(monkeypatch):
    monkeypatch.setattr(errors, "_told", set())


@pytest.mark.usefixtures("nothing_told")
def test_401_without_a_challenge_is_told_once(send, serve, caplog):
    serve("HttpError(401)")

    responses = [send("GET", "/x") for _ in range(2)]

    assert [response.status_code for response in responses] == [401, 401]
    ours = [r for r in caplog.records if r.name == "django_routehandlers"]
    assert [(record.levelname, record.getMessage()) for record in ours] == [
        (
            "WARNING",
            "/x raises HttpError(401) without WWW-Authenticate, which a 401 must have "
            "(RFC 9110, section 15.5.2). Add headers={'WWW-Authenticate': 'Bearer'}, "
            "or raise a 403.",
        )
    ]


@pytest.mark.usefixtures("nothing_told")
def test_401_with_a_challenge_is_sent_with_it(send, serve, caplog):
    serve("HttpError(401, headers={'www-authenticate': 'Bearer'})")

    response = send("GET", "/x")

    assert response["WWW-Authenticate"] == "Bearer"
    assert {record.name for record in caplog.records} == {"django.request"}


HOOKS = """
    from django.http import HttpResponse

    class Report:
        sync_capable, async_capable = True, False

        def __init__(self, get_response):
            self.get_response = get_response

        def __call__(self, request):
            return self.get_response(request)

        def process_exception(self, request, exception):
            return HttpResponse(type(exception).__name__)
"""


@pytest.mark.parametrize(
    ("error", "status", "seen"),
    [
        ("KeyError", 200, b"KeyError"),
        ("Http404", 404, None),
        ("PermissionDenied", 403, None),
        ("HttpError(409)", 409, None),
    ],
)
def test_middleware_of_the_project_sees_failures_alone(
    send, site, keyword, error, status, seen
):
    route = RAISING.format(keyword=keyword, error=error)
    files = {"shop/routes/x/route.py": route, "shop/hooks.py": HOOKS}
    site(files, MIDDLEWARE=["shop.hooks.Report"])

    response = send("GET", "/x")

    assert response.status_code == status
    assert seen is None or response.content == seen


@pytest.mark.parametrize("headers", [{}, {"Accept": "application/json"}, HTML])
def test_failure_is_djangos_business(send, serve, caplog, headers):
    signals = []

    def collect(**kwargs):
        signals.append(kwargs["request"].path)

    got_request_exception.connect(collect)
    try:
        serve('KeyError("x")')
        with pytest.raises(KeyError, match="x"):
            send("GET", "/x", headers=headers)
        response = send("GET", "/x", headers=headers, raises=False)
    finally:
        got_request_exception.disconnect(collect)

    assert response.status_code == 500
    assert response["Content-Type"].startswith("text/html")
    assert signals == ["/x", "/x"]
    assert caplog.records[-1].getMessage() == "Internal Server Error: /x"


def test_debug_page_of_a_failure_stays(send, serve):
    serve('KeyError("x")', DEBUG=True)

    response = send("GET", "/x", headers={"Accept": "text/plain"}, raises=False)

    assert (response.status_code, b"KeyError at /x" in response.content) == (500, True)


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{}, HTML], ids=["program", "browser"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize(
    ("end", "status", "count"),
    [
        ("raise Http404", 404, 0),
        ("raise PermissionDenied", 403, 0),
        ("raise SuspiciousOperation", 400, 0),
        ("raise HttpError(409)", 409, 0),
        ("return HttpResponse(status=404)", 404, 1),
    ],
)
def test_raised_is_rolled_back_and_returned_is_committed(
    send, site, monkeypatch, headers, method, end, status, count
):
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    route = f"""
        from django.contrib.auth.models import Group
        from django.core.exceptions import PermissionDenied, SuspiciousOperation
        from django.http import Http404, HttpResponse
        from django_routehandlers.http import HttpError

        def GET(request):
            Group.objects.create(name="new")
            {end}

        POST = GET
    """
    site({"shop/routes/x/route.py": route})

    response = send(method, "/x", headers=headers)

    assert response.status_code == status
    assert Group.objects.count() == count


@pytest.mark.django_db
def test_page_of_an_async_handler_may_ask_the_database(send, serve, tmp_path):
    page = "{{ groups.count }}"
    template = {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [("django.template.loaders.locmem.Loader", {"404.html": page})],
            "context_processors": [f"{__name__}.find_groups"],
        },
    }
    Group.objects.create(name="new")
    serve("Http404", TEMPLATES=[template])

    response = send("GET", "/x", headers=HTML)

    assert (response.status_code, response.content) == (404, b"1")


def find_groups(request):
    return {"groups": Group.objects}


@pytest.mark.parametrize("keyword", ["def", "async def"])
@pytest.mark.parametrize(
    ("lines", "detail"),
    [
        ("raise Http404('none of mine')", "none of mine"),
        ("serve_file(request, 'none', document_root=__file__)", None),
        ("get_object_or_404(Permission.objects.none())", None),
    ],
)
def test_what_django_says_of_a_404_is_for_developers(
    send, site, keyword, lines, detail
):
    source = f"""
        from django.contrib.auth.models import Permission
        from django.http import Http404
        from django.shortcuts import get_object_or_404
        from django.views.static import serve as serve_file

        {keyword} GET(request):
            {lines}
    """
    site({"shop/routes/x/route.py": source})

    assert send("GET", "/x").json().get("detail") == detail
