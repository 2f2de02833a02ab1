"""A miss in DEBUG shows the routes, with status 404."""

import pytest

GET = "def GET(): return {}\n"


@pytest.mark.parametrize("path", ["/nothing", "/items/", "/items/x/y", "/"])
def test_debug_page_lists_the_routes(send, site, path):
    files = {
        "shop/routes/items/[id]/route.py": f"name = 'item'\n{GET}",
        "shop/routes/docs/[...slug]/route.py": GET,
    }
    site(files, DEBUG=True)

    response = send("GET", path)

    text = response.content.decode()
    assert response.status_code == 404
    assert "items/&lt;str:id&gt;" in text
    assert "[name='item']" in text
    assert "docs/&lt;segments:slug&gt;" in text
    assert "own" in text


@pytest.mark.parametrize("path", ["/nothing", "/"])
def test_debug_page_without_any_route_is_404(send, site, path):
    site({"shop/": ""}, DEBUG=True)

    response = send("GET", path)

    assert response.status_code == 404


def test_miss_outside_debug_shows_nothing(send, site):
    site({"shop/routes/items/[id]/route.py": GET})

    response = send("GET", "/nothing")

    assert response.status_code == 404
    assert b"items" not in response.content
