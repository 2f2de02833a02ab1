import inspect

import pytest
from django.urls import URLResolver
from hypothesis import given
from hypothesis import strategies as st

from django_routehandlers.exceptions import SegmentError
from django_routehandlers.routing.segments import (
    RESERVED_NAMES,
    UNUSABLE_NAMES,
    Segment,
    SegmentKind,
    parse_segment,
)

STATIC = SegmentKind.STATIC
TYPED = SegmentKind.TYPED
DYNAMIC = SegmentKind.DYNAMIC
CATCH_ALL = SegmentKind.CATCH_ALL
OPTIONAL = SegmentKind.OPTIONAL_CATCH_ALL
GROUP = SegmentKind.GROUP
PRIVATE = SegmentKind.PRIVATE


def read_refusal(folder: str) -> tuple[str, str]:
    """Return the message and the hint with which a folder name is refused."""
    with pytest.raises(SegmentError) as caught:
        parse_segment(folder)
    return caught.value.message, caught.value.hint


@pytest.mark.parametrize(
    ("folder", "segment"),
    [
        ("items", Segment(STATIC, "items")),
        ("Items", Segment(STATIC, "Items")),
        ("sitemap.xml", Segment(STATIC, "sitemap.xml")),
        (".well-known", Segment(STATIC, ".well-known")),
        ("...", Segment(STATIC, "...")),
        ("a b", Segment(STATIC, "a b")),
        ("a(b)", Segment(STATIC, "a(b)")),
        ("a@b", Segment(STATIC, "a@b")),
        ("a_b", Segment(STATIC, "a_b")),
        ("id=int", Segment(STATIC, "id=int")),
        ("~", Segment(STATIC, "~")),
        ("日本", Segment(STATIC, "日本")),
        ("[id]", Segment(DYNAMIC, "id")),
        ("[Id_2]", Segment(DYNAMIC, "Id_2")),
        ("[größe]", Segment(DYNAMIC, "größe")),
        ("[match]", Segment(DYNAMIC, "match")),
        ("[_id]", Segment(DYNAMIC, "_id")),
        ("[id=int]", Segment(TYPED, "id", "int")),
        ("[id=my-own]", Segment(TYPED, "id", "my-own")),
        ("[id=v1.2]", Segment(TYPED, "id", "v1.2")),
        ("[...slug]", Segment(CATCH_ALL, "slug")),
        ("[[...slug]]", Segment(OPTIONAL, "slug")),
        ("(group)", Segment(GROUP, "group")),
        ("(two words)", Segment(GROUP, "two words")),
        ("(%5Fgroup)", Segment(GROUP, "%5Fgroup")),
        ("_private", Segment(PRIVATE, "_private")),
        ("__pycache__", Segment(PRIVATE, "__pycache__")),
        ("_[id]", Segment(PRIVATE, "_[id]")),
    ],
)
def test_folder_name_stands_for_a_segment(folder, segment):
    assert parse_segment(folder) == segment


@pytest.mark.parametrize(
    ("folder", "text"),
    [
        ("%5Fname", "_name"),
        ("%5fname", "_name"),
        ("%40me", "@me"),
        ("%28x%29", "(x)"),
        ("%28.%29x", "(.)x"),
        ("%5Bid%5D", "[id]"),
        ("a%3Ab", "a:b"),
        ("a%20b", "a b"),
        ("caf%C3%A9", "café"),
        ("%2Ehidden", ".hidden"),
    ],
)
def test_percent_spells_one_character_of_a_static_segment(folder, text):
    assert parse_segment(folder) == Segment(STATIC, text)


@pytest.mark.parametrize("folder", ["cafe\u0301", "cafe%CC%81", "caf\u00e9"])
def test_static_name_is_kept_in_nfc(folder):
    assert parse_segment(folder) == Segment(STATIC, "caf\u00e9")


def test_parameter_name_is_kept_as_python_reads_identifiers():
    ligature = "[\ufb01eld]"

    assert parse_segment(ligature) == Segment(DYNAMIC, "field")


