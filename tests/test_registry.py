import gc
import importlib
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.apps import apps
from django.test import override_settings
from django.urls import reverse

from django_routehandlers import registry
from django_routehandlers.exceptions import RouteHandlersError
from django_routehandlers.registry import (
    Snapshot,
    find_routes_folder,
    forget_snapshot,
    get_known_snapshots,
    get_snapshot,
    on_forget,
    on_read,
    paused_collection,
    read_snapshot,
    swap_snapshots,
)
from django_routehandlers.routing.discovery import RoutesFolder
from django_routehandlers.routing.problems import Problem
from tests.trees import GET
from tests.trees import write_tree as write_files


@pytest.fixture
def answered(client):
    """Return a function that gives the status of a path, also where a view fails."""
    client.raise_request_exception = False
    return lambda path: client.get(path).status_code


def test_snapshot_has_the_endpoints_of_all_installed_apps(site):
    site(
        {
            "blog/routes/posts/route.py": GET,
            "shop/routes/items/[id]/route.py": GET,
            "shop/routes/items/route.py": GET,
            "plain/views.py": "",
        }
    )

    snapshot = get_snapshot()

    assert snapshot.problems == ()
    assert [(e.route.app, e.route.path) for e in snapshot.endpoints] == [
        ("blog", "/posts"),
        ("shop", "/items"),
        ("shop", "/items/[id]"),
    ]


def test_snapshot_of_a_project_without_routes_is_empty():
    assert get_snapshot() == Snapshot((), ())


def test_snapshot_is_read_once(site):
    site({"shop/routes/items/route.py": GET})

    assert get_snapshot() is get_snapshot()


def test_forgotten_snapshot_is_read_again(site):
    root = site({"shop/routes/items/route.py": GET})
    before = get_snapshot()
    write_files(root, {"shop/routes/items/[id]/route.py": "def GET(id): ..."})

    kept = get_snapshot()
    forget_snapshot()
    after = get_snapshot()

    assert kept is before
    assert [e.route.path for e in before.endpoints] == ["/items"]
    assert [e.route.path for e in after.endpoints] == ["/items", "/items/[id]"]


def test_old_snapshot_stays_whole_for_those_who_hold_it(site):
    site({"shop/routes/items/route.py": GET})
    before = get_snapshot()
    endpoints = before.endpoints

    forget_snapshot()
    get_snapshot()

    assert before.endpoints is endpoints
    with pytest.raises(AttributeError):
        before.endpoints = ()


def test_those_who_keep_an_answer_are_told_to_forget_it(monkeypatch):
    calls = []
    monkeypatch.setattr(registry, "_forgetters", list(registry._forgetters))
    callback = on_forget(lambda: calls.append(dict(registry._snapshots)))
    get_snapshot()

    forget_snapshot()

    assert callable(callback)
    assert calls == [{}]


@pytest.mark.parametrize(
    ("setting", "value", "is_forgotten"),
    [
        ("INSTALLED_APPS", ["django_routehandlers"], True),
        ("ROUTE_HANDLERS", {"MOUNT": "api"}, True),
        ("DEBUG", True, False),
    ],
)
def test_snapshot_is_forgotten_when_its_settings_change(setting, value, is_forgotten):
    before = get_snapshot()

    with override_settings(**{setting: value}):
        after = get_snapshot()

    assert (after is not before) is is_forgotten


def test_threads_that_ask_at_once_import_each_module_once(site):
    count = 16
    site(
        {
            f"shop/routes/r{number}/route.py": f"""
                import time
                import shop
                shop.loaded = [*getattr(shop, "loaded", []), {number}]
                time.sleep(0.001)
                def GET(): return {{"number": {number}}}
            """
            for number in range(20)
        }
    )
    barrier = threading.Barrier(count)

    def ask(_: int) -> Snapshot:
        barrier.wait(10)
        return get_snapshot()

    with ThreadPoolExecutor(count) as pool:
        snapshots = list(pool.map(ask, range(count)))

    assert {id(snapshot) for snapshot in snapshots} == {id(get_snapshot())}
    assert len(snapshots[0].endpoints) == 20
    assert sorted(sys.modules["shop"].loaded) == list(range(20))


def test_threads_that_forget_at_once_get_whole_snapshots(site):
    site({f"shop/routes/r{number}/route.py": GET for number in range(5)})
    count = 8
    barrier = threading.Barrier(count)

    def ask(number: int) -> int:
        barrier.wait(10)
        if number % 2:
            forget_snapshot()
        return len(get_snapshot().endpoints)

    with ThreadPoolExecutor(count) as pool:
        answers = list(pool.map(ask, range(count)))

    assert answers == [5] * count


