"""Read the config of a `route.py`: the module-level values with a meaning."""

import inspect
import math
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django_routehandlers.routing.guesses import find_meant_name, find_meant_value
from django_routehandlers.routing.headers import may_vary_by
from django_routehandlers.routing.problems import Problem

CSRF_MODES = ("origin", "token", "off")
DYNAMIC_MODES = ("auto", "force-static", "error", "force-dynamic")

Config = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ConfigName:
    """One config name: the test of its value, and that test in words."""

    accepts: Callable[[Any], bool]
    allowed: str
    is_for_cache: bool = True


# What caches can count to (RFC 9111, section 1.2.2): 68 years.
MOST_SECONDS = 2**31 - 1


def _is_seconds(value: Any) -> bool:
    if isinstance(value, timedelta):
        return 0 <= value.total_seconds() <= MOST_SECONDS
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and 0 <= value <= MOST_SECONDS


def _is_function(value: Any) -> bool:
    return callable(value) and not isinstance(value, type)


def _is_text_list(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(v, str) for v in value)


def _is_revalidate(value: Any) -> bool:
    if callable(value) and inspect.iscoroutinefunction(value):
        return False
    if _is_function(value):
        return _takes(value, None)
    return value is False or _is_seconds(value)


def _takes(function: Any, *values: Any) -> bool:
    """Tell whether a function can be called with values, as far as it says so."""
    # Some of Python's own say nothing.
    with suppress(ValueError):
        try:
            inspect.signature(function).bind(*values)
        except TypeError:
            return False
    return True


def _is_vary(value: Any) -> bool:
    return _is_text_list(value) and all(map(may_vary_by, value))


def _is_query(value: Any) -> bool:
    return value == "*" or (_is_text_list(value) and "*" not in value)


def _is_params_function(value: Any) -> bool:
    if not _is_function(value) or inspect.isasyncgenfunction(value):
        return False
    return _takes(value)


def _is_url_name(value: Any) -> bool:
    return isinstance(value, str) and value != "" and ":" not in value


