"""Run a small project under real servers, and talk to them over a socket."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from tests.projects import write_project

# For what must happen, however busy the machine is.
PATIENCE = 30.0

SERVERS = {
    "sync": "-m gunicorn -b {address} site_wsgi --worker-class sync",
    "gthread": "-m gunicorn -b {address} site_wsgi --worker-class gthread --threads 4",
    "uvicorn": "-m uvicorn --port {port} --lifespan off site_asgi:application",
}

_APPLICATION = """
    from django.core.{kind} import get_{kind}_application

    application = get_{kind}_application()
"""


@dataclass(frozen=True)
class Site:
    """One running server, its project, and the folder its handlers leave notes in."""

    name: str
    port: int
    root: Path
    log: Path

    @property
    def is_asgi(self) -> bool:
        return "uvicorn" in self.name

    @property
    def notes(self) -> Path:
        return self.root / "notes"

    @contextmanager
    def connected(
        self, path: str, method: str = "GET", **headers: str
    ) -> Iterator["Conversation"]:
        """Send a request, and hand on the connection."""
        with self.talking() as conversation:
            lines = [f"{n.replace('_', '-')}: {v}" for n, v in headers.items()]
            conversation.say(make_request(method, path, ["Connection: close", *lines]))
            yield conversation

    @contextmanager
    def talking(self) -> Iterator["Conversation"]:
        """Hand on a connection on which nothing has been said."""
        address = "127.0.0.1", self.port
        connection = socket.create_connection(address, PATIENCE)
        # A socket stays open as long as a file on it does.
        with closing(connection), connection.makefile("rb") as file:
            yield Conversation(connection, file)

    def ask(self, path: str, method: str = "GET", **headers: str) -> "Conversation":
        """Send a request, and read all of its answer."""
        with self.connected(path, method, **headers) as conversation:
            conversation.read_all()
        return conversation

    def ask_for_head(
        self, path: str, method: str = "GET", **headers: str
    ) -> "Conversation":
        """Send a request, and read its answer up to the body, perhaps not its end."""
        with self.connected(path, method, **headers) as conversation:
            conversation.read_until(b"\r\n\r\n")
        return conversation

    def tell(self, name: str) -> None:
        """Let a handler that waits for a note go on."""
        (self.notes / name).touch()

    def wait_for(self, name: str) -> str:
        """Wait until a handler has left a note, and return its text."""
        note, end = self.notes / name, time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if note.exists():
                return note.read_text()
            time.sleep(0.01)
        pytest.fail(f"No note {name!r} among {sorted(self.notes.iterdir())}.")


class Conversation:
    """What is said on one connection, and what has come of the answers so far."""

    def __init__(self, connection: socket.socket, file: BinaryIO) -> None:
        self._connection, self._file = connection, file
        self.received = b""

    def say(self, text: bytes) -> None:
        """Send bytes, as many of them as the server takes."""
        # It may have hung up without a look at the rest.
        with suppress(BrokenPipeError, ConnectionResetError):
            self._connection.sendall(text)

    def stop(self) -> None:
        """Say that nothing more comes; the answer can still be heard."""
        self._connection.shutdown(socket.SHUT_WR)

    def hear(self) -> tuple[int, bytes] | None:
        """Return status and content of the next answer, None if none comes."""
        try:
            line = self._file.readline()
            if not line:
                return None
            headers = {}
            while (header := self._file.readline()) not in (b"\r\n", b""):
                name, _, value = header.partition(b":")
                headers[name.lower()] = value.strip()
            content = self._file.read(int(headers[b"content-length"]))
        except ConnectionResetError:
            return None
        return int(line.split()[1]), content

    def read_until(self, text: bytes) -> None:
        """Read until some text has come."""
        while text not in self.received:
            part = self._connection.recv(65_536)
            assert part, f"{text!r} is not in {self.received!r}."
            self.received += part

    def read_all(self) -> None:
        """Read until the server closes the connection."""
        while part := self._connection.recv(65_536):
            self.received += part

    @property
    def status(self) -> int:
        return int(self.received.split()[1])

    @property
    def headers(self) -> dict[str, str]:
        head = self.received.partition(b"\r\n\r\n")[0].decode("latin-1")
        pairs = (line.partition(": ") for line in head.split("\r\n")[1:])
        return {name.lower(): value for name, _, value in pairs}

    @property
    def is_whole(self) -> bool:
        """Tell whether a body in chunks has its end (RFC 9112, section 7.1)."""
        return self.received.endswith(b"0\r\n\r\n")

    @property
    def body(self) -> bytes:
        """Return the body, put together where it came in chunks."""
        rest = self.received.partition(b"\r\n\r\n")[2]
        if self.headers.get("transfer-encoding") != "chunked":
            return rest
        body = b""
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            length = int(size, 16)
            body, rest = body + rest[:length], rest[length + 2 :]
        return body


def make_request(method, path, headers=(), body=b""):
    """Return a request as bytes; `headers` are whole lines."""
    lines = [f"{method} {path} HTTP/1.1", "Host: testserver", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def serving(
    root: Path, name: str, files: dict[str, str], **settings: Any
) -> Iterator[Site]:
    """Run a server over a project until the block ends."""
    applications = {
        f"site_{kind}.py": _APPLICATION.format(kind=kind) for kind in ("wsgi", "asgi")
    }
    environment = write_project(root, files | applications, **settings)
    with running(root, name, SERVERS[name], environment) as site:
        yield site


@contextmanager
def running(
    root: Path, name: str, command: str, environment: dict[str, str]
) -> Iterator[Site]:
    """Run a server over a project that is written, until the block ends."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    site = Site(name, port, root, root / f"{name}.log")
    site.notes.mkdir(exist_ok=True)
    arguments = command.format(port=port, address=f"127.0.0.1:{port}").split()
    with site.log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-W", "error", *arguments],
            cwd=root,
            # gunicorn keeps a socket there.
            env=environment | {"NOTES": str(site.notes), "HOME": str(root)},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait_until_it_listens(site, process)
        yield site
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)


def _wait_until_it_listens(site: Site, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", site.port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"The server does not answer.\n{site.log.read_text()}")
