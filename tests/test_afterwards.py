"""Work after the answer: when it is done, where, and for which requests."""

import asyncio
import copy
import threading
from contextlib import contextmanager

import pytest
from asgiref.sync import ThreadSensitiveContext, async_to_sync, sync_to_async
from django.core.signals import request_finished
from django.db import close_old_connections, connections, transaction
from django.http import HttpRequest, HttpResponse
from django.test import AsyncRequestFactory, RequestFactory, TestCase

import django_routehandlers.http
from django_routehandlers.afterwards import Demand, collected, on_close, resumed
from django_routehandlers.cache.background import background
from django_routehandlers.http import after
from django_routehandlers.http.calls import abuild_calls, build_calls
from django_routehandlers.urls import find_root_mounts
from tests import clients
from tests.cache.requests.routes import count
from tests.clients import send, send_asgi, send_wsgi

__all__ = ["send"]

keywords = pytest.mark.parametrize("keyword", ["def", "async def"])

LOG = """
    import asyncio
    import threading

    from asgiref.sync import sync_to_async
    from django.core.exceptions import PermissionDenied
    from django.db import transaction
    from django.http import Http404, HttpResponse, StreamingHttpResponse
    from django_routehandlers.http import HttpError, Response, after

    log = []

    def one():
        log.append("one")

    async def two():
        await asyncio.sleep(0)
        log.append("two")

"""


def load():
    """Import the route modules, as the first request does."""
    return find_root_mounts()[0].tree.table


@pytest.fixture
def serve(site):
    """Return a function that serves a `route.py`, and returns what it logs."""

    def install(body, keyword="def", arguments="", more="", **settings):
        lines = "\n".join(f"        {line}" for line in body.splitlines())
        source = f"{LOG}\n{more}\n    {keyword} GET({arguments}):\n{lines}\n"
        site({"shop/routes/x/route.py": source + "\n    POST = GET\n"}, **settings)
        load()
        from shop.routes.x import route

        return route.log

    return install


@keywords
def test_functions_are_called_in_order_before_the_test_goes_on(send, serve, keyword):
    log = serve("after(two)\nafter(one)\nafter(two)\nreturn list(log)", keyword)

    response = send("GET", "/x")

    assert (response.json(), log) == ([], ["two", "one", "two"])


ERRORS = {
    "HttpError(409)": 409,
    "Http404": 404,
    "PermissionDenied": 403,
    "ValueError": 500,
}


@keywords
@pytest.mark.parametrize("error", ERRORS)
def test_functions_are_called_after_an_error(send, serve, keyword, error):
    log = serve(f"after(one)\nafter(two)\nraise {error}", keyword)

    response = send("GET", "/x", raises=False)

    assert (response.status_code, log) == (ERRORS[error], ["one", "two"])


@keywords
def test_failure_is_logged_and_the_rest_is_called(send, serve, keyword, caplog):
    more = """
    def fail():
        raise ValueError("broken")

    async def afail():
        raise ValueError("abroken")

    def cancel():
        raise asyncio.CancelledError("cancelled")

    async def acancel():
        await asyncio.sleep(0)
        raise asyncio.CancelledError("acancelled")
    """
    failing = ["fail", "afail", "cancel", "acancel"]
    body = "".join(f"after({name})\n" for name in failing)
    body += "after(one)\nreturn {}"
    log = serve(body, keyword, more=more)

    send("GET", "/x")

    records = [r for r in caplog.records if r.name == "django_routehandlers"]
    assert [str(record.exc_info[1]) for record in records] == [
        "broken",
        "abroken",
        "cancelled",
        "acancelled",
    ]
    assert all("after(" in record.getMessage() for record in records)
    assert log == ["one"]


@keywords
def test_function_may_ask_for_another(send, serve, keyword):
    log = serve("after(lambda: after(one))\nafter(two)\nreturn {}", keyword)

    send("GET", "/x")

    assert log == ["two", "one"]


@keywords
@pytest.mark.parametrize(
    ("middleware", "status"),
    [
        ("tests.test_afterwards.replace", 418),
        ("django.middleware.http.ConditionalGetMiddleware", 304),
    ],
)
def test_middleware_that_replaces_the_response_loses_nothing(
    send, serve, keyword, middleware, status
):
    body = "after(one)\nreturn Response('x', headers={'ETag': '\"e\"'})"
    log = serve(body, keyword, MIDDLEWARE=[middleware])

    response = send("GET", "/x", headers={"If-None-Match": '"e"'})

    assert (response.status_code, log) == (status, ["one"])


def replace(get_response):
    def middleware(request):
        get_response(request)
        return HttpResponse(status=418)

    return middleware


