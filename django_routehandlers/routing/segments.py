"""Read one folder name as one part of a URL."""

import keyword
import re
import unicodedata
from dataclasses import dataclass
from enum import IntEnum
from typing import NoReturn
from urllib.parse import unquote

from django_routehandlers.exceptions import SegmentError
from django_routehandlers.routing.dialects import CONVERTERS, translate_folder

RESERVED_NAMES = frozenset({"body", "form", "headers", "params", "query", "request"})

# What Django's reverse() and its view classes call arguments of their own.
UNUSABLE_NAMES = frozenset({"_prefix", "lookup_view", "self"})

# What a URL path never carries as text: control characters (Unicode's Cc) and
# the lone surrogates that stand for bytes outside UTF-8.
UNMATCHABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

_BRACKETS = re.compile(
    r"(?P<open>\[(?P<outer>\[)?(?:\.\.\.)?)(?P<name>[^\[\].=]+)"
    r"(?:=(?P<converter>[^\[\]=/<>]+))?\](?(outer)\])"
)
_BLANKS = re.compile(r"\s*(\[|\]|=|\.\.\.)\s*")
_NAMELESS = re.compile(r"\[(\[)?(\.\.\.)?\](?(1)\])")
_GROUP = re.compile(r"\(([^()\[\]]+)\)")
_INTERCEPTING = re.compile(r"\(\.{1,3}\)")
_UNSPELT = re.compile(r"[\[\]%:]|^[_@]")
_UNSPELT_GROUP = re.compile(r"[\[\]%:()]")


class SegmentKind(IntEnum):
    """What a folder name is; a lower value wins over a higher one."""

    STATIC = 0
    TYPED = 1
    DYNAMIC = 2
    CATCH_ALL = 3
    OPTIONAL_CATCH_ALL = 4
    GROUP = 5
    PRIVATE = 6

    @property
    def captures(self) -> bool:
        """Tell whether the segment puts a value into the handler's params."""
        return self.TYPED <= self <= self.OPTIONAL_CATCH_ALL

    @property
    def is_catch_all(self) -> bool:
        """Tell whether the segment takes the rest of the path."""
        return self in (self.CATCH_ALL, self.OPTIONAL_CATCH_ALL)


_KINDS = {
    "[": SegmentKind.DYNAMIC,
    "[...": SegmentKind.CATCH_ALL,
    "[[...": SegmentKind.OPTIONAL_CATCH_ALL,
}


@dataclass(frozen=True, slots=True)
class Segment:
    """
    One parsed folder name.

    `name` is the URL's text of a static segment, and the parameter's name of a
    capturing one; `converter` names what reads the value of a typed one.
    """

    kind: SegmentKind
    name: str
    converter: str = ""

    def __str__(self) -> str:
        """
        Return the folder name in its plainest spelling.

        >>> str(Segment(SegmentKind.CATCH_ALL, "slug"))
        '[...slug]'
        >>> str(Segment(SegmentKind.STATIC, "_name"))
        '%5Fname'
        """
        match self.kind:
            case SegmentKind.STATIC:
                special = _UNSPELT_GROUP if self.name[0] == "(" else _UNSPELT
                return special.sub(lambda found: f"%{ord(found[0]):02X}", self.name)
            case SegmentKind.TYPED:
                return f"[{self.name}={self.converter}]"
            case SegmentKind.DYNAMIC:
                return f"[{self.name}]"
            case SegmentKind.CATCH_ALL:
                return f"[...{self.name}]"
            case SegmentKind.OPTIONAL_CATCH_ALL:
                return f"[[...{self.name}]]"
            case SegmentKind.GROUP:
                return f"({self.name})"
        return self.name


def parse_segment(folder: str) -> Segment:
    """
    Return the segment that a folder name stands for.

    Brackets capture part of the URL; the text inside becomes the handler's
    keyword argument, so it must be a Python identifier. `[id=int]` also names
    the converter that reads the value. Elsewhere `%XX` stands for the one
    character it encodes, so that `%5Fname` is the URL's `_name`.

    >>> parse_segment("[id]")
    Segment(kind=<SegmentKind.DYNAMIC: 2>, name='id', converter='')
    >>> parse_segment("sitemap.xml")
    Segment(kind=<SegmentKind.STATIC: 0>, name='sitemap.xml', converter='')

    Raise `SegmentError` if the name stands for no part of a URL.
    """
    if folder.startswith("_"):
        return Segment(SegmentKind.PRIVATE, folder)
    if folder.isascii() and folder.isalnum():
        return Segment(SegmentKind.STATIC, folder)
    _check_interface_notions(folder)
    if folder.startswith("("):
        return _parse_group(folder)
    if "[" in folder or "]" in folder:
        return _parse_brackets(folder)
    return Segment(SegmentKind.STATIC, _parse_static(folder))


def _check_interface_notions(folder: str) -> None:
    if folder.startswith("@"):
        raise SegmentError(
            f"Folder {folder!r} is a slot of a page, which an HTTP API does not have.",
            f"Name it {'%40' + folder[1:]!r} for a URL that starts with '@'.",
        )
    if _INTERCEPTING.match(folder):
        raise SegmentError(
            f"Folder {folder!r} intercepts a page's navigation, which an HTTP API "
            "does not have.",
            f"Name it {folder.replace('(', '%28').replace(')', '%29')!r} for a URL "
            "with that text.",
        )