def test_route_module_that_asks_for_the_routes_breaks_alone(site, answered):
    site(
        {
            "shop/routes/good/route.py": GET,
            "shop/routes/bad/route.py": """
                from django.urls import reverse
                URL = reverse("/good")
                def GET(): return URL
            """,
        }
    )

    assert get_snapshot().problems == (
        Problem(
            ("shop/routes/bad/route.py",),
            "E011",
            "The file can't be imported: RouteHandlersError: The routes are asked for "
            "while they are being imported. Use reverse_lazy(), or move the call into "
            "a handler.",
            "Mend the file; manage.py shell -c 'import shop.routes.bad.route' has the "
            "traceback.",
        ),
    )
    assert (answered("/good"), answered("/bad")) == (200, 500)
    assert reverse("/good") == "/good"


def test_question_within_a_reading_is_an_error(site):
    site(
        {
            "shop/routes/bad/route.py": """
                from django_routehandlers.registry import get_snapshot
                get_snapshot()
            """
        }
    )

    error = get_snapshot().endpoints[0].error

    assert isinstance(error, RouteHandlersError)
    assert str(error) == (
        "The routes are asked for while they are being imported. Use reverse_lazy(), "
        "or move the call into a handler."
    )


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("import sys; sys.exit()", "SystemExit: no message"),
        ("def GET(:", "SyntaxError: invalid syntax (route.py, line 1)"),
        ("import nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
        ("raise KeyError", "KeyError: no message"),
        (
            "raise ValueError('in two\\n  lines')",
            "ValueError: in two lines",
        ),
        ("raise RecursionError('deep')", "RecursionError: deep"),
    ],
)
def test_file_that_cannot_be_imported_breaks_alone(site, answered, source, reason):
    site(
        {
            "shop/routes/bad/route.py": source,
            "shop/routes/good/[id]/route.py": "def GET(id): return id",
        }
    )

    assert get_snapshot().problems == (
        Problem(
            ("shop/routes/bad/route.py",),
            "E011",
            f"The file can't be imported: {reason}",
            "Mend the file; manage.py shell -c 'import shop.routes.bad.route' has the "
            "traceback.",
        ),
    )
    assert (answered("/good/3"), answered("/bad")) == (200, 500)


@pytest.mark.parametrize(
    "source",
    [
        "def GET(): ...\nGET.__wrapped__ = GET",
        "import sys\nsys.modules[__name__] = object()",
        "globals()[''] = 3\ndef GET(): ...",
        """
        class Refusing:
            def __eq__(self, other): raise ValueError("ambiguous")

        revalidate = 60
        dynamic = Refusing()
        def GET(): ...
        """,
        """
        class Refusing:
            def __call__(self): ...
            @property
            def __wrapped__(self): raise RuntimeError("no")

        GET = Refusing()
        """,
    ],
    ids=["wrapped by itself", "module replaced", "empty name", "no equality", "raises"],
)
def test_file_that_cannot_be_read_breaks_alone(site, answered, source):
    site({"shop/routes/bad/route.py": source, "shop/routes/good/route.py": GET})

    assert answered("/good") == 200


def test_interrupt_is_not_taken_for_a_broken_file(site):
    site({"shop/routes/items/route.py": "raise KeyboardInterrupt"})

    with pytest.raises(KeyboardInterrupt):
        get_snapshot()
    with pytest.raises(KeyboardInterrupt):
        get_snapshot()


def test_mended_file_is_imported_at_the_next_reading(site, answered):
    root = site({"shop/routes/items/route.py": "def GET(:"})
    broken = answered("/items")
    write_files(root, {"shop/routes/items/route.py": GET})

    forget_snapshot()

    assert (broken, answered("/items")) == (500, 200)
    assert get_snapshot().problems == ()


def test_problems_of_all_apps_are_told_at_once(site):
    site(
        {
            "blog/routes/[[id]]/route.py": GET,
            "blog/routes/a/[x]/[x]/route.py": GET,
            "blog/routes/items/route.py": "def get(): ...",
            "shop/routes/Items/route.py": GET,
            "shop/routes/items/route.py": GET,
            "shop/routes/[id]/route.py": "def GET(): ...",
            "shop/routes/id__param/route.py": GET,
        }
    )

    problems = get_snapshot().problems

    assert [(problem.files[0], problem.id) for problem in problems] == [
        ("blog/routes/[[id]]", "E001"),
        ("blog/routes/a/[x]/[x]/route.py", "E007"),
        ("blog/routes/items/route.py", "W001"),
        ("blog/routes/items/route.py", "W002"),
        ("shop/routes/Items", "W006"),
        ("shop/routes/[id]", "E010"),
    ]


