import errno
import os
import re
import shlex
import shutil
import socket
import sqlite3
from contextlib import closing

import pytest

from tests.example_project.serving import (
    MANAGE,
    ORDER_ID,
    Site,
    get_environment,
    get_free_port,
    run,
    run_demo,
    serving,
)

LISTING = """\
METHODS                  PATH                   NAME                   MODE   CACHE  CSRF    FILE
GET, HEAD                /                      /                      sync   -      origin  shop/routes/route.py
POST                     /api/echo              /api/echo              async  -      origin  shop/routes/api/echo/route.py
GET, HEAD                /api/hello             /api/hello             sync   -      origin  shop/routes/api/hello/route.py
GET, HEAD                /api/items             /api/items             sync   60 s   origin  shop/routes/api/items/route.py
GET, HEAD                /api/items/[id=int]    item-detail            sync   60 s   origin  shop/routes/api/items/[id=int]/route.py
POST                     /api/orders            /api/orders            sync   -      origin  shop/routes/api/orders/route.py
GET, HEAD                /api/orders/[id=uuid]  /api/orders/[id=uuid]  async  -      origin  shop/routes/api/orders/[id=uuid]/route.py
GET, HEAD, POST          /api/posts             /api/posts             mixed  60 s   origin  blog/routes/api/posts/route.py
GET, HEAD                /api/posts/[slug]      /api/posts/[slug]      async  60 s   origin  blog/routes/api/posts/[slug]/route.py
DELETE, GET, HEAD, POST  /cart                  /cart                  sync   -      origin  shop/routes/cart/route.py
GET, HEAD                /docs/[...slug]        /docs/[...slug]        sync   -      origin  blog/routes/(pages)/docs/[...slug]/route.py
GET, HEAD                /feed.xml              /feed.xml              sync   60 s   origin  blog/routes/(pages)/feed.xml/route.py
GET, HEAD                /logo.png              /logo.png              sync   -      origin  blog/routes/(pages)/logo.png/route.py
GET, HEAD                /manual/[[...path]]    /manual/[[...path]]    sync   -      origin  blog/routes/(pages)/manual/[[...path]]/route.py
POST                     /webhooks/stripe       /webhooks/stripe       sync   -      origin  shop/routes/webhooks/stripe/route.py
"""


def test_every_line_to_try_works(site):
    if shutil.which("curl") is None:
        pytest.skip("curl is not on this machine, so its lines were not run.")
    demo = run_demo(site.environment, f"127.0.0.1:{site.port}", "--no-serve")

    lines = re.findall(r"^  (curl .*)$", demo.stdout, re.MULTILINE)
    outputs = [run(shlex.split(line)) for line in lines]

    assert [output.returncode for output in outputs] == [0] * len(lines)
    answers = [output.stdout.splitlines()[0].strip() for output in outputs]
    assert [re.sub(r'paid_at":".*"', 'paid_at":"now"', a) for a in answers] == [
        '{"message":"Hello"}',
        '{"echoed":{"any":["json"]}}',
        '[{"id":1,"name":"Teapot","price":"24.00"},'
        '{"id":2,"name":"Green tea","price":"6.50"},'
        '{"id":3,"name":"Tea towel","price":"9.90"}]',
        '{"name":"Teapot","price":"24.00"}',
        "HTTP/1.1 200 OK",
        "HTTP/1.1 200 OK",
        "HTTP/1.1 201 Created",
        '{"new":true}',
        f'{{"id":"{ORDER_ID}","item_id":1,"quantity":1,"paid_at":"now"}}',
        '[{"id":1,"name":"Teapot"}]',
        '[{"slug":"on-teapots","title":"On teapots",'
        '"published_at":"2025-04-18T16:30:00Z"},'
        '{"slug":"first-flush","title":"First flush",'
        '"published_at":"2025-03-20T09:00:00Z"}]',
        "HTTP/1.1 201 Created",
        '{"slug":"on-teapots","title":"On teapots",'
        '"body":"Why ours are short & stout.",'
        '"published_at":"2025-04-18T16:30:00Z"}',
        "# Pay an order",
        "# Start",
        '<?xml version="1.0" encoding="utf-8"?>',
        "HTTP/1.1 200 OK",
    ]
    assert "routehandlers; fwd=uri-miss; stored" in outputs[4].stdout
    assert "routehandlers; hit; ttl=" in outputs[5].stdout


def test_listing_names_every_route(tmp_path):
    routes = run([*MANAGE, "routes"], get_environment(tmp_path))

    assert (routes.stdout, routes.stderr, routes.returncode) == (LISTING, "", 0)


def test_demo_prepares_again_what_is_missing(tmp_path):
    environment = get_environment(tmp_path)
    site = Site(8000, environment, tmp_path / "db.sqlite3")

    first = run_demo(environment, "--no-serve")
    with closing(sqlite3.connect(site.database)) as connection:
        connection.execute("DELETE FROM blog_post WHERE slug = 'on-teapots'")
        connection.execute("UPDATE shop_item SET stock = 1 WHERE id = 1")
        connection.commit()
    second = run_demo(environment, "--no-serve")

    assert (first.stderr, second.stderr) == ("", "")
    assert first.stdout.startswith(
        f"{LISTING}\nOpen http://127.0.0.1:8000/, or try:\n  curl "
    )
    assert site.query("SELECT slug FROM blog_post ORDER BY slug") == [
        ("first-flush",),
        ("on-teapots",),
    ]
    assert site.query("SELECT stock FROM shop_item") == [(1,), (30,), (0,)]


def test_demo_with_the_reloader_speaks_once_and_stops_whole(tmp_path):
    port = get_free_port()

    with serving(tmp_path, port, [*MANAGE, "demo", str(port)]) as site:
        response, _ = site.ask("GET", "/api/items")

    assert response.status == 200
    assert (tmp_path / "log").read_text().count("METHODS") == 1
    with pytest.raises(ConnectionRefusedError):
        site.ask("GET", "/api/items")


@pytest.mark.parametrize("addrport", ["0", "65536", "shop", "127.0.0.1", "a/b:80"])
def test_demo_says_what_an_address_is(tmp_path, addrport):
    demo = run_demo(get_environment(tmp_path), addrport)

    assert (demo.stdout, demo.returncode) == ("", 1)
    assert demo.stderr == (
        f"CommandError: '{addrport}' is not a port or address:port. "
        "Write 8000 or 127.0.0.1:8000.\n"
    )


def test_demo_says_that_a_port_is_taken(tmp_path):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        demo = run_demo(get_environment(tmp_path), str(port))

    assert (demo.stdout, demo.returncode) == ("", 1)
    assert demo.stderr == (
        f"CommandError: 127.0.0.1:{port} can't be served: {os.strerror(errno.EADDRINUSE)}. "
        "Name another port, as in 'manage.py demo 8123'.\n"
    )


def test_migrations_are_complete(tmp_path):
    command = [*MANAGE, "makemigrations", "--check", "--dry-run"]

    found = run(command, get_environment(tmp_path))

    assert (found.stdout, found.returncode) == ("No changes detected\n", 0)
