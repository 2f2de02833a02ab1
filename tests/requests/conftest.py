"""Both clients, for every test of this folder."""

from tests.clients import send
from tests.requests.forms import serve_body

__all__ = ["send", "serve_body"]
