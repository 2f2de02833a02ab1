"""The example project, served for real by three servers and asked over HTTP."""

import errno
import hashlib
import hmac
import http.client
import json
import os
import re
import shlex
import shutil
import socket
import sqlite3
import struct
import subprocess
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "example_project"
PYTHON = [sys.executable, "-W", "error"]
MANAGE = [*PYTHON, str(EXAMPLE / "manage.py")]
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SECRET = b"whsec_example"
ORDER_ID = "5eed0000-0000-4000-8000-000000000001"
LISTING = """\
METHODS                  PATH                   NAME                   MODE   CACHE  CSRF    FILE
GET, HEAD                /                      /                      sync   -      origin  shop/routes/route.py
POST                     /api/echo              /api/echo              async  -      origin  shop/routes/api/echo/route.py
GET, HEAD                /api/hello             /api/hello             sync   -      origin  shop/routes/api/hello/route.py
GET, HEAD                /api/items             /api/items             sync   -      origin  shop/routes/api/items/route.py
GET, HEAD                /api/items/[id=int]    item-detail            sync   -      origin  shop/routes/api/items/[id=int]/route.py
POST                     /api/orders            /api/orders            sync   -      origin  shop/routes/api/orders/route.py
GET, HEAD                /api/orders/[id=uuid]  /api/orders/[id=uuid]  async  -      origin  shop/routes/api/orders/[id=uuid]/route.py
GET, HEAD, POST          /api/posts             /api/posts             mixed  -      origin  blog/routes/api/posts/route.py
GET, HEAD                /api/posts/[slug]      /api/posts/[slug]      async  -      origin  blog/routes/api/posts/[slug]/route.py
DELETE, GET, HEAD, POST  /cart                  /cart                  sync   -      origin  shop/routes/cart/route.py
GET, HEAD                /docs/[...slug]        /docs/[...slug]        sync   -      origin  blog/routes/(pages)/docs/[...slug]/route.py
GET, HEAD                /feed.xml              /feed.xml              sync   -      origin  blog/routes/(pages)/feed.xml/route.py
GET, HEAD                /logo.png              /logo.png              sync   -      origin  blog/routes/(pages)/logo.png/route.py
GET, HEAD                /manual/[[...path]]    /manual/[[...path]]    sync   -      origin  blog/routes/(pages)/manual/[[...path]]/route.py
POST                     /webhooks/stripe       /webhooks/stripe       sync   -      origin  shop/routes/webhooks/stripe/route.py
"""


@dataclass(frozen=True)
class Site:
    """One running server."""

    port: int
    environment: dict[str, str]
    database: Path

    def ask(self, method, path, body=None, headers=None):
        with closing(
            http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        ) as connection:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response, response.read()

    def post(self, path, data, headers=JSON):
        body = urlencode(data) if headers is FORM else json.dumps(data)
        response, content = self.ask("POST", path, body, headers)
        return response.status, content

    def query(self, sql):
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(sql).fetchall()


def get_free_port():
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return server.getsockname()[1]


def get_environment(folder):
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "EXAMPLE_DATABASE": str(folder / "db.sqlite3"),
        # gunicorn keeps a socket there.
        "HOME": str(folder),
    }


def run(command, environment=None):
    return subprocess.run(
        command,
        check=False,
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


def run_demo(environment, *arguments):
    return run([*MANAGE, "demo", *arguments], environment)


@contextmanager
def serving(folder, port, command):
    environment, log = get_environment(folder), folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=output, stderr=output
        )
    site = Site(port, environment, folder / "db.sqlite3")
    try:
        wait_until_it_answers(site, process, log)
        yield site
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)
    assert "Traceback" not in log.read_text()


def wait_until_it_answers(site, process, log):
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            site.ask("GET", "/api/hello")
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"The server does not answer.\n{log.read_text()}")


@pytest.fixture(scope="module", params=["demo", "gunicorn", "uvicorn"])
def server(request, tmp_path_factory):
    folder, port = tmp_path_factory.mktemp(request.param), get_free_port()
    address = f"127.0.0.1:{port}"
    commands = {
        "demo": [*MANAGE, "demo", address, "--noreload"],
        "gunicorn": f"-m gunicorn --chdir {EXAMPLE} config.wsgi -b {address}",
        "uvicorn": f"-m uvicorn --app-dir {EXAMPLE} config.asgi:application "
        f"--port {port}",
    }
    command = commands[request.param]
    if request.param != "demo":
        pytest.importorskip(request.param)
        assert run_demo(get_environment(folder), "--no-serve").returncode == 0
        command = [*PYTHON, *shlex.split(command)]
    with serving(folder, port, command) as site:
        shutil.copyfile(site.database, folder / "sample.sqlite3")
        yield site


