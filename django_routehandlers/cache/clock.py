"""Tell the time by which entries age."""

import time

_offset = 0.0


def now() -> float:
    """Return the seconds since 1970."""
    return time.time() + _offset


def get_offset() -> float:
    """Return by how many seconds the clock is ahead of the machine's."""
    return _offset


def set_offset(seconds: float) -> None:
    """Put the clock ahead; tests do, to see entries age."""
    global _offset  # noqa: PLW0603 - there is one clock
    _offset = seconds
