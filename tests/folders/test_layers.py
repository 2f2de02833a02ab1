"""Each middleware is loaded and made once, and a mistake closes its folder."""

import importlib
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest
from django.core.exceptions import MiddlewareNotUsed

from django_routehandlers.exceptions import RouteHandlersError
from django_routehandlers.folders.layers import Folder, get_folders
from django_routehandlers.registry import forget_snapshot, get_snapshot
from django_routehandlers.urls import find_root_mounts
from tests.clients import SENDERS
from tests.trees import GET

FILE = "shop/routes/middleware.py"

CORRECT = "Correct the name, or mend its module."
LIST = "List the middleware itself, or its dotted name."
MEND = "Mend the middleware, or take it out of the list."
REST = "No route at or below the folder is served without its middleware."


class Plain:
    def __init__(self, get_response):
        self.get_response = get_response


def make(factory, *, is_async=False):
    """Return the folder of one middleware, and what that is in a mode."""
    folder = Folder(FILE, [factory])
    return folder, folder.get_layer(folder.factories[0], is_async=is_async)


def test_names_are_dotted():
    def local(get_response):
        return get_response

    class Callable:
        def __call__(self, get_response):
            return get_response

    listed = ["django.middleware.gzip.GZipMiddleware", Plain, local, Callable()]

    assert Folder(FILE, listed).names == [
        "django.middleware.gzip.GZipMiddleware",
        f"{__name__}.Plain",
        f"{__name__}.test_names_are_dotted.<locals>.local",
        f"{__name__}.test_names_are_dotted.<locals>.Callable",
    ]


class Neither:
    sync_capable = async_capable = False


class Exiting:
    def __init__(self, get_response):
        raise SystemExit("stop")


def give_nothing(get_response):
    return None


SETTING = 7


@pytest.mark.parametrize(
    ("entry", "message", "hint"),
    [
        (
            "nothing.Here",
            "'nothing.Here' can't be imported: ModuleNotFoundError: No module named "
            "'nothing'.",
            CORRECT,
        ),
        (
            "Here",
            "'Here' can't be imported: ImportError: Here doesn't look like a module "
            "path.",
            CORRECT,
        ),
        (
            f"{__name__}.SETTING",
            f"'{__name__}.SETTING' is of type 'int', not a middleware.",
            LIST,
        ),
        (
            Neither,
            f"'{__name__}.Neither' is neither sync_capable nor async_capable.",
            "Set one of the two to True.",
        ),
        (Exiting, f"'{__name__}.Exiting' can't be made: SystemExit: stop.", MEND),
        (
            give_nothing,
            f"'{__name__}.give_nothing' can't be made: ImproperlyConfigured: The "
            "middleware factory returned None.",
            MEND,
        ),
    ],
)
def test_middleware_that_cannot_be_had_is_a_mistake(entry, message, hint):
    folder = Folder(FILE, [entry, entry])

    for factory in folder.factories:
        for is_async in (False, True):
            assert folder.get_layer(factory, is_async=is_async) is None

    assert folder.mistakes == [(message, hint)]


def test_interrupt_is_not_swallowed(site):
    def interrupt(get_response):
        raise KeyboardInterrupt

    site({"shop/stop.py": "raise KeyboardInterrupt"})

    with pytest.raises(KeyboardInterrupt):
        Folder(FILE, ["shop.stop.X"])
    with pytest.raises(KeyboardInterrupt):
        make(interrupt)


def test_middleware_that_is_not_used_is_no_mistake(caplog):
    def decline(get_response):
        raise MiddlewareNotUsed("no need")

    with caplog.at_level(logging.DEBUG, "django_routehandlers"):
        folder, layer = make(decline)

    assert (layer, folder.mistakes) == (None, [])
    assert f"{FILE}: {folder.names[0]} is not used: no need" in caplog.text


def test_middleware_is_made_once_per_mode():
    folder, layer = make(Plain)

    (factory,) = folder.factories
    other = folder.get_layer(factory, is_async=True)
    assert folder.get_layer(factory, is_async=False) is layer
    assert folder.get_layer(factory, is_async=True) is other is not layer


def test_threads_that_ask_at_once_get_one_middleware():
    made = []

    def make_slowly(get_response):
        made.append(threading.get_ident())
        sleep(0.01)
        return get_response

    folder = Folder(FILE, [make_slowly])
    with ThreadPoolExecutor(8) as pool:
        layers = {
            pool.submit(folder.get_layer, folder.factories[0], is_async=False)
            for _ in range(8)
        }
        found = {future.result() for future in layers}

    assert len(found) == len(made) == 1


def test_middleware_that_asks_for_itself_is_told():
    def ask(get_response):
        folder.get_layer(folder.factories[0], is_async=True)

    folder = Folder(FILE, [ask])

    assert folder.get_layer(folder.factories[0], is_async=False) is None
    assert folder.mistakes == [
        (
            f"{folder.names[0]!r} can't be made: RouteHandlersError: The routes are "
            "asked for while their middleware is made. Use reverse_lazy(), or move the "
            "call out of __init__().",
            MEND,
        )
    ]


def test_folder_is_that_of_its_module_until_it_is_forgotten(site):
    site({FILE: "middleware = []", "shop/routes/route.py": GET})
    modules = get_snapshot().middleware

    first, again = get_folders(modules), get_folders(modules)
    forget_snapshot()

    assert first == again
    assert get_folders(modules) != first


