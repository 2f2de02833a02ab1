"""
Play a server of several processes in a project, and print what came of it.

The processes are forked from one that is set up and has answered a request already.
All of them begin at once what they are told to do; a run of the handler is a line in
the file `runs`, which is written at once, and in the order in which they happen.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

PROCESSES, THREADS = 4, 5

# Only what hangs takes so long.
SECONDS = 20.0

FILES = {
    "shop/routes/x/[name]/route.py": """
        import os
        import time
        from pathlib import Path

        revalidate = 60
        expire = 6000
        tags = ["{name}"]

        def GET(request, name):
            page = request.GET.get("page")
            file = os.open("runs", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.write(file, f"{name}\\n".encode())
            os.close(file)
            if name == "held" and Path("held").read_text() == str(os.getpid()):
                time.sleep(60)
            # So long that all others ask meanwhile.
            time.sleep(0.1)
            return [page, Path("runs").read_text().split().count(name)]
    """,
    "shop/routes/data/route.py": """
        import time
        from pathlib import Path
        from django_routehandlers.cache import cache_tag

        revalidate = 60

        def GET():
            data = int(Path("data").read_text())
            time.sleep(0.002)
            cache_tag("late")
            return data
    """,
    "data": "0",
    "held": "",
}


class Worker:
    """One process of the server."""

    def __init__(self, process: BaseProcess, connection: Connection) -> None:
        self.process = process
        self._connection = connection

    def begin(self, act: Any, *arguments: Any) -> None:
        """Let it do something, and do not wait."""
        self._connection.send((act, arguments))

    def finish(self) -> Any:
        """Return what came of it."""
        assert self._connection.poll(SECONDS), "A process hangs."
        return self._connection.recv()


def main(lock_seconds: str) -> None:
    """Play what all backends have in common, and print it."""
    import django

    django.setup()
    from django.core.cache import caches
    from django.db import connections
    from django.test import Client

    from django_routehandlers.cache import filling
    from django_routehandlers.cache.store import get_store

    Client().get("/x/warm")
    connections.close_all()
    caches.close_all()
    is_private = get_store().is_private
    get_store()._backend.get().close()
    with started() as workers:
        result = {
            "cold": ask_all(workers, "/x/cold?page=2"),
            "known": ask_all(workers, "/x/known?page=2"),
            "stale": ask_stale(workers, "/x/cold?page=2"),
            "fresh": ask_all(workers, "/x/cold?page=2"),
        }
        if not is_private:
            filling.FILL_SECONDS = int(lock_seconds)
            result |= {
                "ended": ask_ended(workers, "/x/cold?page=2"),
                "data": write_data(workers),
                "killed": ask_when_killed(workers, int(lock_seconds)),
            }
    print(json.dumps(result))  # noqa: T201 - what the parent reads


@contextmanager
def started() -> Iterator[list[Worker]]:
    context, workers = get_context("fork"), []
    for _ in range(PROCESSES):
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs,), daemon=True)
        process.start()
        workers.append(Worker(process, ours))
    try:
        yield workers
    finally:
        for worker in workers:
            worker.process.kill()
            worker.process.join(SECONDS)


def _work(connection: Connection) -> None:
    while True:
        act, arguments = connection.recv()
        connection.send(act(*arguments))


def do_all(workers: list[Worker], act: Any, *arguments: Any) -> list[Any]:
    """Let all do something at once, and return what came of it."""
    for worker in workers:
        worker.begin(act, *arguments)
    return [worker.finish() for worker in workers]


# What the server is asked.


def ask_all(workers: list[Worker], path: str) -> dict[str, Any]:
    """Return how often the handler ran, and what the visitors got."""
    before = count_runs(path)
    answers = [a for found in do_all(workers, ask_in_threads, path) for a in found]
    return {
        "runs": count_runs(path) - before,
        "bodies": sorted({json.dumps(body) for _, body, _ in answers}),
        "statuses": sorted({status for status, _, _ in answers}),
        "told": sorted({told.partition("; ")[2] for _, _, told in answers}),
        "answers": len(answers),
    }


def ask_stale(workers: list[Worker], path: str) -> dict[str, Any]:
    do_all(workers, advance, 61)
    return ask_all(workers, path)


def ask_ended(workers: list[Worker], path: str) -> dict[str, Any]:
    workers[0].begin(end, "path", path)
    workers[0].finish()
    return ask_all(workers, path)


def write_data(workers: list[Worker]) -> dict[str, Any]:
    """Return in which rounds anybody got old data after its end."""
    writer, *readers = workers
    wrong, early = [], []
    for turn in range(1, 21):
        for reader in readers:
            reader.begin(ask_again, "/data", 5)
        writer.begin(write, turn)
        seen = [body for reader in readers for body in reader.finish()]
        early += [body for body in seen if body not in (turn - 1, turn)]
        at_once = [writer.finish()]
        later = [bodies[0] for bodies in do_all(workers, ask_again, "/data", 1)]
        wrong += [turn for body in at_once + later if body != turn]
    return {"wrong": wrong, "early": early}


def ask_when_killed(workers: list[Worker], lock_seconds: int) -> dict[str, Any]:
    """Return what happens when the process dies that all others wait for."""
    *others, holder = workers
    path = "/x/held?page=2"
    do_all(workers, set_lock_seconds, lock_seconds)
    Path("held").write_text(str(holder.process.pid))
    holder.begin(ask_in_threads, path)
    end = time.monotonic() + SECONDS
    while not count_runs(path):
        assert time.monotonic() < end, "The holder does not begin."
        time.sleep(0.005)
    holder.process.kill()
    holder.process.join(SECONDS)
    return ask_all(others, path)


def count_runs(path: str) -> int:
    name = path.partition("?")[0].rpartition("/")[2]
    return Path("runs").read_text().split().count(name)


# What a process of it does.


def ask(path: str) -> tuple[int, Any, str]:
    from django.test import Client

    response = Client(raise_request_exception=False).get(path)
    is_answer = response.status_code == 200
    told = response.headers.get("Cache-Status", "")
    return response.status_code, response.json() if is_answer else None, told


def ask_in_threads(path: str) -> list[Any]:
    from django.db import connections

    from django_routehandlers.cache.background import background

    answers: list[Any] = []
    barrier = threading.Barrier(THREADS, timeout=SECONDS)

    def wait_and_ask() -> None:
        barrier.wait()
        answers.append(ask(path))
        connections.close_all()

    threads = [threading.Thread(target=wait_and_ask) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    background.drain()
    return answers


def ask_again(path: str, times: int) -> list[Any]:
    return [ask(path)[1] for _ in range(times)]


def advance(seconds: float) -> None:
    from django_routehandlers.cache import clock

    clock.set_offset(clock.get_offset() + seconds)


def end(kind: str, name: str) -> None:
    from django_routehandlers.cache import revalidate_path, revalidate_tag

    {"path": revalidate_path, "tag": revalidate_tag}[kind](name)


def write(turn: int) -> Any:
    """Write data, end what shows the old one, and look."""
    temporary = Path(f"data.{os.getpid()}")
    temporary.write_text(str(turn))
    temporary.rename("data")
    end(*(("path", "/data"), ("tag", "late"))[turn % 2])
    return ask("/data")[1]


def set_lock_seconds(seconds: int) -> None:
    from django_routehandlers.cache import filling

    filling.FILL_SECONDS = seconds


if __name__ == "__main__":
    main(*sys.argv[1:])
