"""An error is a page of Django's, of the project's, or a plain one."""

import pytest

HTML = {"Accept": "text/html"}

RAISING = """
    from django.core.exceptions import (
        BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
    )
    from django.http import Http404
    from django_routehandlers.http import HttpError

    {keyword} GET():
        raise {error}
"""


def get_templates(root, **pages):
    """Return the setting of an engine with some templates."""
    return [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [("django.template.loaders.locmem.Loader", dict(pages))],
                "context_processors": ["django.template.context_processors.request"],
            },
        }
    ]


@pytest.fixture
def ask(send, site):
    """Return a function that raises an error, and returns the page for it."""

    def ask_for(error, keyword="def", accept="text/html", files=(), **settings):
        route = RAISING.format(keyword=keyword, error=error)
        site({"shop/routes/x/route.py": route, **dict(files)}, **settings)
        return send("GET", "/x", headers={"Accept": accept})

    return ask_for


DJANGOS_PAGES = [
    ('Http404("no")', 404, "<h1>Not Found</h1>"),
    ('HttpError(404, "no")', 404, "<h1>Not Found</h1>"),
    ('PermissionDenied("no")', 403, "<h1>403 Forbidden</h1>"),
    ('HttpError(403, "no")', 403, "<h1>403 Forbidden</h1>"),
    ('SuspiciousOperation("no")', 400, "<h1>Bad Request (400)</h1>"),
    ('BadRequest("no")', 400, "<h1>Bad Request (400)</h1>"),
    ('HttpError(400, "no")', 400, "<h1>Bad Request (400)</h1>"),
]


@pytest.mark.parametrize("keyword", ["def", "async def"])
@pytest.mark.parametrize(("error", "status", "text"), DJANGOS_PAGES)
def test_browser_gets_djangos_page(ask, keyword, error, status, text):
    response = ask(error, keyword)

    assert response.status_code == status
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert response["Vary"] == "Accept"
    assert text in response.content.decode()
    assert "no<" not in response.content.decode()


@pytest.mark.parametrize(
    ("error", "status", "shown"),
    [
        ('Http404("no such order")', 404, "404: no such order"),
        ('HttpError(404, "no such order")', 404, "404: no such order"),
        ("HttpError(404)", 404, "404: Http404"),
        ('PermissionDenied("not yours")', 403, "403: not yours"),
        ('HttpError(403, "not yours")', 403, "403: not yours"),
        ("HttpError(403)", 403, "403: "),
        ('SuspiciousOperation("secret")', 400, "400: "),
        ('HttpError(400, "odd")', 400, "400: "),
        ('HttpError(409, "<taken>")', 409, "409: &lt;taken&gt; at /x"),
    ],
)
def test_templates_of_the_project_are_used(ask, tmp_path, error, status, shown):
    pages = {
        "404.html": "404: {{ exception }}",
        "403.html": "403: {{ exception }}",
        "400.html": "400: {{ exception }}",
        "409.html": "409: {{ exception }} at {{ request_path }}",
    }

    response = ask(error, TEMPLATES=get_templates(tmp_path, **pages))

    assert (response.status_code, response.content.decode()) == (status, shown)


def test_template_of_another_status_gets_the_request(ask, tmp_path):
    pages = {"409.html": "{{ request.method }}"}

    response = ask("HttpError(409)", TEMPLATES=get_templates(tmp_path, **pages))

    assert response.content == b"GET"


@pytest.mark.parametrize(
    ("error", "status", "title", "detail"),
    [
        ('HttpError(409, "<taken>")', 409, "Conflict (409)", "&lt;taken&gt;"),
        ("HttpError(499)", 499, "(499)", ""),
        (
            'HttpError(503, "Back soon.")',
            503,
            "Service Unavailable (503)",
            "Back soon.",
        ),
        (
            'RequestDataTooBig("limit is 7")',
            413,
            "Content Too Large (413)",
            "The body is too large.",
        ),
    ],
)
def test_other_status_has_a_plain_page(ask, error, status, title, detail):
    response = ask(error)

    assert response.status_code == status
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert f"<h1>{title}</h1><p>{detail}</p>" in response.content.decode()


@pytest.mark.parametrize("status", [404, 409])
def test_page_has_the_headers_of_the_error(ask, status):
    headers = {"Retry-After": "60", "content-type": "text/x"}

    response = ask(f"HttpError({status}, headers={headers})")

    assert response["Retry-After"] == "60"
    assert response["Content-Type"] == "text/html; charset=utf-8"