@keywords
@pytest.mark.parametrize(
    "call",
    [
        "log.append(await asyncio.gather(helper(), helper()) and 'gathered')",
        "log.append(await asyncio.create_task(helper()) or 'task')",
        "log.append(await sync_to_async(after)(one) or 'thread')",
        "log.append(await asyncio.to_thread(after, one) or 'pool')",
    ],
)
def test_tasks_and_threads_of_a_handler_know_its_request(send, serve, call, keyword):
    more = "    async def helper():\n        after(one)\n"
    log = serve(f"{call}\nreturn list(log)", "async def", more=more)

    response = send("GET", "/x")

    assert response.json() == log[:1]
    assert set(log[1:]) == {"one"}


def test_coroutine_behind_a_sync_decorator_knows_its_request(send, serve):
    more = """
    import functools

    def plain(handler):
        @functools.wraps(handler)
        def wrapper(request):
            return handler(request)
        return wrapper

    async def inner(request):
        after(one)
        return {}
    """
    log = serve("return inner(request)", arguments="request", more=more)

    assert send("GET", "/x").status_code == 200
    assert log == ["one"]


def test_function_sees_the_language_of_the_handler(send, serve):
    more = "    from django.utils import translation\n"
    body = (
        "with translation.override('de'):\n"
        "    after(lambda: log.append(translation.get_language()))\n"
        "return {}"
    )
    log = serve(body, more=more)

    send("GET", "/x")

    assert log == ["de"]


@keywords
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("source", ["produce()", "aproduce()"])
@pytest.mark.django_db  # the end of a response closes old connections
def test_stream_may_ask_for_it_while_it_is_read(send, serve, keyword, source, method):
    more = """
    def produce():
        yield "a"
        after(one)

    async def aproduce():
        yield "a"
        after(one)
    """
    log = serve(f"return Response.stream({source})", keyword, more=more)

    response = send(method, "/x")
    before = list(log)
    if response.is_async:
        body = async_to_sync(collect)(response.streaming_content)
    else:
        body = b"".join(response.streaming_content)
    response.close()

    read = method == "GET"
    assert (before, body, log) == ([], b"a" * read, ["one"] * read)


async def collect(chunks):
    return b"".join([chunk async for chunk in chunks])


@keywords
def test_stream_that_django_reads_itself_does_not_know_its_request(serve, keyword):
    more = "    def produce():\n        yield 'a'\n        after(one)\n"
    serve("return StreamingHttpResponse(produce())", keyword, more=more)

    response = send_wsgi("GET", "/x")

    with pytest.raises(RuntimeError, match="outside of a handler's request"):
        list(response.streaming_content)


COMMIT = "log.append('run')\nafter(two, on_commit=True)\nafter(one)\n{result}"


@pytest.fixture
def atomic_requests(monkeypatch):
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)


ENDS = pytest.mark.parametrize(
    ("result", "expected"),
    [
        ("return {}", ["run", "one", "two"]),
        ("raise HttpError(409)", ["run", "one"]),
    ],
)


@ENDS
@pytest.mark.django_db(transaction=True)
def test_function_waits_for_the_commit_of_the_request(
    send, serve, atomic_requests, result, expected
):
    log = serve(COMMIT.format(result=result))

    send("GET", "/x")

    assert log == expected


def test_on_an_event_loop_there_is_no_commit_to_wait_for(send, serve):
    body = """
    try:
        after(one, on_commit=True)
    except RuntimeError as exc:
        return str(exc)
    """
    serve(body.strip("\n").replace("\n    ", "\n").lstrip(), "async def")

    assert send("GET", "/x").json() == (
        "after(..., on_commit=True) was called on an event loop, which has no "
        "transaction. Call it in the function that has one, which sync_to_async() "
        "calls, or leave on_commit out."
    )


@pytest.mark.parametrize("alias", ["True", "'default'"])
@pytest.mark.django_db(transaction=True)
def test_function_waits_for_a_commit_outside_of_the_handler(send, serve, alias):
    body = f"after(two, on_commit={alias})\nafter(one)\nreturn list(log)"
    log = serve(body, MIDDLEWARE=["tests.test_afterwards.atomic"])

    response = send("GET", "/x")

    assert (response.json(), log) == ([], ["one", "two"])


def atomic(get_response):
    def middleware(request):
        with transaction.atomic():
            return get_response(request)

    return middleware


@pytest.mark.django_db
def test_function_waits_for_the_commit_that_a_test_case_plays(send, serve):
    log = serve(COMMIT.format(result="return {}"))

    with TestCase.captureOnCommitCallbacks(execute=True):
        send("GET", "/x")
        before = list(log)

    assert (before, log) == (["run", "one"], ["run", "one", "two"])