@pytest.mark.parametrize(
    "folder",
    [
        "items",
        "[id]",
        "[id=int]",
        "[...slug]",
        "[[...slug]]",
        "(group)",
        "_private",
        "%5Fname",
        "%40me",
        "%28x%29",
        "%5Bid%5D",
        "a%3Ab",
        "a_b@c(d)",
    ],
)
def test_segment_prints_as_its_folder(folder):
    assert str(parse_segment(folder)) == folder


@given(st.text(alphabet="ab_@()[]:.é%2F5", min_size=1, max_size=8))
def test_printed_segment_is_read_back_as_the_same_segment(folder):
    try:
        segment = parse_segment(folder)
    except SegmentError:
        return

    assert parse_segment(str(segment)) == segment


@given(st.text(min_size=1))
def test_every_other_folder_name_is_refused_with_a_hint(folder):
    try:
        parse_segment(folder)
    except SegmentError as exc:
        refused = exc
    else:
        return

    assert refused.message.startswith(f"Folder {folder!r} ")
    assert refused.message.endswith(".")
    assert refused.hint.endswith(".")


@pytest.mark.parametrize(
    ("kind", "captures", "is_catch_all"),
    [
        (STATIC, False, False),
        (TYPED, True, False),
        (DYNAMIC, True, False),
        (CATCH_ALL, True, True),
        (OPTIONAL, True, True),
        (GROUP, False, False),
        (PRIVATE, False, False),
    ],
)
def test_kind_tells_what_it_captures(kind, captures, is_catch_all):
    assert (kind.captures, kind.is_catch_all) == (captures, is_catch_all)


def test_kinds_are_in_the_order_of_precedence():
    kinds = [OPTIONAL, DYNAMIC, STATIC, CATCH_ALL, TYPED]

    assert sorted(kinds) == [STATIC, TYPED, DYNAMIC, CATCH_ALL, OPTIONAL]


@pytest.mark.parametrize(
    ("folder", "hint"),
    [
        ("@modal", "Name it '%40modal' for a URL that starts with '@'."),
        ("@", "Name it '%40' for a URL that starts with '@'."),
    ],
)
def test_slot_is_refused_with_its_spelling(folder, hint):
    assert read_refusal(folder) == (
        f"Folder {folder!r} is a slot of a page, which an HTTP API does not have.",
        hint,
    )


@pytest.mark.parametrize(
    ("folder", "spelling"),
    [
        ("(.)x", "%28.%29x"),
        ("(..)x", "%28..%29x"),
        ("(...)x", "%28...%29x"),
        ("(..)(..)x", "%28..%29%28..%29x"),
        ("(.)", "%28.%29"),
    ],
)
def test_intercepting_folder_is_refused_with_its_spelling(folder, spelling):
    assert read_refusal(folder) == (
        f"Folder {folder!r} intercepts a page's navigation, which an HTTP API does not "
        "have.",
        f"Name it {spelling!r} for a URL with that text.",
    )
    assert parse_segment(spelling).kind is STATIC


@pytest.mark.parametrize(
    ("folder", "spelling"),
    [
        ("(x", "%28x"),
        ("()", "%28%29"),
        ("(a)b", "%28a%29b"),
        ("(a(b))", "%28a%28b%29%29"),
    ],
)
def test_half_a_group_is_refused(folder, spelling):
    assert read_refusal(folder) == (
        f"Folder {folder!r} starts like a group, but is not '(name)'.",
        f"Name it {spelling!r} for a URL that starts with '('.",
    )
    assert parse_segment(spelling).kind is STATIC


@pytest.mark.parametrize(
    ("folder", "example"),
    [
        ("[]", "[id]"),
        ("[[]]", "[id]"),
        ("[...]", "[...slug]"),
        ("[[...]]", "[...slug]"),
    ],
)
def test_parameter_without_a_name_is_refused(folder, example):
    assert read_refusal(folder) == (
        f"Folder {folder!r} captures a value without a name.",
        f"Put a name inside, for example '{example}'.",
    )


def test_optional_single_segment_is_refused():
    assert read_refusal("[[id]]") == (
        "Folder '[[id]]' would capture an optional segment; only a catch-all may be "
        "optional.",
        "Use '[id]' beside a route in the parent folder, or '[[...id]]'.",
    )