def test_file_with_an_error_of_its_folder_is_not_imported(site):
    site(
        {
            "shop/routes/[id]/[id]/route.py": "raise AssertionError",
            "shop/routes/closed/middleware.py": "middleware = None",
            "shop/routes/closed/route.py": "raise AssertionError",
        }
    )

    snapshot = get_snapshot()

    assert [problem.id for problem in snapshot.problems] == ["E007", "E022"]
    assert {(e.module, e.error) for e in snapshot.endpoints} == {(None, None)}
    assert len(snapshot.endpoints) == 2


def test_middleware_that_cannot_be_imported_refuses_all_routes_below(site):
    site(
        {
            "shop/routes/a/middleware.py": "1/0",
            "shop/routes/a/route.py": "raise AssertionError",
            "shop/routes/a/[id]/[id]/route.py": GET,
            "shop/routes/a/b/middleware.py": "middleware = []",
            "shop/routes/a/b/route.py": GET,
            "shop/routes/c/middleware.py": "from . import route\nmiddleware = []",
            "shop/routes/c/route.py": GET,
        }
    )

    snapshot = get_snapshot()

    assert snapshot.problems[1:] == (
        Problem(
            (
                "shop/routes/a/middleware.py",
                "shop/routes/a/route.py",
                "shop/routes/a/[id]/[id]/route.py",
                "shop/routes/a/b/route.py",
            ),
            "E022",
            "The file can't be imported: ZeroDivisionError: division by zero. No route "
            "at or below the folder is served without its middleware.",
            "Mend the file; manage.py shell -c 'import shop.routes.a.middleware' has "
            "the traceback.",
        ),
    )
    errors = {e.route.file: type(e.error) for e in snapshot.endpoints}
    assert errors == {
        "shop/routes/a/[id]/[id]/route.py": type(None),
        "shop/routes/a/route.py": ZeroDivisionError,
        "shop/routes/a/b/route.py": ZeroDivisionError,
        "shop/routes/c/route.py": type(None),
    }
    assert {
        file: (module.__name__, module.__file__ == module.__spec__.origin)
        for file, module in snapshot.middleware.items()
    } == {
        "shop/routes/a/b/middleware.py": ("shop.routes.a.b.middleware", True),
        "shop/routes/c/middleware.py": ("shop.routes.c.middleware", True),
    }


def test_interrupt_while_middleware_is_imported_is_not_swallowed(site):
    site(
        {
            "shop/routes/middleware.py": "raise KeyboardInterrupt",
            "shop/routes/route.py": GET,
        }
    )

    with pytest.raises(KeyboardInterrupt):
        get_snapshot()


def test_link_that_cannot_be_followed_breaks_no_route(site, answered):
    root = site({"shop/routes/items/route.py": GET})
    (root / "shop/routes/loop").symlink_to("loop")

    assert answered("/items") == 200


def test_routes_folder_lies_beside_the_app(site):
    root = site(
        {"city/shop/routes/": "", "city/blog/routes": "a file"},
        apps=["city.shop", "city.blog"],
    )

    found = [find_routes_folder(apps.get_app_config(name)) for name in ("shop", "blog")]

    assert found == [RoutesFolder("city.shop", root / "city/shop/routes"), None]


def test_app_below_a_package_has_routes(site):
    site(
        {"city/shop/routes/items/[id]/route.py": "def GET(id): ..."}, apps=["city.shop"]
    )

    assert [endpoint.route.module for endpoint in get_snapshot().endpoints] == [
        "city.shop.routes.items.id__param.route"
    ]


def test_app_named_routes_has_routes(site, answered):
    site(
        {"routes/routes/[id]/route.py": "from .helpers import answer as GET"}
        | {"routes/routes/[id]/helpers.py": "def answer(id): return id"}
    )

    assert get_snapshot().problems == ()
    assert answered("/3") == 200


def test_package_may_import_its_own_routes_while_it_is_imported(site):
    site(
        {
            "shop/routes/__init__.py": "from .items.id__param import route",
            "shop/routes/items/[id]/route.py": "def GET(id): ...",
        }
    )

    snapshot = get_snapshot()

    assert snapshot.problems == ()
    assert snapshot.endpoints[0].module is sys.modules["shop.routes"].route