@pytest.mark.django_db(transaction=True)
def test_function_waits_for_no_commit_without_a_transaction(send, serve):
    log = serve(COMMIT.format(result="return {}"))

    send("GET", "/x")

    assert log == ["run", "two", "one"]


@ENDS
@pytest.mark.django_db(transaction=True)
def test_async_handler_asks_for_it_where_its_transaction_is(
    send, serve, result, expected
):
    more = f"""
    @transaction.atomic
    def work():
        log.append("run")
        after(two, on_commit=True)
        after(one)
        {result}
    """
    log = serve("return await sync_to_async(work)()", "async def", more=more)

    send("GET", "/x")

    assert log == expected


@pytest.mark.django_db
def test_on_commit_may_ask_for_it_while_the_handler_runs(send, serve):
    body = "with TestCase.captureOnCommitCallbacks(execute=True):\n"
    body += "    transaction.on_commit(lambda: after(one))\nreturn {}"
    log = serve(body, more="    from django.test import TestCase\n")

    send("GET", "/x")

    assert log == ["one"]


def test_outside_of_a_request_it_is_an_error():
    with pytest.raises(RuntimeError) as caught:
        after(print)

    assert str(caught.value).startswith(
        "after() was called outside of a handler's request."
    )


def test_task_that_outlives_its_request_is_told():
    request = RequestFactory().get("/")
    with collected(request) as work:
        after(lambda: None)
    request.close()

    with resumed(work), pytest.raises(RuntimeError, match="outside"):
        after(print)


@pytest.mark.parametrize("value", [None, "text", 5])
def test_what_is_no_function_is_an_error(value):
    with pytest.raises(TypeError) as caught:
        after(value)

    assert str(caught.value) == f"after() takes a function, and got {value!r}."


def test_coroutine_is_an_error_and_is_closed():
    async def work():
        raise NotImplementedError

    with pytest.raises(TypeError, match="takes a function, and got <coroutine"):
        after(work())


def test_requests_know_their_own():
    log = []
    outer, inner = RequestFactory().get("/outer"), RequestFactory().get("/inner")
    with collected(outer):
        with collected(inner):
            after(lambda: log.append("inner"))
        after(lambda: log.append("outer"))

    outer.close()
    inner.close()

    assert log == ["outer", "inner"]


def test_functions_hung_on_a_request_are_called_last_first():
    log = []
    request = RequestFactory().get("/")
    closed = copy.copy(log)
    request.close = lambda: closed.append("django")
    on_close(request, lambda: log.append("first"))
    on_close(request, lambda: log.append("second"))

    request.close()

    assert (log, closed) == (["second", "first"], ["django"])


def test_request_is_closed_also_after_a_failure():
    request, log = HttpRequest(), []
    request.close = lambda: log.append("closed")

    def fail():
        raise ValueError

    on_close(request, fail)

    with pytest.raises(ValueError):  # noqa: PT011 - it is raised as it is
        request.close()
    assert log == ["closed"]


THREADS = """
    import threading
    from asgiref.sync import sync_to_async

    async def atwo():
        log.append(await sync_to_async(threading.get_ident)())

    def produce():
        after(lambda: log.append(threading.get_ident()))
        after(atwo)
        yield "a"

    async def aproduce():
        for chunk in produce():
            yield chunk
"""

ANSWERS = pytest.mark.parametrize(
    "answer",
    [
        "Response('a'.join(produce()))",
        "Response.stream(produce())",
        "Response.stream(aproduce())",
    ],
)


@keywords
@ANSWERS
@pytest.mark.django_db
def test_functions_run_in_the_thread_of_the_test(send, serve, keyword, answer):
    """Which alone sees what a `TestCase` has put into the database."""
    log = serve(f"return {answer}", keyword, more=THREADS)

    response = send("GET", "/x")
    if response.streaming:
        read = async_to_sync(collect) if response.is_async else b"".join
        read(response.streaming_content)

    assert log == [threading.get_ident()] * 2


@keywords
@ANSWERS
@pytest.mark.parametrize("from_thread", [True, False])
@pytest.mark.django_db(transaction=True)
def test_functions_run_in_the_thread_of_an_async_test(
    serve, keyword, answer, from_thread
):
    """One that no sync code waits for, as pytest-asyncio runs it."""
    log = serve(f"return {answer}", keyword, more=THREADS)

    async def ask():
        response = await clients._AsyncClient().get(
            "/x", headers={"Host": "testserver"}
        )
        if response.streaming and from_thread and not response.is_async:
            await sync_to_async(b"".join)(response.streaming_content)
        elif response.streaming:
            await collect(response)
        return await sync_to_async(threading.get_ident)()

    assert [asyncio.run(ask())] * 2 == log


