"""Keep the answers of GET handlers, and end them when what they show has changed."""

from django_routehandlers.cache.revalidation import (
    arevalidate_path,
    arevalidate_tag,
    revalidate_path,
    revalidate_tag,
)
from django_routehandlers.cache.runs import cache_tag
from django_routehandlers.exceptions import RevalidationError

__all__ = [
    "RevalidationError",
    "arevalidate_path",
    "arevalidate_tag",
    "cache_tag",
    "revalidate_path",
    "revalidate_tag",
]
