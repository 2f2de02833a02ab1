"""`manage.py routes --why` says what answers a request."""

import json

from tests.listings import SHOP, fail_routes, run_routes


def test_why_says_what_answers(site):
    site(SHOP)

    out, err = run_routes("--why", "PUT", "/items/3")

    assert (out, err) == (
        "PUT /items/3 is answered by shop/routes/items/[id=int]/route.py, line 2.\n"
        "  route       /items/[id=int]\n"
        "  mount       /, automatically\n"
        "  view        shop.routes.items.id__int_param.route.PUT, sync\n"
        "  params      id = 3\n"
        "  middleware  django.middleware.common.CommonMiddleware\n"
        "  csrf        token\n"
        "  max_body    no limit\n"
        "  allow       OPTIONS, PUT\n",
        "",
    )


def test_why_says_what_comes_near(site):
    site(SHOP)

    assert fail_routes("--why", "GET", "/items/x") == (
        "Nothing answers GET /items/x.\n"
        "  mounts      /\n"
        "Nearest:\n"
        "  /items/[id=int]  shop/routes/items/[id=int]/route.py\n"
        "    The converter 'int' refuses 'x'.\n"
        "  /items  shop/routes/items/route.py\n"
        "    Nothing takes the rest, '/x'.\n",
        "Nothing answers it.",
        1,
    )


def test_why_answers_in_json(site):
    site(SHOP)

    out, _ = run_routes("--why", "GET", "/posts", "--format", "json")

    assert json.loads(out) == {
        "method": "GET",
        "path": "/posts",
        "outcome": "handler",
        "status": None,
        "route": "/posts",
        "mount": "/",
        "is_automatic": True,
        "app": "blog",
        "file": "blog/routes/posts/route.py",
        "line": 1,
        "view": "blog.routes.posts.route.GET",
        "mode": "sync",
        "params": {},
        "captured": {},
        "middleware": [
            {"name": "django.middleware.common.CommonMiddleware", "file": None}
        ],
        "csrf": "origin",
        "max_body": None,
        "allow": ["GET", "HEAD", "OPTIONS"],
        "location": None,
        "cache": None,
        "problems": [],
        "candidates": [],
        "mounts": [],
    }


def test_why_escapes_what_commands_a_terminal(site):
    site(SHOP)

    out, *_ = fail_routes("--why", "GET", "/%1b[31m%00")

    assert out == "Nothing answers GET /\\x1b[31m\\x00.\n  mounts      /\n"
