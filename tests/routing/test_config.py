import types
from datetime import timedelta
from typing import Any

import pytest

from django_routehandlers.conf import CSRF_MODES as CSRF_MODES_OF_SETTINGS
from django_routehandlers.routing.config import (
    CONFIG_NAMES,
    CSRF_MODES,
    asks_to_cache,
    check_config,
    read_config,
)
from django_routehandlers.routing.problems import Problem

FILE = "shop/routes/items/route.py"


class Matrix:
    """A value like NumPy's arrays, whose comparison has no truth."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("ambiguous")

    __hash__ = None


def make_module(**values: Any) -> types.ModuleType:
    module = types.ModuleType("shop.routes.items.route")
    vars(module).update(values)
    return module


def check(*ids: str, **values: Any) -> list[Problem]:
    """Return the problems of a file with these values, those of some ids only."""
    module = make_module(**values)
    problems = check_config(read_config(module), module, FILE)
    return [problem for problem in problems if problem.id in ids]


def test_config_is_what_the_module_sets_under_reserved_names():
    module = make_module(revalidate=60, tags=["a"], other=1, GET=print)

    assert read_config(module) == {"revalidate": 60, "tags": ["a"]}


def test_config_is_empty_without_reserved_names():
    assert read_config(make_module()) == {}


def test_names_are_those_of_the_contract():
    assert list(CONFIG_NAMES) == [
        "name",
        "revalidate",
        "expire",
        "dynamic",
        "tags",
        "vary",
        "query",
        "downstream",
        "generate_static_params",
        "csrf",
        "max_body",
    ]


def test_cross_site_modes_are_those_of_the_setting():
    assert CSRF_MODES == CSRF_MODES_OF_SETTINGS


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "item-detail"),
        ("revalidate", 0),
        ("revalidate", 60),
        ("revalidate", 0.5),
        ("revalidate", timedelta(minutes=1)),
        ("revalidate", timedelta(0)),
        ("revalidate", False),
        ("revalidate", lambda response: 60),
        ("revalidate", 2**31 - 1),
        # It does not say what it takes.
        ("revalidate", dict.fromkeys),
        ("expire", 60),
        ("expire", 1.5),
        ("expire", timedelta(days=1)),
        ("dynamic", "auto"),
        ("dynamic", "force-static"),
        ("dynamic", "error"),
        ("dynamic", "force-dynamic"),
        ("tags", []),
        ("tags", ["posts", "post:{id}"]),
        ("tags", ("posts",)),
        ("vary", ["Accept-Language"]),
        ("vary", ["x_plan!", "ETag"]),
        ("query", "*"),
        ("query", []),
        ("query", ["page"]),
        ("downstream", None),
        ("downstream", "cdn"),
        ("downstream", 60),
        ("generate_static_params", lambda: [{}]),
        ("csrf", "origin"),
        ("csrf", "token"),
        ("csrf", "off"),
        ("max_body", None),
        ("max_body", 0),
        ("max_body", 1_000_000),
    ],
)
def test_value_of_the_right_type_is_accepted(name, value):
    assert check("E015", **{name: value}) == []


async def choose_later(response: Any) -> int:
    """Return seconds, too late: `revalidate` is not awaited."""
    return 60


async def yield_params() -> Any:
    """Yield params, which `warmroutes` does not wait for."""
    yield {}


REVALIDATE = "seconds, a timedelta, False, or a sync function of the response"
DYNAMIC = "'auto', 'force-static', 'error' or 'force-dynamic'"
FUNCTION = "a function without arguments"
VARY = "a list of header names that carry no credentials"


@pytest.mark.parametrize(
    ("name", "value", "description", "allowed"),
    [
        ("name", "", "''", "a str without ':'"),
        ("name", "shop:item", "'shop:item'", "a str without ':'"),
        ("name", 1, "1", "a str without ':'"),
        ("revalidate", True, "True", REVALIDATE),
        ("revalidate", None, "None", REVALIDATE),
        ("revalidate", -1, "-1", REVALIDATE),
        ("revalidate", float("nan"), "nan", REVALIDATE),
        ("revalidate", float("inf"), "inf", REVALIDATE),
        ("revalidate", 2**31, "2147483648", REVALIDATE),
        ("revalidate", lambda: 60, "a function", REVALIDATE),
        (
            "revalidate",
            timedelta(seconds=-1),
            "datetime.timedelta(days=-1, seconds=86399)",
            REVALIDATE,
        ),
        ("revalidate", int, "a type", REVALIDATE),
        ("revalidate", choose_later, "a function", REVALIDATE),
        ("expire", False, "False", "seconds or a timedelta"),
        ("expire", "1 day", "'1 day'", "seconds or a timedelta"),
        ("dynamic", True, "True", DYNAMIC),
        ("dynamic", "static", "'static'", DYNAMIC),
        ("tags", [1], "[1]", "a list of str"),
        ("vary", ["Accept", "Cookie"], "['Accept', 'Cookie']", VARY),
        ("vary", ["AUTHORIZATION"], "['AUTHORIZATION']", VARY),
        ("vary", ["proxy-authorization"], "['proxy-authorization']", VARY),
        ("vary", ["X-Api-Key"], "['X-Api-Key']", VARY),
        ("vary", ["HTTP_ACCEPT"], "['HTTP_ACCEPT']", VARY),
        ("vary", ["*"], "['*']", VARY),
        ("query", ["*", "page"], "['*', 'page']", "a list of str, or '*'"),
        ("vary", [""], "['']", VARY),
        ("vary", ["Accept, Cookie"], "['Accept, Cookie']", VARY),
        ("vary", [" Cookie"], "[' Cookie']", VARY),
        ("vary", ["Accept\n"], r"['Accept\n']", VARY),
        ("vary", ["X-Größe"], "['X-Größe']", VARY),
        ("query", lambda: [{}], "a function", "a list of str, or '*'"),
        ("query", Matrix(), "a Matrix", "a list of str, or '*'"),
        ("downstream", "browser", "'browser'", "None, 'cdn' or seconds"),
        ("downstream", True, "True", "None, 'cdn' or seconds"),
        ("generate_static_params", [], "[]", FUNCTION),
        ("generate_static_params", dict, "a type", FUNCTION),
        ("generate_static_params", lambda request: [{}], "a function", FUNCTION),
        ("generate_static_params", yield_params, "a function", FUNCTION),
        ("csrf", object(), "an object", "'origin', 'token' or 'off'"),
        ("max_body", -1, "-1", "a number of bytes, or None"),
        ("max_body", True, "True", "a number of bytes, or None"),
        ("max_body", 1.5, "1.5", "a number of bytes, or None"),
    ],
)
def test_value_of_another_type_is_an_error(name, value, description, allowed):
    assert check("E015", **{name: value}) == [
        Problem(
            (FILE,),
            "E015",
            f"{name!r} is {description}; the name is reserved for {allowed}.",
            f"Give {name!r} such a value, or rename it.",
        )
    ]


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("revalidate", "60", "60"),
        ("expire", "60", "60"),
        ("tags", "posts", "['posts']"),
        ("tags", {"b", "a"}, "['a', 'b']"),
        ("vary", "Accept", "['Accept']"),
        ("query", "page", "['page']"),
        ("query", ["*"], "'*'"),
        ("csrf", False, "'off'"),
        ("csrf", "Origin", "'origin'"),
        ("csrf", "orgin", "'origin'"),
        ("dynamic", "force_dynamic", "'force-dynamic'"),
        ("dynamic", "force-statc", "'force-static'"),
        ("downstream", " CDN ", "'cdn'"),
        ("max_body", "1000", "1000"),
        ("max_body", [1000], "1000"),
    ],
)
def test_value_that_is_nearly_right_is_answered_with_the_right_one(name, value, meant):
    (problem,) = check("E015", **{name: value})

    assert problem.hint == f"Write {name} = {meant}."


@pytest.mark.parametrize("revalidate", [60, 0, False, lambda response: 60])
def test_force_dynamic_beside_revalidate_is_an_error(revalidate):
    assert check("E016", dynamic="force-dynamic", revalidate=revalidate) == [
        Problem(
            (FILE,),
            "E016",
            "'force-dynamic' says never to cache, 'revalidate' says to cache.",
            "Remove one of 'dynamic' and 'revalidate'.",
        )
    ]


@pytest.mark.parametrize("dynamic", ["force-static", "error"])
@pytest.mark.parametrize("revalidate", [0, 0.0, timedelta(0)])
def test_to_cache_and_never_to_cache_is_an_error(dynamic, revalidate):
    assert check("E016", dynamic=dynamic, revalidate=revalidate) == [
        Problem(
            (FILE,),
            "E016",
            f"{dynamic!r} says to cache, and 'revalidate' of 0 seconds never to.",
            "Remove one of 'dynamic' and 'revalidate'.",
        )
    ]


@pytest.mark.parametrize(
    ("revalidate", "expire"),
    [(60, 59.5), (60, timedelta(seconds=59)), (timedelta(minutes=1), 0)],
)
def test_answer_that_ends_before_it_is_old_is_an_error(revalidate, expire):
    assert check("E016", revalidate=revalidate, expire=expire) == [
        Problem(
            (FILE,),
            "E016",
            "'expire' ends an answer before 'revalidate' says that it is old.",
            "Give 'expire' as many seconds as 'revalidate', or more.",
        )
    ]


@pytest.mark.parametrize(
    "values",
    [
        {"dynamic": "force-dynamic"},
        {"dynamic": "auto", "revalidate": 0},
        {"dynamic": "error", "revalidate": False},
        {"revalidate": 60, "expire": 60},
        {"revalidate": timedelta(minutes=1), "expire": 61},
        {"revalidate": False, "expire": 1},
        {"revalidate": lambda response: 60, "expire": 1},
        {"revalidate": 60, "expire": "1"},
        {"dynamic": "error", "expire": 1},
        {"dynamic": "force-static", "revalidate": 60},
        {"dynamic": Matrix(), "revalidate": 60},
    ],
)
def test_other_values_do_not_contradict_each_other(values):
    assert check("E016", **values) == []


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"expire": 60}, "'expire'"),
        ({"tags": ["a"], "vary": ["Accept"]}, "'tags', 'vary'"),
        ({"query": "*"}, "'query'"),
        ({"downstream": "cdn"}, "'downstream'"),
        ({"generate_static_params": lambda: [{}]}, "'generate_static_params'"),
    ],
)
def test_cache_config_alone_caches_nothing(values, names):
    assert check("W004", **values) == [
        Problem(
            (FILE,),
            "W004",
            f"{names} without 'revalidate' or 'dynamic' caches nothing.",
            "Give 'revalidate' a number of seconds.",
        )
    ]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"revalidate": 0}, "revalidate = 0"),
        ({"revalidate": 0, "dynamic": "auto"}, "dynamic = 'auto' and revalidate = 0"),
        ({"dynamic": "force-dynamic"}, "dynamic = 'force-dynamic'"),
    ],
)
def test_config_of_what_is_never_cached_caches_nothing(values, reason):
    assert check("W004", **values) == []
    assert check("W004", expire=60, **values) == [
        Problem(
            (FILE,),
            "W004",
            f"'expire' with {reason} caches nothing.",
            "Give 'revalidate' a number of seconds.",
        )
    ]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"name": "a", "csrf": "off", "max_body": 1},
        {"expire": 60, "revalidate": 1},
        {"expire": 60, "dynamic": "force-static"},
    ],
)
def test_config_in_company_is_no_mistake(values):
    assert check("W004", **values) == []


def misspell(word: str) -> set[str]:
    """Return the words one edit away; the first letter stays."""
    found = set()
    for index in range(1, len(word)):
        head, letter, tail = word[:index], word[index], word[index + 1 :]
        found |= {head + tail, f"{head}x{tail}", f"{head}x{letter}{tail}"}
        found.add(f"{head}{letter}{letter}{tail}")
        if tail:
            found.add(f"{head}{tail[0]}{letter}{tail[1:]}")
    return found | {f"{word}s"} - {word}


VALUES = {
    "name": "item",
    "revalidate": 60,
    "expire": 60,
    "dynamic": "auto",
    "tags": ["a"],
    "vary": ["Accept"],
    "query": ["page"],
    "downstream": "cdn",
    "generate_static_params": lambda: [{}],
    "csrf": "off",
    "max_body": 10,
}


@pytest.mark.parametrize("name", list(VALUES))
def test_one_wrong_letter_is_reported(name):
    misspelt = sorted(misspell(name) - {name})

    reported = [word for word in misspelt if check("W003", **{word: VALUES[name]})]

    assert reported == misspelt


@pytest.mark.parametrize(
    ("name", "meant", "value"),
    [
        ("revalidat", "revalidate", 60),
        ("revaildate", "revalidate", 60),
        ("Revalidate", "revalidate", 60),
        ("tag", "tags", ["a"]),
        ("evalidate", "revalidate", 60),
        ("maxbody", "max_body", 10),
        ("maxBody", "max_body", 10),
        ("generateStaticParams", "generate_static_params", lambda: [{}]),
        ("names", "name", "item"),
    ],
)
def test_misspelt_name_is_answered_with_the_right_one(name, meant, value):
    assert check("W003", **{name: value}) == [
        Problem(
            (FILE,),
            "W003",
            f"{name!r} means nothing here. Did you mean {meant!r}?",
            f"Rename it to {meant!r}, or start its name with an underscore.",
        )
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("revalidat", "a text"),
        ("tag", "posts"),
        ("_revalidate", 60),
        ("revalidation", 60),
        ("ravelidate", 60),
        ("revalidaet_", 60),
        ("renovate", 60),
        ("exprie", types.ModuleType("exprie")),
        ("page", 60),
        ("REVALIDATE", 60),
        ("MAX_BODY", 10),
        ("game", "chess"),
        ("QUERY", lambda: None),
        ("dynamics", Matrix()),
    ],
)
def test_name_of_the_authors_own_is_left_alone(name, value):
    assert check("W003", **{name: value}) == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, False),
        ({"revalidate": 0}, False),
        ({"revalidate": timedelta(0)}, False),
        ({"revalidate": "60"}, False),
        ({"dynamic": "error"}, False),
        ({"revalidate": 60}, True),
        ({"revalidate": False}, True),
        ({"revalidate": lambda response: 60}, True),
    ],
)
def test_revalidate_asks_to_cache(values, expected):
    assert asks_to_cache(values) is expected
