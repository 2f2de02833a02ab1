"""Django's own decorators and class-based views are handlers, sync and async."""

import pytest

KEYWORDS = pytest.mark.parametrize("keyword", ["def", "async def"])

LOGIN = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
COOKIES = {"SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies"}


@KEYWORDS
def test_login_required(send, site, keyword):
    source = f"""
        from django.contrib.auth.decorators import login_required
        from django.http import HttpResponse

        @login_required(login_url="/login")
        {keyword} GET(request, id):
            return HttpResponse("in")
    """
    site({"shop/routes/[id]/route.py": source}, MIDDLEWARE=LOGIN, **COOKIES)

    response = send("GET", "/7")

    assert (response.status_code, response["Location"]) == (302, "/login?next=/7")


MIDDLEWARE = [*LOGIN, "django.contrib.auth.middleware.LoginRequiredMiddleware"]

NEEDS_LOGIN = """
    from django.contrib.auth.decorators import login_not_required

    {keyword} GET(request): return {{}}
    {keyword} POST(request): return {{}}
"""


@KEYWORDS
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "PUT"])
def test_login_required_middleware_guards_every_answer(send, site, keyword, method):
    source = NEEDS_LOGIN.format(keyword=keyword)
    site({"shop/routes/x/route.py": source}, MIDDLEWARE=MIDDLEWARE, **COOKIES)

    response = send(method, "/x")

    assert response.status_code == 302


@KEYWORDS
def test_login_not_required_opens_the_route(send, site, keyword):
    source = f"""{NEEDS_LOGIN.format(keyword=keyword)}
    login_not_required(GET)
    login_not_required(POST)
    """
    site({"shop/routes/x/route.py": source}, MIDDLEWARE=MIDDLEWARE, **COOKIES)

    answers = [send(method, "/x").status_code for method in ("GET", "POST", "PUT")]

    assert answers == [200, 200, 405]


@KEYWORDS
def test_one_handler_that_needs_login_keeps_the_route_closed(send, site, keyword):
    source = f"""{NEEDS_LOGIN.format(keyword=keyword)}
    login_not_required(GET)
    """
    site({"shop/routes/x/route.py": source}, MIDDLEWARE=MIDDLEWARE, **COOKIES)

    response = send("POST", "/x")

    assert response.status_code == 302


@KEYWORDS
@pytest.mark.parametrize(
    ("decorator", "header"),
    [
        ("never_cache", "max-age=0, no-cache, no-store, must-revalidate, private"),
        ("cache_control(max_age=60)", "max-age=60"),
    ],
)
def test_cache_headers(send, site, keyword, decorator, header):
    source = f"""
        from django.http import HttpResponse
        from django.views.decorators.cache import cache_control, never_cache

        @{decorator}
        {keyword} GET(request, id):
            return HttpResponse(id)
    """
    site({"shop/routes/[id]/route.py": source})

    response = send("GET", "/7")

    assert (response.content, response["Cache-Control"]) == (b"7", header)


@KEYWORDS
def test_several_decorators(send, site, keyword):
    source = f"""
        from django.http import HttpResponse
        from django.views.decorators.gzip import gzip_page
        from django.views.decorators.http import condition, require_http_methods
        from django.views.decorators.vary import vary_on_headers

        @require_http_methods(["GET", "HEAD"])
        @condition(etag_func=lambda request, id: f'"{{id}}"')
        @vary_on_headers("X-Kind")
        {keyword} GET(request, id):
            return HttpResponse(id)
    """
    site({"shop/routes/[id]/route.py": source})

    response = send("GET", "/7")
    again = send("GET", "/7", headers={"If-None-Match": '"7"'})

    assert (response["Vary"], response["ETag"], again.status_code) == (
        "X-Kind",
        '"7"',
        304,
    )


@KEYWORDS
def test_decorated_handler_must_return_a_response_where_django_asks(
    send, site, keyword
):
    source = f"""
        from functools import wraps

        def loud(handler):
            @wraps(handler)
            {keyword} wrapper(request, **params):
                result = {"await " if keyword != "def" else ""}handler(request, **params)
                return {{"loud": result}}
            return wrapper

        @loud
        {keyword} GET(request, id):
            return id.upper()
    """
    site({"shop/routes/[id]/route.py": source})

    assert send("GET", "/abc").json() == {"loud": "ABC"}


