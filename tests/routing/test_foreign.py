import pytest

from django_routehandlers.routing.foreign import check_dialects
from django_routehandlers.routing.portability import check_portability
from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.segments import SegmentKind, parse_segment
from tests.routing.test_conflicts import make_routes


@pytest.mark.parametrize(
    ("folder", "spelling", "escape"),
    [
        ("{id}", "[id]", "%7B"),
        (":id", "[id]", "%3A"),
        ("*rest", "[...rest]", "%2A"),
        ("...rest", "[...rest]", "%2E"),
    ],
)
def test_folder_that_captures_elsewhere_is_a_warning(folder, spelling, escape):
    routes = make_routes(f"shop/items/{folder}", f"shop/items/{folder}/edit")

    assert check_dialects(routes) == [
        Problem(
            (f"shop/routes/items/{folder}",),
            "W017",
            f"Folder {folder!r} captures nothing; its URL has just this text.",
            f"Rename the folder to {spelling!r}, or write its {folder[0]!r} as "
            f"{escape!r}.",
        )
    ]


def test_hint_keeps_the_text_for_who_means_it():
    escaped = "%7Bid}"

    segment = parse_segment(escaped)
    assert (segment.kind, segment.name) == (SegmentKind.STATIC, "{id}")
    assert check_dialects(make_routes(f"shop/{escaped}")) == []


def test_windows_is_not_named_beside_it():
    assert check_portability(make_routes("shop/:id", "shop/*rest")) == []


def test_folder_that_captures_here_is_no_mistake():
    assert check_dialects(make_routes("shop/[id]", "shop/[...slug]", "shop/a")) == []
