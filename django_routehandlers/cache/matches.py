"""Find out which pattern a path belongs to, from what is in the key alone."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import ResolverMatch, resolve
from django.urls.exceptions import Resolver404


def find_match(path_info: str, urlconf: Any) -> ResolverMatch | None:
    """Return the match of a path, as Django's handler makes it, None for none."""
    try:
        return resolve(path_info, urlconf)
    except Resolver404:
        return None


def find_params(request: HttpRequest, names: Iterable[str]) -> dict[str, Any] | None:
    """
    Return the params that the path of a request has now, None if it is not the route's.

    Middleware may have changed the path since it was matched.
    """
    match = find_match(request.path_info, getattr(request, "urlconf", None))
    try:
        return None if match is None else {name: match.kwargs[name] for name in names}
    except KeyError:
        return None


def are_same(params: Mapping[str, Any], others: Mapping[str, Any]) -> bool:
    """
    Tell whether two sets of params have the same values.

    Those of a class that compares by identity pass if they are both of it.
    """
    return params == others or (
        params.keys() == others.keys()
        and all(_is_same(value, others[name]) for name, value in params.items())
    )


_BY_IDENTITY: Any = object.__eq__


def _is_same(value: Any, other: Any) -> bool:
    kind = type(value)
    return value == other or (type(other) is kind and kind.__eq__ is _BY_IDENTITY)


def has_own_match(request: HttpRequest) -> bool:
    """
    Tell whether the match of a request is nothing but that of its path.

    Middleware may have put what it likes into one, and every `process_view` is given
    its very `kwargs`.
    """
    found = find_match(request.path_info, getattr(request, "urlconf", None))
    match: Any = request.resolver_match
    return None not in (found, match) and vars(match) == vars(found)
