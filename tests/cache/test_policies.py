"""The config of a `route.py` says how its GET is cached."""

from datetime import timedelta

import pytest

from django_routehandlers.cache.freshness import Lifetime
from django_routehandlers.cache.policies import (
    Mode,
    Policy,
    fill_tag,
    read_policy,
)
from tests.cache.making import make_policy, make_route

ROUTE = make_route()
MINUTE = Lifetime(60.0, 86_460.0)
FOREVER = Lifetime(None, None)


def choose(response):
    return 5


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"dynamic": "auto"},
        {"tags": ["posts"], "expire": 60, "vary": ["Accept"], "name": "posts"},
    ],
)
def test_without_revalidate_or_a_mode_nothing_is_cached(config):
    assert read_policy(ROUTE, config) is None


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"revalidate": 60}, Policy(ROUTE, lifetime=MINUTE)),
        ({"revalidate": 60.0, "dynamic": "auto"}, Policy(ROUTE, lifetime=MINUTE)),
        ({"revalidate": timedelta(minutes=1)}, Policy(ROUTE, lifetime=MINUTE)),
        ({"revalidate": 0.5}, Policy(ROUTE, lifetime=Lifetime(0.5, 86_400.5))),
        ({"revalidate": False}, Policy(ROUTE, lifetime=FOREVER)),
        ({"revalidate": choose}, Policy(ROUTE, lifetime=FOREVER, choose=choose)),
    ],
)
def test_revalidate_is_the_time_for_which_an_answer_is_fresh(config, expected):
    assert read_policy(ROUTE, config) == expected


@pytest.mark.parametrize("revalidate", [0, 0.0, timedelta(0)])
@pytest.mark.parametrize("others", [{}, {"expire": 60}, {"dynamic": "auto"}])
def test_revalidate_0_is_never_cached(revalidate, others):
    policy = read_policy(ROUTE, {"revalidate": revalidate, **others})

    assert policy.mode is Mode.FORCE_DYNAMIC


@pytest.mark.parametrize(
    ("config", "lifetime", "expire"),
    [
        ({"revalidate": 60, "expire": 600}, Lifetime(60, 600), 600.0),
        ({"revalidate": 60, "expire": 60}, Lifetime(60, 60), 60.0),
        ({"revalidate": 60, "expire": timedelta(hours=1)}, Lifetime(60, 3600), 3600.0),
        ({"revalidate": False, "expire": 600}, Lifetime(None, 600), 600.0),
        ({"revalidate": choose, "expire": 600}, Lifetime(None, 600), 600.0),
    ],
)
def test_expire_is_the_age_after_which_an_answer_is_never_served(
    config, lifetime, expire
):
    policy = read_policy(ROUTE, config)

    assert (policy.lifetime, policy.expire) == (lifetime, expire)


@pytest.mark.parametrize(
    ("config", "mode", "lifetime", "query"),
    [
        ({"dynamic": "force-static"}, Mode.FORCE_STATIC, FOREVER, ()),
        ({"dynamic": "error"}, Mode.ERROR, FOREVER, ()),
        ({"dynamic": "force-dynamic"}, Mode.FORCE_DYNAMIC, FOREVER, None),
        ({"dynamic": "error", "revalidate": 60}, Mode.ERROR, MINUTE, ()),
        ({"dynamic": "error", "query": ["a"]}, Mode.ERROR, FOREVER, ("a",)),
        ({"dynamic": "force-static", "query": "*"}, Mode.FORCE_STATIC, FOREVER, "*"),
    ],
)
def test_a_mode_that_learns_nothing_has_only_the_query_of_the_config(
    config, mode, lifetime, query
):
    policy = read_policy(ROUTE, config)

    assert (policy.mode, policy.lifetime, policy.query) == (mode, lifetime, query)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("query", [], ()),
        ("query", ["b", "a", "b"], ("a", "b")),
        ("query", ("page",), ("page",)),
        ("query", "*", "*"),
        ("vary", ["X-B", " accept ", "Accept", "X-A"], ("accept", "x-a", "x-b")),
        ("vary", [], ()),
        ("tags", ["posts", "post:{id}"], ("posts", "post:{id}")),
        ("downstream", None, None),
        ("downstream", "cdn", "cdn"),
        ("downstream", 30, 30.0),
        ("downstream", timedelta(minutes=1), 60.0),
        ("generate_static_params", choose, choose),
    ],
)
def test_config_is_read_into_one_form(name, value, expected):
    assert getattr(make_policy(**{name: value}), name) == expected


@pytest.mark.parametrize(
    ("path", "first_dynamic", "ends_open", "is_open_to_none"),
    [
        ("/", 0, False, False),
        ("/blog", 1, False, False),
        ("/blog/[slug]", 1, False, False),
        ("/blog/[id=int]/edit", 1, False, False),
        ("/[shop]/blog/[slug]", 0, False, False),
        ("/files/[...parts]", 1, True, False),
        ("/docs/v1/[[...parts]]", 2, True, True),
    ],
)
def test_a_policy_knows_the_shape_of_its_paths(
    path, first_dynamic, ends_open, is_open_to_none
):
    policy = make_policy(path)

    assert (policy.first_dynamic, policy.ends_open, policy.is_open_to_none) == (
        first_dynamic,
        ends_open,
        is_open_to_none,
    )


@pytest.mark.parametrize(
    ("template", "params", "expected"),
    [
        ("posts", {"id": 3}, "posts"),
        ("post:{id}", {"id": 3}, "post:3"),
        ("{shop}:{id}", {"shop": "a", "id": "{id}"}, "a:{id}"),
        ("docs/{slug}", {"slug": ["a", "b"]}, "docs/a/b"),
        ("docs/{slug}", {"slug": []}, "docs/"),
        ("{{id}}:{id}", {"id": "é"}, "{id}:é"),
    ],
)
def test_the_holes_of_a_tag_are_filled_from_params(template, params, expected):
    assert fill_tag(template, params) == expected
