import functools
from typing import Any

import pytest
from asgiref.sync import markcoroutinefunction
from django.views import View
from django.views.decorators.cache import never_cache

from django_routehandlers.routing.handlers import (
    METHODS,
    Handler,
    get_innermost,
    is_async_callable,
    read_handler,
)
from django_routehandlers.routing.problems import Problem

FILE = "shop/routes/items/[pk]/route.py"
PARAMS = ("pk",)


def wraps_in_sync(function):
    """Decorate as most decorators do: without a thought of async."""

    @functools.wraps(function)
    def inner(request, *args, **kwargs):
        return function(request, *args, **kwargs)

    return inner


class Callable:
    def __call__(self, request, pk):
        return {}


class AsyncCallable:
    async def __call__(self, request):
        return {}


class SyncView(View):
    def get(self, request, pk): ...


class AsyncView(View):
    async def get(self, request, pk): ...


class Unreadable:
    """A callable that hides its signature, as some written in C do."""

    __signature__ = "none"

    def __call__(self, *args, **kwargs): ...


def take_nothing(): ...
def take_request(request): ...
def take_all(request, pk, params): ...
def take_all_of_path(request, pk): ...
def take_id_first(pk, request): ...
def take_keywords(request, *, pk, params): ...
def take_positional_only(request, pk, /): ...
async def take_async(request, pk): ...
def take_rest(request, *args, **kwargs): ...
def take_default(pk=3): ...


@pytest.mark.parametrize(
    ("function", "positional", "keywords", "is_async"),
    [
        (take_nothing, (), (), False),
        (take_request, ("request",), (), False),
        (take_all, ("request", "pk", "params"), (), False),
        (take_id_first, ("pk", "request"), (), False),
        (take_keywords, ("request",), ("pk", "params"), False),
        (take_positional_only, ("request", "pk"), (), False),
        (take_default, ("pk",), (), False),
        (take_async, ("request", "pk"), (), True),
        (lambda pk: {}, ("pk",), (), False),
        (Callable(), ("request", "pk"), (), False),
        (Callable().__call__, ("request", "pk"), (), False),
        (AsyncCallable(), ("request",), (), True),
        (functools.partial(take_id_first, 3), ("request",), (), False),
        (functools.partial(take_async), ("request", "pk"), (), True),
        (functools.partial(take_all, pk=3), ("request",), ("pk", "params"), False),
    ],
)
def test_handler_says_by_name_what_it_wants(function, positional, keywords, is_async):
    handler, problems = read_handler("GET", function, FILE, PARAMS)

    expected = Handler("GET", function, FILE, is_async, positional, keywords)
    assert (handler, problems) == (expected, [])


@pytest.mark.parametrize(
    ("function", "is_async"),
    [
        pytest.param(take_rest, False, id="wildcards"),
        pytest.param(lambda *args: {}, False, id="lambda"),
        pytest.param(functools.partial(take_rest), False, id="partial"),
        pytest.param(never_cache(take_all_of_path), False, id="decorated"),
        pytest.param(never_cache(take_async), True, id="decorated async"),
        pytest.param(wraps_in_sync(take_request), False, id="wrapped"),
        pytest.param(
            wraps_in_sync(wraps_in_sync(take_request)), False, id="wrapped twice"
        ),
        pytest.param(SyncView.as_view(), False, id="class"),
        pytest.param(AsyncView.as_view(), True, id="async class"),
        pytest.param(Unreadable(), False, id="unreadable"),
    ],
)
def test_wrapped_handler_is_called_as_a_view(function, is_async):
    handler, problems = read_handler("GET", function, FILE, PARAMS)

    expected = Handler("GET", function, FILE, is_async, is_wrapped=True)
    assert (handler, problems) == (expected, [])


def take_another(request, key, pkk): ...


def take_less(request): ...


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (
            take_another,
            [
                Problem(
                    (FILE,),
                    "E013",
                    "GET takes 'key', which the path does not give.",
                    "Take any of 'request', 'pk', or read the query string with "
                    "request.GET.",
                ),
                Problem(
                    (FILE,),
                    "E013",
                    "GET takes 'pkk', which the path does not give.",
                    "Take any of 'request', 'pk', or read the query string with "
                    "request.GET.",
                ),
                Problem(
                    (FILE,),
                    "E014",
                    "GET is decorated, so it is called with all that the path captures, "
                    "but it does not take 'pk'.",
                    "Write def GET(request, pk).",
                ),
            ],
        ),
        (take_less, ["E014"]),
        (take_rest, []),
    ],
)
def test_django_s_decorators_hand_on_all_that_the_path_captures(function, expected):
    _, problems = read_handler("GET", never_cache(function), FILE, ("pk",))
    _, others = read_handler("GET", wraps_in_sync(never_cache(function)), FILE, ("pk",))

    is_short = expected and isinstance(expected[0], str)
    assert ([problem.id for problem in problems] if is_short else problems) == expected
    # What somebody else's decorator hands on is theirs to know.
    assert others == []


def test_wrapped_handler_with_keywords_alone_takes_no_request():
    def take_keywords_alone(**kwargs): ...

    _, problems = read_handler("GET", take_keywords_alone, FILE, PARAMS)

    assert [problem.id for problem in problems] == ["E014"]


def test_handler_prints_as_method_and_file():
    handler, _ = read_handler("POST", take_nothing, FILE, ())

    assert str(handler) == "POST in shop/routes/items/[pk]/route.py"


def test_methods_are_those_of_the_contract():
    assert METHODS == (
        "GET",
        "HEAD",
        "OPTIONS",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "QUERY",
    )


