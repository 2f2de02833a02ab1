"""Both clients, for every test of this folder."""

from tests.clients import send

__all__ = ["send"]
