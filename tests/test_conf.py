"""ROUTE_HANDLERS: every key has a default, every mistake is named."""

from dataclasses import replace

import pytest
from django.test import override_settings

from django_routehandlers.conf import (
    UNIMPORTABLE,
    Settings,
    check_settings,
    get_settings,
)

DEFAULTS = Settings(
    MOUNT="",
    APPS=None,
    TRAILING_SLASH="never",
    CSRF="origin",
    MAX_BODY=None,
    CACHE="default",
    CACHE_MAX_BODY=1_000_000,
    CACHE_CONTEXT=None,
    BUILD_ID=None,
)


@pytest.mark.parametrize("value", [None, {}], ids=["none", "empty"])
def test_keys_left_out_have_their_defaults(value):
    with override_settings(ROUTE_HANDLERS=value):
        assert get_settings() == DEFAULTS
        assert check_settings() == []


def test_setting_may_be_absent(settings):
    assert not hasattr(settings, "ROUTE_HANDLERS")
    assert get_settings() == DEFAULTS
    assert check_settings() == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"MOUNT": None}, Settings(MOUNT=None)),
        ({"MOUNT": "api"}, Settings(MOUNT="api/")),
        ({"MOUNT": "/api/v1/"}, Settings(MOUNT="api/v1/")),
        ({"MOUNT": "/"}, Settings(MOUNT="")),
        ({"APPS": None}, DEFAULTS),
        ({"APPS": []}, Settings(APPS=())),
        ({"APPS": ["shop", "blog"]}, Settings(APPS=("shop", "blog"))),
        ({"APPS": {"shop"}}, Settings(APPS=("shop",))),
        ({"TRAILING_SLASH": "always"}, Settings(TRAILING_SLASH="always")),
        ({"TRAILING_SLASH": "ignore"}, Settings(TRAILING_SLASH="ignore")),
        ({"TRAILING_SLASH": "strict"}, Settings(TRAILING_SLASH="strict")),
        ({"CSRF": "token"}, Settings(CSRF="token")),
        ({"CSRF": "off"}, Settings(CSRF="off")),
        ({"MAX_BODY": None}, DEFAULTS),
        ({"MAX_BODY": 0}, Settings(MAX_BODY=0)),
        ({"CACHE": "routes"}, Settings(CACHE="routes")),
        ({"CACHE_MAX_BODY": 0}, Settings(CACHE_MAX_BODY=0)),
        ({"CACHE_CONTEXT": None}, DEFAULTS),
        ({"CACHE_CONTEXT": "shop.tenant"}, Settings(CACHE_CONTEXT="shop.tenant")),
        ({"BUILD_ID": None}, DEFAULTS),
        ({"BUILD_ID": "4f2c19e"}, Settings(BUILD_ID="4f2c19e")),
    ],
    ids=repr,
)
def test_keys_are_read(value, expected):
    with override_settings(ROUTE_HANDLERS=value):
        assert get_settings() == expected
        assert check_settings() == []


KEYS = (
    "Use any of 'MOUNT', 'APPS', 'TRAILING_SLASH', 'CSRF', 'MAX_BODY', 'CACHE', "
    "'CACHE_MAX_BODY', 'CACHE_CONTEXT', 'BUILD_ID'."
)

