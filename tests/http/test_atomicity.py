"""ATOMIC_REQUESTS: raised is rolled back, returned is committed."""

import pytest
from django.contrib.auth.models import Group
from django.db import connections

from django_routehandlers.http.atomicity import (
    EVERY_ALIAS,
    check_atomicity,
    get_atomic_aliases,
)
from django_routehandlers.routing.endpoints import Endpoint
from django_routehandlers.routing.handlers import Handler
from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.routes import Route

FILE = "shop/routes/x/route.py"


@pytest.fixture
def atomic(monkeypatch):
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)


HANDLERS = """
    from django.contrib.auth.models import Group
    from django.db import transaction
    from django.http import Http404, HttpResponse
    from django_routehandlers.http import HttpError, Response

    def GET(request):
        Group.objects.create(name="new")
        {end}
"""

ASYNC_NEIGHBOUR = """
    async def PATCH():
        return {}

    PATCH._non_atomic_requests = {"default"}
"""

ENDS = [
    pytest.param("return {}", 1, id="returned-data"),
    pytest.param("return Response.json({}, status=500)", 1, id="returned-500"),
    pytest.param("return HttpResponse(status=404)", 1, id="returned-404"),
    pytest.param("raise HttpError(409)", 0, id="http-error"),
    pytest.param("raise Http404", 0, id="http404"),
    pytest.param("raise KeyError", 0, id="raised"),
    pytest.param("return object()", 0, id="not-json"),
    pytest.param("return None", 0, id="none"),
    pytest.param("return {'a': {'b': 1j}}", 0, id="not-json-inside"),
]


