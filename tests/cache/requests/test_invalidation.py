"""What was ended is never served again, and what was not is."""

from functools import partial
from importlib import import_module

import pytest

from django_routehandlers.cache import (
    RevalidationError,
    revalidate_path,
    revalidate_tag,
)
from tests.cache.crowds import SECONDS, begun, get_results
from tests.cache.requests.routes import count, get_told
from tests.clients import send_wsgi

IS_CROSSED = True

pytestmark = pytest.mark.usefixtures("route_cache")

MINUTE = "revalidate = 60"
BY_ID = "[id, len(calls)]"


@pytest.fixture
def ask(send):
    """Return a function that asks for paths, and returns what was run for them."""

    def get_runs(*paths, **options):
        responses = [send("GET", path, **options) for path in paths]
        return [
            path
            for path, response in zip(paths, responses, strict=True)
            if not get_told(response).startswith("hit")
        ]

    return get_runs


# By tag.


def test_a_tag_ends_the_entries_that_have_it(any_backend, ask, serve):
    other = {"shop/routes/y/route.py": count(config=f"{MINUTE}; tags = ['users']")}
    serve(count(config=f"{MINUTE}; tags = ['posts', 'all']"), files=other)
    ask("/x", "/y")

    assert ask("/x", "/y") == []
    revalidate_tag("posts")
    assert ask("/x", "/y", "/x", "/y") == ["/x"]
    revalidate_tag("users", "all")
    assert ask("/x", "/y") == ["/x", "/y"]
    revalidate_tag("nothing")
    assert ask("/x", "/y") == []


def test_with_stale_the_old_answer_is_served_once_more(any_backend, send, serve):
    serve(count(config=f"{MINUTE}; tags = ['posts']"))
    send("GET", "/x")

    revalidate_tag("posts", stale=True)
    bodies = [send("GET", "/x").json() for _ in range(3)]

    assert bodies == ["v1", "v2", "v2"]


def test_a_hard_end_after_a_soft_one_is_hard(send, serve):
    serve(count(config=f"{MINUTE}; tags = ['posts']"))
    send("GET", "/x")

    revalidate_tag("posts", stale=True)
    revalidate_tag("posts")
    revalidate_tag("posts", stale=True)

    assert send("GET", "/x").json() == "v2"


@pytest.mark.parametrize(
    ("folder", "tag", "named", "other"),
    [
        ("x/[id]", "post:{id}", "/x/1", "/x/2"),
        ("x/[id=int]", "post:{id}", "/x/1", "/x/2"),
        ("x/[...id]", "post:{id}", "/x/1", "/x/1/2"),
    ],
)
def test_a_hole_in_a_tag_is_filled_from_the_path(ask, serve, folder, tag, named, other):
    config = f"{MINUTE}; tags = [{tag!r}]"
    serve(count(BY_ID, config=config, arguments="id"), path=folder)
    ask(named, other)

    revalidate_tag("post:1")

    assert ask(named, other) == [named]


LATE = f"from django_routehandlers.cache import cache_tag\n{MINUTE}"


def test_a_tag_of_the_handler_ends_an_entry(any_backend, ask, serve):
    before = "cache_tag(f'author:{id}')"
    source = count(BY_ID, config=LATE, arguments="id", before=before)
    serve(source, path="x/[id]")

    assert ask("/x/1", "/x/2") == ["/x/1", "/x/2"]
    # The first run with a tag that has no version yet is stored, too.
    assert ask("/x/1", "/x/2") == []
    revalidate_tag("author:1")
    assert ask("/x/1", "/x/2", "/x/1") == ["/x/1"]


def test_a_tag_of_the_handler_makes_an_entry_stale(send, serve):
    serve(count(config=LATE, before="cache_tag('author:1')"))
    send("GET", "/x")

    revalidate_tag("author:1", stale=True)

    assert [send("GET", "/x").json() for _ in range(3)] == ["v1", "v2", "v2"]