@pytest.mark.parametrize(
    ("function", "is_async"),
    [
        (take_async, True),
        (take_request, False),
        (AsyncCallable(), True),
        (AsyncCallable().__call__, True),
        (Callable(), False),
        (functools.partial(take_async), True),
        (markcoroutinefunction(lambda request: None), True),
        (print, False),
    ],
)
def test_async_callable_is_known_before_it_is_called(function, is_async):
    assert is_async_callable(function) is is_async


def test_innermost_function_is_below_all_decorators():
    assert get_innermost(wraps_in_sync(never_cache(take_all))) is take_all
    assert get_innermost(take_all) is take_all


class Items:
    pass


@pytest.mark.parametrize(
    ("function", "message", "hint"),
    [
        (
            Items,
            "GET is the class 'Items', not a function.",
            "Export a function, or write GET = Items.as_view() for a Django view.",
        ),
        (
            {},
            "GET is of type 'dict', not a function.",
            "Define a function GET(), or rename the value.",
        ),
        (
            None,
            "GET is of type 'NoneType', not a function.",
            "Define a function GET(), or rename the value.",
        ),
    ],
)
def test_handler_that_is_no_function_is_an_error(function, message, hint):
    handler, problems = read_handler("GET", function, FILE, PARAMS)

    assert (handler, problems) == (None, [Problem((FILE,), "E012", message, hint)])


def generate(request):
    yield "a"


async def agenerate(request):
    yield "a"


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(generate, id="sync"),
        pytest.param(agenerate, id="async"),
        pytest.param(wraps_in_sync(generate), id="decorated sync"),
        pytest.param(wraps_in_sync(agenerate), id="decorated async"),
    ],
)
def test_generator_is_an_error(function):
    handler, problems = read_handler("GET", function, FILE, PARAMS)

    assert (handler, problems) == (
        None,
        [
            Problem(
                (FILE,),
                "E012",
                "GET is a generator, which has no status and no headers.",
                "Return Response.stream(...) over the generator.",
            )
        ],
    )


def take_unknown(request, page): ...
def take_unknown_default(page=1): ...
def take_unknown_keyword(*, page): ...


def test_partial_brings_what_the_path_does_not_give():
    function = functools.partial(take_unknown, page=1)

    handler, problems = read_handler("GET", function, FILE, PARAMS)

    assert handler is not None
    assert (handler.positional, handler.keywords) == (("request",), ())
    assert problems == []


@pytest.mark.parametrize(
    "function",
    [
        take_unknown,
        take_unknown_default,
        take_unknown_keyword,
    ],
)
def test_argument_that_the_path_does_not_give_is_an_error(function):
    handler, problems = read_handler("GET", function, FILE, PARAMS)

    assert handler is not None
    assert problems == [
        Problem(
            (FILE,),
            "E013",
            "GET takes 'page', which the path does not give.",
            "Take any of 'request', 'params', 'pk', or read the query string with "
            "request.GET.",
        )
    ]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("requst", "request"),
        ("Request", "request"),
        ("param", "params"),
        ("slog", "slug"),
    ],
)
def test_misspelt_argument_is_answered_with_the_right_one(name, meant):
    handler = eval(f"lambda {name}: ...")

    _, problems = read_handler("GET", handler, FILE, ("slug", "id"))

    assert [problem.hint for problem in problems] == [f"Rename it to {meant!r}."]


def test_short_argument_is_not_guessed():
    _, problems = read_handler("GET", lambda it: ..., FILE, ("id",))

    assert problems[0].hint.startswith("Take any of 'request', 'params', 'id', or ")


def test_every_unknown_argument_is_named():
    def take_two(first, second): ...

    _, problems = read_handler("GET", take_two, FILE, ())

    assert [problem.message for problem in problems] == [
        "GET takes 'first', which the path does not give.",
        "GET takes 'second', which the path does not give.",
    ]


def take_underscore(_request, pk): ...
def take_keyword_request(*, request): ...


@pytest.mark.parametrize(
    "function",
    [
        never_cache(take_nothing),
        never_cache(take_id_first),
        never_cache(take_keyword_request),
    ],
)
def test_decorated_handler_without_request_first_is_an_error(function):
    handler, problems = read_handler("GET", function, FILE, PARAMS)

    assert handler is not None
    assert problems == [
        Problem(
            (FILE,),
            "E014",
            "GET is decorated or takes any arguments, so it is called with the request "
            "first, but it does not take 'request' first.",
            "Write def GET(request, ...).",
        )
    ]


@pytest.mark.parametrize(
    "function",
    [
        never_cache(take_underscore),
        never_cache(take_rest),
        never_cache(take_positional_only),
    ],
)
def test_decorated_handler_with_request_first_is_no_mistake(function):
    _, problems = read_handler("GET", function, FILE, PARAMS)

    assert problems == []


def test_sync_decorator_around_an_async_handler_is_a_warning():
    _, problems = read_handler("GET", wraps_in_sync(take_async), FILE, PARAMS)

    assert problems == [
        Problem(
            (FILE,),
            "W007",
            "GET is async, but its decorator is not: the decorator may decide before "
            "the handler runs, and nothing more.",
            "Use a decorator that supports async functions.",
        )
    ]


def test_decorator_around_a_function_without_signature_is_not_judged():
    function: Any = wraps_in_sync(take_request)
    function.__wrapped__ = Unreadable()

    handler, problems = read_handler("GET", function, FILE, PARAMS)

    assert (handler, problems) == (
        Handler("GET", function, FILE, False, is_wrapped=True),
        [],
    )
