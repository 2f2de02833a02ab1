"""Talk to the origin as the suite's client does."""

import json
from itertools import count
from typing import Any

from django.test import Client

from tests.http_cache_suite.scripts import Record, Step

_numbers = count()


def put(*steps: Step) -> str:
    """Put a script, and return the name of its test."""
    uuid = f"test-{next(_numbers)}"
    response = put_text(uuid, json.dumps(steps))
    assert response.status_code == 201
    return uuid


def put_text(uuid: str, text: str) -> Any:
    """Put a text as the script of a test, and return the response."""
    return Client().put(f"/config/{uuid}", text, content_type="application/json")


def ask(
    path: str, number: int | None = None, method: str = "GET", **headers: str
) -> Any:
    """Send the request of a number, and return the response."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    if number is not None:
        named["Req-Num"] = str(number)
    return Client().generic(method, path, headers=named)


def read_state(uuid: str) -> list[Record]:
    """Return what reached the origin."""
    records: list[Record] = json.loads(Client().get(f"/state/{uuid}").content)
    return records