def test_a_tag_that_a_later_run_no_longer_names_is_the_entry_s_no_more(ask, serve):
    before = "if len(calls) == 1: cache_tag('author:1')"
    serve(count(config=LATE, before=before))
    ask("/x")
    revalidate_tag("author:1")
    ask("/x")

    revalidate_tag("author:1")

    assert ask("/x") == []


# While a handler runs.

GATED = """
    import threading
    from django_routehandlers.cache import cache_tag

    revalidate = 60
    tags = ["posts"]

    data = ["old"]
    begun = threading.Event()
    gate = threading.Event()
"""

# It has read the data when it comes to the gate.
READS = f"""
    read = data[0]
    begun.set()
    assert gate.wait({SECONDS})
    cache_tag("author:1")
"""

ENDS = {
    "tag": partial(revalidate_tag, "posts"),
    "late tag": partial(revalidate_tag, "author:1"),
    "path": partial(revalidate_path, "/x"),
    "folder path": partial(revalidate_path, "/x/[[...rest]]"),
    "root": partial(revalidate_path, "/", below=True),
    "soft": partial(revalidate_tag, "posts", stale=True),
}


@pytest.fixture
def route(any_backend, site):
    """Serve a handler that waits with what it has read; return its module."""
    source = count("read", config=GATED, before=READS, arguments="rest")
    site({"shop/routes/x/[[...rest]]/route.py": source})
    return import_module("shop.routes.x.rest__optional.route")


def ask_while(route, act):
    """Ask, do something when the data was read, and return the answer."""
    route.gate.clear()
    route.begun.clear()
    with begun(partial(send_wsgi, "GET", "/x")) as asking:
        assert route.begun.wait(SECONDS)
        act()
        route.gate.set()
        [response] = get_results(asking)
    return response.json()


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("is_first", [True, False], ids=["first", "later"])
def test_what_was_read_before_the_end_is_not_served_after_it(route, end, is_first):
    def write():
        route.data[0] = "new"
        end()

    if not is_first:
        ask_while(route, lambda: None)
        revalidate_tag("posts", "author:1")
    answer = ask_while(route, write)
    bodies = [send_wsgi("GET", "/x").json() for _ in range(3)]

    assert answer == "old"
    assert bodies[1:] == ["new", "new"]
    # Made stale, it may be served until there is a new one.
    assert bodies[0] == "new" or end is ENDS["soft"]


def test_the_end_of_something_else_keeps_no_later_run_from_being_stored(route):
    ask_while(route, lambda: None)
    revalidate_tag("posts")

    ask_while(route, lambda: revalidate_tag("something else"))

    assert get_told(send_wsgi("GET", "/x")) == "hit; ttl=60"


def test_what_a_refresh_has_read_before_the_end_is_not_served_after_it(
    route, route_cache
):
    def write():
        route.data[0] = "new"
        revalidate_tag("author:1")

    ask_while(route, lambda: None)
    route_cache.advance(61)
    ask_while(route, write)

    assert send_wsgi("GET", "/x").json() == "new"


# Inside a cached GET.


@pytest.mark.parametrize(
    "call",
    [
        "revalidate_tag('posts')",
        "revalidate_tag('posts', stale=True)",
        "revalidate_path('/x')",
        "revalidate_path('/', below=True)",
    ],
)
def test_a_cached_get_may_end_nothing(send, serve, call):
    config = f"from django_routehandlers.cache import *\n{MINUTE}"
    serve(count(config=config, before=call))

    with pytest.raises(RevalidationError) as caught:
        send("GET", "/x")

    assert str(caught.value) == (
        "GET in shop/routes/x/route.py ends entries while it makes one. Do it where "
        "the data changes: in a POST handler, or after a save."
    )


def test_a_get_that_is_not_cached_may_end_what_it_likes(send, ask, serve):
    config = "from django_routehandlers.cache import revalidate_path"
    other = count(config=config, before="revalidate_path('/x')")
    serve(count(config=MINUTE), files={"shop/routes/end/route.py": other})
    ask("/x")

    assert send("GET", "/end").status_code == 200

    assert ask("/x") == ["/x"]
