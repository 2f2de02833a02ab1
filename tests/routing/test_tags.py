"""A tag may name the params of its path, and nothing else."""

import pytest

from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.segments import parse_segment
from django_routehandlers.routing.tags import check_tags, find_holes

FILE = "shop/routes/items/route.py"


def make_route(*folders):
    segments = tuple(map(parse_segment, folders))
    return Route("shop", segments, "shop.routes.route", FILE, FILE)


@pytest.mark.parametrize(
    ("tag", "names"),
    [
        ("posts", []),
        ("", []),
        ("post:{id}", ["id"]),
        ("{user}/{id}", ["user", "id"]),
        ("{id}{id}", ["id", "id"]),
        ("{{id}}", []),
        ("{größe}", ["größe"]),
    ],
)
def test_holes_are_names_in_braces(tag, names):
    assert list(find_holes(tag)) == names


MALFORMED = ["{", "}", "{id", "{}", "{0}", "{id.pk}", "{id[0]}", "{id!r}", "{id:>9}"]


@pytest.mark.parametrize("tag", MALFORMED)
def test_malformed_hole_is_an_error(tag):
    assert list(check_tags([tag], make_route("[id]"))) == [
        Problem(
            (FILE,),
            "E024",
            f"The tag {tag!r} has braces with something else than a name in them.",
            "Write '{name}' with a param of the path, and '{{' or '}}' for a brace.",
        )
    ]


@pytest.mark.parametrize(
    ("folders", "hint"),
    [
        ([], "Write a tag without braces."),
        (["[id]"], "Write one of 'id' in the braces."),
        (["[user]", "[...rest]"], "Write one of 'user', 'rest' in the braces."),
    ],
)
def test_hole_that_the_path_does_not_fill_is_an_error(folders, hint):
    assert list(check_tags(["post:{pk}:{pk}"], make_route(*folders))) == [
        Problem(
            (FILE,),
            "E024",
            "The tag 'post:{pk}:{pk}' names 'pk', which the path does not give.",
            hint,
        )
    ]


def test_each_tag_is_looked_at():
    tags = ["{a}", "posts", "{b}{id}", "{"]

    problems = list(check_tags(tags, make_route("[id]")))

    assert [problem.message.split("'")[1] for problem in problems] == [
        "{a}",
        "{b}{id}",
        "{",
    ]


@pytest.mark.parametrize(
    "tags", [None, [], (), "{pk}", {"{pk}"}, [1], ["post:{id}", "{id}"], ("posts",)]
)
def test_what_can_be_filled_or_is_told_elsewhere_is_no_mistake(tags):
    assert list(check_tags(tags, make_route("[id=int]"))) == []