HANDLERS = """
    from django.http import HttpResponse

    urlpatterns = []

    def answer(request, exception):
        text = f"mine: {type(exception).__name__} {exception}"
        return HttpResponse(text, status=418)

    handler400 = handler403 = handler404 = answer
"""


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ('Http404("a")', "mine: Http404 a"),
        ('HttpError(404, "a")', "mine: Http404 a"),
        ('PermissionDenied("a")', "mine: PermissionDenied a"),
        ('HttpError(403, "a")', "mine: PermissionDenied a"),
        ('SuspiciousOperation("a")', "mine: SuspiciousOperation a"),
        ("HttpError(400)", "mine: BadRequest "),
    ],
)
def test_handlers_of_the_project_are_used(ask, error, text):
    files = {
        "shop/urls.py": HANDLERS.replace(
            "urlpatterns = []",
            "from django_routehandlers.urls import urlpatterns",
        )
    }

    response = ask(error, files=files, ROOT_URLCONF="shop.urls")

    assert (response.status_code, response.content.decode()) == (418, text)


@pytest.mark.parametrize("keyword", ["def", "async def"])
def test_handler_that_fails_is_djangos_business(send, site, keyword):
    route = RAISING.format(keyword=keyword, error="Http404")
    urls = """
        from django_routehandlers.urls import urlpatterns

        def handler404(request, exception):
            raise ValueError("out of order")
    """
    site(
        {"shop/routes/x/route.py": route, "shop/urls.py": urls},
        ROOT_URLCONF="shop.urls",
    )

    response = send("GET", "/x", headers=HTML, raises=False)

    assert response.status_code == 500


def test_template_that_fails_is_a_failure(send, site, tmp_path):
    site(
        {
            "shop/routes/x/route.py": RAISING.format(
                keyword="def", error="HttpError(409)"
            )
        },
        TEMPLATES=get_templates(tmp_path, **{"409.html": "{% include 'no' %}"}),
    )

    response = send("GET", "/x", headers=HTML, raises=False)

    assert response.status_code == 500


@pytest.mark.parametrize("keyword", ["def", "async def"])
@pytest.mark.parametrize(
    ("error", "status", "texts"),
    [
        ('Http404("no order")', 404, ["no order", "Page not found", "shop.routes.x"]),
        ('SuspiciousOperation("odd")', 400, ["SuspiciousOperation", "odd", "route.py"]),
        ('BadRequest("odd")', 400, ["BadRequest", "odd", "route.py"]),
        ('RequestDataTooBig("7")', 413, ["RequestDataTooBig", "route.py"]),
    ],
)
def test_debug_shows_djangos_technical_page(ask, keyword, error, status, texts):
    response = ask(error, keyword, DEBUG=True)

    shown = response.content.decode()
    assert response.status_code == status
    assert [text for text in texts if text not in shown] == []


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ('PermissionDenied("no")', "<h1>403 Forbidden</h1>"),
        ('HttpError(404, "no")', "<h1>Not Found</h1>"),
        ('HttpError(409, "no")', "<h1>Conflict (409)</h1>"),
    ],
)
def test_debug_changes_nothing_for_what_says_enough(ask, error, text):
    response = ask(error, DEBUG=True)

    assert text in response.content.decode()


BROKEN_BODIES = {
    "no boundary": ("multipart/form-data", b"--x"),
    "part": ("multipart/form-data; boundary=x", b"--x\r\nno header"),
    "charset": ("application/x-www-form-urlencoded; charset=utf-16", b"a=1"),
    "large": ("application/x-www-form-urlencoded", b"a=" + b"1" * 99),
}


@pytest.mark.parametrize("keyword", ["def", "async def"])
@pytest.mark.parametrize("body", BROKEN_BODIES)
@pytest.mark.parametrize("error", ["Http404()", "HttpError(403)", "HttpError(409)"])
@pytest.mark.parametrize("path", ["/x", "/nothing"])
def test_page_is_shown_whatever_the_body(send, site, keyword, body, error, path):
    route = RAISING.format(keyword=keyword, error=error).replace("GET", "POST")
    pages = get_templates(None, **{"409.html": "{% csrf_token %}Taken"})
    site(
        {"shop/routes/x/route.py": route},
        TEMPLATES=pages,
        DATA_UPLOAD_MAX_MEMORY_SIZE=50,
    )
    kind, content = BROKEN_BODIES[body]

    response = send(
        "POST",
        path,
        content,
        type=kind,
        headers={"Accept": "text/html"},
        cookies={"csrftoken": "a" * 32},
        # Else Django looks for no token.
        enforce_csrf_checks=True,
    )

    known = {"Http404()": 404, "HttpError(403)": 403, "HttpError(409)": 409}
    assert response.status_code == (404 if path == "/nothing" else known[error])
