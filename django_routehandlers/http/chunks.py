"""Tell what can be streamed, and make bytes of its chunks."""

from collections.abc import Mapping
from typing import Any

from django_routehandlers.exceptions import HandlerError


def check_iterable(iterable: Any, taker: str) -> None:
    """Raise `HandlerError` for what does not yield chunks one by one."""
    if isinstance(iterable, type):
        # It tells of its instances when it is asked what it has.
        hint = f"Make an instance of {iterable.__name__!r}."
    elif isinstance(iterable, Mapping):
        hint = "Put it into a list, or write Response.json(data)."
    elif isinstance(iterable, str | bytes | bytearray | memoryview):
        hint = "Write Response(body) for a body that is whole."
    elif hasattr(iterable, "__iter__") or hasattr(iterable, "__aiter__"):
        return
    elif callable(iterable):
        hint = "Call the generator function."
    else:
        hint = "Write Response(body) for a body that is whole."
    kind = type(iterable).__name__
    raise HandlerError(f"{taker} takes an iterator, and got {kind!r}.", hint)


def encode_text(text: str) -> bytes:
    """Return text in UTF-8; raise `HandlerError` for half of a surrogate pair."""
    try:
        return text.encode()
    except UnicodeEncodeError as exc:
        half = text[exc.start : exc.end]
        raise HandlerError(
            f"A stream has text that is not Unicode: {half!r}.",
            'Write text.encode("utf-8", "replace") or clean it where it comes from.',
        ) from None


def encode_chunk(chunk: Any) -> bytes:
    """Return the bytes of a chunk; raise `HandlerError` for what is no text."""
    if isinstance(chunk, str):
        return encode_text(chunk)
    if isinstance(chunk, bytes | bytearray | memoryview):
        return bytes(chunk)
    raise HandlerError(
        f"Response.stream() sends str and bytes, and got {type(chunk).__name__!r}.",
        "Encode each chunk, for example with json.dumps().",
    )