VIEW = """
    from django.http import HttpResponse
    from django.utils.decorators import method_decorator
    from django.views import View
    from django.views.decorators.cache import cache_control

    {decorator}
    class Items(View):
        greeting = "Hi"

        {keyword} get(self, request, id):
            return HttpResponse(f"{{self.greeting}} {{id}}")

    GET = Items.as_view(greeting="Hello")
    POST = Items.as_view()
"""


@KEYWORDS
def test_class_based_view_is_a_handler(send, site, keyword):
    source = VIEW.format(keyword=keyword, decorator="")
    site({"shop/routes/[id]/route.py": source})

    got, posted, put = send("GET", "/7"), send("POST", "/7"), send("PUT", "/7")

    assert (got.status_code, got.content) == (200, b"Hello 7")
    # The class has no `post`, and says so itself.
    assert (posted.status_code, posted["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert (put.status_code, put["Allow"]) == (405, "GET, HEAD, OPTIONS, POST")


# Django's own decorators do not await what an async `dispatch` returns.
def test_class_based_view_may_be_decorated(send, site):
    decorator = '@method_decorator(cache_control(max_age=5), name="dispatch")'
    source = VIEW.format(keyword="def", decorator=decorator)
    site({"shop/routes/[id]/route.py": source})

    response = send("GET", "/7")

    assert (response.content, response["Cache-Control"]) == (b"Hello 7", "max-age=5")


def test_generic_view_renders_its_template(send, site):
    files = {
        "shop/routes/hello/[name]/route.py": """
            from django.views.generic import TemplateView

            GET = TemplateView.as_view(template_name="hello.html")
        """,
        "shop/templates/hello.html": "Hello {{ name }}!",
    }
    templates = {"BACKEND": "django.template.backends.django.DjangoTemplates"}
    site(files, TEMPLATES=[templates | {"APP_DIRS": True}])

    got, head = send("GET", "/hello/Ada"), send("HEAD", "/hello/Ada")

    assert got.content == b"Hello Ada!"
    assert (head.content, head["Content-Length"]) == (b"", "10")


@KEYWORDS
def test_template_response_passes_its_middleware(send, site, keyword):
    files = {
        "shop/routes/x/route.py": f"""
            from django.template.response import TemplateResponse

            {keyword} GET(request):
                return TemplateResponse(request, "x.html", {{"who": "Ada"}})
        """,
        "shop/templates/x.html": "{{ who }}",
        "shop/hooks.py": """
            class Hook:
                def __init__(self, get_response):
                    self.get_response = get_response

                def __call__(self, request):
                    return self.get_response(request)

                def process_template_response(self, request, response):
                    response.context_data["who"] = "Grace"
                    return response
        """,
    }
    templates = {"BACKEND": "django.template.backends.django.DjangoTemplates"}
    site(
        files,
        TEMPLATES=[templates | {"APP_DIRS": True}],
        MIDDLEWARE=["shop.hooks.Hook"],
    )

    got, head = send("GET", "/x"), send("HEAD", "/x")

    assert (got.content, head["Content-Length"]) == (b"Grace", "5")


def test_middleware_sees_the_view_of_the_route(send, site):
    files = {
        "shop/routes/[id]/route.py": "def GET(id): return id",
        "shop/hooks.py": """
            from django.http import JsonResponse

            class Hook:
                def __init__(self, get_response):
                    self.get_response = get_response

                def __call__(self, request):
                    return self.get_response(request)

                def process_view(self, request, view, args, kwargs):
                    return JsonResponse([view.__module__, view.__name__, args, kwargs], safe=False)
        """,
    }
    site(files, MIDDLEWARE=["shop.hooks.Hook"])

    response = send("GET", "/7")

    assert response.json() == ["shop.routes.id__param.route", "GET", [], {"id": "7"}]


@KEYWORDS
def test_partial_and_callable_object_are_handlers(send, site, keyword):
    source = f"""
        from functools import partial

        {keyword} answer(greeting, id):
            return f"{{greeting}} {{id}}"

        class Handler:
            {keyword} __call__(self, id):
                return f"object {{id}}"

        GET = partial(answer, "Hello")
        POST = Handler()
    """
    site({"shop/routes/[id]/route.py": source})

    assert [send(method, "/7").json() for method in ("GET", "POST")] == [
        "Hello 7",
        "object 7",
    ]


@KEYWORDS
def test_handler_may_keep_the_request_for_later(send, site, keyword):
    source = f"""
        import copy

        {keyword} GET(request):
            return copy.copy(request).path
    """
    site({"shop/routes/x/route.py": source})

    assert send("GET", "/x").json() == "/x"
