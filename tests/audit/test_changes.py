"""Two listings are compared endpoint by endpoint."""

from dataclasses import asdict, replace

import pytest

from django_routehandlers.audit.changes import (
    Change,
    Changes,
    FieldChange,
    compare,
    describe,
)
from django_routehandlers.audit.listing import Row

ITEMS = Row(
    path="/items",
    methods=["GET", "HEAD"],
    name="/items",
    mode="sync",
    cache="-",
    csrf="origin",
    max_body=None,
    middleware=[],
    app="shop",
    module="shop.routes.items.route",
    file="shop/routes/items/route.py",
    params=[],
    broken=False,
)
ITEM = replace(
    ITEMS,
    path="/items/[id=int]",
    name="/items/[id=int]",
    module="shop.routes.items.id__int_param.route",
    file="shop/routes/items/[id=int]/route.py",
    params=["id"],
)
DOCS = replace(ITEMS, path="/docs/[[...slug]]", file="shop/routes/docs/route.py")


def test_listings_without_a_difference_have_no_changes():
    changes = compare([ITEMS, ITEM], [asdict(ITEM), ITEMS])

    assert changes == Changes()
    assert not changes
    assert list(describe(changes)) == []


def test_endpoints_are_added_changed_and_removed():
    now = replace(ITEM, methods=["GET", "HEAD", "PUT"], cache="60 s")

    changes = compare([ITEMS, ITEM], [DOCS, now])

    assert changes == Changes(
        added=(asdict(DOCS),),
        changed=(
            Change(
                asdict(ITEM),
                asdict(now),
                (
                    FieldChange("methods", ["GET", "HEAD"], ["GET", "HEAD", "PUT"]),
                    FieldChange("cache", "-", "60 s"),
                ),
            ),
        ),
        removed=(asdict(ITEMS),),
    )
    assert changes
    assert list(describe(changes)) == [
        "+ GET, HEAD  /docs/[[...slug]]",
        "~ /items/[id=int]  methods: GET, HEAD -> GET, HEAD, PUT; cache: - -> 60 s",
        "- GET, HEAD  /items",
    ]


def test_a_renamed_param_is_a_change_of_the_same_endpoint():
    renamed = replace(ITEM, path="/items/[pk=int]", params=["pk"])

    changes = compare([ITEM], [renamed])

    assert list(describe(changes)) == [
        "~ /items/[pk=int]  path: /items/[id=int] -> /items/[pk=int]; params: id -> pk"
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/items/[id]", "/items/[id=int]"),
        ("/items/[id]", "/items/[...id]"),
        ("/docs/[...slug]", "/docs/[[...slug]]"),
        ("/docs/[id=int]", "/docs/[id=slug]"),
        ("/items", "/items/"),
    ],
)
def test_other_urls_are_another_endpoint(old, new):
    changes = compare([replace(ITEM, path=old)], [replace(ITEM, path=new)])

    assert list(describe(changes)) == [f"+ GET, HEAD  {new}", f"- GET, HEAD  {old}"]


def test_what_breaks_and_what_lost_all_methods_is_named():
    broken = replace(ITEMS, methods=[], broken=True)
    empty = replace(DOCS, methods=[])

    changes = compare([ITEMS, empty], [broken, ITEM])

    assert list(describe(changes)) == [
        "+ GET, HEAD  /items/[id=int]",
        "~ /items  methods: GET, HEAD -> -; broken: no -> yes",
        "- -  /docs/[[...slug]]",
    ]
    assert list(describe(compare([], [broken]))) == ["+ broken  /items"]


def test_only_fields_that_both_listings_know_are_compared():
    saved = {"path": "/items", "methods": ["GET", "HEAD"], "speed": "high"}

    assert compare([saved], [ITEMS]) == Changes()
    assert compare([{"path": "/items"}], [{"path": "/items"}]) == Changes()


def test_endpoints_with_one_path_are_paired_by_file_and_then_in_order():
    first, second = (replace(ITEMS, file=f"{name}/route.py") for name in "ab")
    third = replace(ITEMS, file="c/route.py")

    assert compare([first, second], [second, first]) == Changes()
    assert list(describe(compare([first, second], [second, third]))) == [
        "~ /items  file: a/route.py -> c/route.py"
    ]
    assert list(describe(compare([first], [first, second]))) == ["+ GET, HEAD  /items"]
    assert list(describe(compare([first, second], [first]))) == ["- GET, HEAD  /items"]
