"""Write routes that count their runs, and read what the cache says of an answer."""

from textwrap import dedent, indent
from typing import Any

MINUTE = "revalidate = 60; expire = 600"

_SOURCE = """
from django.http import HttpResponse

{config}

calls = []

def GET({arguments}):
    calls.append(1)
    {before}
    return {answer}
"""


def count(
    answer: str = "f'v{len(calls)}'",
    *,
    config: str = MINUTE,
    arguments: str = "request",
    before: str = "",
) -> str:
    """
    Return a `route.py` whose GET counts its runs in `calls`.

    `answer` is the expression that it returns, `before` are the lines above.
    """
    return _SOURCE.format(
        config=dedent(config).strip(),
        arguments=arguments,
        before=dedent(before).strip().replace("\n", "\n    "),
        answer=answer,
    )


def get_told(response: Any) -> str:
    """Return what our cache says in Cache-Status, without its name."""
    *_, ours = response["Cache-Status"].split(", ")
    name, _, told = ours.partition("; ")
    assert name == "routehandlers"
    return str(told)


def get_answer(response: Any) -> tuple[Any, str]:
    """Return the data of a JSON answer, and what our cache says of it."""
    return response.json(), get_told(response)


_CHANGING = """
from django.utils.deprecation import MiddlewareMixin

class Changing(MiddlewareMixin):
    def process_request(self, request):
{change}

middleware = [Changing]
"""


def write_middleware(change: str) -> str:
    """Return a module with a middleware that does something to each request."""
    return _CHANGING.format(change=indent(dedent(change), " " * 8))
