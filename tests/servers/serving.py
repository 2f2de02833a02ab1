"""Run a small project under real servers, and talk to them over a socket."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.projects import write_project

# For what must happen, however busy the machine is.
PATIENCE = 30.0

SERVERS = {
    "sync": "gunicorn site_wsgi --worker-class sync",
    "gthread": "gunicorn site_wsgi --worker-class gthread --threads 4",
    "uvicorn": "uvicorn site_asgi:application",
}

_APPLICATION = """
    from django.core.{kind} import get_{kind}_application

    application = get_{kind}_application()
"""


@dataclass(frozen=True)
class Site:
    """One running server, and the folder that its handlers leave notes in."""

    name: str
    port: int
    notes: Path

    @property
    def is_asgi(self) -> bool:
        return self.name == "uvicorn"

    @contextmanager
    def connected(
        self, path: str, method: str = "GET", **headers: str
    ) -> Iterator["Conversation"]:
        """Send a request, and hand on the connection."""
        address = "127.0.0.1", self.port
        with closing(socket.create_connection(address, PATIENCE)) as connection:
            lines = [f"{method} {path} HTTP/1.1", "Host: testserver"]
            fields = {"Connection": "close"} | headers
            lines += [f"{n.replace('_', '-')}: {v}" for n, v in fields.items()]
            connection.sendall("\r\n".join([*lines, "", ""]).encode())
            yield Conversation(connection)

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
    """What has come of an answer so far."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.received = b""

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


@contextmanager
def serving(
    root: Path, name: str, files: dict[str, str], **settings: Any
) -> Iterator[Site]:
    """Run a server over a project until the block ends."""
    notes = root / "notes"
    notes.mkdir(parents=True)
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    applications = {
        f"site_{kind}.py": _APPLICATION.format(kind=kind) for kind in ("wsgi", "asgi")
    }
    environment = write_project(root, files | applications, **settings)
    # gunicorn keeps a socket there.
    environment |= {"NOTES": str(notes), "HOME": str(root)}
    place = {"uvicorn": ["--port", str(port), "--lifespan", "off"]}
    program, *arguments = SERVERS[name].split()
    arguments += place.get(name, ["--bind", f"127.0.0.1:{port}"])
    log = root / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", program, *arguments],
            cwd=root,
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        _wait_until_it_listens(port, process, log)
        yield Site(name, port, notes)
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(PATIENCE)


def _wait_until_it_listens(
    port: int, process: subprocess.Popen[bytes], log: Path
) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"The server does not answer.\n{log.read_text()}")