@pytest.mark.django_db
@pytest.mark.parametrize("neighbour", ["", ASYNC_NEIGHBOUR], ids=["sync", "mixed"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
@pytest.mark.parametrize(("end", "count"), ENDS)
def test_raised_is_rolled_back(send, site, atomic, method, neighbour, end, count):
    source = f"{HANDLERS.format(end=end)}\n    POST = DELETE = GET\n{neighbour}"
    site({FILE: source})

    send(method, "/x", raises=False)

    assert Group.objects.filter(name="new").count() == count


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["raise KeyError", "raise HttpError(409)"])
def test_nothing_is_rolled_back_without_atomic_requests(send, site, end):
    site({FILE: HANDLERS.format(end=end)})

    send("GET", "/x", raises=False)

    assert Group.objects.filter(name="new").exists()


@pytest.mark.django_db
def test_excused_handler_has_no_transaction(send, site, atomic):
    source = """
        from django.contrib.auth.models import Group
        from django.db import transaction

        @transaction.non_atomic_requests
        def POST(request):
            Group.objects.create(name="new")
            raise KeyError

        def PUT(request):
            Group.objects.create(name="newer")
            raise KeyError
    """
    site({FILE: source})

    send("POST", "/x", raises=False)
    send("PUT", "/x", raises=False)

    assert [group.name for group in Group.objects.all()] == ["new"]


@pytest.mark.django_db
def test_exception_hooks_run_outside_the_transaction(send, site, atomic):
    files = {
        FILE: HANDLERS.format(end="raise KeyError"),
        "shop/hooks.py": """
            from django.contrib.auth.models import Group
            from django.db import connection
            from django.http import HttpResponse

            class Report:
                def __init__(self, get_response):
                    self.get_response = get_response

                def __call__(self, request):
                    return self.get_response(request)

                def process_exception(self, request, exception):
                    return HttpResponse(Group.objects.count())
        """,
    }
    site(files, MIDDLEWARE=["shop.hooks.Report"])

    response = send("GET", "/x")

    assert response.content == b"0"


def test_every_database_may_ask_for_a_transaction(monkeypatch):
    options = connections.settings["default"]
    both = {
        "one": options | {"ATOMIC_REQUESTS": True},
        "two": options | {"ATOMIC_REQUESTS": True},
        "three": options | {"ATOMIC_REQUESTS": False},
    }
    monkeypatch.setattr(connections, "settings", both)

    def plain(): ...
    def excused(): ...

    excused._non_atomic_requests = {"two"}

    assert all(alias in EVERY_ALIAS for alias in both)
    assert get_atomic_aliases(make_handler(plain)) == ("one", "two")
    assert get_atomic_aliases(make_handler(excused)) == ("one",)


def make_handler(function):
    return Handler("GET", function, FILE, is_async=False)


def test_no_handler_no_problem():
    endpoint = Endpoint(Route("shop", (), "shop.routes.route", FILE, FILE))

    assert check_atomicity(endpoint) == []


SETTING = Problem(
    (FILE,),
    "E018",
    "GET is async, but ATOMIC_REQUESTS of the database 'default' asks for a "
    "transaction around it, which async handlers cannot have.",
    "Make the handler sync, or decorate it with @transaction.non_atomic_requests.",
)
DECORATOR = Problem(
    (FILE,),
    "E019",
    "GET is async, so transaction.atomic around it ends before the handler runs.",
    "Make the handler sync, or move the queries into a sync function that is atomic "
    "and call that with sync_to_async.",
)


def find_problems():
    from django_routehandlers.urls import find_root_mounts

    (mount,) = find_root_mounts()
    return [p for p in mount.tree.table.problems if p.id in ("E018", "E019")]


@pytest.mark.parametrize(
    ("source", "problems"),
    [
        ("async def GET(): return {}", [SETTING]),
        ("def GET(): return {}", []),
        (
            """
            from django.db import transaction

            @transaction.non_atomic_requests
            async def GET(): return {}
            """,
            [],
        ),
        (
            """
            from django.db import transaction

            @transaction.non_atomic_requests
            @transaction.atomic
            async def GET(request): return {}
            """,
            [DECORATOR],
        ),
        (
            """
            from django.db import transaction

            @transaction.non_atomic_requests
            @transaction.atomic(using="default")
            async def GET(request): return {}
            """,
            [DECORATOR],
        ),
        (
            """
            from django.db import transaction
            from django.views.decorators.cache import never_cache

            @transaction.non_atomic_requests
            @never_cache
            @transaction.atomic
            @never_cache
            async def GET(request): return {}
            """,
            [DECORATOR],
        ),
        (
            """
            from django.db import transaction
            from django.views.decorators.cache import never_cache

            @transaction.atomic
            @never_cache
            def GET(request): return {}
            """,
            [],
        ),
    ],
    ids=[
        "async",
        "sync",
        "excused",
        "atomic",
        "atomic-using",
        "atomic-between",
        "sync-atomic",
    ],
)
def test_transaction_around_an_async_handler_is_an_error(
    site, atomic, source, problems
):
    site({FILE: source})

    assert find_problems() == problems


def test_callable_object_has_no_layers(site, atomic):
    source = """
        class Handler:
            _non_atomic_requests = {"default"}

            async def __call__(self, request):
                return {}

        GET = Handler()
    """
    site({FILE: source})

    assert find_problems() == []


@pytest.mark.parametrize("decorator", ["", "@transaction.atomic"])
def test_async_handler_is_refused_at_run_time(send, site, atomic, decorator):
    source = f"""
        from django.db import transaction

        calls = []

        {decorator}
        async def GET(request):
            calls.append(1)
            return {{}}
    """
    site({FILE: source})

    response = send("GET", "/x", raises=False)

    from shop.routes.x import route

    assert (response.status_code, route.calls) == (500, [])


def test_atomic_around_an_async_handler_is_refused_without_the_setting(send, site):
    source = """
        from django.db import transaction

        @transaction.atomic
        async def GET(request):
            return {}
    """
    site({FILE: source})

    assert send("GET", "/x", raises=False).status_code == 500
    assert find_problems() == [DECORATOR]
