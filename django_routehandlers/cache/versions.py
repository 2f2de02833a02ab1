"""Tell the versions of tags from what else a cache may hold."""

import os
from collections.abc import Iterable
from typing import Any

VERSION_BYTES = 8

# What the versions begin with that a tag gets when nothing has ended it.
_FIRST, _NEXT = b"\0", b"\1"

# What was read, by key.
Found = dict[str, Any]


def make_first_version() -> bytes:
    """Return a random version for a tag that has none."""
    return _FIRST + os.urandom(VERSION_BYTES - 1)


def make_next_version() -> bytes:
    """Return a random version that ends what has any other."""
    return _NEXT + os.urandom(VERSION_BYTES - 1)


def is_next_version(value: Any) -> bool:
    """Tell whether a record is a version that has ended others."""
    return is_version(value) and value[:1] != _FIRST


def is_version(value: Any) -> bool:
    """Tell whether a record is the version of a tag."""
    return type(value) is bytes and len(value) == VERSION_BYTES


def join_versions(found: Found, keys: Iterable[str]) -> bytes | None:
    """Return the versions of some keys as one text, None if any is missing."""
    try:
        return b"".join([found[key] for key in keys])
    except (KeyError, TypeError):
        return None
