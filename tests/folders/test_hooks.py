"""The hooks of middleware in folders run where Django's handler runs them."""

import importlib
from gzip import decompress as gunzip

import pytest

from tests.clients import send_asgi

HOOKS = """
    from django.http import HttpResponse
    from django.utils.deprecation import MiddlewareMixin

    log = []

    class Base(MiddlewareMixin):
        def process_view(self, request, view, args, kwargs):
            log.append((view is request.resolver_match.func, view.__name__, args, kwargs))

    class Exceptions(MiddlewareMixin):
        def process_exception(self, request, exc):
            log.append(type(exc).__name__)

    class Mending(MiddlewareMixin):
        def process_exception(self, request, exc):
            return HttpResponse("mended", status=503)

    class Nothing(MiddlewareMixin):
        def process_template_response(self, request, response):
            return None

    class Marking(MiddlewareMixin):
        def process_response(self, request, response):
            response.headers["X-Marked"] = str(response.status_code)
            return response
"""

KEYWORDS = pytest.mark.parametrize("keyword", ["def", "async def"])
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]


def write(keyword, body, *names, folder=""):
    """Return a route at /a/[id], inside middleware of a folder."""
    listed = [f"shop.stack.{name}" for name in names]
    return {
        "shop/stack.py": HOOKS,
        f"shop/routes/{folder}middleware.py": f"middleware = {listed!r}",
        "shop/routes/a/[id]/route.py": f"""
            from django.core.exceptions import PermissionDenied, SuspiciousOperation
            from django.http import Http404
            from django_routehandlers.http import HttpError
            from django.template import engines
            from django.template.response import TemplateResponse

            def template(text):
                return engines["django"].from_string(text)

            {keyword} GET(request, id):
                {body}
        """,
    }


def get_log():
    return importlib.import_module("shop.stack").log


@KEYWORDS
def test_hook_is_told_of_the_view_of_the_match_and_its_params(send, site, keyword):
    site(write(keyword, "return {'id': id}", "Base"))

    send("GET", "/a/7")

    assert get_log() == [(True, "GET", (), {"id": "7"})]


@KEYWORDS
@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("HttpError(409)", 409),
        ("Http404", 404),
        ("PermissionDenied", 403),
        ("SuspiciousOperation", 400),
    ],
)
def test_error_that_is_an_answer_is_no_failure(send, site, keyword, error, status):
    site(write(keyword, f"raise {error}", "Marking", "Exceptions", "Mending"))

    response = send("GET", "/a/7")

    assert (response.status_code, response["X-Marked"]) == (status, str(status))
    assert get_log() == []


@KEYWORDS
def test_failure_reaches_the_hook_of_the_inner_folder_first(send, site, keyword):
    inner = {
        "shop/routes/a/middleware.py": "middleware = ['shop.stack.Exceptions']",
        "shop/routes/a/[id]/middleware.py": "middleware = []",
    }
    site(write(keyword, "1/0", "Marking", "Mending") | inner)

    response = send("GET", "/a/7")

    assert (response.content, response["X-Marked"]) == (b"mended", "503")
    assert get_log() == ["ZeroDivisionError"]


@KEYWORDS
@pytest.mark.parametrize(
    ("hooks", "content"), [(["Mending"], b"mended"), (["Exceptions"], None), ([], None)]
)
def test_failure_of_a_template_is_one_of_the_view(send, site, keyword, hooks, content):
    body = "return TemplateResponse(request, 'nothing.html')"
    site(write(keyword, body, "Marking", *hooks), TEMPLATES=TEMPLATES)

    response = send("GET", "/a/7", raises=False)

    assert response["X-Marked"] == str(response.status_code)
    assert (response.status_code == 503) is (content is not None)
    assert content in (None, response.content)


@KEYWORDS
def test_error_in_a_template_is_an_answer(send, site, keyword):
    body = (
        "return TemplateResponse(request, template('{{ f }}'), {'f': fail})\n"
        "            def fail():\n"
        "                raise HttpError(410)"
    )
    site(write(keyword, body, "Marking", "Mending"), TEMPLATES=TEMPLATES)

    response = send("GET", "/a/7")

    assert (response.status_code, response["X-Marked"]) == (410, "410")