def test_request_that_is_closed_in_the_thread_of_an_async_test():
    log = []

    async def handle():
        request = AsyncRequestFactory().get("/")
        with collected(request):
            after(lambda: log.append(threading.get_ident()))
        await sync_to_async(request.close)()
        return [await sync_to_async(threading.get_ident)()]

    assert async_to_sync(handle)() == log
    log.clear()
    assert asyncio.run(handle()) == log


def test_work_of_a_dropped_request_is_done_when_django_says_that_it_is_finished():
    """What Django's handler does when a client leaves, in short."""
    log = []

    async def handle():
        async with ThreadSensitiveContext():
            with collected(RequestFactory().get("/")):
                after(lambda: log.append("done"))
            await request_finished.asend(sender=None)
            await request_finished.asend(sender=None)

    with disconnected():
        asyncio.run(handle())

    assert log == ["done"]


def test_work_that_is_done_is_not_done_again():
    log = []

    async def handle():
        async with ThreadSensitiveContext():
            request = RequestFactory().get("/")
            with collected(request):
                after(lambda: log.append("done"))
            await sync_to_async(request.close)()
            await request_finished.asend(sender=None)

    with disconnected():
        asyncio.run(handle())

    assert log == ["done"]


@contextmanager
def disconnected():
    """Keep the connections of this test, as test clients do."""
    request_finished.disconnect(close_old_connections)
    try:
        yield
    finally:
        request_finished.connect(close_old_connections)


def test_without_a_demand_calls_are_as_they_were(monkeypatch, site):
    site({"shop/routes/x/route.py": "def GET(): return {}\n"})
    [endpoint] = load().endpoints
    modes = {"GET": "off"}

    names = {}
    for is_there in (True, False):
        monkeypatch.setattr(Demand, "is_there", is_there)
        call = build_calls(endpoint, modes)["GET"]
        acall = abuild_calls(endpoint, modes)["GET"]
        names[is_there] = (getattr(call, "func", call).__name__, type(acall).__name__)

    assert names == {
        True: ("_collect", "partial"),
        False: ("<lambda>", "SyncToAsync"),
    }


@keywords
@pytest.mark.parametrize(
    "call",
    ["http.after(one)", "from django_routehandlers.http import after; after(one)"],
)
def test_handler_may_name_it_late(send, site, monkeypatch, keyword, call):
    monkeypatch.setattr(Demand, "is_there", False)
    source = f"""
        from django_routehandlers import http

        log = []

        def one():
            log.append("one")

        {keyword} GET():
            {call}
            return list(log)
    """
    site({"shop/routes/x/route.py": source})

    response = send("GET", "/x")

    from shop.routes.x import route

    assert (response.json(), route.log) == ([], ["one"])


def test_module_has_no_other_names():
    with pytest.raises(AttributeError, match="has no attribute 'before'"):
        _ = django_routehandlers.http.before


CONFIG = """
    from django_routehandlers.http import after

    revalidate = 60
    done = []
"""


@keywords
def test_work_of_a_cached_handler_is_done_once_per_run(
    send, site, keyword, route_cache
):
    source = count(config=CONFIG, before="after(lambda: done.append(len(calls)))")
    source = source.replace("def GET", f"{keyword} GET")
    site({"shop/routes/x/route.py": source})

    answers = [send("GET", "/x").json(), send("GET", "/x").json()]
    route_cache.advance(61)
    answers += [send("GET", "/x").json(), send("GET", "/x").json()]

    from shop.routes.x import route

    assert answers == ["v1", "v1", "v1", "v2"]
    assert route.done == [1, 2]


@keywords
@pytest.mark.parametrize("error", ["", "if len(calls) > 1: raise ValueError"])
def test_work_of_a_refresh_in_the_background_is_done(
    site, keyword, route_cache, error, monkeypatch
):
    done = threading.Event()
    before = f"after(lambda: finish(len(calls)))\n{error}"
    source = count(config=CONFIG + "\n    finish = None", before=before)
    source = source.replace("def GET", f"{keyword} GET")
    site({"shop/routes/x/route.py": source})
    load()
    from shop.routes.x import route

    runs = []

    def finish(number):
        runs.append(number)
        if number == 2:
            done.set()

    route.finish = finish
    send_asgi("GET", "/x")
    route_cache.advance(61)
    monkeypatch.setattr(background, "is_inline", False)

    async def ask():
        headers = {"Host": "testserver"}
        response = await clients._AsyncClient().get("/x", headers=headers)
        await asyncio.to_thread(done.wait, 30)
        await asyncio.gather(*background._tasks)
        return response

    response = async_to_sync(ask)()
    background.drain()

    assert (response.json(), runs) == ("v1", [1, 2])
