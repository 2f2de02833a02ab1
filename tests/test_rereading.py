"""With DEBUG the routes are read again when files come, go or are mended."""

import sys
import threading

import pytest
from django.core.signals import request_started
from django.test import override_settings
from django.urls import reverse

from django_routehandlers import registry, rereading
from django_routehandlers.registry import get_snapshot, on_read
from django_routehandlers.rereading import look
from tests.trees import GET, write_tree

ITEMS = {"shop/routes/items/route.py": GET}
NEW = {"shop/routes/new/[id]/route.py": "def GET(id): return id\n"}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(rereading, "INTERVAL", 0.0)
    monkeypatch.setattr(rereading, "_last_look", float("-inf"))


@pytest.fixture
def developed(site):
    urls = {"ROOT_URLCONF": "django_routehandlers.urls"}
    return lambda files: site(files, DEBUG=True, **urls)


@pytest.fixture
def get(client):
    client.raise_request_exception = False

    def get(path):
        look()
        response = client.get(path)
        return response.json() if response.status_code == 200 else response.status_code

    return get


def test_new_route_is_served_and_printed(developed, get, capsys):
    root = developed(ITEMS)
    before = get("/items"), get("/new/1")

    write_tree(root, NEW)

    assert (*before, get("/new/1"), get("/items")) == ({}, 404, "1", {})
    assert reverse("/new/[id]", kwargs={"id": 2}) == "/new/2"
    assert capsys.readouterr().err == "+ GET, HEAD  /new/[id]\n\n"


def test_deleted_route_is_gone_and_so_is_its_module(developed, get, capsys):
    root = developed(ITEMS | NEW | {"shop/routes/new/middleware.py": "middleware = []"})
    before, modules = get("/new/1"), set(sys.modules)
    folder = root / "shop/routes/new"
    (folder / "[id]/route.py").unlink()

    after = get("/new/1")
    write_tree(root, {"shop/routes/new/[id]/route.py": "def GET(): return 'again'"})

    assert (before, after, get("/new/1")) == ("1", 404, "again")
    assert modules <= set(sys.modules) | {"shop.routes.new.middleware"}
    assert capsys.readouterr().err == (
        "- GET, HEAD  /new/[id]\n\n+ GET, HEAD  /new/[id]\n\n"
    )


def test_first_routes_folder_of_an_app(developed, get):
    root = developed({"shop/models.py": ""})
    before = get("/items")

    write_tree(root, ITEMS)

    assert (before, get("/items")) == (404, {})


@pytest.mark.parametrize(
    ("files", "mended"),
    [
        ({"shop/routes/items/route.py": "def GET(:"}, ITEMS),
        (
            ITEMS | {"shop/routes/middleware.py": "middleware = ["},
            {"shop/routes/middleware.py": "middleware = []\n"},
        ),
        (
            {
                "shop/routes/items/route.py": f"from shop.words import A\n{GET}",
                "shop/words.py": "A =",
            },
            {"shop/words.py": "A = 1\n"},
        ),
        *(
            (
                ITEMS
                | {"shop/routes/middleware.py": "middleware = ['shop.guards.M']\n"}
                | broken,
                {"shop/guards.py": "def M(get_response): return get_response\n"},
            )
            for broken in ({"shop/guards.py": "def M(:"}, {})
        ),
        (
            {"shop/routes/items/route.py": f"from shop.words import A\n{GET}"},
            {"shop/words.py": "A = 1\n"},
        ),
    ],
)
def test_file_that_could_not_be_imported_is_read_again(developed, get, files, mended):
    root = developed(files)
    before = get("/items")

    write_tree(root, mended)

    assert (before, get("/items")) == (500, {})


