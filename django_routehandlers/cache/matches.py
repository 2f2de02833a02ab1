"""Find out which pattern a path belongs to, from what is in the key alone."""

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


def has_own_match(request: HttpRequest) -> bool:
    """
    Tell whether the match of a request is nothing but that of its path.

    Middleware may have put what it likes into one, and every `process_view` is given
    its very `kwargs`.
    """
    found = find_match(request.path_info, getattr(request, "urlconf", None))
    match: Any = request.resolver_match
    return None not in (found, match) and vars(match) == vars(found)
