import json
import re
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from tests.example_project.serving import (
    EXAMPLE,
    FORM,
    JSON,
    ORDER_ID,
)


@pytest.mark.parametrize(
    ("path", "content_type", "body"),
    [
        ("/api/hello", "application/json", '{"message":"Hello"}'),
        (
            "/api/items",
            "application/json",
            '[{"id":1,"name":"Teapot","price":"24.00"},'
            '{"id":2,"name":"Green tea","price":"6.50"},'
            '{"id":3,"name":"Tea towel","price":"9.90"}]',
        ),
        (
            "/api/items?q=tea%20T",
            "application/json",
            '[{"id":3,"name":"Tea towel","price":"9.90"}]',
        ),
        (
            "/api/items/1",
            "application/json",
            '{"id":1,"name":"Teapot","price":"24.00","stock":418}',
        ),
        (
            "/api/items/1?fields=stock,name",
            "application/json",
            '{"stock":418,"name":"Teapot"}',
        ),
        (
            f"/api/orders/{ORDER_ID}",
            "application/json",
            f'{{"id":"{ORDER_ID}","item_id":1,"quantity":1,"paid_at":null}}',
        ),
        (
            "/api/posts",
            "application/json",
            '[{"slug":"on-teapots","title":"On teapots",'
            '"published_at":"2025-04-18T16:30:00Z"},'
            '{"slug":"first-flush","title":"First flush",'
            '"published_at":"2025-03-20T09:00:00Z"}]',
        ),
        (
            "/api/posts/on-teapots",
            "application/json",
            '{"slug":"on-teapots","title":"On teapots",'
            '"body":"Why ours are short & stout.",'
            '"published_at":"2025-04-18T16:30:00Z"}',
        ),
        ("/cart", "application/json", "[]"),
        (
            "/docs/start",
            "text/markdown; charset=utf-8",
            (EXAMPLE / "blog/manual/start.md").read_text(),
        ),
        (
            "/docs/orders/pay",
            "text/markdown; charset=utf-8",
            (EXAMPLE / "blog/manual/orders/pay.md").read_text(),
        ),
    ],
)
def test_get_answers_and_head_says_the_same(site, path, content_type, body):
    response, content = site.ask("GET", path)
    head, nothing = site.ask("HEAD", path)

    found = response.status, response.headers["Content-Type"], content.decode()
    assert found == (200, content_type, body)
    assert (head.status, head.headers["Content-Type"]) == (200, content_type)
    assert (head.headers["Content-Length"], nothing) == (str(len(content)), b"")


def test_feed_lists_the_posts(site):
    response, content = site.ask("GET", "/feed.xml")

    assert response.headers["Content-Type"] == "application/rss+xml; charset=utf-8"
    host = f"http://127.0.0.1:{site.port}"
    assert content.decode() == (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
        f"<title>The example blog</title><link>{host}/</link>"
        "<description>News about tea.</description>"
        f'<atom:link href="{host}/feed.xml" rel="self"/>'
        "<lastBuildDate>Fri, 18 Apr 2025 16:30:00 +0000</lastBuildDate>"
        f"<item><title>On teapots</title><link>{host}/api/posts/on-teapots</link>"
        "<description>Why ours are short &amp; stout.</description>"
        "<pubDate>Fri, 18 Apr 2025 16:30:00 +0000</pubDate></item>"
        f"<item><title>First flush</title><link>{host}/api/posts/first-flush</link>"
        "<description>The first leaves of the year are here.</description>"
        "<pubDate>Thu, 20 Mar 2025 09:00:00 +0000</pubDate></item></channel></rss>"
    )


def test_logo_is_a_png(site):
    response, content = site.ask("GET", "/logo.png")

    assert response.headers["Content-Type"] == "image/png"
    size, pixels = struct.unpack(">II", content[16:24]), content[41:-16]
    assert (content[:8], size) == (b"\x89PNG\r\n\x1a\n", (32, 32))
    assert zlib.decompress(pixels) == (b"\x00" + b"\x0c\x4b\x33" * 32) * 32