COUNTING = """
    made = []

    class Counting:
        sync_capable = async_capable = True

        def __init__(self, get_response):
            made.append(type(self).__name__)
            self.get_response = get_response

        def __call__(self, request):
            return self.get_response(request)
"""


def test_mounts_and_requests_share_what_is_made(send, site):
    site(
        {
            "shop/stack.py": COUNTING,
            "shop/routes/middleware.py": "middleware = ['shop.stack.Counting']",
            "shop/routes/a/route.py": GET,
            "shop/routes/b/route.py": GET,
            "shop/urls.py": """
                from django.urls import include, path
                from django_routehandlers.urls import include_routes

                urlpatterns = [
                    path("v1/", include("django_routehandlers.urls")),
                    path("v2/", include_routes("shop")),
                ]
            """,
        },
        ROOT_URLCONF="shop.urls",
    )

    for path in ("/v1/a", "/v1/b", "/v2/a", "/v2/b"):
        assert send("GET", path).status_code == 200

    assert importlib.import_module("shop.stack").made == ["Counting"]


CLOSED = {
    "unknown name": "middleware = ['shop.nothing.X']",
    "unknown attribute": "middleware = ['shop.nothing']",
    "wrong type": "middleware = [1]",
    "no list": "Middleware = []",
    "import error": "import nothing",
    "syntax error": "middleware = [",
    "exit": "raise SystemExit",
    "not made": "def X(get_response): 1/0\nmiddleware = [X]",
    "one of two": (
        "from django.middleware.gzip import GZipMiddleware\n"
        "middleware = [GZipMiddleware, 'shop.nothing.X']"
    ),
    "reverse": (
        "from django.urls import reverse\n"
        "def X(get_response): return reverse('/open') and get_response\n"
        "middleware = [X]"
    ),
}


@pytest.mark.parametrize("source", CLOSED.values(), ids=list(CLOSED))
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT"])
def test_middleware_that_cannot_be_used_closes_all_routes_below(
    send, site, caplog, source, method
):
    site(
        {
            "shop/routes/a/middleware.py": source,
            "shop/routes/a/route.py": GET,
            "shop/routes/a/(b)/[id]/route.py": GET,
            "shop/routes/open/route.py": GET,
        }
    )

    statuses = {
        path: send(method, path, raises=False).status_code
        for path in ("/a", "/a/1", "/open")
    }

    expected = {"GET": 200, "HEAD": 200, "OPTIONS": 204, "PUT": 405}[method]
    assert statuses == {"/a": 500, "/a/1": 500, "/open": expected}
    assert "shop/routes/a/middleware.py: (routehandlers.E022)" in caplog.text


def test_problem_names_the_file_and_all_its_routes(site):
    site(
        {
            "shop/routes/a/middleware.py": "middleware = ['no.X', 'no.Y']",
            "shop/routes/a/route.py": GET,
            "shop/routes/a/b/route.py": "raise AssertionError",
        }
    )

    (mount,) = find_root_mounts()
    problems = [p for p in mount.tree.table.all_problems if p.id == "E022"]

    reason = "can't be imported: ModuleNotFoundError: No module named 'no'."
    assert [(p.files, p.message, p.hint) for p in problems] == [
        (
            (
                "shop/routes/a/middleware.py",
                "shop/routes/a/b/route.py",
                "shop/routes/a/route.py",
            ),
            f"'no.{name}' {reason} {REST}",
            CORRECT,
        )
        for name in "XY"
    ]


def test_visitor_with_debug_is_shown_the_reason(send, site):
    site(
        {
            "shop/routes/a/middleware.py": "middleware = ['no.X']",
            "shop/routes/a/route.py": GET,
        }
    )

    with pytest.raises(RouteHandlersError, match=r"'no\.X' can't be") as caught:
        send("GET", "/a")

    assert str(caught.value).startswith("shop/routes/a/route.py can't answer.")


def test_empty_list_changes_nothing(send, site):
    site(
        {
            "shop/routes/a/middleware.py": "middleware = []",
            "shop/routes/a/route.py": GET,
        }
    )

    assert send("GET", "/a").json() == {}
    (mount,) = find_root_mounts()
    (target,) = mount.tree.table.targets
    assert target.views.view.__qualname__ == "GET"
    assert target.views.view.__code__.co_filename.endswith("dispatch.py")


def test_both_servers_of_one_process_have_their_own(site):
    site(
        {
            "shop/routes/middleware.py": """
                from asgiref.sync import iscoroutinefunction
                from django.http import HttpResponse
                from django.utils.decorators import sync_and_async_middleware

                @sync_and_async_middleware
                def tell(get_response):
                    if iscoroutinefunction(get_response):
                        async def middleware(request):
                            return HttpResponse("async")
                    else:
                        def middleware(request):
                            return HttpResponse("sync")
                    return middleware

                middleware = [tell]
            """,
            "shop/routes/route.py": "def GET(): ...\nasync def POST(): ...",
        }
    )

    answers = {name: send("GET", "/").content for name, send in SENDERS.items()}

    assert answers == {"wsgi": b"sync", "asgi": b"async"}
