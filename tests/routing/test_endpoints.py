import types
from textwrap import dedent

import pytest

from django_routehandlers.routing.endpoints import Endpoint, read_endpoint
from django_routehandlers.routing.handlers import Handler
from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.segments import parse_segment

FILE = "shop/routes/items/[id]/route.py"
ROUTE = Route(
    "shop",
    (parse_segment("items"), parse_segment("[id]")),
    "shop.routes.items.id__param.route",
    FILE,
    f"/srv/{FILE}",
)


def read(source: str) -> tuple[Endpoint, list[Problem]]:
    """Return what a `route.py` with this source is read as."""
    module = types.ModuleType(ROUTE.module)
    exec(dedent(source), vars(module))
    return read_endpoint(ROUTE, module)


def test_endpoint_has_the_handlers_and_the_config_of_the_file():
    endpoint, problems = read(
        """
        name = "item"
        _helper = 3

        def GET(request, id): ...
        async def DELETE(): ...
        def help_both(): ...
        """
    )

    exports = vars(endpoint.module)
    assert problems == []
    assert endpoint == Endpoint(
        ROUTE,
        {
            "GET": Handler("GET", exports["GET"], FILE, False, ("request", "id")),
            "DELETE": Handler("DELETE", exports["DELETE"], FILE, True),
        },
        {"name": "item"},
        endpoint.module,
    )


def test_endpoint_of_a_broken_file_has_nothing():
    endpoint = Endpoint(ROUTE)

    assert (
        endpoint.handlers,
        endpoint.config,
        endpoint.module,
        endpoint.error,
        endpoint.allowed_methods,
    ) == ({}, {}, None, None, ("OPTIONS",))


@pytest.mark.parametrize(
    ("source", "methods"),
    [
        ("def GET(): ...", ("GET", "HEAD", "OPTIONS")),
        ("def HEAD(): ...", ("HEAD", "OPTIONS")),
        ("def POST(): ...", ("OPTIONS", "POST")),
        ("def OPTIONS(): ...", ("OPTIONS",)),
        ("def QUERY(): ...\ndef GET(): ...", ("GET", "HEAD", "OPTIONS", "QUERY")),
        ("PUT = PATCH = DELETE = lambda: 0", ("DELETE", "OPTIONS", "PATCH", "PUT")),
    ],
)
def test_options_is_always_allowed_and_head_with_get(source, methods):
    endpoint, _ = read(source)

    assert endpoint.allowed_methods == methods


def test_handler_that_is_no_function_is_left_out():
    endpoint, problems = read("GET = 3\ndef POST(): ...")

    assert list(endpoint.handlers) == ["POST"]
    assert [problem.id for problem in problems] == ["E012"]


def test_problems_of_handlers_and_config_are_all_told():
    _, problems = read(
        """
        revalidat = 60
        csrf = False
        expire = 3
        dynamic = "force-dynamic"
        revalidate = 3
        tags = ["item:{pk}"]

        def GET(page): ...
        def post(): ...
        """
    )

    assert [problem.id for problem in problems] == [
        "E013",
        "E015",
        "E016",
        "W003",
        "E024",
        "W001",
    ]


@pytest.mark.parametrize("source", ["", "x = 1", "def help_all(): ...", "_GET = 3"])
def test_file_without_handlers_is_a_warning(source):
    _, problems = read(source)

    assert problems == [
        Problem(
            (FILE,),
            "W002",
            "The file exports no handler, so every request is answered with 405.",
            "Define a function GET(), or any other HTTP method in upper case.",
        )
    ]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("get", "Rename it to 'GET', or start its name with an underscore."),
        ("Get", "Rename it to 'GET', or start its name with an underscore."),
        ("query", "Rename it to 'QUERY', or start its name with an underscore."),
        ("DELET", "Rename it to 'DELETE', or start its name with an underscore."),
        ("FETCH", "Rename it to 'PATCH', or start its name with an underscore."),
        ("A1_B", "Start its name with an underscore if it is meant for you."),
    ],
)
def test_function_that_looks_like_a_method_is_a_warning(name, hint):
    _, problems = read(f"def PUT(): ...\ndef {name}(): ...")

    assert [problem for problem in problems if problem.id == "W001"] == [
        Problem(
            (FILE,),
            "W001",
            f"{name!r} is not an HTTP method, so no request reaches it.",
            hint,
        )
    ]


@pytest.mark.parametrize("name", ["TRACE", "CONNECT"])
def test_method_that_no_route_has_is_a_warning(name):
    _, problems = read(f"def PUT(): ...\ndef {name}(): ...")

    assert problems == [
        Problem(
            (FILE,),
            "W001",
            f"{name!r} is an HTTP method that no route has, so no request reaches it.",
            "Start its name with an underscore if it is meant for you.",
        )
    ]


def test_revalidate_without_get_is_a_warning():
    _, problems = read("revalidate = 60\ndef POST(): ...")

    assert problems == [
        Problem(
            (FILE,),
            "W004",
            "'revalidate' without a function GET() caches nothing.",
            "Define GET(), or remove 'revalidate'.",
        )
    ]


@pytest.mark.parametrize(
    "source",
    [
        "revalidate = 0\ndef POST(): ...",
        "revalidate = 60\ndef GET(): ...",
        "def PUT(): ...",
    ],
)
def test_file_that_caches_what_it_has_is_no_mistake(source):
    assert read(source)[1] == []


def test_revalidate_in_a_file_without_handlers_is_one_mistake():
    _, problems = read("revalidate = 60")

    assert [problem.id for problem in problems] == ["W002"]


@pytest.mark.parametrize(
    "source",
    [
        "def help_get(): ...",
        "def _get(): ...",
        "def _FETCH(): ...",
        "def gets(): ...",
        "URL = 'https://example.com'",
        "get = 3",
        "class GETTER: ...",
        "from functools import reduce as get",
        "from textwrap import dedent as FETCH",
    ],
)
def test_other_names_are_the_authors_own(source):
    _, problems = read(f"def PUT(): ...\n{source}")

    assert problems == []