def test_errors_that_stay_are_logged_once(developed, get, caplog):
    root = developed(ITEMS | {"shop/routes/broken/route.py": "1 / 0"})
    get("/items")

    write_tree(root, NEW)
    get("/items")
    logged = [record.getMessage() for record in caplog.records]
    write_tree(root, {"shop/routes/broken/route.py": GET})
    get("/items")
    write_tree(root, {"shop/routes/again/route.py": "1 / 0"})
    get("/items")

    errors = [m for m in logged if "broken/route.py" in m]
    assert len(errors) == 1
    assert "again/route.py" in caplog.records[-1].getMessage()


def test_routes_are_not_read_again_when_nothing_has_changed(developed, get, capsys):
    root = developed(ITEMS)
    get("/items")
    before = get_snapshot()
    write_tree(root, {"shop/routes/items/4913": "", "shop/routes/__pycache__/": ""})

    get("/items")

    assert get_snapshot() is before
    assert capsys.readouterr().err == ""


def test_nothing_is_looked_at_within_the_interval(developed, get, monkeypatch):
    root = developed(ITEMS)
    monkeypatch.setattr(rereading, "INTERVAL", 60.0)
    get("/items")

    write_tree(root, NEW)

    assert get("/new/1") == 404
    monkeypatch.setattr(rereading, "INTERVAL", 0.0)
    assert get("/new/1") == "1"


def test_nothing_is_looked_at_without_debug(site, get):
    root = site(ITEMS, ROOT_URLCONF="django_routehandlers.urls")
    before = get("/items")

    write_tree(root, NEW)

    assert (before, get("/new/1")) == ({}, 404)
    assert get_snapshot().signature is None


@pytest.mark.parametrize(("is_debug", "expected"), [(True, True), (False, False)])
def test_only_debug_looks_before_requests(settings, is_debug, expected):
    settings.DEBUG = is_debug

    rereading.install()

    uid = "routehandlers_look"
    assert request_started.disconnect(dispatch_uid=uid) is expected


def test_requests_are_answered_while_another_one_reads(developed, get, monkeypatch):
    root = developed(ITEMS)
    get("/items")
    write_tree(root, NEW)
    answers = []

    def ask(_snapshot):
        thread = threading.Thread(target=lambda: answers.append(get("/items")))
        thread.start()
        thread.join()
        answers.append(get("/new/1"))

    monkeypatch.setattr(registry, "_readers", [*registry._readers])
    on_read(ask)

    assert get("/new/1") == "1"
    assert answers == [{}, 404]


def test_table_of_an_old_snapshot_is_not_kept(developed, get, monkeypatch):
    from django_routehandlers import urls

    root = developed(ITEMS)
    get("/items")
    tree = urls.urlpatterns[0]
    build = urls.build_table

    def build_late(snapshot, settings):
        table = build(snapshot, settings)
        monkeypatch.setattr(urls, "build_table", build)
        write_tree(root, NEW)
        look()
        return table

    tree.forget()
    monkeypatch.setattr(urls, "build_table", build_late)

    assert len(tree.table.endpoints) == 1
    assert len(tree.table.endpoints) == 2


def test_old_table_is_not_served_on(developed, get, monkeypatch):
    from django_routehandlers import urls

    root = developed(ITEMS | {"shop/routes/broken/route.py": "1 / 0"})
    get("/items")
    tree = urls.urlpatterns[0]
    tree.forget()
    urls._logged.clear()

    class Logger:
        @staticmethod
        def error(*args):
            monkeypatch.undo()
            write_tree(root, NEW)
            look()

    monkeypatch.setattr(urls, "logger", Logger)
    monkeypatch.setattr(rereading, "INTERVAL", 0.0)

    assert get("/new/1") == 404
    assert get("/new/1") == "1"


def test_urlconf_that_is_broken_does_not_keep_routes_from_being_read(
    developed, get, capsys
):
    root = developed(ITEMS)
    get("/items")
    before = get_snapshot()
    write_tree(root, NEW | {"broken_urls.py": "1 / 0"})

    with override_settings(ROOT_URLCONF="broken_urls"):
        look()

    assert get_snapshot() is not before
    assert capsys.readouterr().err == ""
    assert get("/new/1") == "1"
