import pytest

from django_routehandlers.routing.guesses import find_meant_name, find_meant_value

KNOWN = ("name", "max_body", "generate_static_params")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("maxBody", "max_body"),
        ("max_bdy", "max_body"),
        ("GenerateStaticParams", "generate_static_params"),
        ("nam", "name"),
        ("game", None),
        ("other", None),
    ],
)
def test_name_is_guessed(name, meant):
    assert find_meant_name(name, KNOWN) == meant


@pytest.mark.parametrize(
    ("value", "accepted", "meant"),
    [
        ("Force_Static", "force-static", "force-static"),
        ("force-statik", "force-static", "force-static"),
        ("60", 60, 60),
        ("posts", ["posts"], ["posts"]),
        ({"b", "a"}, ["a", "b"], ["a", "b"]),
        (False, "off", "off"),
        (["*"], "*", "*"),
        (("*",), "*", "*"),
        (["a", "b"], "a", None),
        ({1}, [1], None),
        (None, "off", None),
        ("60s", 60, None),
    ],
)
def test_value_is_guessed(value, accepted, meant):
    found = find_meant_value(value, ("force-static",), lambda v: v == accepted)

    assert found == meant
