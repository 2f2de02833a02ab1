"""Find the route for a path: a trie of segments."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from unicodedata import normalize

from django_routehandlers.routing.routes import Shape
from django_routehandlers.routing.segments import SegmentKind

Target = TypeVar("Target")

# Turn the text of one segment into its value; raise ValueError to refuse it.
Convert = Callable[[str], Any]


# No disk has a longer name, and normalising long texts takes long.
_LONGEST = 1024


@dataclass(slots=True)
class Node(Generic[Target]):
    """
    One level of the trie: what may come next, in the order of precedence.

    `captures` tells whether anything but static segments may, `accents` whether
    one of these has letters that Unicode spells in more than one way.
    """

    target: Target | None = None
    captures: bool = False
    accents: bool = False
    static: dict[str, "Node[Target]"] = field(default_factory=dict)
    typed: dict[str, tuple[Convert, "Node[Target]"]] = field(default_factory=dict)
    dynamic: "Node[Target] | None" = None
    catch_all: Target | None = None
    optional: Target | None = None


def build_trie(
    targets: Iterable[tuple[Shape, Target]], converters: Mapping[str, Convert]
) -> Node[Target]:
    """
    Return the trie of some targets, each at the place that its shape names.

    Of two targets with one shape the first stays. `converters` reads the values
    of typed segments, by the name in the folder.
    """
    root: Node[Target] = Node()
    for shape, target in targets:
        _insert(root, shape, target, converters)
    return root


def _insert(
    node: Node[Target],
    shape: Shape,
    target: Target,
    converters: Mapping[str, Convert],
) -> None:
    for kind, text in shape:
        node.captures = node.captures or kind is not SegmentKind.STATIC
        match kind:
            case SegmentKind.STATIC:
                node.accents = node.accents or not text.isascii()
                node = node.static.setdefault(text, Node())
            case SegmentKind.TYPED:
                child: tuple[Convert, Node[Target]] = (converters[text], Node())
                node = node.typed.setdefault(text, child)[1]
            case SegmentKind.DYNAMIC:
                node.dynamic = node.dynamic or Node()
                node = node.dynamic
            case SegmentKind.CATCH_ALL:
                node.catch_all = node.catch_all or target
                return
            case _:
                node.optional = node.optional or target
                return
    node.target = node.target or target


def find_target(
    root: Node[Target], segments: list[str]
) -> tuple[Target, list[Any]] | None:
    """
    Return the target for the segments of a path and the captured values in order.

    Static comes before typed, typed before dynamic, dynamic before catch-all and
    that before optional catch-all; where a branch leads nowhere, the next one is
    tried. Every node lies at one depth, so none is entered twice, and the time
    does not grow with the number of routes beside the path.
    """
    values: list[Any] = []
    target = _find(root, segments, 0, values)
    return None if target is None else (target, values)


def _find(
    node: Node[Target], segments: list[str], index: int, values: list[Any]
) -> Target | None:
    end = len(segments)
    while index < end:
        segment = segments[index]
        child = node.static.get(segment)
        if child is None and node.accents and len(segment) <= _LONGEST:
            child = node.static.get(normalize("NFC", segment))
        if node.captures:
            if child is not None:
                target = _find(child, segments, index + 1, values)
                if target is not None:
                    return target
            return _find_captured(node, segments, index, values) if segment else None
        if child is None:
            return None
        # A level of static segments alone needs no way back.
        node, index = child, index + 1
    return _find_at_end(node, values)


def _find_at_end(node: Node[Target], values: list[Any]) -> Target | None:
    if node.target is None and node.optional is not None:
        values.append([])
        return node.optional
    return node.target


def _find_captured(
    node: Node[Target], segments: list[str], index: int, values: list[Any]
) -> Target | None:
    segment = segments[index]
    for convert, child in node.typed.values():
        try:
            values.append(convert(segment))
        except ValueError:
            continue
        target = _find(child, segments, index + 1, values)
        if target is not None:
            return target
        values.pop()
    if node.dynamic is not None:
        values.append(segment)
        target = _find(node.dynamic, segments, index + 1, values)
        if target is not None:
            return target
        values.pop()
    rest = node.catch_all or node.optional
    if rest is None or "" in segments[index:]:
        return None
    values.append(segments[index:])
    return rest
