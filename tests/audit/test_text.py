"""Text is measured and broken as a terminal shows it."""

import pytest

from django_routehandlers.audit.text import get_width, pad, wrap


@pytest.mark.parametrize(
    ("text", "width"),
    [("", 0), ("abc", 3), ("é", 1), ("e\u0301", 1), ("値段", 4), ("a\u200bb", 2)],
)
def test_width_is_in_columns(text, width):
    assert get_width(text) == width


def test_text_is_padded_by_columns():
    assert [pad("値", 4), pad("abcd", 4), pad("abcde", 4)] == ["値  ", "abcd", "abcde"]


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 5, [""]),
        ("/a/b", 5, ["/a/b"]),
        ("DELETE, GET, HEAD", 11, ["DELETE,", "GET, HEAD"]),
        ("/items/[id=int]", 8, ["/items", "/[id=int", "]"]),
        ("django.middleware.Own", 10, ["django.", "middleware", ".Own"]),
        ("abcdef", 2, ["ab", "cd", "ef"]),
        ("値段値", 4, ["値段", "値"]),
        ("値段", 1, ["値", "段"]),
        ("a b c", 3, ["a b", "c"]),
    ],
)
def test_text_is_wrapped_where_it_may_be_parted(text, width, lines):
    assert wrap(text, width) == lines
