"""Filters choose rows, and say what is wrong with their values."""

import re
from dataclasses import asdict, replace

import pytest

from django_routehandlers.audit.filters import Filters, parse_filters
from tests.audit.test_changes import ITEM, ITEMS

POST = replace(ITEMS, path="/api/items/", methods=["POST"], csrf="off", app="city.shop")
CAFE = replace(ITEMS, path="/api/café/[id]")

ROWS = {"items": ITEMS, "item": ITEM, "post": POST, "café": CAFE}


def choose(filters, rows=ROWS):
    return [name for name, row in rows.items() if filters.accepts(asdict(row))]


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (Filters(), ["items", "item", "post", "café"]),
        (Filters(apps=("city.shop",)), ["post"]),
        (Filters(methods=("POST",)), ["post"]),
        (Filters(methods=("POST", "HEAD")), ["items", "item", "post", "café"]),
        (Filters(csrfs=("off", "token")), ["post"]),
        (Filters(methods=("GET",), csrfs=("off",)), []),
    ],
)
def test_a_row_has_one_of_each(filters, names):
    assert choose(filters) == names


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/", ["items", "item", "post", "café"]),
        ("/items", ["items", "item"]),
        ("/items/", ["items", "item"]),
        ("/item", []),
        ("/items/[id=int]", ["item"]),
        ("/api", ["post", "café"]),
        ("/api/caf%C3%A9", ["café"]),
        ("/api/cafe\u0301/[id]", ["café"]),
    ],
)
def test_a_path_is_a_prefix_by_segments(path, names):
    assert choose(parse_filters(paths=[path])) == names


POLICIES = (
    "-",
    "60 s",
    "0.5 s",
    "60 s, error",
    "never",
    "force-dynamic",
    "until revalidated",
    "by response, force-static",
)


@pytest.mark.parametrize(
    ("value", "policies"),
    [
        ("none", ["-"]),
        ("-", ["-"]),
        ("any", [p for p in POLICIES if p not in ("-", "never", "force-dynamic")]),
        ("60", ["60 s", "60 s, error"]),
        ("60s", ["60 s", "60 s, error"]),
        ("60 s", ["60 s", "60 s, error"]),
        ("0.50", ["0.5 s"]),
        ("error", ["60 s, error"]),
        ("Never", ["never"]),
        ("force-dynamic", ["force-dynamic"]),
        ("force-static", ["by response, force-static"]),
        ("until revalidated", ["until revalidated"]),
        ("until-revalidated", ["until revalidated"]),
        ("by-response", ["by response, force-static"]),
        ("61", []),
    ],
)
def test_a_cache_policy_is_a_word_or_seconds(value, policies):
    rows = {policy: replace(ITEMS, cache=policy) for policy in POLICIES}

    assert choose(parse_filters(caches=[value]), rows) == policies


def test_a_row_that_does_not_say_is_not_chosen():
    facts = {"path": "/", "methods": []}

    assert Filters().accepts(facts)
    for filters in (
        Filters(apps=("shop",)),
        Filters(methods=("GET",)),
        Filters(caches=("none",)),
        Filters(csrfs=("off",)),
    ):
        assert not filters.accepts(facts)


def test_names_and_labels_of_apps_are_one(site):
    site({"city/shop/": ""}, apps=["city.shop"])

    assert parse_filters(apps=["shop", "city.shop"]).apps == ("city.shop", "city.shop")


def test_words_are_taken_in_upper_and_lower_case():
    assert parse_filters(methods=["get"], csrfs=["OFF"]) == Filters(
        methods=("GET",), csrfs=("off",)
    )


def test_no_filter_is_false():
    assert not parse_filters()
    assert parse_filters(methods=["GET"])


METHODS = "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE or QUERY"
WORDS = "any, none, by response, error, force-dynamic, force-static, never, until revalidated"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"apps": ["shp"]},
            "--app shp: no installed app has that name or label. Did you mean 'shop'?",
        ),
        ({"apps": ["zebra"]}, "--app zebra: no installed app has that name or label."),
        (
            {"methods": ["GTE"]},
            f"--method takes {METHODS}, not 'GTE'. Did you mean 'GET'?",
        ),
        ({"methods": [""]}, f"--method takes {METHODS}, not ''."),
        (
            {"csrfs": ["orign"]},
            "--csrf takes origin, token or off, not 'orign'. Did you mean 'origin'?",
        ),
        (
            {"caches": ["nevr"]},
            f"--cache takes {WORDS} or seconds, not 'nevr'. Did you mean 'never'?",
        ),
        ({"caches": ["1 m"]}, f"--cache takes {WORDS} or seconds, not '1 m'."),
        (
            {"paths": ["api"]},
            "--path takes a path, which begins with one slash, not 'api'. "
            "Did you mean '/api'?",
        ),
        (
            {"paths": ["//api"]},
            "--path takes a path, which begins with one slash, not '//api'. "
            "Did you mean '/api'?",
        ),
    ],
)
def test_wrong_values_are_told_in_one_line(site, values, message):
    site({"shop/": ""})

    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse_filters(**values)
