"""The table fits the terminal, and loses nothing."""

from dataclasses import replace

from django_routehandlers.audit.table import build_table
from tests.audit.test_changes import ITEM, ITEMS

ROWS = [
    replace(ITEMS, name="item-list", cache="60 s"),
    replace(
        ITEM,
        methods=["DELETE", "GET", "HEAD"],
        mode="async",
        cache="until revalidated",
        middleware=["shop.stack.Own", "shop.stack.Other"],
    ),
    replace(ITEMS, path="/empty", name="/empty", methods=[], file="shop/e/route.py"),
    replace(ITEMS, path="/bad", name="/bad", broken=True, file="shop/bad/route.py"),
]


def build(width=None, rows=ROWS):
    return [line for block in build_table(rows, width) for line in block]


WHOLE = """\
METHODS            PATH             NAME             MODE   CACHE              CSRF    MIDDLEWARE  FILE
GET, HEAD          /items           item-list        sync   60 s               origin  -           shop/routes/items/route.py
DELETE, GET, HEAD  /items/[id=int]  /items/[id=int]  async  until revalidated  origin  Own, Other  shop/routes/items/[id=int]/route.py
-                  /empty           /empty           sync   -                  origin  -           shop/e/route.py
broken             /bad             /bad             sync   -                  origin  -           shop/bad/route.py
""".splitlines()


def test_a_table_without_a_width_is_whole():
    assert build() == WHOLE


def test_a_table_that_fits_is_the_same():
    assert build(200) == build(135) == WHOLE


def test_the_file_moves_below_first():
    assert build(110) == [
        "METHODS            PATH             NAME             MODE   CACHE              "
        "CSRF    MIDDLEWARE",
        "    FILE",
        "GET, HEAD          /items           item-list        sync   60 s               "
        "origin  -",
        "    shop/routes/items/route.py",
        "DELETE, GET, HEAD  /items/[id=int]  /items/[id=int]  async  until revalidated  "
        "origin  Own, Other",
        "    shop/routes/items/[id=int]/route.py",
        "-                  /empty           /empty           sync   -                  "
        "origin  -",
        "    shop/e/route.py",
        "broken             /bad             /bad             sync   -                  "
        "origin  -",
        "    shop/bad/route.py",
    ]


def test_then_name_and_middleware():
    assert build(79, ROWS[:2]) == [
        "METHODS            PATH             MODE   CACHE              CSRF",
        "    NAME  MIDDLEWARE  FILE",
        "GET, HEAD          /items           sync   60 s               origin",
        "    item-list  -  shop/routes/items/route.py",
        "DELETE, GET, HEAD  /items/[id=int]  async  until revalidated  origin",
        "    /items/[id=int]  Own, Other  shop/routes/items/[id=int]/route.py",
    ]


def test_what_is_still_too_wide_is_wrapped():
    lines = build(50, ROWS[:2])

    assert lines == [
        "METHODS     PATH        MODE   CACHE        CSRF",
        "    NAME  MIDDLEWARE  FILE",
        "GET, HEAD   /items      sync   60 s         origin",
        "    item-list  -  shop/routes/items/route.py",
        "DELETE,     /items      async  until        origin",
        "GET, HEAD   /[id=int]          revalidated",
        "    /items/[id=int]  Own, Other  shop/routes/items",
        "    /[id=int]/route.py",
    ]
    assert max(map(len, lines)) <= 50


def test_a_terminal_of_a_few_columns_is_no_failure():
    assert build(3, ROWS[:1])[:4] == [
        "METHOD  PATH    MODE  CACHE  CSRF",
        "S",
        "    NAME",
        "    FILE",
    ]


def test_a_column_without_middleware_is_left_out():
    assert build(None, ROWS[:1]) == [
        "METHODS    PATH    NAME       MODE  CACHE  CSRF    FILE",
        "GET, HEAD  /items  item-list  sync  60 s   origin  shop/routes/items/route.py",
    ]


def test_wide_letters_are_aligned():
    rows = [replace(ITEMS, path="/値段", name="/値段"), ITEMS]

    assert build(None, rows) == [
        "METHODS    PATH    NAME    MODE  CACHE  CSRF    FILE",
        "GET, HEAD  /値段   /値段   sync  -      origin  shop/routes/items/route.py",
        "GET, HEAD  /items  /items  sync  -      origin  shop/routes/items/route.py",
    ]