def test_broken_init_file_breaks_the_routes_below_it_alone(site, answered):
    site(
        {
            "shop/routes/bad/__init__.py": "raise KeyError('bad')",
            "shop/routes/bad/[id]/route.py": "def GET(id): ...",
            "shop/routes/good/route.py": GET,
        }
    )

    assert [(p.id, p.files) for p in get_snapshot().problems] == [
        ("E011", ("shop/routes/bad/[id]/route.py",))
    ]
    assert (answered("/bad/3"), answered("/good")) == (500, 200)


@pytest.mark.parametrize("is_enabled", [True, False])
def test_collection_is_paused_and_then_as_before(is_enabled):
    (gc.enable if is_enabled else gc.disable)()
    try:
        with paused_collection():
            within = gc.isenabled()
        after = gc.isenabled()
    finally:
        gc.enable()

    assert (within, after) == (False, is_enabled)


def test_collection_goes_on_after_an_error():
    with pytest.raises(KeyError), paused_collection():
        raise KeyError

    assert gc.isenabled()


def test_site_leaves_nothing_behind(site):
    assert "shop" not in sys.modules
    assert get_snapshot() == Snapshot((), ())
    assert not any("site1" in Path(entry).name for entry in sys.path)


def test_apps_that_nobody_asks_for_are_not_imported(site):
    site({"shop/routes/route.py": GET, "blog/routes/route.py": "raise AssertionError"})

    snapshot = get_snapshot(frozenset({"shop"}))

    assert [endpoint.route.file for endpoint in snapshot.endpoints] == [
        "shop/routes/route.py"
    ]
    assert snapshot.problems == ()


@pytest.mark.parametrize(
    "source",
    [
        "import asyncio; raise asyncio.CancelledError",
        "class Odd(Exception):\n    def __str__(self): raise KeyError\nraise Odd",
        """
        def decorate(function):
            def inner(request): return late
            inner.__wrapped__ = function
            return inner
            late = None
        @decorate
        async def GET(request): ...
        """,
        """
        from django.utils.functional import SimpleLazyObject
        def fail(): raise AssertionError
        names = SimpleLazyObject(fail)
        def GET(): return {}
        """,
    ],
    ids=["not an Exception", "no message", "empty closure", "lazy object"],
)
def test_odd_file_breaks_no_other_route(site, answered, source):
    site({"shop/routes/odd/route.py": source, "shop/routes/good/route.py": GET})

    assert answered("/good") == 200


def test_interrupt_while_routes_are_read_is_passed_on(site):
    site({"shop/routes/route.py": "raise KeyboardInterrupt"})

    with pytest.raises(KeyboardInterrupt):
        get_snapshot()

    assert "RouteImporter" not in {type(finder).__name__ for finder in sys.meta_path}


def test_module_that_reverses_while_it_is_imported_locks_nobody_out(site):
    site(
        {
            "shop/late.py": "import time; time.sleep(0.2)\n"
            "from django.urls import reverse; reverse('/good')",
            "shop/routes/uses/route.py": "import shop.late",
            "shop/routes/good/route.py": GET,
        }
    )
    with ThreadPoolExecutor(2) as pool:
        imported = pool.submit(importlib.import_module, "shop.late")
        snapshot = pool.submit(get_snapshot).result(timeout=30)
        imported.exception(timeout=30)

    assert "/good" in [endpoint.route.path for endpoint in snapshot.endpoints]


def test_debug_keeps_how_the_disk_looked(site):
    root = site({"shop/routes/items/route.py": GET, "blog/routes/": ""}, DEBUG=True)

    signature = get_snapshot(frozenset({"shop"})).signature

    assert str(root / "shop/routes/items") in signature
    assert str(root / "blog/routes") not in signature
    assert not signature.has_changed()


def test_snapshots_are_swapped_and_those_who_keep_an_answer_told(site, monkeypatch):
    calls, read = [], []
    monkeypatch.setattr(registry, "_forgetters", [lambda: calls.append(get_snapshot())])
    monkeypatch.setattr(registry, "_readers", [])
    on_read(read.append)
    root = site({"shop/routes/items/route.py": GET})
    before = get_snapshot()
    names = [names for names, known in get_known_snapshots().items() if known is before]
    write_files(root, {"shop/routes/items/[id]/route.py": "def GET(id): ..."})
    calls.clear()
    read.clear()

    after = read_snapshot(*names)
    unused = get_snapshot()
    swap_snapshots(dict.fromkeys(names, after))

    assert (unused, get_snapshot()) == (before, after)
    assert calls == [after]
    assert read == [after]
    assert len(after.endpoints) == 2
