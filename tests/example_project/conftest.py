"""The servers that answer in these tests, each with a database of its own."""

import shlex
import shutil
import sqlite3
from contextlib import closing

import pytest

from tests.example_project.serving import (
    EXAMPLE,
    MANAGE,
    PYTHON,
    get_environment,
    get_free_port,
    run_demo,
    serving,
)


@pytest.fixture(scope="module", params=["demo", "gunicorn", "uvicorn"])
def server(request, tmp_path_factory):
    folder, port = tmp_path_factory.mktemp(request.param), get_free_port()
    address = f"127.0.0.1:{port}"
    commands = {
        "demo": [*MANAGE, "demo", address, "--noreload"],
        "gunicorn": f"-m gunicorn --chdir {EXAMPLE} config.wsgi -b {address}",
        "uvicorn": f"-m uvicorn --app-dir {EXAMPLE} config.asgi:application "
        f"--port {port}",
    }
    command = commands[request.param]
    if request.param != "demo":
        assert run_demo(get_environment(folder), "--no-serve").returncode == 0
        command = [*PYTHON, *shlex.split(command)]
    with serving(folder, port, command) as site:
        shutil.copyfile(site.database, folder / "sample.sqlite3")
        yield site


@pytest.fixture
def site(server):
    sample = server.database.with_name("sample.sqlite3")
    with (
        closing(sqlite3.connect(sample)) as source,
        closing(sqlite3.connect(server.database)) as target,
    ):
        source.backup(target)
    # The servers know nothing of it; in DEBUG a reload runs the handlers again.
    for path in ("/api/posts", "/feed.xml"):
        server.ask("GET", path, headers={"Cache-Control": "no-cache"})
    return server
