"""Turn values into JSON and back."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.utils.functional import Promise

from django_routehandlers.exceptions import RouteHandlersError

# How deep JSON may be, so that code that walks it does not run out of stack.
MOST_LEVELS = 200
TOO_DEEP = "The JSON is nested too deeply."

_REFUSALS = (TypeError, ValueError, msgspec.MsgspecError)


class EncodingError(RouteHandlersError):
    """A value that JSON has no form for."""


class DecodingError(RouteHandlersError):
    """Bytes that are not JSON."""


def decode(body: bytes) -> Any:
    """
    Return the value of a JSON text (RFC 8259: UTF-8, no NaN, no byte order mark).

    Of a name that occurs twice the last value counts. Raise `DecodingError` for
    anything else, for numbers out of a float's range, integers of more than 4300
    digits and more than 200 objects and lists inside each other.

    >>> decode(b'{"a": [1, 2.5, null]}')
    {'a': [1, 2.5, None]}
    """
    try:
        value = msgspec.json.decode(body)
    except RecursionError:
        raise DecodingError(TOO_DEEP) from None
    except (msgspec.MsgspecError, ValueError) as exc:
        # Other reasons than those with a place are not always the true ones.
        reason = f": {exc}" if "(byte " in str(exc) else ""
        raise DecodingError(f"The body is not JSON{reason}.") from None
    if body.count(b"[") + body.count(b"{") > MOST_LEVELS:
        _refuse_depth(value)
    return value


def _refuse_depth(value: Any) -> None:
    level = [value]
    for _ in range(MOST_LEVELS):
        lists = [v.values() if type(v) is dict else v for v in level]
        level = [c for v in lists for c in v if type(c) is dict or type(c) is list]
        if not level:
            return
    raise DecodingError(TOO_DEEP)


def encode(value: Any) -> bytes:
    """
    Return a value as a JSON text in UTF-8.

    Beside JSON's own types: dataclasses, TypedDicts, msgspec Structs, pydantic
    models, tuples, sets, dates, times, Decimal, UUID, Enum, lazy and safe strings.

    >>> encode({"id": 1, "tags": ["a", "b"]})
    b'{"id":1,"tags":["a","b"]}'

    Raise `EncodingError`, which names the place inside the value.
    """
    try:
        return _encode(value)
    except RecursionError:
        raise EncodingError(
            "the value is nested too deeply, or contains itself.",
            "Return a value that ends.",
        ) from None
    except _REFUSALS as exc:
        if _reveal(exc):
            return encode(value)
        place, culprit, reason = _find_culprit(value, "", exc)
        raise EncodingError(
            f"the {type(culprit).__name__}{place} has no form in JSON{reason}.",
            _get_way_out(culprit),
        ) from None


class _DisguiseError(TypeError):
    """A value in place of another one, which it can reveal."""


def _reveal(exc: Exception) -> bool:
    """Tell whether a value has given its place to the one that it stood for."""
    return isinstance(exc, _DisguiseError) and exc.args[0].reveal_to_encoder()


def _convert(value: Any) -> Any:
    # As keys, None and the bools get here; they are spelt as json.dumps spells them.
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    # Subclasses of str, int and float lose their class, which msgspec does not do.
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Promise):
        return str(value)
    if dump := getattr(type(value), "model_dump", None):
        return dump(value, mode="json")
    if hasattr(value, "reveal_to_encoder"):
        # Not from in here: the encoder is in the midst of what would change.
        raise _DisguiseError(value)
    raise TypeError


_encode = msgspec.json.Encoder(enc_hook=_convert).encode


def _find_culprit(value: Any, path: str, exc: Exception) -> tuple[str, Any, str]:
    """Return the place of the innermost value that fails, it, and what it says."""
    for place, child in _get_children(value):
        if (inner := _find_error(child)) is not None:
            return _find_culprit(child, path + place, inner)
    if isinstance(value, Mapping):
        for key in value:
            if _find_error({key: None}) is not None:
                return f" as a key{_at(path)}", key, ""
    reason = ": it has half of a surrogate pair"
    return _at(path), value, reason if isinstance(exc, UnicodeEncodeError) else ""


def _find_error(value: Any) -> Exception | None:
    try:
        _encode(value)
    except _REFUSALS as exc:
        return _find_error(value) if _reveal(exc) else exc
    return None


def _at(path: str) -> str:
    return f" at {path}" if path else ""


def _get_children(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return [(f"[{name!r}]", child) for name, child in value.items()]
    if isinstance(value, list | tuple | set | frozenset):
        return [(f"[{index}]", child) for index, child in enumerate(value)]
    kind = type(value)
    names = getattr(kind, "__struct_fields__", ()) or getattr(
        kind, "__dataclass_fields__", ()
    )
    # A field without a value is none of the value's children.
    held = [name for name in names if hasattr(value, name)]
    return [(f".{name}", getattr(value, name)) for name in held]


def _get_way_out(value: Any) -> str:
    """Return the one action that makes a value JSON, where we know it."""
    kind = type(value)
    if kind.__module__ == "django.db.models.query":
        return "Write list(...) around it, for example list(posts.values('id'))."
    if hasattr(kind, "_meta") and hasattr(kind, "objects"):
        return "Return a dict of the fields that clients may see."
    if isinstance(value, Mapping):
        return "Write dict(...) around it."
    if hasattr(kind, "__iter__") and not isinstance(value, str | tuple):
        return "Write list(...) around it."
    return "Return dicts, lists, str, numbers, dates or dataclasses."
