"""Tell the versions of tags from what else a cache may hold."""

from collections.abc import Iterable
from typing import Any

VERSION_BYTES = 8

# What was read, by key.
Found = dict[str, Any]


def is_version(value: Any) -> bool:
    """Tell whether a record is the version of a tag."""
    return type(value) is bytes and len(value) == VERSION_BYTES


def join_versions(found: Found, keys: Iterable[str]) -> bytes | None:
    """Return the versions of some keys as one text, None if any is missing."""
    try:
        return b"".join([found[key] for key in keys])
    except (KeyError, TypeError):
        return None
