"""Of all processes one runs a handler, and none waits for one that is gone."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.test import override_settings

from django_routehandlers.cache import locks as module
from django_routehandlers.cache.backends import HeldBackend
from django_routehandlers.cache.locks import (
    CacheLocks,
    Claim,
    FileLocks,
    build_locks,
)
from tests.cache.crowds import SECONDS, begun, get_results

TAKEN, HELD, ALONE = Claim.TAKEN, Claim.HELD, Claim.ALONE
ONE, OTHER = b"8 bytes.", b"8 others"


@pytest.fixture
def locks(backend, use_backend):
    """Return the locks that suit each backend."""
    use_backend(backend)
    return make_locks()


@pytest.fixture
def file_locks(use_backend):
    use_backend("file")
    return make_locks()


def make_locks():
    held = HeldBackend("default")
    return build_locks(held.get, held.folder)


def test_who_comes_second_does_not_get_the_lock(locks):
    claims = [locks.take("lock", token, 30) for token in (ONE, OTHER)]

    assert claims == [TAKEN, HELD]
    assert not locks.try_take("lock", OTHER, 30)


def test_another_key_is_another_lock(locks):
    claims = [locks.take(key, token, 30) for key, token in (("a", ONE), ("b", OTHER))]

    assert claims == [TAKEN, TAKEN]


def test_a_lock_that_was_freed_can_be_taken(locks):
    assert locks.try_take("lock", ONE, 30)
    locks.free("lock", ONE)
    assert locks.take("lock", OTHER, 30) is TAKEN
    locks.free("lock", OTHER)
    assert locks.try_take("lock", ONE, 30)


def test_nobody_frees_the_lock_of_another(locks):
    locks.take("lock", ONE, 30)

    locks.free("lock", OTHER)

    assert locks.take("lock", OTHER, 30) is HELD


def test_a_lock_is_freed_once(locks):
    locks.take("lock", ONE, 30)
    locks.free("lock", ONE)
    locks.take("lock", OTHER, 30)

    locks.free("lock", ONE)

    assert locks.take("lock", ONE, 30) is HELD


def test_who_is_told_to_run_alone_does_not_get_the_lock(locks):
    locks.take("lock", ONE, 30)

    locks.leave_alone("lock", ONE)

    assert locks.take("lock", OTHER, 30) is ALONE
    assert not locks.try_take("lock", OTHER, 30)


def test_a_refresh_waits_where_another_backs_off_and_a_visitor_does_not(locks):
    locks.try_take("lock", ONE, 30)

    locks.back_off("lock", ONE, 30)

    assert not locks.try_take("lock", OTHER, 30)
    assert locks.take("lock", OTHER, 30) is TAKEN
    assert locks.take("lock", ONE, 30) is HELD


def test_of_many_threads_one_gets_the_lock(locks):
    def race():
        with begun(*[take(number) for number in range(8)]) as taking:
            return get_results(taking)

    def take(number):
        token = f"token {number}".encode()

        def act():
            barrier.wait(SECONDS)
            return locks.take("lock", token, 30), token

        return act

    for _ in range(5):
        barrier = threading.Barrier(8)
        claims = race()
        [winner] = [token for claim, token in claims if claim is TAKEN]
        locks.free("lock", winner)

    assert len(claims) == 8


class UnwritableCache(LocMemCache):
    """A backend that takes no records and does not say so."""

    def add(self, *args, **kwargs):
        return False


def test_who_waits_for_a_lock_that_nobody_can_hold_runs_alone():
    name = f"{__name__}.{UnwritableCache.__name__}"
    with override_settings(CACHES={"default": {"BACKEND": name}}):
        locks = make_locks()

        assert locks.take("lock", ONE, 30) is ALONE
        assert not locks.try_take("lock", ONE, 30)


def test_a_lock_that_was_freed_between_two_looks_is_taken():
    added = []

    class Freed(LocMemCache):
        def add(self, *args, **kwargs):
            added.append(args)
            return len(added) > 1

    locks = CacheLocks(lambda: Freed("freed", {}))

    assert locks.take("lock", ONE, 30) is TAKEN


# Locks of the operating system.

HOLD = """
import fcntl, os, sys, time
file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""


def test_a_lock_is_free_as_soon_as_its_holder_is_dead(file_locks):
    file_locks.take("lock", ONE, 30)
    [(_, path)] = file_locks._files.values()
    file_locks.free("lock", ONE)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout.readline() == b"held\n"
        alive = file_locks.take("lock", ONE, 30)
    finally:
        holder.kill()
        holder.wait(SECONDS)
        holder.stdout.close()

    assert (alive, file_locks.take("lock", ONE, 30)) == (HELD, TAKEN)


def test_a_file_that_was_freed_while_it_was_opened_is_no_lock(file_locks, monkeypatch):
    """Who has it may not keep out those who find a new one at its path."""
    flock = module.fcntl.flock
    file_locks.take("lock", ONE, 30)

    def free_first(file, operation):
        if ONE in file_locks._files:
            file_locks.free("lock", ONE)
        return flock(file, operation)

    monkeypatch.setattr(module.fcntl, "flock", free_first)
    claims = [file_locks.take("lock", OTHER, 30), file_locks.take("lock", ONE, 30)]

    assert claims == [HELD, TAKEN]


def count_open_files():
    return len(list(Path("/dev/fd").iterdir()))


def test_no_file_stays_open(file_locks):
    file_locks.take("lock", ONE, 30)
    count = count_open_files()

    file_locks.take("lock", OTHER, 30)
    assert count_open_files() == count
    file_locks.free("lock", ONE)
    assert count_open_files() == count - 1
    file_locks.try_take("lock", OTHER, 30)
    file_locks.back_off("lock", OTHER, 30)
    file_locks.take("lock", ONE, 30)
    file_locks.leave_alone("lock", ONE)
    assert count_open_files() == count - 1
    assert file_locks._files == {}


def test_lock_files_are_nobody_elses(file_locks):
    file_locks.take("lock", ONE, 30)
    [(file, path)] = file_locks._files.values()

    modes = [stat.S_IMODE(s.st_mode) for s in (os.fstat(file), path.parent.stat())]

    assert modes == [0o600, 0o700]
    assert not os.get_inheritable(file)


def test_a_lock_file_that_somebody_has_removed_is_no_error(file_locks):
    file_locks.take("lock", ONE, 30)
    [(_, path)] = file_locks._files.values()

    path.unlink()
    claim = file_locks.take("lock", OTHER, 30)
    file_locks.free("lock", ONE)

    assert claim is TAKEN
    assert list(file_locks._files) == [OTHER]


def test_a_file_system_without_locks_is_a_backend_that_fails(file_locks, monkeypatch):
    """As if somebody held the lock, each visitor would wait for nobody."""
    count = count_open_files()

    def refuse(file, operation):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(module.fcntl, "flock", refuse)

    with pytest.raises(OSError, match="not supported"):
        file_locks.take("lock", ONE, 30)
    assert count_open_files() == count


def test_only_the_file_backend_has_locks_of_the_system(backend, use_backend):
    use_backend(backend)

    assert type(make_locks()) is (FileLocks if backend == "file" else CacheLocks)


def test_where_the_system_has_no_such_locks_they_are_records(use_backend, monkeypatch):
    monkeypatch.setattr(module, "fcntl", None)
    use_backend("file")

    assert type(make_locks()) is CacheLocks