def test_optional_typed_segment_is_refused_with_names_that_are_allowed():
    _, hint = read_refusal("[[id=int]]")

    assert hint == "Use '[id=int]' beside a route in the parent folder, or '[[...id]]'."


@pytest.mark.parametrize(
    ("folder", "spelling"),
    [("[…slug]", "[...slug]"), ("[[…slug]]", "[[...slug]]")],
)
def test_one_character_ellipsis_is_refused(folder, spelling):
    assert read_refusal(folder) == (
        f"Folder {folder!r} has the one-character ellipsis '…'.",
        f"Write three dots: {spelling!r}.",
    )


@pytest.mark.parametrize(
    ("folder", "spelling"),
    [("[...ids=int]", "[...ids]"), ("[[...ids=int]]", "[[...ids]]")],
)
def test_catch_all_with_a_converter_is_refused(folder, spelling):
    assert read_refusal(folder) == (
        f"Folder {folder!r} gives a catch-all a converter; its value is a list of str.",
        f"Rename the folder to {spelling!r}.",
    )


@pytest.mark.parametrize(
    "folder",
    [
        "[[id]",
        "[id]]",
        "[[[...id]]]",
        "[[...id]",
        "[...id]]",
        "[.id]",
        "[..id]",
        "[....id]",
        "[id...]",
        "[a.b]",
        "a-[id]",
        "[id]-a",
        "[a][b]",
        "[a[b]]",
        "]",
        "[id",
        "[id=]",
        "[=int]",
        "[id=a=b]",
        "[id=a<b]",
    ],
)
def test_stray_brackets_and_dots_are_refused(folder):
    assert read_refusal(folder) == (
        f"Folder {folder!r} has stray brackets or dots; a folder that captures is "
        "'[name]', '[name=converter]', '[...name]' or '[[...name]]', and nothing else.",
        "Rename the folder to one of these, or write '[' as '%5B' and ']' as '%5D'.",
    )


def test_converter_before_the_name_is_refused():
    assert read_refusal("[int:id]") == (
        "Folder '[int:id]' puts the converter before the name.",
        "Rename the folder to '[id=int]'.",
    )


@pytest.mark.parametrize(
    ("folder", "spelling"),
    [("[id:int]", "[id=int]"), ("[id: int]", "[id=int]"), ("[pk:uuid]", "[pk=uuid]")],
)
def test_colon_before_the_converter_is_refused(folder, spelling):
    assert read_refusal(folder) == (
        f"Folder {folder!r} puts a ':' between the name and the converter.",
        f"Rename the folder to {spelling!r}.",
    )


@pytest.mark.parametrize(
    ("folder", "spelling"), [("[*slug]", "[...slug]"), ("[**slug]", "[...slug]")]
)
def test_catch_all_with_stars_is_refused_with_its_spelling(folder, spelling):
    assert read_refusal(folder) == (
        f"Folder {folder!r} captures {folder[1:-1]!r}, which is not a Python "
        "identifier.",
        f"Rename the folder to {spelling!r}.",
    )


@pytest.mark.parametrize(
    ("folder", "name", "spelling"),
    [
        ("[user-id]", "user-id", "[user_id]"),
        ("[2nd]", "2nd", "[_2nd]"),
        ("[ id ]", " id ", "[id]"),
        ("[id = int]", "id ", "[id=int]"),
        ("[... my slug]", " my slug", "[...my_slug]"),
        ("[a:1]", "a:1", "[a_1]"),
        ("[...my-slug]", "my-slug", "[...my_slug]"),
        ("[[...my-slug]]", "my-slug", "[[...my_slug]]"),
        ("[my-id=int]", "my-id", "[my_id=int]"),
        ("[%5Fid]", "%5Fid", "[_5Fid]"),
    ],
)
def test_parameter_that_is_no_identifier_is_refused(folder, name, spelling):
    assert read_refusal(folder) == (
        f"Folder {folder!r} captures {name!r}, which is not a Python identifier.",
        f"Rename the folder, for example to {spelling!r}.",
    )
    parse_segment(spelling)


