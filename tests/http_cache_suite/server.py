"""
Serve the origin on a free port of the loopback interface: the child's side.

The port is the one line that this prints. It serves until its standard input ends, so
that it cannot outlive the process that started it. Run it with `python -O`: otherwise
wsgiref asserts that no response has a hop-by-hop header, and some tests want one.
"""

import os
import sys
from threading import Thread
from typing import Any

import django
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

from tests.http_cache_suite.adapter import mount
from tests.http_cache_suite.origin import CONNECTION


class Server(ThreadedWSGIServer):
    """Django's own, with room for all the requests that come at once."""

    request_queue_size = 128


class Handler(WSGIRequestHandler):
    """Django's own, quiet, which lets a view hang up."""

    def get_environ(self) -> dict[str, Any]:
        """Return the environment of a request, with the socket that it came from."""
        return super().get_environ() | {CONNECTION: self.connection}

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name
        """Say nothing of requests."""


def main() -> None:
    """Serve until the standard input ends."""
    os.environ["DJANGO_SETTINGS_MODULE"] = f"{__package__}.settings"
    django.setup()
    mount()
    server = Server(("127.0.0.1", 0), Handler)
    server.set_app(get_wsgi_application())
    Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)  # noqa: T201 - the parent reads it
    sys.stdin.read()


if __name__ == "__main__":
    main()
