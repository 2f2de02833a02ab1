"""The cache lies between a view and its handlers, for the build that is running."""

from pathlib import Path

import pytest
from django.test import override_settings

from django_routehandlers.layers import build_layer, find_policy, get_build
from django_routehandlers.registry import forget_snapshot
from django_routehandlers.urls import find_root_mounts

CACHED = "revalidate = 60\ndef GET(): return 'a'\n"


@pytest.fixture
def read(site):
    """Return a function that serves a `route.py` and returns its endpoint."""
    root = None

    def read_again(source):
        nonlocal root
        if root is None:
            root = site({"shop/routes/x/route.py": source})
        (root / "shop/routes/x/route.py").write_text(source)
        forget_snapshot()
        [mount] = find_root_mounts()
        [endpoint] = mount.tree.table.endpoints
        return endpoint

    return read_again


def test_a_build_is_that_of_the_setting(read):
    endpoint = read(CACHED)

    with override_settings(ROUTE_HANDLERS={"BUILD_ID": "2026-10"}, DEBUG=True):
        assert get_build(endpoint) == "id:2026-10"


def test_without_the_setting_other_source_is_another_build(read):
    builds = [get_build(read(CACHED + comment)) for comment in ("", "# new\n", "")]

    assert builds[0] == builds[2] != builds[1]
    assert builds[0].startswith("source:")


def test_in_development_each_process_is_another_build(read):
    endpoints = [read(CACHED + comment) for comment in ("", "# new\n")]

    with override_settings(DEBUG=True):
        builds = list(map(get_build, endpoints))

    assert builds[0] == builds[1]
    assert builds[0].startswith("start:")


def test_a_source_that_cannot_be_read_is_a_build_too(read):
    endpoint = read(CACHED)
    before = get_build(endpoint)

    Path(endpoint.route.location).unlink()

    assert get_build(endpoint).startswith("source:")
    assert get_build(endpoint) != before


@pytest.mark.parametrize(
    ("source", "is_cached"),
    [
        (CACHED, True),
        ("dynamic = 'force-static'\ndef GET(): return 'a'\n", True),
        ("revalidate = 0\ndef GET(): return 'a'\n", True),
        ("def GET(): return 'a'\n", False),
        ("revalidate = 60\ndef POST(): return 'a'\n", False),
        ("revalidate = 60\ndef HEAD(): return\n", False),
    ],
)
def test_only_a_get_that_asks_for_the_cache_has_a_policy(read, source, is_cached):
    assert (find_policy(read(source)) is not None) is is_cached


def test_both_views_of_a_file_share_what_is_known_of_its_keys(read):
    layer = build_layer(read(CACHED))

    def call(request, params): ...

    async def acall(request, params): ...

    layer.wrap("GET", call)
    gate = layer.gate
    layer.awrap("GET", acall)

    assert (layer.gate is gate, gate.call, gate.acall) == (True, call, acall)