@pytest.mark.parametrize(
    ("folder", "name", "spelling"),
    [
        ("[class]", "class", "[class_]"),
        ("[None]", "None", "[None_]"),
        ("[...from]", "from", "[...from_]"),
        ("[in=int]", "in", "[in_=int]"),
    ],
)
def test_parameter_that_is_a_keyword_is_refused(folder, name, spelling):
    assert read_refusal(folder) == (
        f"Folder {folder!r} captures {name!r}, a name reserved by Python.",
        f"Rename the folder, for example to {spelling!r}.",
    )


def test_reserved_parameters_are_those_of_the_contract():
    assert {
        "request",
        "params",
        "body",
        "form",
        "query",
        "headers",
    } == RESERVED_NAMES


@pytest.mark.parametrize("name", sorted(RESERVED_NAMES))
def test_parameter_with_a_reserved_name_is_refused(name):
    assert read_refusal(f"[{name}]") == (
        f"Folder '[{name}]' captures {name!r}, a name reserved for a handler's "
        "arguments.",
        f"Rename the folder, for example to '[{name}_]'.",
    )


@pytest.mark.parametrize(
    ("folder", "name", "spelling"),
    [
        ("[self]", "self", "[self_]"),
        ("[...lookup_view]", "lookup_view", "[...lookup_view_]"),
        ("[_prefix=int]", "_prefix", "[prefix_=int]"),
        # Python reads the long s as an s.
        ("[\u017felf]", "\u017felf", "[\u017felf_]"),
    ],
)
def test_parameter_that_reverse_cannot_take_is_refused(folder, name, spelling):
    assert read_refusal(folder) == (
        f"Folder {folder!r} captures {name!r}, a name that Django's reverse() can't "
        "take.",
        f"Rename the folder, for example to {spelling!r}.",
    )


def test_parameters_that_reverse_cannot_take_are_django_s_own_arguments():
    arguments = inspect.getfullargspec(URLResolver._reverse_with_prefix).args

    assert set(arguments) == UNUSABLE_NAMES


@pytest.mark.parametrize("folder", ["%", "100%", "%4", "%zz", "a%-b"])
def test_percent_without_two_digits_is_refused(folder):
    assert read_refusal(folder) == (
        f"Folder {folder!r} has a '%' without two hexadecimal digits behind it.",
        "Rename the folder without '%'.",
    )


@pytest.mark.parametrize("folder", ["%E9", "caf%e9", "%C3"])
def test_percent_bytes_outside_utf8_are_refused(folder):
    assert read_refusal(folder) == (
        f"Folder {folder!r} encodes bytes that are not UTF-8.",
        "Encode the character as UTF-8, for example 'caf%C3%A9' for 'café'.",
    )


@pytest.mark.parametrize(
    ("folder", "character"),
    [
        ("a\nb", "\n"),
        ("a%0Ab", "\n"),
        ("%00", "\x00"),
        ("a\x7f", "\x7f"),
        ("a\u0085", "\x85"),
        ("\udcff", "\udcff"),
        ("a%2Fb", "/"),
        ("%25", "%"),
        ("a<b", "<"),
        ("a>b", ">"),
    ],
)
def test_character_that_no_route_carries_is_refused(folder, character):
    assert read_refusal(folder) == (
        f"Folder {folder!r} has the character {character!r}, which a route cannot "
        "carry.",
        "Rename the folder without it.",
    )


@pytest.mark.parametrize(
    ("folder", "text"), [("%2E", "."), ("%2e%2e", ".."), (".%2E", "..")]
)
def test_dots_that_clients_remove_are_refused(folder, text):
    assert read_refusal(folder) == (
        f"Folder {folder!r} stands for {text!r}, which clients remove from a URL.",
        "Rename the folder.",
    )


@pytest.mark.parametrize(
    ("folder", "spelling"),
    [
        ("<id>", "[id]"),
        ("<int:id>", "[id=int]"),
        ("<string:id>", "[id]"),
        ("<path:rest>", "[...rest]"),
    ],
)
def test_angle_brackets_are_refused_with_the_spelling_that_captures(folder, spelling):
    assert read_refusal(folder) == (
        f"Folder {folder!r} has the character '<', which a route cannot carry.",
        f"Rename the folder to {spelling!r}.",
    )
