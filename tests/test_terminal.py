"""What a command writes fits the stream that it writes to."""

import io

import pytest
from django.core.management.base import OutputWrapper
from django.core.management.color import color_style

from django_routehandlers.management.terminal import Terminal


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self):
        return True


def make(stream, **options):
    return Terminal(OutputWrapper(stream), color_style(force_color=True), **options)


def write(stream, text, role=None, **options):
    make(stream, **options).write(text, role)
    return stream.getvalue()


RED = "\x1b[31;1mno\x1b[0m\n"


def test_colour_is_for_terminals_and_for_who_forces_it(monkeypatch):
    # Not in the text of the colours.
    monkeypatch.setenv("DJANGO_COLORS", "")

    assert write(Screen(), "no", "ERROR") == RED
    assert write(io.StringIO(), "no", "ERROR") == "no\n"
    assert write(io.StringIO(), "no", "ERROR", force_color=True) == RED
    assert write(Screen(), "no") == "no\n"


def test_only_a_terminal_has_a_width(monkeypatch):
    monkeypatch.setenv("COLUMNS", "91")

    assert make(Screen()).width == 91
    assert make(io.StringIO()).width is None


@pytest.mark.parametrize(
    ("encoding", "text", "written"),
    [
        ("utf-8", "/café", "/café"),
        ("ascii", "/café", "/caf\\xe9"),
        ("latin-1", "/値", "/\\u5024"),
        ("utf-8", "/\udcff", "/\\udcff"),
    ],
)
def test_what_a_stream_lacks_is_escaped(encoding, text, written):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    terminal = make(stream)

    terminal.write(text)

    stream.flush()
    assert stream.buffer.getvalue().decode(encoding) == f"{written}\n"
    assert terminal.can_write(text) is (text == written)


def test_what_commands_a_terminal_is_escaped():
    written = write(io.StringIO(), "/\x1b[31m\n\x00\u202eé")

    assert written == "/\\x1b[31m\\n\\x00\\u202eé\n"