MISTAKES = [
    (
        {"MOUNT": 1},
        "ROUTE_HANDLERS['MOUNT'] is 1; it takes a URL prefix such as 'api/', '' or None.",
        "Give 'MOUNT' such a value, or leave it out.",
    ),
    *[
        (
            {"MOUNT": prefix},
            f"ROUTE_HANDLERS['MOUNT'] is {prefix!r}; it takes a URL prefix such as "
            "'api/', '' or None.",
            "Give 'MOUNT' such a value, or leave it out.",
        )
        for prefix in ("<int:id>/", "a%20b/", "a?b", "a#b", "a//b", "../a", "a/.")
    ],
    *[
        (
            {"APPS": apps},
            f"ROUTE_HANDLERS['APPS'] is {apps!r}; it takes a list of app names or "
            "labels, or None.",
            "Give 'APPS' such a value, or leave it out.",
        )
        for apps in ("shop", [1], True)
    ],
    *[
        (
            {"TRAILING_SLASH": value},
            f"ROUTE_HANDLERS['TRAILING_SLASH'] is {value!r}; it takes 'never', "
            "'always', 'ignore' or 'strict'.",
            "Give 'TRAILING_SLASH' such a value, or leave it out.",
        )
        for value in ("Never", None, True, [])
    ],
    (
        {"CSRF": "none"},
        "ROUTE_HANDLERS['CSRF'] is 'none'; it takes 'origin', 'token' or 'off'.",
        "Give 'CSRF' such a value, or leave it out.",
    ),
    *[
        (
            {name: value},
            f"ROUTE_HANDLERS[{name!r}] is {value!r}; it takes {allowed}.",
            f"Give {name!r} such a value, or leave it out.",
        )
        for name, allowed, values in [
            ("CACHE", "an alias of CACHES", (None, "", 1)),
            ("CACHE_MAX_BODY", "a number of bytes", (-1, True, 1.5, None)),
            ("MAX_BODY", "a number of bytes, or None", (-1, True, 1.5, "1")),
            ("CACHE_CONTEXT", "a dotted name, or None", ("", 1, object)),
            ("BUILD_ID", "a str, or None", ("", 1)),
        ]
        for value in values
    ],
    (
        {"TRAILING_SLASHES": "never"},
        "ROUTE_HANDLERS has no key 'TRAILING_SLASHES'. Did you mean 'TRAILING_SLASH'?",
        KEYS,
    ),
    (
        {"mount": "api"},
        "ROUTE_HANDLERS has no key 'mount'. Did you mean 'MOUNT'?",
        KEYS,
    ),
    ({"COLOUR": 1}, "ROUTE_HANDLERS has no key 'COLOUR'.", KEYS),
    ({1: 1}, "ROUTE_HANDLERS has no key 1.", KEYS),
    (
        ["never"],
        "ROUTE_HANDLERS is of type 'list', not a dict.",
        'Write ROUTE_HANDLERS = {"TRAILING_SLASH": "never"}.',
    ),
    (
        "",
        "ROUTE_HANDLERS is of type 'str', not a dict.",
        'Write ROUTE_HANDLERS = {"TRAILING_SLASH": "never"}.',
    ),
]


@pytest.mark.parametrize(
    ("value", "message", "hint"), MISTAKES, ids=range(len(MISTAKES))
)
def test_mistake_is_named_and_publishes_nothing(value, message, hint):
    expected = DEFAULTS
    if not isinstance(value, dict) or "MOUNT" in value:
        expected = replace(DEFAULTS, MOUNT=None)
    elif "APPS" in value:
        expected = replace(DEFAULTS, APPS=())
    elif "CACHE_CONTEXT" in value:
        expected = replace(DEFAULTS, CACHE_CONTEXT=UNIMPORTABLE)
    elif "CACHE_MAX_BODY" in value:
        expected = replace(DEFAULTS, CACHE_MAX_BODY=-1)
    elif "MAX_BODY" in value:
        expected = replace(DEFAULTS, MAX_BODY=0)

    with override_settings(ROUTE_HANDLERS=value):
        assert check_settings() == [(message, hint)]
        assert get_settings() == expected


def test_all_mistakes_are_named_at_once():
    with override_settings(ROUTE_HANDLERS={"CSRF": 1, "MOUNTS": 2, "APPS": []}):
        assert len(check_settings()) == 2
        assert get_settings() == Settings(APPS=())


def test_settings_are_read_again_after_a_test():
    with override_settings(ROUTE_HANDLERS={"CSRF": "off"}):
        inside = get_settings()

    assert (inside.CSRF, get_settings().CSRF) == ("off", "origin")


def test_another_setting_leaves_them_alone():
    before = get_settings()

    with override_settings(LANGUAGE_CODE="de"):
        inside = get_settings()

    assert inside is before
