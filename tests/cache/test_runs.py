"""A run keeps account of what a handler reads and names."""

import asyncio
import contextvars
import copy
import inspect
import json
import threading
from types import SimpleNamespace

import pytest
from django.test import override_settings

from django_routehandlers.cache import cache_tag, runs
from django_routehandlers.cache.runs import Run, entered, find_run
from django_routehandlers.exceptions import DynamicUsageError
from tests.cache.guarding import make_request, record

FILE = "shop/routes/items/route.py"


def test_reads_are_kept_in_the_order_of_the_first_of_each():
    run = Run(FILE)

    for what in ("session", "user", "session", "cookie:a"):
        run.read(what)

    assert list(run.reads) == ["session", "user", "cookie:a"]
    assert run.explain() == "session"


def test_run_that_read_nothing_has_nothing_to_explain():
    run = Run(FILE)

    run.check()

    assert (run.explain(), run.reads) == ("", {})


def test_who_waits_is_told_of_the_first_read_of_each():
    told = []
    run = Run(FILE, on_read=lambda: told.append(list(run.reads)))

    for what in ("user", "user", "session"):
        run.read(what)

    assert told == [["user"], ["user", "session"]]


# A strict run.


def test_strict_run_raises_at_the_read():
    run = Run(FILE, is_strict=True)

    line = inspect.currentframe().f_lineno + 2
    with pytest.raises(DynamicUsageError) as caught:
        run.read("cookie:sid")

    assert str(caught.value) == (
        f"{FILE} has dynamic = 'error', but read request data that is not in its "
        f"key: cookie:sid ({__file__}:{line}). Read it elsewhere, or take 'dynamic' "
        "out."
    )


def test_strict_run_raises_again_when_the_error_was_caught():
    request, run = record(make_request(), is_strict=True)

    with pytest.raises(DynamicUsageError):
        request.session.get("cart")
    with pytest.raises(DynamicUsageError) as again:
        run.check()

    assert "not in its key: session (" in again.value.message


STRICT = {
    "hasattr": lambda r: hasattr(r, "tenant"),
    "getattr": lambda r: getattr(r, "nope", None),
    "in": lambda r: "sid" in r.COOKIES,
    "truth": lambda r: bool(r.user),
    "get": lambda r: r.headers.get("X-Kind"),
    "vars": vars,
    "copy": copy.copy,
    "set": lambda r: setattr(r, "session", None),
}


@pytest.mark.parametrize("read", STRICT)
def test_no_way_to_read_passes_a_strict_run(read):
    request, _ = record(make_request(), is_strict=True)

    with pytest.raises(DynamicUsageError):
        STRICT[read](request)


def test_what_is_in_the_key_passes_a_strict_run():
    request, run = record(make_request(), "x-kind", is_strict=True)

    read = request.path, request.GET["page"], request.headers["X-Kind"]

    run.check()
    assert read == ("/items", "2", "odd")


# Where a read is.


def get_place(read):
    """Return the place of the read that a strict run complains of, and its message."""
    request, run = record(make_request(), is_strict=True)
    with pytest.raises(DynamicUsageError):
        read(request)
    return next(iter(run.reads.values()))


PLACES = {
    "attribute": lambda r: r.tenant,
    "use": lambda r: r.user.username,
    "mapping": lambda r: r.COOKIES.get("sid"),
    "by Django": lambda r: r.get_signed_cookie("sid"),
    "by Python": lambda r: json.dumps(r.COOKIES, indent=1),
    "by a copy": copy.copy,
}


@pytest.mark.parametrize("read", [name for name in PLACES if name != "by a copy"])
def test_place_of_a_read_is_in_the_projects_own_code(read):
    function = PLACES[read]

    place = get_place(function)

    assert place == f"{__file__}:{function.__code__.co_firstlineno}"


def test_place_of_a_read_is_where_the_projects_code_calls_others():
    place = get_place(copy.copy)

    assert place == f"{__file__}:{get_place.__code__.co_firstlineno + 4}"


def test_code_that_is_installed_is_the_projects_own():
    namespace = {}
    file = "/srv/lib/python3.11/site-packages/shop_tools/reading.py"
    exec(compile("def read(r): return r.tenant", file, "exec"), namespace)

    place = get_place(namespace["read"])

    assert place == f"{file}:1"


def test_package_with_a_name_like_djangos_is_none_of_its():
    namespace = {}
    file = runs.django.__file__.replace("django/__init__", "django_shop/reading")
    exec(compile("def read(r): return r.tenant", file, "exec"), namespace)

    place = get_place(namespace["read"])

    assert place == f"{file}:1"


@override_settings(DEBUG=True)
def test_place_is_kept_in_debug():
    request, run = record(make_request())

    line = inspect.currentframe().f_lineno + 1
    assert request.tenant

    assert run.reads == {"attr:tenant": f"{__file__}:{line}"}


def test_no_place_is_looked_for_in_production():
    request, run = record(make_request())

    assert request.tenant
    assert run.reads == {"attr:tenant": ""}


# The current run, and its tags.


def test_current_run_is_the_innermost():
    outer, inner = Run(FILE), Run(FILE)

    with entered(outer):
        with entered(inner):
            innermost = find_run()
        back = find_run()

    assert (innermost, back, find_run()) == (inner, outer, None)


def test_tags_are_those_of_the_innermost_run_in_order_and_once():
    outer, inner = Run(FILE), Run(FILE)

    with entered(outer):
        cache_tag("b", "a")
        with entered(inner):
            cache_tag("inner")
        cache_tag("a", "c")

    assert (list(outer.tags), list(inner.tags)) == (["b", "a", "c"], ["inner"])


def test_tag_outside_a_run_is_nothing():
    cache_tag("posts")

    assert find_run() is None


@pytest.mark.parametrize("tag", [1, None, b"posts", ["posts"]])
def test_tag_is_a_str(tag):
    run = Run(FILE)

    with entered(run), pytest.raises(TypeError) as caught:
        cache_tag("posts", tag)

    assert str(caught.value) == f"A tag is a str, not {tag!r}."
    assert list(run.tags) == []


def test_what_outlives_a_run_is_no_part_of_it():
    run = Run(FILE)
    with entered(run):
        context = contextvars.copy_context()
    late = SimpleNamespace(run=run)

    late.run = context.run(find_run)
    context.run(cache_tag, "late")

    assert (late.run, list(run.tags)) == (None, [])


def test_threads_and_tasks_have_runs_of_their_own():
    run, found = Run(FILE), {}

    async def look():
        found["task"] = find_run()

    with entered(run):
        thread = threading.Thread(target=lambda: found.update(thread=find_run()))
        thread.start()
        thread.join()
        asyncio.run(look())

    assert found == {"thread": None, "task": run}