def test_every_link_on_the_start_page_answers(site):
    _, page = site.ask("GET", "/")

    links = re.findall(r'href="([^"]+)"', page.decode())
    found = {link: site.ask("GET", link)[0].status for link in links}
    assert found == {
        "/api/hello": 200,
        "/api/items": 200,
        "/api/items/1?fields=name,price": 200,
        "/cart": 200,
        "/api/posts": 200,
        "/feed.xml": 200,
        "/docs/start": 200,
        "/logo.png": 200,
        "/admin/": 302,
    }


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/manual", "/docs/start"),
        ("/manual/orders/pay", "/docs/orders/pay"),
        ("/manual/%5Cevil.example", "/docs/%5Cevil.example"),
        ("/api/items/1/?fields=name", "/api/items/1?fields=name"),
    ],
)
def test_former_addresses_redirect(site, path, location):
    response, _ = site.ask("GET", path)

    assert (response.status, response.headers["Location"]) == (308, location)


@pytest.mark.parametrize(
    "path",
    [
        "/api/items/4",
        "/api/items/one",
        "/api/items/9999999999999999999999",
        "/api/orders/1",
        "/api/orders/00000000-0000-4000-8000-000000000000",
        "/api/posts/off-teapots",
        "/docs",
        "/docs/start/more",
        "/docs/../manage",
        "/pages/docs/start",
        "/_lib",
    ],
)
def test_everything_else_is_not_found(site, path):
    response, _ = site.ask("GET", path)

    assert response.status == 404


def test_echo_says_what_it_was_told(site):
    assert site.post("/api/echo", {"a": ["é", None]}) == (
        201,
        '{"echoed":{"a":["é",null]}}'.encode(),
    )


def test_echo_of_no_json_is_a_problem(site):
    response, content = site.ask("POST", "/api/echo", "{", JSON)

    assert response.headers["Content-Type"] == "application/problem+json"
    assert json.loads(content) == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "The body is not JSON.",
    }


def test_unknown_field_of_an_item_is_a_problem(site):
    response, content = site.ask("GET", "/api/items/1?fields=name,secret")

    assert response.headers["Content-Type"] == "application/problem+json"
    assert json.loads(content) == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "An item has the fields id, name, price, stock.",
    }


def test_order_takes_from_the_stock(site):
    response, content = site.ask(
        "POST", "/api/orders", '{"item": 2, "quantity": 3}', JSON
    )

    id_ = json.loads(content)["id"]
    assert (response.status, json.loads(content)) == (201, {"id": id_})
    assert response.headers["Location"] == f"/api/orders/{id_}"
    _, order = site.ask("GET", f"/api/orders/{id_}")
    assert json.loads(order) == {
        "id": id_,
        "item_id": 2,
        "quantity": 3,
        "paid_at": None,
    }
    assert site.query("SELECT stock FROM shop_item WHERE id = 2") == [(27,)]


@pytest.mark.parametrize(
    ("order", "status"),
    [
        ({"item": 3}, 409),
        ({"item": 2, "quantity": 31}, 409),
        ({"item": 10**30}, 409),
        ({"item": 2, "quantity": 0}, 422),
        ({"item": "2"}, 422),
        ({"item": 2, "price": 0}, 422),
        ([], 422),
        (None, 422),
    ],
)
def test_refused_order_changes_nothing(site, order, status):
    found, content = site.post("/api/orders", order)

    assert (found, json.loads(content)["status"]) == (status, status)
    assert site.query("SELECT count(*) FROM shop_order") == [(1,)]
    assert site.query("SELECT stock FROM shop_item") == [(418,), (30,), (0,)]


def test_simultaneous_orders_never_sell_more_than_the_stock(site):
    with ThreadPoolExecutor(8) as pool:
        orders = [{"item": 2, "quantity": 1}] * 40
        statuses = [
            s for s, _ in pool.map(lambda o: site.post("/api/orders", o), orders)
        ]

    assert sorted(statuses) == [201] * 30 + [409] * 10
    assert site.query("SELECT stock FROM shop_item WHERE id = 2") == [(0,)]


