"""Talk to a real server over one connection, byte by byte."""

import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tests.projects import write_project

APPLICATIONS = {
    "gunicorn": (
        "gunicorn --worker-class gthread --threads 2 -b 127.0.0.1:{port} "
        "django.core.wsgi:get_wsgi_application()"
    ),
    "uvicorn": (
        "uvicorn --port {port} --factory django.core.asgi:get_asgi_application"
    ),
}
SECONDS = 20


@contextmanager
def serving(kind, folder, files, **settings):
    """Serve a project with a server of a kind; give the port that it listens at."""
    environment = write_project(folder, files, **settings) | {"HOME": str(folder)}
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        *APPLICATIONS[kind].format(port=port).split(),
    ]
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=output
        )
    try:
        _wait_for(port, process, log)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(SECONDS)
    assert "Traceback" not in log.read_text()


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + 3 * SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=SECONDS).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"The server does not answer.\n{log.read_text()}")


class Talk:
    """One connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        self._file = self._socket.makefile("rb")

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self._socket.close()

    def say(self, text: bytes) -> None:
        """Send bytes, as many of them as the server takes."""
        # It may have hung up without a look at the rest.
        with suppress(BrokenPipeError, ConnectionResetError):
            self._socket.sendall(text)

    def stop(self) -> None:
        """Say that nothing more comes; the answer can still be heard."""
        self._socket.shutdown(socket.SHUT_WR)

    def hear(self) -> tuple[int, bytes] | None:
        """Return status and content of the next response, None if none comes."""
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


def make_request(method, path, headers=(), body=b""):
    """Return a request as bytes; `headers` are whole lines."""
    lines = [f"{method} {path} HTTP/1.1", "Host: testserver", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body