def _is_bytes_limit(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


CONFIG_NAMES: dict[str, ConfigName] = {
    "name": ConfigName(_is_url_name, "a str without ':'", is_for_cache=False),
    "revalidate": ConfigName(
        _is_revalidate,
        "seconds, a timedelta, False, or a sync function of the response",
    ),
    "expire": ConfigName(_is_seconds, "seconds or a timedelta"),
    "dynamic": ConfigName(
        lambda value: value in DYNAMIC_MODES,
        "'auto', 'force-static', 'error' or 'force-dynamic'",
    ),
    "tags": ConfigName(_is_text_list, "a list of str"),
    "vary": ConfigName(_is_vary, "a list of header names that carry no credentials"),
    "query": ConfigName(_is_query, "a list of str, or '*'"),
    "downstream": ConfigName(
        lambda value: value is None or value == "cdn" or _is_seconds(value),
        "None, 'cdn' or seconds",
    ),
    "generate_static_params": ConfigName(
        _is_params_function, "a function without arguments"
    ),
    "csrf": ConfigName(
        lambda value: value in CSRF_MODES,
        "'origin', 'token' or 'off'",
        is_for_cache=False,
    ),
    "max_body": ConfigName(
        lambda value: value is None or _is_bytes_limit(value),
        "a number of bytes, or None",
        is_for_cache=False,
    ),
}

_KNOWN = tuple(CONFIG_NAMES)


def read_config(module: types.ModuleType) -> Config:
    """Return the config values that a module sets, by name, unchecked."""
    found = vars(module)
    return {name: found[name] for name in CONFIG_NAMES if name in found}


def check_config(config: Config, module: types.ModuleType, file: str) -> list[Problem]:
    """Return what is wrong with the config of one `route.py`."""
    return [
        *_check_types(config, file),
        *_check_contradictions(config, file),
        *_check_company(config, file),
        *_check_spelling(module, file),
    ]


def _check_types(config: Config, file: str) -> Iterator[Problem]:
    for name, value in config.items():
        if _accepts(name, value):
            continue
        yield Problem(
            (file,),
            "E015",
            f"{name!r} is {_describe(value)}; the name is reserved for "
            f"{CONFIG_NAMES[name].allowed}.",
            _get_value_hint(name, value),
        )


def _get_value_hint(name: str, value: Any) -> str:
    words = (*DYNAMIC_MODES, *CSRF_MODES)
    meant = find_meant_value(value, words, lambda found: _accepts(name, found))
    if meant is None:
        return f"Give {name!r} such a value, or rename it."
    return f"Write {name} = {meant!r}."


def _accepts(name: str, value: Any) -> bool:
    try:
        return bool(CONFIG_NAMES[name].accepts(value))
    except Exception:  # noqa: BLE001 - a foreign object may refuse comparison
        return False


def _describe(value: Any) -> str:
    kinds = (str, int, float, bool, list, tuple, timedelta, types.NoneType)
    if isinstance(value, kinds):
        return repr(value)
    kind = type(value).__name__
    return f"an {kind}" if kind[0] in "aeio" else f"a {kind}"


def _check_contradictions(config: Config, file: str) -> Iterator[Problem]:
    sound = _get_sound(config)
    revalidate, dynamic = sound.get("revalidate"), sound.get("dynamic")
    if dynamic == "force-dynamic" and "revalidate" in config:
        yield _get_contradiction(
            file,
            "'force-dynamic' says never to cache, 'revalidate' says to cache.",
            "Remove one of 'dynamic' and 'revalidate'.",
        )
    if not _is_seconds(revalidate):
        return
    fresh = get_seconds(revalidate)
    if fresh == 0 and dynamic in ("force-static", "error"):
        yield _get_contradiction(
            file,
            f"{dynamic!r} says to cache, and 'revalidate' of 0 seconds never to.",
            "Remove one of 'dynamic' and 'revalidate'.",
        )
    if "expire" in sound and get_seconds(sound["expire"]) < fresh:
        yield _get_contradiction(
            file,
            "'expire' ends an answer before 'revalidate' says that it is old.",
            "Give 'expire' as many seconds as 'revalidate', or more.",
        )


def _get_sound(config: Config) -> Config:
    """Return what is of its type; the rest is told as a mistake."""
    return {name: value for name, value in config.items() if _accepts(name, value)}


def _get_contradiction(file: str, message: str, hint: str) -> Problem:
    return Problem((file,), "E016", message, hint)


def asks_to_cache(config: Config) -> bool:
    """
    Tell whether `revalidate` says that answers are to be kept.

    >>> asks_to_cache({"revalidate": 60}), asks_to_cache({"revalidate": 0})
    (True, False)
    """
    revalidate = _get_sound(config).get("revalidate", 0)
    return not _is_seconds(revalidate) or get_seconds(revalidate) > 0


def get_seconds(value: Any) -> float:
    """
    Return a number of seconds, given that or a timedelta.

    >>> get_seconds(timedelta(minutes=1))
    60.0
    """
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


def _check_company(config: Config, file: str) -> Iterator[Problem]:
    asks = {"revalidate", "dynamic"} & config.keys()
    if asks and not _is_never_cached(config):
        return
    names = [n for n in config if CONFIG_NAMES[n].is_for_cache and n not in asks]
    if names:
        reason = "without 'revalidate' or 'dynamic'"
        if asks:
            reason = (
                f"with {' and '.join(f'{n} = {config[n]!r}' for n in sorted(asks))}"
            )
        yield Problem(
            (file,),
            "W004",
            f"{_join(names)} {reason} caches nothing.",
            "Give 'revalidate' a number of seconds.",
        )


def _is_never_cached(config: Config) -> bool:
    """Tell whether a config says that nothing is cached, and does not say both."""
    sound = _get_sound(config)
    dynamic, revalidate = sound.get("dynamic", "auto"), sound.get("revalidate")
    if "revalidate" not in config:
        return bool(dynamic == "force-dynamic")
    is_zero = _is_seconds(revalidate) and get_seconds(revalidate) == 0
    return bool(is_zero and dynamic == "auto")


def _join(names: list[str]) -> str:
    return ", ".join(map(repr, names))


def _check_spelling(module: types.ModuleType, file: str) -> Iterator[Problem]:
    for name, value in vars(module).items():
        if name in CONFIG_NAMES or name.isupper() or name.startswith("_"):
            continue
        meant = find_meant_name(name, _KNOWN)
        # Not isinstance(), which asks lazy objects, and these ask the database.
        if (
            meant
            and not issubclass(type(value), types.ModuleType)
            and _accepts(meant, value)
        ):
            yield Problem(
                (file,),
                "W003",
                f"{name!r} means nothing here. Did you mean {meant!r}?",
                f"Rename it to {meant!r}, or start its name with an underscore.",
            )
