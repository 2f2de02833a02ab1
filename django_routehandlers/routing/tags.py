"""Read the holes of a tag, which params fill."""

from collections.abc import Iterator
from string import Formatter
from typing import Any

from django_routehandlers.routing.problems import Problem
from django_routehandlers.routing.routes import Route


def find_holes(tag: str) -> Iterator[str]:
    """
    Yield the params that a tag names; raise `ValueError` for what is no plain name.

    >>> list(find_holes("post:{id}"))
    ['id']
    """
    for _, name, spec, conversion in Formatter().parse(tag):
        if name is None:
            continue
        if spec or conversion or not name.isidentifier():
            raise ValueError(tag)
        yield name


def check_tags(tags: Any, route: Route) -> Iterator[Problem]:
    """Yield the tags of a `route.py` that its path can't fill."""
    for tag in tags if isinstance(tags, list | tuple) else ():
        # What is no str is told as a mistake in the config.
        if isinstance(tag, str):
            yield from _check_tag(tag, route)


def _check_tag(tag: str, route: Route) -> Iterator[Problem]:
    try:
        names = list(find_holes(tag))
    except ValueError:
        yield Problem(
            (route.file,),
            "E024",
            f"The tag {tag!r} has braces with something else than a name in them.",
            "Write '{name}' with a param of the path, and '{{' or '}}' for a brace.",
        )
        return
    for name in dict.fromkeys(names):
        if name not in route.params:
            yield Problem(
                (route.file,),
                "E024",
                f"The tag {tag!r} names {name!r}, which the path does not give.",
                _get_hint(route.params),
            )


def _get_hint(params: tuple[str, ...]) -> str:
    if not params:
        return "Write a tag without braces."
    return f"Write one of {', '.join(map(repr, params))} in the braces."
