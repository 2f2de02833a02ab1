"""Warn of surroundings in which cached routes fall short."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.checks import (
    CheckMessage,
    Tags,
    Warning,
    register,
)

from django_routehandlers.cache.backends import HeldBackend
from django_routehandlers.cache.policies import Mode, Policy
from django_routehandlers.conf import SETTING, get_settings
from django_routehandlers.middleware import DownstreamCacheMiddleware
from django_routehandlers.routing.problems import TAG
from django_routehandlers.urls import find_places

# What keeps the visitor or the tenant where any function may read it.
AMBIENT_PACKAGES = frozenset(
    {"crum", "django_currentuser", "django_tenants", "tenant_schemas", "threadlocals"}
)

# What may set a cookie, or name one in Vary, behind the back of a handler.
COOKIE_MIDDLEWARE = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.locale.LocaleMiddleware",
)

DOWNSTREAM_MIDDLEWARE = (
    f"{DownstreamCacheMiddleware.__module__}.{DownstreamCacheMiddleware.__qualname__}"
)

# An entry brings the versions of its tags along, and what is culled ends it.
FEWEST_RECORDS = 1000

# Those of Django's backends that hold no more than MAX_ENTRIES.
_CULLING = (DatabaseCache, FileBasedCache, LocMemCache)


@register(Tags.urls, TAG)
def check_cache(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Warn of what makes cached routes say too little, or too much."""
    policies = find_cached_policies()
    if not policies:
        return []
    return [*_check_downstream(policies), *_check_ambient()]


@register(Tags.urls, TAG, deploy=True)
def check_cache_at_deployment(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Warn of what is harmless in development, and not behind several processes."""
    if not find_cached_policies():
        return []
    return [*_check_hosts(), *_check_backend()]


def find_cached_policies() -> list[Policy]:
    """Return the policies of the routes that are cached at some mount."""
    found = (place.policy for place in find_places().all)
    return [p for p in found if p is not None and p.mode is not Mode.FORCE_DYNAMIC]


def _check_downstream(policies: list[Policy]) -> Iterator[CheckMessage]:
    files = [policy.route.file for policy in policies if policy.downstream is not None]
    if not files:
        return
    stack = list(settings.MIDDLEWARE)
    if DOWNSTREAM_MIDDLEWARE not in stack:
        yield _warn(
            "W012",
            "'downstream' has no effect: MIDDLEWARE lacks DownstreamCacheMiddleware, "
            "which writes the headers.",
            f"Put {DOWNSTREAM_MIDDLEWARE!r} first into MIDDLEWARE.",
            files[0],
        )
        return
    place = stack.index(DOWNSTREAM_MIDDLEWARE)
    early = [name for name in COOKIE_MIDDLEWARE if name in stack[:place]]
    if early:
        yield _warn(
            "W012",
            f"DownstreamCacheMiddleware stands behind {early[0]!r}, whose cookies and "
            "Vary it can't see, so CDNs may hand one visitor's answer to others.",
            f"Move {DOWNSTREAM_MIDDLEWARE!r} to the front of MIDDLEWARE.",
            "MIDDLEWARE",
        )


def _check_ambient() -> Iterator[CheckMessage]:
    if get_settings().CACHE_CONTEXT is not None:
        return
    names = [*(config.name for config in apps.get_app_configs()), *settings.MIDDLEWARE]
    for package in sorted({name.partition(".")[0] for name in names}):
        if package in AMBIENT_PACKAGES:
            yield _warn(
                "W016",
                f"{package!r} keeps the visitor or the tenant where every function can "
                "read it, and cached answers are not kept apart by it.",
                f"Name in {SETTING}['CACHE_CONTEXT'] what captures it.",
                SETTING,
            )


def _check_hosts() -> Iterator[CheckMessage]:
    if "*" in settings.ALLOWED_HOSTS:
        yield _warn(
            "W013",
            "ALLOWED_HOSTS has '*', so every host that a client makes up has entries of "
            "its own in the cache.",
            "List the hosts in ALLOWED_HOSTS.",
            "ALLOWED_HOSTS",
        )


def _check_backend() -> Iterator[CheckMessage]:
    alias = get_settings().CACHE
    try:
        backend = HeldBackend(alias)
    except Exception:  # noqa: BLE001 - whatever a backend raises
        # What can't be used is told as that, by us or by Django.
        return
    if backend.is_private:
        yield _warn(
            "W011",
            f"The cache {alias!r} is private to each process: revalidate_tag() and "
            "revalidate_path() end entries in the one that calls them only.",
            f"Name a cache that all processes share in {SETTING}['CACHE'].",
            SETTING,
        )
    elif not backend.is_off and get_settings().BUILD_ID is None:
        yield _warn(
            "W014",
            "Entries stay when code is deployed that changes what handlers call, but "
            "not their own files.",
            f"Set {SETTING}['BUILD_ID'] to what names a deployment, such as a commit.",
            SETTING,
        )
    if issubclass(backend.kind, _CULLING):
        yield from _check_size(alias, getattr(backend.get(), "_max_entries", 0))


def _check_size(alias: str, size: int) -> Iterator[CheckMessage]:
    if size < FEWEST_RECORDS:
        yield _warn(
            "W015",
            f"The cache {alias!r} holds {size} records, and one entry takes several, so "
            "entries are soon dropped.",
            f"Set MAX_ENTRIES in its OPTIONS to {FEWEST_RECORDS} or more.",
            "CACHES",
        )


def _warn(id_: str, message: str, hint: str, place: str) -> CheckMessage:
    return Warning(message, hint=hint, obj=place, id=f"{TAG}.{id_}")
