"""Tell whether a word is another one, misspelt."""


def is_one_edit_away(text: str, other: str) -> bool:
    """
    Tell whether one inserted, dropped, changed or swapped letter parts two words.

    >>> is_one_edit_away("revalidat", "revalidate")
    True
    >>> is_one_edit_away("revaildate", "revalidate")
    True
    """
    if abs(len(text) - len(other)) > 1:
        return False
    same = 0
    while text[same : same + 1] == other[same : same + 1] != "":
        same += 1
    rest, other_rest = text[same:], other[same:]
    is_inserted, is_dropped = rest[1:] == other_rest, rest == other_rest[1:]
    is_changed = rest[1:] == other_rest[1:]
    is_swapped = rest[1::-1] + rest[2:] == other_rest and len(rest) > 1
    return is_inserted or is_dropped or is_changed or is_swapped
