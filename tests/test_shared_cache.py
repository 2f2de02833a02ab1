"""What a command does to a cache of its own reaches no server, so it stops."""

import io

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from tests.backends import backend, backend_settings, use_backend

__all__ = ["backend", "backend_settings", "use_backend"]

BACKENDS = "django.core.cache.backends"
COMMANDS = [("revalidate", "--tag", "a"), ("warmroutes", "--host", "testserver")]
HINT = "Name a cache that all processes share in ROUTE_HANDLERS['CACHE']."

each_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])


@each_command
@pytest.mark.parametrize(
    ("cache", "reason"),
    [
        (
            {"BACKEND": f"{BACKENDS}.locmem.LocMemCache"},
            "The cache 'routes' is private to each process, so what this command does "
            "to its own would not reach the server's.",
        ),
        (
            {"BACKEND": f"{BACKENDS}.dummy.DummyCache"},
            "The cache 'routes' stores nothing.",
        ),
        (
            None,
            "The cache 'routes' can't be used: InvalidCacheBackendError: CACHES has no "
            "'routes'.",
        ),
    ],
    ids=["locmem", "dummy", "missing"],
)
def test_command_stops_where_nobody_else_would_see(site, command, cache, reason):
    caches = settings.CACHES | ({"routes": cache} if cache else {})
    site({"shop/models.py": ""}, CACHES=caches, ROUTE_HANDLERS={"CACHE": "routes"})

    with pytest.raises(CommandError) as caught:
        call_command(*command, stdout=io.StringIO())

    assert (str(caught.value), caught.value.returncode) == (f"{reason} {HINT}", 1)


@each_command
def test_command_works_on_a_shared_cache(use_backend, site, command):
    use_backend("file")
    site({"shop/models.py": ""})

    call_command(*command, stdout=io.StringIO())
