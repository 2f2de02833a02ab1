"""Name the records in the cache."""

from hashlib import blake2b
from typing import Any

# The version of the records' form: another one never reads these.
PREFIX = "rh1"

_DIGEST_BYTES = 16


def get_digest(*parts: Any) -> str:
    """
    Return 32 hex digits for some texts, numbers, None, bytes and tuples of them.

    No two lists of parts have the same text before it is hashed: `repr()` writes
    each with its quotes, and None unlike "".

    >>> get_digest("a", None) == get_digest("a", "")
    False
    >>> len(get_digest("a"))
    32
    """
    text = repr(parts).encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=_DIGEST_BYTES).hexdigest()


def get_tag_digest(kind: str, name: str) -> str:
    """
    Return the digest of a tag; kinds keep a user's tags apart from our own.

    >>> get_tag_digest("tag", "/a") == get_tag_digest("path", "/a")
    False
    """
    return get_digest("t", kind, name)