@KEYWORDS
def test_template_is_rendered_before_middleware_gets_the_response(send, site, keyword):
    body = "return TemplateResponse(request, template('{{ id }}'), {'id': id * 300})"
    files = write(keyword, body, "Base")
    gzip = {
        "shop/routes/a/middleware.py": (
            "middleware = ['django.middleware.gzip.GZipMiddleware']"
        )
    }
    site(files | gzip, TEMPLATES=TEMPLATES)

    response = send("GET", "/a/7", headers={"Accept-Encoding": "gzip"})

    assert response["Content-Encoding"] == "gzip"
    assert gunzip(response.content) == b"7" * 300


def test_response_that_renders_itself_async_is_awaited(site):
    source = """
        from django.http import HttpResponse

        class Late(HttpResponse):
            async def render(self):
                self.content = b"rendered"
                return self

        async def GET():
            return Late()
    """
    files = {"shop/routes/late/route.py": source}
    site(write("def", "return {}", "Base") | files)

    assert send_asgi("GET", "/late").content == b"rendered"


@KEYWORDS
def test_hook_that_returns_nothing_is_told(send, site, caplog, keyword):
    body = "return TemplateResponse(request, template('x'))"
    site(write(keyword, body, "Marking", "Nothing"), TEMPLATES=TEMPLATES)

    response = send("GET", "/a/7", raises=False)

    assert (response.status_code, response["X-Marked"]) == (500, "500")
    assert (
        "The middleware shop.stack.Nothing.process_template_response() returned None, "
        "not a response."
    ) in caplog.text


PROJECT = ["shop.stack.Marking", "shop.stack.Exceptions"]


@KEYWORDS
@pytest.mark.parametrize("hooks", [[], ["Exceptions"]])
def test_failure_reaches_the_projects_middleware_as_well(send, site, keyword, hooks):
    site(write(keyword, "1/0", *hooks, folder="a/"), MIDDLEWARE=PROJECT)

    response = send("GET", "/a/7", raises=False)

    assert (response.status_code, response["X-Marked"]) == (500, "500")
    assert get_log() == ["ZeroDivisionError"] * (len(hooks) + 1)
    with pytest.raises(ZeroDivisionError) as caught:
        send("GET", "/a/7")
    assert caught.traceback[-1].name == "GET"


@KEYWORDS
def test_project_may_mend_what_folders_do_not(send, site, keyword):
    files = write(keyword, "1/0", "Base", folder="a/")
    site(files, MIDDLEWARE=["shop.stack.Mending"])

    assert send("GET", "/a/7").content == b"mended"


@KEYWORDS
def test_folder_mends_before_the_project_is_asked(send, site, keyword):
    site(write(keyword, "1/0", "Mending", folder="a/"), MIDDLEWARE=PROJECT)

    response = send("GET", "/a/7")

    assert (response.content, response["X-Marked"]) == (b"mended", "503")
    assert get_log() == []


@KEYWORDS
def test_cached_template_is_rendered_once(send, site, keyword):
    body = (
        "return TemplateResponse(request, template('{{ id }}'), {'id': id})\n"
        "            revalidate = 60"
    )
    site(write(keyword, body, "Marking"), TEMPLATES=TEMPLATES)

    responses = [send("GET", "/a/7") for _ in range(2)]

    assert [r.content for r in responses] == [b"7", b"7"]
    assert [r["X-Marked"] for r in responses] == ["200", "200"]
    assert responses[1]["Cache-Status"].startswith("routehandlers; hit")


@KEYWORDS
def test_error_of_a_response_that_a_hook_has_made_is_the_answer(send, site, keyword):
    files = {
        "shop/routes/middleware.py": """
            from django.template import engines
            from django.template.response import TemplateResponse
            from django.utils.deprecation import MiddlewareMixin
            from django_routehandlers.http import HttpError

            def fail():
                raise HttpError(409)

            class Replacing(MiddlewareMixin):
                def process_template_response(self, request, response):
                    template = engines["django"].from_string("{{ fail }}")
                    return TemplateResponse(request, template, {"fail": fail})

            middleware = [Replacing]
        """,
        "shop/routes/x/route.py": f"""
            from django.template import engines
            from django.template.response import TemplateResponse

            {keyword} GET(request):
                return TemplateResponse(request, engines["django"].from_string("1"))
        """,
    }
    site(files, TEMPLATES=TEMPLATES)

    assert send("GET", "/x").status_code == 409
