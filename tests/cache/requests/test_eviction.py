"""A backend may lose any record at any time: that costs runs, and no answer is wrong."""

import random
from importlib import import_module

import pytest
from django.core.cache import caches

from django_routehandlers.cache import revalidate_path, revalidate_tag
from django_routehandlers.cache.store import get_key, get_store
from tests.backends import BACKENDS
from tests.cache.requests.routes import get_told
from tests.clients import send_wsgi

pytestmark = pytest.mark.usefixtures("route_cache")

SOURCE = """
    from django_routehandlers.cache import cache_tag

    revalidate = 60
    tags = ["item:{id}", "all"]

    data = [0] * 100
    calls = []

    def GET(request, id):
        calls.append(id)
        request.GET.get("page")
        cache_tag(f"late:{id}")
        return data[int(id)]
"""

# What may end one item, and what ends all.
ENDS = [
    lambda item: revalidate_tag(f"item:{item}"),
    lambda item: revalidate_tag(f"late:{item}"),
    lambda item: revalidate_path(f"/items/{item}"),
    lambda item: revalidate_tag("all"),
    lambda item: revalidate_path("/items/[id]"),
    lambda item: revalidate_path("/", below=True),
]


@pytest.fixture
def serve(site):
    """Return a function that serves the handler, and returns its module."""

    def install():
        site({"shop/routes/items/[id]/route.py": SOURCE})
        return import_module("shop.routes.items.id__param.route")

    return install


def ask(item):
    return send_wsgi("GET", f"/items/{item}?page=1")


def write(route, item, end):
    route.data[item] += 1
    end(item)


@pytest.mark.parametrize("backend", ["locmem", "file", "database"])
def test_a_small_backend_costs_runs_and_no_answer(backend, use_backend, serve):
    use_backend(backend, OPTIONS={"MAX_ENTRIES": 10})
    route, chance = serve(), random.Random(1)

    wrong = []
    for turn in range(150):
        item = chance.randrange(100 if turn < 80 else 3)
        if turn % 5 == 4:
            write(route, item, ENDS[turn // 5 % len(ENDS)])
        if ask(item).json() != route.data[item]:
            wrong.append(turn)

    assert wrong == []
    assert len(route.calls) > 80


class Records:
    """All that lies in a backend, by the keys that were ever written."""

    def __init__(self, monkeypatch):
        self.keys = set()
        held = get_held()
        for name in ("add", "set"):
            monkeypatch.setattr(held, name, self._remember(getattr(held, name)))
        monkeypatch.setattr(held, "set_many", self._remember_many(held.set_many))

    def _remember(self, original):
        def act(key, *args, **kwargs):
            self.keys.add(key)
            return original(key, *args, **kwargs)

        return act

    def _remember_many(self, original):
        def act(values, *args, **kwargs):
            self.keys.update(values)
            return original(values, *args, **kwargs)

        return act

    def lose(self, chance, count):
        """Lose some records, as a server does that has no room."""
        for key in chance.sample(sorted(self.keys), min(count, len(self.keys))):
            get_held().delete(key)


def get_held():
    return get_store()._backend.get()


def test_any_record_may_be_lost_at_any_time(any_backend, serve, monkeypatch):
    route, chance, records = serve(), random.Random(2), Records(monkeypatch)

    wrong = []
    for turn in range(80):
        item = chance.randrange(3)
        if chance.random() < 0.3:
            records.lose(chance, chance.randrange(1, 5))
        if chance.random() < 0.3:
            write(route, item, chance.choice(ENDS))
        if ask(item).json() != route.data[item]:
            wrong.append(turn)

    assert wrong == []
    assert 20 < len(route.calls) < 80


# Every backend with a tag of the handler, and one of them with all that ends anything.
CASES = [(name, 1) for name in BACKENDS] + [("locmem", n) for n in (0, 2, 3, 4, 5)]


@pytest.mark.parametrize(("backend", "end"), CASES)
@pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
def test_whichever_record_is_lost_a_change_is_seen(
    any_backend, serve, monkeypatch, end, is_before
):
    route, records = serve(), Records(monkeypatch)
    ask(1)
    keys = sorted(key for key in records.keys if get_kind(key) != "l")

    wrong = []
    for key in keys:
        ask(1)
        if is_before:
            get_held().delete(key)
            write(route, 1, ENDS[end])
        else:
            write(route, 1, ENDS[end])
            get_held().delete(key)
        if ask(1).json() != route.data[1]:
            wrong.append(get_kind(key))

    assert wrong == []
    # The entry, the generation, the names, and two versions of each of five tags.
    assert sorted(map(get_kind, keys)) == [*"eg", *"hhhhh", "n", *"sssss"]


def get_kind(key):
    return key.removeprefix(get_key("", ""))[0]


def test_a_cache_that_is_cleared_is_filled_again(any_backend, serve):
    serve()
    told = [get_told(ask(1)) for _ in range(2)]

    caches["default"].clear()
    told += [get_told(ask(1)) for _ in range(2)]

    assert told == ["fwd=uri-miss; stored", "hit; ttl=60"] * 2
