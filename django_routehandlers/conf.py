"""Read the ROUTE_HANDLERS setting."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver

SETTING = "ROUTE_HANDLERS"
TRAILING_SLASH_MODES = ("never", "always", "ignore", "strict")
CSRF_MODES = ("origin", "token", "off")


@dataclass(frozen=True, slots=True)
class Settings:
    """
    The ROUTE_HANDLERS setting, with a default for each key that it leaves out.

    `MOUNT` is the URL prefix of the routes that are mounted automatically, None
    mounts none. `APPS` names the apps that are, None means all. `CSRF` and `MAX_BODY`
    are for the files that set none: `MAX_BODY` is the most bytes of a request's body,
    None for no limit. `CACHE` is the alias of the cache that entries are in,
    `CACHE_MAX_BODY` the most bytes that one may have; `CACHE_CONTEXT` is the dotted
    name of what tells surroundings apart, and entries of another `BUILD_ID` are not
    served.
    """

    MOUNT: str | None = ""
    APPS: tuple[str, ...] | None = None
    TRAILING_SLASH: str = "never"
    CSRF: str = "origin"
    MAX_BODY: int | None = None
    CACHE: str = "default"
    CACHE_MAX_BODY: int = 1_000_000
    CACHE_CONTEXT: str | None = None
    BUILD_ID: str | None = None


@dataclass(frozen=True, slots=True)
class _Key:
    accepts: Callable[[Any], bool]
    allowed: str


def _is_app_list(value: Any) -> bool:
    return isinstance(value, list | tuple | set | frozenset) and all(
        isinstance(name, str) for name in value
    )


def _is_mount(value: Any) -> bool:
    if not isinstance(value, str):
        return value is None
    segments = value.strip("/").split("/")
    has_gap = len(segments) > 1 and "" in segments
    return (
        not has_gap
        and not any(s in (".", "..") for s in segments)
        and not any(char in value for char in "<>%?#")
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


_KEYS = {
    "MOUNT": _Key(_is_mount, "a URL prefix such as 'api/', '' or None"),
    "APPS": _Key(
        lambda value: value is None or _is_app_list(value),
        "a list of app names or labels, or None",
    ),
    "TRAILING_SLASH": _Key(
        lambda value: value in TRAILING_SLASH_MODES,
        "'never', 'always', 'ignore' or 'strict'",
    ),
    "CSRF": _Key(lambda value: value in CSRF_MODES, "'origin', 'token' or 'off'"),
    "MAX_BODY": _Key(
        lambda value: value is None or _is_size(value), "a number of bytes, or None"
    ),
    "CACHE": _Key(_is_text, "an alias of CACHES"),
    "CACHE_MAX_BODY": _Key(_is_size, "a number of bytes"),
    "CACHE_CONTEXT": _Key(
        lambda value: value is None or _is_text(value), "a dotted name, or None"
    ),
    "BUILD_ID": _Key(lambda value: value is None or _is_text(value), "a str, or None"),
}


# No module has that name, and a route that can't tell visitors apart must fail.
UNIMPORTABLE = "."

# What a key with a value that is not allowed stands for.
_CLOSED: dict[str, Any] = {
    "MOUNT": None,
    "APPS": (),
    "TRAILING_SLASH": "never",
    "CSRF": "origin",
    # A limit was meant, and nobody knows which.
    "MAX_BODY": 0,
    "CACHE": "default",
    # So short is no body.
    "CACHE_MAX_BODY": -1,
    "CACHE_CONTEXT": UNIMPORTABLE,
    "BUILD_ID": None,
}


@cache
def get_settings() -> Settings:
    """
    Return the settings; a key with a value that is not allowed publishes no route.

    Such a MOUNT or APPS mounts nothing by itself, other keys have their default.
    `check_settings` names them. The result is kept until a setting changes.
    """
    found = {name: value for name, value in _read_setting().items() if name in _KEYS}
    accepted = {
        name: value if _KEYS[name].accepts(value) else _CLOSED[name]
        for name, value in found.items()
    }
    if accepted.get("APPS") is not None:
        accepted["APPS"] = tuple(accepted["APPS"])
    if accepted.get("MOUNT"):
        prefix = accepted["MOUNT"].strip("/")
        accepted["MOUNT"] = f"{prefix}/" if prefix else ""
    return Settings(**accepted)


def _read_setting() -> dict[str, Any]:
    found = getattr(settings, SETTING, None)
    if found is None:
        return {}
    # Where nobody can tell what was meant, nothing is mounted.
    return found if isinstance(found, dict) else {"MOUNT": False}


def check_settings() -> list[tuple[str, str]]:
    """Return the message and the hint of each mistake in the setting."""
    found = getattr(settings, SETTING, None)
    if found is not None and not isinstance(found, dict):
        return [
            (
                f"{SETTING} is of type {type(found).__name__!r}, not a dict.",
                f'Write {SETTING} = {{"TRAILING_SLASH": "never"}}.',
            )
        ]
    return [mistake for item in (found or {}).items() for mistake in _check_key(*item)]


def _check_key(name: Any, value: Any) -> list[tuple[str, str]]:
    if name in _KEYS:
        if _KEYS[name].accepts(value):
            return []
        return [
            (
                f"{SETTING}[{name!r}] is {value!r}; it takes {_KEYS[name].allowed}.",
                f"Give {name!r} such a value, or leave it out.",
            )
        ]
    known = [field.name for field in fields(Settings)]
    close = difflib.get_close_matches(str(name).upper(), known, n=1)
    meant = f" Did you mean {close[0]!r}?" if close else ""
    return [
        (
            f"{SETTING} has no key {name!r}.{meant}",
            f"Use any of {', '.join(map(repr, known))}.",
        )
    ]


@receiver(setting_changed, dispatch_uid="routehandlers_settings")
def forget_settings(*, setting: str, **kwargs: Any) -> None:
    """Read the setting again after a test has changed it."""
    if setting == SETTING:
        get_settings.cache_clear()