def _parse_group(folder: str) -> Segment:
    if found := _GROUP.fullmatch(folder):
        return Segment(SegmentKind.GROUP, found[1])
    raise SegmentError(
        f"Folder {folder!r} starts like a group, but is not '(name)'.",
        f"Name it {folder.replace('(', '%28').replace(')', '%29')!r} for a URL that "
        "starts with '('.",
    )


def _parse_brackets(folder: str) -> Segment:
    found = _BRACKETS.fullmatch(folder)
    if found is None or "…" in folder:
        _refuse_brackets(folder)
    _check_form(folder, found)
    _check_parameter_name(folder, found["name"])
    kind = _KINDS[found["open"]]
    if found["converter"]:
        kind = SegmentKind.TYPED
    # Python reads identifiers in NFKC, so the keyword argument has this spelling.
    name = unicodedata.normalize("NFKC", found["name"])
    return Segment(kind, name, found["converter"] or "")


def _check_form(folder: str, found: re.Match[str]) -> None:
    name, is_catch_all = found["name"], "..." in found["open"]
    if found["outer"] and not is_catch_all:
        raise SegmentError(
            f"Folder {folder!r} would capture an optional segment; only a catch-all "
            "may be optional.",
            f"Use {folder[1:-1]!r} beside a route in the parent folder, or "
            f"'[[...{name}]]'.",
        )
    if is_catch_all and found["converter"]:
        raise SegmentError(
            f"Folder {folder!r} gives a catch-all a converter; its value is a list "
            "of str.",
            f"Rename the folder to {folder.replace('=' + found['converter'], '')!r}.",
        )


def _check_parameter_name(folder: str, name: str) -> None:
    before, colon, after = (part.strip() for part in name.partition(":"))
    if colon and after.isidentifier():
        _refuse_colon(folder, before, after)
    if not name.isidentifier():
        fixed = re.sub(r"\W|^(?=\d)", "_", name.strip())
        tidy = _BLANKS.sub(r"\1", folder).replace(name.strip(), fixed, 1)
        example = f"for example to {tidy!r}"
        meant = translate_folder(folder)
        raise SegmentError(
            f"Folder {folder!r} captures {name!r}, which is not a Python identifier.",
            f"Rename the folder to {meant!r}."
            if meant
            else f"Rename the folder, {example}.",
        )
    _check_reserved(folder, name, unicodedata.normalize("NFKC", name))


def _refuse_colon(folder: str, before: str, after: str) -> NoReturn:
    if after in CONVERTERS and before not in CONVERTERS:
        raise SegmentError(
            f"Folder {folder!r} puts a ':' between the name and the converter.",
            f"Rename the folder to '[{before}={after}]'.",
        )
    raise SegmentError(
        f"Folder {folder!r} puts the converter before the name.",
        f"Rename the folder to '[{after}={before}]'.",
    )


def _check_reserved(folder: str, name: str, read: str) -> None:
    if keyword.iskeyword(read):
        use = "a name reserved by Python"
    elif read in RESERVED_NAMES:
        use = "a name reserved for a handler's arguments"
    elif read in UNUSABLE_NAMES:
        use = "a name that Django's reverse() can't take"
    else:
        return
    fixed = folder.replace(name, f"{name.lstrip('_')}_", 1)
    raise SegmentError(
        f"Folder {folder!r} captures {name!r}, {use}.",
        f"Rename the folder, for example to {fixed!r}.",
    )


def _refuse_brackets(folder: str) -> NoReturn:
    if "…" in folder:
        raise SegmentError(
            f"Folder {folder!r} has the one-character ellipsis '…'.",
            f"Write three dots: {folder.replace('…', '...')!r}.",
        )
    if _NAMELESS.fullmatch(folder):
        example = "[...slug]" if "..." in folder else "[id]"
        raise SegmentError(
            f"Folder {folder!r} captures a value without a name.",
            f"Put a name inside, for example {example!r}.",
        )
    raise SegmentError(
        f"Folder {folder!r} has stray brackets or dots; a folder that captures is "
        "'[name]', '[name=converter]', '[...name]' or '[[...name]]', and nothing else.",
        "Rename the folder to one of these, or write '[' as '%5B' and ']' as '%5D'.",
    )


def _parse_static(folder: str) -> str:
    if re.search(r"%(?![0-9A-Fa-f]{2})", folder):
        raise SegmentError(
            f"Folder {folder!r} has a '%' without two hexadecimal digits behind it.",
            "Rename the folder without '%'.",
        )
    try:
        text = unicodedata.normalize("NFC", unquote(folder, errors="strict"))
    except UnicodeDecodeError:
        raise SegmentError(
            f"Folder {folder!r} encodes bytes that are not UTF-8.",
            "Encode the character as UTF-8, for example 'caf%C3%A9' for 'café'.",
        ) from None
    if found := UNMATCHABLE.search(text) or re.search(r"[/<>%]", text):
        raise SegmentError(
            f"Folder {folder!r} has the character {found[0]!r}, which a route cannot "
            "carry.",
            f"Rename the folder to {meant!r}."
            if (meant := translate_folder(folder))
            else "Rename the folder without it.",
        )
    if text in (".", ".."):
        raise SegmentError(
            f"Folder {folder!r} stands for {text!r}, which clients remove from a URL.",
            "Rename the folder.",
        )
    return text
