"""What the functions of a module name."""

import functools
from types import ModuleType

import pytest
from django.utils.functional import SimpleLazyObject

from django_routehandlers.http.mentions import mentions


def by_attribute(http):
    return http.after


def by_import():
    from django_routehandlers.http import after

    return after


def inside():
    return [lambda http: http.after]


def decorated():
    @functools.wraps(by_attribute)
    def wrapper(http):
        return by_attribute(http)

    return wrapper


class Method:
    def call(self, http):
        return http.after


def by_text():
    return "after"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (by_attribute, True),
        (by_import, True),
        (inside, True),
        pytest.param(decorated(), True, id="decorated"),
        (Method, True),
        (by_text, False),
        (len, False),
        ("after", False),
    ],
)
def test_name_is_found_in_code(value, expected):
    module = ModuleType("route")
    module.GET = value

    assert mentions(module, "after") is expected


def test_lazy_objects_are_not_looked_into():
    module = ModuleType("route")
    module.settings = SimpleLazyObject(lambda: 1 / 0)

    assert mentions(module, "after") is False


def test_route_without_a_module_mentions_nothing():
    assert mentions(None, "after") is False