@pytest.mark.parametrize(
    "path",
    [
        "/api/items?q=towel",
        "/api/items/1?fields=price",
        "/api/posts",
        "/api/posts/first-flush",
        "/feed.xml",
    ],
)
def test_second_visitor_is_answered_from_the_cache(site, path):
    _, first = site.ask("GET", path)
    response, second = site.ask("GET", path)

    status = response.headers["Cache-Status"]
    assert re.fullmatch(r"routehandlers; hit; ttl=\d+", status)
    assert first == second


def test_order_is_seen_in_the_stock(site):
    _, before = site.ask("GET", "/api/items/2?fields=stock")
    status, _ = site.post("/api/orders", {"item": 2, "quantity": 3})
    _, after = site.ask("GET", "/api/items/2?fields=stock")

    assert (before, status, after) == (b'{"stock":30}', 201, b'{"stock":27}')


def test_cart_lives_in_a_signed_cookie(site):
    added, nothing = site.ask("POST", "/cart", "item=1", FORM)
    cookie = {"Cookie": added.headers["Set-Cookie"].partition(";")[0]}
    again, _ = site.ask("POST", "/cart", "item=3", FORM | cookie)
    both = {"Cookie": again.headers["Set-Cookie"].partition(";")[0]}
    emptied, _ = site.ask("DELETE", "/cart", headers=both)

    assert (added.status, added.headers["Location"], nothing) == (303, "/cart", b"")
    assert site.ask("GET", "/cart", headers=cookie)[1] == b'[{"id":1,"name":"Teapot"}]'
    assert site.ask("GET", "/cart", headers=both)[1] == (
        b'[{"id":1,"name":"Teapot"},{"id":3,"name":"Tea towel"}]'
    )
    assert (emptied.status, "Max-Age=0" in emptied.headers["Set-Cookie"]) == (204, True)


@pytest.mark.parametrize("cookie", ["cart=1", "cart=1:x:y", "cart=", 'cart="1'])
def test_forged_cart_is_empty(site, cookie):
    response, content = site.ask("GET", "/cart", headers={"Cookie": cookie})

    assert (response.status, content) == (200, b"[]")


@pytest.mark.parametrize("item", ["", "4", "one", "9" * 30])
def test_cart_takes_items_only(site, item):
    status, content = site.post("/cart", {"item": item}, FORM)

    assert status == 422
    assert json.loads(content)["detail"] == (
        "The form field 'item' takes the id of an item."
    )


def test_other_sites_form_reaches_no_cart(site):
    headers = FORM | {"Sec-Fetch-Site": "cross-site"}

    response, _ = site.ask("POST", "/cart", "item=1", headers)

    assert (response.status, response.headers["Set-Cookie"]) == (403, None)


def test_new_post_is_listed_first(site):
    post = {"slug": "new", "title": "New", "body": "Text"}
    cached = [site.ask("GET", path) for path in ("/api/posts", "/feed.xml")]

    response, content = site.ask("POST", "/api/posts", urlencode(post), FORM)

    found = response.status, response.headers["Location"], content
    assert found == (201, "/api/posts/new", b'{"slug":"new"}')
    listed = json.loads(site.ask("GET", "/api/posts")[1])
    assert [p["slug"] for p in listed] == ["new", "on-teapots", "first-flush"]
    assert all(b"new" not in content for _, content in cached)
    assert b"/api/posts/new" in site.ask("GET", "/feed.xml")[1]


def test_post_that_does_not_fit_is_told_why(site):
    post = {"slug": "on-teapots", "title": "", "body": "Text"}

    assert site.post("/api/posts", post, FORM) == (
        422,
        b'{"errors":{"title":[{"message":"This field is required.","code":"required"}],'
        b'"slug":[{"message":"Post with this Slug already exists.","code":"unique"}]}}',
    )
