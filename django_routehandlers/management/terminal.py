"""Write to a terminal, or to whatever stands in its place."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import OutputWrapper
from django.core.management.color import Style, no_style

# What a shell says of a program that wrote to a closed pipe: 128 + SIGPIPE.
_CLOSED_PIPE = 141


@contextmanager
def read_to_the_end(stream: OutputWrapper) -> Iterator[None]:
    """Let a command end quietly if who reads it, such as `head`, has had enough."""
    try:
        try:
            yield
        finally:
            stream.flush()
    except BrokenPipeError:
        # Python flushes once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(_CLOSED_PIPE) from None


class Terminal:
    """
    A stream of a command, its `width` in columns, and whether it takes colours.

    What is no terminal has no width, and no colour unless that is forced.
    """

    def __init__(
        self, stream: OutputWrapper, style: Style, *, force_color: bool = False
    ) -> None:
        self._stream = stream
        is_terminal = stream.isatty()
        self.style = style if is_terminal or force_color else no_style()
        self.width = shutil.get_terminal_size().columns if is_terminal else None

    def write(self, text: str, role: str | None = None) -> None:
        """
        Write a line, in the colour of a role of Django's styles.

        What a terminal might take for a command is written as an escape.
        """
        text = self._spell(text)
        self._stream.write(text if role is None else getattr(self.style, role)(text))

    def can_write(self, text: str) -> bool:
        """Tell whether the stream has all characters of a text."""
        return self._spell(text) == text

    def _spell(self, text: str) -> str:
        """Return a text with escapes for what the stream lacks, and for what commands."""
        if not text.isprintable():
            text = "".join(map(_escape, text))
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        return text.encode(encoding, "backslashreplace").decode(encoding)


def _escape(char: str) -> str:
    return char if char.isprintable() else char.encode("unicode_escape").decode()
