"""Run the example project as its users do."""

import http.client
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "example_project"
PYTHON = [sys.executable, "-W", "error"]
MANAGE = [*PYTHON, str(EXAMPLE / "manage.py")]
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SECRET = b"whsec_example"
ORDER_ID = "5eed0000-0000-4000-8000-000000000001"


@dataclass(frozen=True)
class Site:
    """One running server."""

    port: int
    environment: dict[str, str]
    database: Path

    def ask(self, method, path, body=None, headers=None):
        with closing(
            http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        ) as connection:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response, response.read()

    def post(self, path, data, headers=JSON):
        body = urlencode(data) if headers is FORM else json.dumps(data)
        response, content = self.ask("POST", path, body, headers)
        return response.status, content

    def query(self, sql):
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(sql).fetchall()


def get_free_port():
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return server.getsockname()[1]


def get_environment(folder):
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "EXAMPLE_DATABASE": str(folder / "db.sqlite3"),
        # gunicorn keeps a socket there.
        "HOME": str(folder),
    }


def run(command, environment=None):
    return subprocess.run(
        command,
        check=False,
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


def run_demo(environment, *arguments):
    return run([*MANAGE, "demo", *arguments], environment)


@contextmanager
def serving(folder, port, command):
    environment, log = get_environment(folder), folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=output, stderr=output
        )
    site = Site(port, environment, folder / "db.sqlite3")
    try:
        wait_until_it_answers(site, process, log)
        yield site
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)
    assert "Traceback" not in log.read_text()


def wait_until_it_answers(site, process, log):
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            site.ask("GET", "/api/hello")
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"The server does not answer.\n{log.read_text()}")
