"""Read folder names that capture in the spelling of another framework."""

import re

# The converters of Django, which others have by these names, too.
CONVERTERS = frozenset({"int", "path", "slug", "str", "uuid"})

# Starlette and FastAPI, Django and Flask, Express and Rails.
_CAPTURES = (
    re.compile(r"\{(?P<name>\w+)(?::(?P<converter>\w+))?\}"),
    re.compile(r"<(?:(?P<converter>\w+):)?(?P<name>\w+)>"),
    re.compile(r"(?P<converter>):(?P<name>\w+)"),
)
_CATCH_ALL = re.compile(r"([{\[]?)(?:\*{1,2}|\.\.\.)(?P<name>\w+)[}\]]?")


def translate_folder(folder: str) -> str | None:
    """
    Return how a folder is spelt here that captures elsewhere, None for any other.

    >>> translate_folder("{id}"), translate_folder("<int:id>"), translate_folder(":id")
    ('[id]', '[id=int]', '[id]')
    >>> translate_folder("*slug"), translate_folder("{slug:path}")
    ('[...slug]', '[...slug]')
    >>> translate_folder("[id]"), translate_folder("$metadata")
    (None, None)
    """
    if not folder.startswith(("{", "<", ":", "*", "[*", "...")):
        return None
    for form in _CAPTURES:
        if found := form.fullmatch(folder):
            return _write_folder(found["name"], found["converter"] or "str")
    found = _CATCH_ALL.fullmatch(folder)
    return f"[...{found['name']}]" if found and found["name"].isidentifier() else None


def _write_folder(name: str, converter: str) -> str | None:
    if not name.isidentifier():
        return None
    if converter == "path":
        return f"[...{name}]"
    has_own = converter in CONVERTERS - {"str"}
    return f"[{name}={converter}]" if has_own else f"[{name}]"
