"""Find out which pattern a path belongs to, from what is in the key alone."""

from collections.abc import Mapping
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


# The path at which a route was found, where middleware of its folders may change it.
MATCHED = "_routehandlers_matched"


def is_matched(request: HttpRequest, params: Mapping[str, Any]) -> bool:
    """
    Tell whether params are still those of the path of a request.

    Middleware may have changed the path since it was matched, or before that.
    """
    path = request.path_info
    if path == vars(request).get(MATCHED, request.META.get("PATH_INFO")):
        return True
    match = find_match(path, getattr(request, "urlconf", None))
    try:
        return match is not None and all(
            bool(match.kwargs[name] == value) for name, value in params.items()
        )
    except Exception:  # noqa: BLE001 - whatever a project's values do
        return False


def has_own_match(request: HttpRequest) -> bool:
    """
    Tell whether the match of a request is nothing but that of its path.

    Middleware may have put what it likes into one, and every `process_view` is given
    its very `kwargs`.
    """
    found = find_match(request.path_info, getattr(request, "urlconf", None))
    match: Any = request.resolver_match
    return None not in (found, match) and vars(match) == vars(found)
