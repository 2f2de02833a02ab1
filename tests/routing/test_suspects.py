"""The files that may mend a failed import are named, and no others."""

import pytest

from django_routehandlers.registry import get_snapshot
from django_routehandlers.routing.suspects import find_suspects


def find(root):
    suspects = find_suspects(get_snapshot().endpoints)
    return {str(s).removeprefix(f"{root}/") for s in suspects if str(root) in s}


ROUTE = "shop/routes/items/route.py"
GET = "def GET(): return 1\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({ROUTE: GET}, set()),
        ({ROUTE: "def GET(:"}, {ROUTE}),
        ({ROUTE: "1 / 0"}, {ROUTE}),
        (
            {ROUTE: "from .helper import A", "shop/routes/items/helper.py": "A ="},
            {ROUTE, "shop/routes/items/helper.py"},
        ),
        (
            {ROUTE: "from shop.words import A", "shop/words.py": "A = 1 / 0"},
            {ROUTE, "shop/words.py"},
        ),
        (
            {ROUTE: "from shop.words import A", "shop/words.py": ""},
            {ROUTE, "shop/words.py"},
        ),
        (
            {ROUTE: "import shop.words.a.b", "shop/words/__init__.py": ""},
            {ROUTE, "shop/words", "shop/words/a", "shop/words/a.py"},
        ),
        (
            {ROUTE: "from shop import words"},
            {ROUTE, "shop", "shop/__init__.py"},
        ),
        ({ROUTE: "import nowhere_at_all"}, {ROUTE}),
        ({ROUTE: "raise ImportError"}, {ROUTE}),
        ({ROUTE: "exec('1 / 0')"}, {ROUTE}),
        (
            {
                ROUTE: """
                    try:
                        import shop.words
                    except SyntaxError:
                        raise RuntimeError from None
                """,
                "shop/words.py": "A =",
            },
            {ROUTE, "shop/words.py"},
        ),
        (
            {ROUTE: GET, "shop/routes/middleware.py": "middleware = ["},
            {ROUTE, "shop/routes/middleware.py"},
        ),
        (
            {
                ROUTE: GET,
                "shop/routes/middleware.py": "middleware = ['shop.guards.M']",
                "shop/guards.py": "def M(:",
            },
            {ROUTE, "shop/routes/middleware.py", "shop/guards.py"},
        ),
        # It has been imported, so that whoever watches modules watches it.
        ({ROUTE: GET, "shop/routes/middleware.py": "middleware = 1"}, set()),
    ],
)
def test_suspects(site, files, expected):
    assert find(site(files)) == expected


def test_exception_that_causes_itself_is_looked_at_once(site):
    root = site(
        {
            ROUTE: """
                first, second = ValueError(), ValueError()
                first.__cause__, second.__cause__ = second, first
                raise first
            """
        }
    )

    assert find(root) == {ROUTE}
