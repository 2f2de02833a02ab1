import asyncio
import json
import socket
import threading

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache, caches

from tests.backends import (
    BACKENDS,
    SERVERS,
    SHARED_BACKENDS,
    backend,
    backend_settings,
    find_memcached,
    find_server,
    use_backend,
)
from tests.projects import run_project

__all__ = ["backend", "backend_settings", "use_backend"]

RECORD_VISIT = """
    import json
    import django
    django.setup()
    from django.core.cache import cache
    print(json.dumps(cache.get("visitors")))
    cache.set("visitors", ["parent", "child"])
"""


def run_child(root, settings):
    result = run_project(
        root, {"visit.py": RECORD_VISIT}, "visit.py", INSTALLED_APPS=[], **settings
    )
    assert (result.returncode, result.stderr) == (0, "")
    return json.loads(result.stdout)


@pytest.mark.parametrize("name", SHARED_BACKENDS)
def test_child_process_shares_the_cache(name, use_backend, tmp_path):
    settings = use_backend(name)
    cache.set("visitors", ["parent"])

    seen = run_child(tmp_path, settings)

    assert seen == ["parent"]
    assert cache.get("visitors") == ["parent", "child"]


@pytest.mark.parametrize("name", SHARED_BACKENDS)
def test_child_process_has_a_cache_that_the_parent_lacks(
    name, backend_settings, tmp_path
):
    settings = backend_settings(name)

    answers = [run_child(tmp_path, settings) for _ in range(2)]

    assert answers == [None, ["parent", "child"]]
    assert cache.get("visitors") is None


def test_backend_is_the_one_that_was_asked_for(backend, use_backend):
    use_backend(backend, TIMEOUT=7)

    made = caches["default"]

    assert f"{type(made).__module__}.{type(made).__name__}" == BACKENDS[backend]
    assert made.default_timeout == 7


def test_no_use_sees_the_keys_of_another(backend, use_backend):
    use_backend(backend)
    cache.set("name", "first")

    use_backend(backend)

    assert cache.get("name") is None


def test_every_thread_has_the_backend(backend, use_backend):
    use_backend(backend)
    thread = threading.Thread(target=cache.set, args=("name", "from a thread"))

    thread.start()
    thread.join()

    assert cache.get("name") == "from a thread"


def test_event_loop_has_the_backend(backend, use_backend):
    use_backend(backend)

    asyncio.run(cache.aset("name", "from a loop"))

    assert cache.get("name") == "from a loop"


def test_test_case_may_use_the_default_database_too(backend, use_backend, db):
    use_backend(backend)

    cache.set("user", User.objects.create(username="ann").pk)

    assert cache.get("user") == User.objects.get(username="ann").pk


@pytest.mark.django_db
def test_marked_test_may_use_the_default_database_too(use_backend):
    use_backend("database")

    cache.set("user", User.objects.create(username="ann").pk)

    assert cache.get("user") == User.objects.get(username="ann").pk


@pytest.mark.parametrize("name", SERVERS)
def test_session_has_one_server(name, request):
    assert find_server(request.config, name) == find_server(request.config, name)


@pytest.mark.parametrize("name", SERVERS)
def test_server_stops(name):
    with SERVERS[name]() as address:
        host, _, port = address.removeprefix("redis://").rpartition(":")
        socket.create_connection((host, int(port)), 1).close()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), 1)


def test_without_memcached_the_test_is_skipped(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("REQUIRE_MEMCACHED", raising=False)

    with pytest.raises(pytest.skip.Exception, match="memcached is missing"):
        find_memcached()


def test_without_memcached_the_test_fails_where_it_is_required(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("REQUIRE_MEMCACHED", "1")

    with pytest.raises(pytest.fail.Exception, match="memcached is missing"):
        find_memcached()
