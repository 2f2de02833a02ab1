import pytest

from django_routehandlers.routing.routes import Route, get_shape, group_folders
from django_routehandlers.routing.segments import Segment, SegmentKind, parse_segment
from tests.routing.test_conflicts import make_routes


def make_route(*folders: str) -> Route:
    return Route(
        "shop",
        tuple(map(parse_segment, folders)),
        "shop.routes.route",
        "shop/routes/route.py",
        "/srv/shop/routes/route.py",
    )


def test_route_has_the_folders_that_show_in_its_url():
    route = make_route("api", "(public)", "[shop=int]", "%5Fx", "[...rest]")

    assert (str(route), route.path, route.params, route.segments, route.shape) == (
        "/api/[shop=int]/%5Fx/[...rest]",
        "/api/[shop=int]/%5Fx/[...rest]",
        ("shop", "rest"),
        (
            Segment(SegmentKind.STATIC, "api"),
            Segment(SegmentKind.TYPED, "shop", "int"),
            Segment(SegmentKind.STATIC, "_x"),
            Segment(SegmentKind.CATCH_ALL, "rest"),
        ),
        (
            (SegmentKind.STATIC, "api"),
            (SegmentKind.TYPED, "int"),
            (SegmentKind.STATIC, "_x"),
            (SegmentKind.CATCH_ALL, ""),
        ),
    )


@pytest.mark.parametrize("folders", [[], ["(group)"], ["(a)", "(b)"]])
def test_route_without_visible_folders_is_the_root(folders):
    route = make_route(*folders)

    assert (route.path, route.params, route.segments, route.shape) == ("/", (), (), ())


def test_two_parameter_names_have_one_shape():
    assert make_route("[id]", "x").shape == make_route("(a)", "[pk]", "x").shape


def test_shapes_are_in_the_order_of_precedence():
    folders = ["[[...e]]", "[d]", "b", "[...f]", "[c=int]"]

    ordered = sorted(folders, key=lambda folder: get_shape(parse_segment(folder)))

    assert ordered == ["b", "[c=int]", "[d]", "[...f]", "[[...e]]"]


def test_folders_are_grouped_by_the_one_that_holds_them():
    routes = make_routes("shop/(a)/[id]", "shop/(a)/new", "blog/x")

    assert group_folders(routes) == {
        "shop": {"routes"},
        "blog": {"routes"},
        "shop/routes": {"(a)"},
        "shop/routes/(a)": {"[id]", "new"},
        "blog/routes": {"x"},
    }