@pytest.fixture
def site(server):
    sample = server.database.with_name("sample.sqlite3")
    with (
        closing(sqlite3.connect(sample)) as source,
        closing(sqlite3.connect(server.database)) as target,
    ):
        source.backup(target)
    return server


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
        "detail": "The body is not JSON: Input data was truncated.",
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

    response, content = site.ask("POST", "/api/posts", urlencode(post), FORM)

    found = response.status, response.headers["Location"], content
    assert found == (201, "/api/posts/new", b'{"slug":"new"}')
    listed = json.loads(site.ask("GET", "/api/posts")[1])
    assert [p["slug"] for p in listed] == ["new", "on-teapots", "first-flush"]


def test_post_that_does_not_fit_is_told_why(site):
    post = {"slug": "on-teapots", "title": "", "body": "Text"}

    assert site.post("/api/posts", post, FORM) == (
        422,
        b'{"errors":{"title":[{"message":"This field is required.","code":"required"}],'
        b'"slug":[{"message":"Post with this Slug already exists.","code":"unique"}]}}',
    )


def get_event(id_="evt_1", type_="checkout.session.completed", **session):
    data = {"object": {"client_reference_id": ORDER_ID} | session}
    return json.dumps({"id": id_, "type": type_, "data": data}, indent=1)


def get_digest(body, sent, secret=SECRET):
    return hmac.new(secret, f"{sent}.{body}".encode(), hashlib.sha256).hexdigest()


def send(site, body, header):
    response, content = site.ask(
        "POST", "/webhooks/stripe", body, JSON | {"Stripe-Signature": header}
    )
    return response.status, json.loads(content)


def send_signed(site, body):
    sent = int(time.time())
    return send(site, body, f"t={sent},v1={get_digest(body, sent)}")


def test_webhook_pays_an_order_once(site):
    answers = [send_signed(site, get_event()) for _ in range(2)]

    assert answers == [(200, {"new": True}), (200, {"new": False})]
    assert site.query("SELECT id, type FROM shop_stripeevent") == [
        ("evt_1", "checkout.session.completed")
    ]
    assert site.query("SELECT count(*) FROM shop_order WHERE paid_at > 0") == [(1,)]


def test_other_events_pay_nothing(site):
    body = get_event(type_="checkout.session.expired")

    assert send_signed(site, body) == (200, {"new": True})
    assert site.query("SELECT paid_at FROM shop_order") == [(None,)]


@pytest.mark.parametrize(
    "header",
    [
        "t={t},v1={bad},v1={good}",
        "v1={good}, t={t}, v0={bad}",
        "t={early},v1={good_early}",
        "t={soon},v1={good_soon}",
    ],
)
def test_webhook_accepts_what_stripe_may_send(site, header):
    assert send(site, get_event(), fill_in(header)) == (200, {"new": True})


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        "t=,v1=",
        "t={t}",
        "v1={good}",
        "t={t},v1={bad}",
        "t={t},v0={good}",
        "t={t},v1={other}",
        "t={t},t={t},v1={good}",
        "t={old},v1={good_old}",
        "t={late},v1={good_late}",
        "t=-{t},v1={good}",
        "t=²,v1=é",
        "t={t},v1=é",
        "t=nan,v1={good}",
        "t={many},v1={good}",
        ",,=,==,t",
    ],
)
def test_webhook_refuses_every_other_signature(site, header):
    status, problem = send(site, get_event(), fill_in(header).encode("latin-1"))

    assert (status, problem) == (
        401,
        {
            "type": "about:blank",
            "title": "Unauthorized",
            "status": 401,
            "detail": "The Stripe-Signature does not fit the body.",
        },
    )
    assert site.query("SELECT * FROM shop_stripeevent") == []


def fill_in(header):
    body, now = get_event(), int(time.time())
    times = {"t": now, "early": now - 270, "soon": now + 270}
    times |= {"old": now - 330, "late": now + 330}
    signed = {f"good_{name}": get_digest(body, sent) for name, sent in times.items()}
    return header.format(
        good=signed["good_t"],
        bad="0" * 64,
        other=get_digest(body, now, b"whsec_other"),
        many="9" * 5000,
        **times,
        **signed,
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        ("[]", 422),
        (get_event(id_=""), 422),
        (get_event(id_="x" * 256), 422),
        (get_event(client_reference_id="me"), 422),
        (get_event(client_reference_id=None), 200),
    ],
)
def test_signed_body_must_be_an_event(site, body, status):
    assert send_signed(site, body)[0] == status


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
