"""An error that a template raises is the answer, wherever the template is rendered."""

import pytest
from django.urls import include, path

from tests.clients import send_asgi

SOURCE = """
    {config}
    from django.http import Http404
    from django.template import engines
    from django.template.response import SimpleTemplateResponse, TemplateResponse
    from django_routehandlers.http import HttpError

    def fail():
        raise {error}

    class Page(TemplateResponse):
        pass

    {keyword} GET(request):
        template = engines["django"].from_string("{{{{ fail }}}}")
        return {kind}template, {{"fail": fail}})

    POST = GET
"""

TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
NOTHING = "middleware = ['django.middleware.common.CommonMiddleware']"


@pytest.mark.parametrize("keyword", ["def", "async def"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("config", ["", "revalidate = 60"])
@pytest.mark.parametrize(
    "kind",
    ["TemplateResponse(request, ", "SimpleTemplateResponse(", "Page(request, "],
)
@pytest.mark.parametrize("files", [{}, {"shop/routes/middleware.py": NOTHING}])
@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [("HttpError(409, 'taken')", 409, "taken"), ("Http404('gone')", 404, "gone")],
)
def test_error_of_a_template_is_the_answer(
    send, site, keyword, method, config, kind, files, error, status, detail
):
    source = SOURCE.format(config=config, error=error, keyword=keyword, kind=kind)
    site({"shop/routes/x/route.py": source, **files}, TEMPLATES=TEMPLATES)

    response = send(method, "/x")

    assert response.status_code == status
    if method != "HEAD":
        assert response.json()["detail"] == detail


@pytest.mark.parametrize("keyword", ["def", "async def"])
def test_failure_of_a_template_stays_one(send, site, keyword):
    source = SOURCE.format(
        config="",
        error="ValueError('oops')",
        keyword=keyword,
        kind="TemplateResponse(request, ",
    )
    site({"shop/routes/x/route.py": source}, TEMPLATES=TEMPLATES)

    with pytest.raises(ValueError, match="oops"):
        send("GET", "/x")


def test_rendered_response_can_be_kept(send, site):
    keeping = """
        import pickle

        def keep(get_response):
            def middleware(request):
                return pickle.loads(pickle.dumps(get_response(request)))
            return middleware
    """
    source = SOURCE.format(
        config="", error="1", keyword="def", kind="TemplateResponse(request, "
    ).replace("raise 1", "return 1")
    site(
        {"shop/routes/x/route.py": source, "shop/keeping.py": keeping},
        TEMPLATES=TEMPLATES,
        MIDDLEWARE=["shop.keeping.keep"],
    )

    assert send("GET", "/x").content == b"1"


def test_response_that_is_rendered_already_is_left_alone(send, site):
    source = SOURCE.format(
        config="", error="1", keyword="def", kind="TemplateResponse(request, "
    )
    source = (
        source.replace("raise 1", "return 1")
        .replace("return TemplateResponse", "response = TemplateResponse")
        .replace("POST = GET", "    return response.render()\n")
    )
    site({"shop/routes/x/route.py": source}, TEMPLATES=TEMPLATES)

    assert send("GET", "/x").content == b"1"


ASYNC = """
    from django.template import engines
    from django.template.response import TemplateResponse
    from django_routehandlers.http import HttpError

    {config}

    def fail():
        {line}

    class Async(TemplateResponse):
        async def render(self):
            super().render()
            return self

    async def GET(request):
        template = engines["django"].from_string("{{{{ fail }}}}")
        return Async(request, template, {{"fail": fail}})
"""


@pytest.mark.parametrize("config", ["", "revalidate = 60"])
@pytest.mark.parametrize("files", [{}, {"shop/routes/middleware.py": NOTHING}])
@pytest.mark.parametrize(
    ("line", "status"), [("return 'ok'", 200), ("raise HttpError(409)", 409)]
)
def test_render_may_be_async(site, config, files, line, status):
    source = ASYNC.format(config=config, line=line)
    site({"shop/routes/x/route.py": source, **files}, TEMPLATES=TEMPLATES)

    response = send_asgi("GET", "/x")

    assert response.status_code == status
    assert (response.content == b"ok") is (status == 200)


@pytest.mark.parametrize("keyword", ["def", "async def"])
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_middleware_may_render_before_django_does(send, site, keyword, accept):
    source = SOURCE.format(
        config="",
        error="HttpError(404, headers={'X-Kind': 'a'})",
        keyword=keyword,
        kind="TemplateResponse(request, ",
    )
    files = {
        "shop/routes/x/route.py": source,
        "shop/early.py": """
            from django.http import HttpResponse
            from django.template import engines
            from django.template.response import TemplateResponse
            from django.utils.deprecation import MiddlewareMixin

            class Early(MiddlewareMixin):
                def process_template_response(self, request, response):
                    response.set_cookie("seen", "1")
                    response.render()
                    return response

            def show_404(request, exception):
                template = engines["django"].from_string("none")
                return TemplateResponse(request, template, status=404)
        """,
    }
    site(
        files,
        TEMPLATES=TEMPLATES,
        MIDDLEWARE=["shop.early.Early"],
        ROOT_URLCONF="tests.http.test_templates",
    )

    response = send("GET", "/x", headers={"Accept": accept})

    assert response.status_code == 404
    assert (response["X-Kind"], response["Vary"]) == ("a", "Accept")
    assert response.cookies["seen"].value == "1"
    assert (response.content == b"none") is (accept == "text/html")


urlpatterns = [path("", include("django_routehandlers.urls"))]
handler404 = "shop.early.show_404"
