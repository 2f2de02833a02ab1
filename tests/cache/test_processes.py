"""All processes of a server together run a handler once."""

import json

import pytest

from tests.backends import SHARED_BACKENDS
from tests.cache.processes import FILES, PROCESSES, THREADS
from tests.projects import ask_project, run_project

# Memcached and the database may end a lock a second early.
LOCK_SECONDS = {"valkey": 1}

HIT, STALE = "hit; ttl=60", "hit; ttl=-1; detail=stale"
STORED, AGAIN = "fwd=uri-miss; stored", "fwd=stale; stored"
COLLAPSED = "fwd=uri-miss; collapsed"


def play(root, name, settings):
    seconds = str(LOCK_SECONDS.get(name, 2))
    module = "tests.cache.processes"
    result = run_project(root, FILES, "-m", module, seconds, **settings)
    assert (result.returncode, result.stderr) == (0, "")
    return json.loads(result.stdout)


def get_outcome(played):
    """Return how often the handler ran, and what all visitors got."""
    assert played["statuses"] == [200]
    # On a busy machine some may come when all is done.
    others = {HIT, COLLAPSED}
    told = [told for told in played["told"] if told not in others]
    return played["runs"], played["bodies"], told, played["answers"]


ALL = PROCESSES * THREADS


@pytest.mark.parametrize("name", SHARED_BACKENDS)
def test_processes_that_share_a_cache_run_a_handler_once(
    name, backend_settings, tmp_path
):
    played = play(tmp_path, name, backend_settings(name))

    # The first one that knows nothing of the query, and one that knows it.
    assert get_outcome(played["cold"]) == (1, ['["2", 1]'], [STORED], ALL)
    assert get_outcome(played["known"]) == (1, ['["2", 1]'], [STORED], ALL)
    # The new answer is made behind the old one.
    assert played["stale"]["runs"] == 1
    assert get_outcome(played["stale"])[2] == [STALE]
    assert get_outcome(played["fresh"]) == (0, ['["2", 2]'], [], ALL)
    assert get_outcome(played["ended"]) == (1, ['["2", 3]'], [AGAIN], ALL)
    assert played["data"] == {"wrong": [], "early": []}
    # The second run is for all whom the dead process has kept waiting. Who sees the end
    # of its lock in the database may delete the next one with it.
    runs, _, told, answers = get_outcome(played["killed"])
    assert runs in ((1, 2) if name == "database" else (1,))
    assert (told, answers) == ([STORED], ALL - THREADS)


def test_processes_with_caches_of_their_own_run_it_once_each(
    backend_settings, tmp_path
):
    played = play(tmp_path, "locmem", backend_settings("locmem"))

    runs = [played[phase]["runs"] for phase in ("cold", "known", "stale", "fresh")]
    assert runs == [PROCESSES, PROCESSES, PROCESSES, 0]
    assert played["fresh"]["told"] == [HIT]


FORK = """
    import os
    import signal
    import warnings

    from django_routehandlers.cache import clock
    from django_routehandlers.cache.background import background
    from django_routehandlers.cache.flights import flights

    def refresh():
        clock.set_offset(clock.get_offset() + 61)
        before = get("/count")
        background.drain()
        return [before, get("/count")]

    def fork(act):
        reading, writing = os.pipe()
        # Python warns of threads, which is what this is about.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            child = os.fork()
        # Whoever hangs is killed.
        signal.alarm(20)
        if not child:
            os.write(writing, json.dumps(act()).encode())
            os._exit(0)
        os.waitpid(child, 0)
        return json.loads(os.read(reading, 1000))

    get("/count")
    # One thread is made for each, and there are two.
    answer = {"before": [refresh(), refresh()]}
    _, leads = flights.join("key")
    answer["child"] = fork(lambda: [refresh(), flights.join("key")[1]])
    answer["after"] = refresh(), flights.join("key")[1]
"""

COUNT = """
    revalidate = 60
    calls = []

    def GET():
        calls.append(1)
        return len(calls)
"""


def test_a_child_makes_its_own_refreshes_and_waits_for_no_run_of_its_parent(tmp_path):
    answer = ask_project(tmp_path, {"shop/routes/count/route.py": COUNT}, FORK)

    assert answer == {
        "before": [["1", "2"], ["2", "3"]],
        "child": [["3", "4"], True],
        "after": [["3", "4"], False],
    }
