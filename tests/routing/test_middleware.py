import types

import pytest

from django_routehandlers.routing.middleware import check_middleware
from django_routehandlers.routing.problems import Problem

FILES = ("shop/routes/a/middleware.py", "shop/routes/a/route.py")
REST = " No route at or below the folder is served without its middleware."
WRITE = "Write middleware = [...], with nothing in it for no middleware."
LIST = "List the middleware itself, or its dotted name."


def guard(request): ...


def make_guard(get_response): ...


def check(**names):
    """Return the problems of a module with some names in it."""
    module = types.ModuleType("shop.routes.a.middleware")
    vars(module).update(names)
    return list(check_middleware(module, FILES))


@pytest.mark.parametrize(
    "listed", [[], (), ["a.B", print, type("C", (), {}), make_guard]]
)
def test_list_of_names_and_callables_is_no_mistake(listed):
    assert check(middleware=listed) == []


@pytest.mark.parametrize(
    ("names", "message", "hint"),
    [
        ({}, "The file has no list 'middleware'.", WRITE),
        ({"middlewares": "a"}, "The file has no list 'middleware'.", WRITE),
        (
            {"MIDDLEWARE": []},
            "The file has no list 'middleware', but 'MIDDLEWARE'.",
            "Rename 'MIDDLEWARE' to 'middleware'.",
        ),
        (
            {"middlewares": ()},
            "The file has no list 'middleware', but 'middlewares'.",
            "Rename 'middlewares' to 'middleware'.",
        ),
        (
            {"middleware": None},
            "'middleware' is of type 'NoneType', not a list.",
            WRITE,
        ),
        (
            {"middleware": "a.B"},
            "'middleware' is of type 'str', not a list.",
            "Write middleware = ['a.B'].",
        ),
        (
            {"middleware": guard},
            "'middleware' is of type 'function', not a list.",
            "Give it another name, let it take get_response and return a function of "
            "the request, and list it.",
        ),
        (
            {"middleware": make_guard},
            "'middleware' is of type 'function', not a list.",
            "Give it another name, and list it: middleware = [...].",
        ),
        (
            {"middleware": ["a.B", guard]},
            "middleware[1], guard(), takes a request, and a middleware takes "
            "get_response.",
            "Wrap it: def guard(get_response), which returns the function of the "
            "request.",
        ),
        ({"middleware": {"a.B"}}, "'middleware' is of type 'set', not a list.", WRITE),
        (
            {"middleware": ["a.B", 1]},
            "middleware[1] is of type 'int', not a middleware.",
            LIST,
        ),
    ],
)
def test_anything_else_is_refused(names, message, hint):
    assert check(**names) == [Problem(FILES, "E022", message + REST, hint)]


def test_every_wrong_entry_is_told():
    problems = check(middleware=[None, "a.B", []])

    assert [problem.message.removesuffix(REST) for problem in problems] == [
        "middleware[0] is of type 'NoneType', not a middleware.",
        "middleware[2] is of type 'list', not a middleware.",
    ]
