"""Choose which rows of a listing are shown."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from unicodedata import normalize
from urllib.parse import unquote

from django.apps import apps

from django_routehandlers.audit.changes import Facts
from django_routehandlers.cache.places import suggest
from django_routehandlers.conf import CSRF_MODES
from django_routehandlers.routing.handlers import METHODS
from django_routehandlers.urls import find_app_name

# What a row says of a GET whose answers are never stored.
_UNSTORED = ("-", "never", "force-dynamic")

CACHE_WORDS = (
    "any",
    "none",
    "by response",
    "error",
    "force-dynamic",
    "force-static",
    "never",
    "until revalidated",
)

_SECONDS = re.compile(r"(\d+(?:\.\d+)?) ?s?")


@dataclass(frozen=True, slots=True)
class Filters:
    """
    What a row must have: one of each, where any are named.

    `apps` are dotted names, `paths` prefixes as lists of decoded segments, and
    `caches` words of `CACHE_WORDS` or seconds as a row spells them.
    """

    apps: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    paths: tuple[tuple[str, ...], ...] = ()
    caches: tuple[str, ...] = ()
    csrfs: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether anything is asked of a row."""
        return any((self.apps, self.methods, self.paths, self.caches, self.csrfs))

    def accepts(self, facts: Facts) -> bool:
        """Tell whether a row has what is asked; one that does not say has not."""
        path = split_path(facts["path"])
        return (
            (not self.apps or facts.get("app") in self.apps)
            and (not self.methods or not {*self.methods}.isdisjoint(facts["methods"]))
            and (not self.paths or any(path[: len(p)] == p for p in self.paths))
            and (not self.caches or _has_policy(facts.get("cache", ""), self.caches))
            and (not self.csrfs or facts.get("csrf") in self.csrfs)
        )


def split_path(path: str) -> tuple[str, ...]:
    """
    Return the segments of a path, decoded and in one spelling.

    >>> split_path("/caf%C3%A9/[id]/")
    ('café', '[id]')
    """
    return tuple(part for part in normalize("NFC", unquote(path)).split("/") if part)


def _has_policy(policy: str, wanted: tuple[str, ...]) -> bool:
    words = {*policy.split(", ")}
    words.add("none" if policy == "-" else "")
    words.add("" if policy in _UNSTORED else "any")
    return not words.isdisjoint(wanted)


def parse_filters(
    apps: Iterable[str] = (),
    methods: Iterable[str] = (),
    paths: Iterable[str] = (),
    caches: Iterable[str] = (),
    csrfs: Iterable[str] = (),
) -> Filters:
    """Return the filters that options ask for; raise `ValueError` for a wrong one."""
    return Filters(
        tuple(map(_parse_app, apps)),
        tuple(parse_word("--method", text.upper(), METHODS) for text in methods),
        tuple(map(_parse_prefix, paths)),
        tuple(map(_parse_cache, caches)),
        tuple(parse_word("--csrf", text.lower(), CSRF_MODES) for text in csrfs),
    )


def _parse_app(text: str) -> str:
    if found := find_app_name(text):
        return found
    known = [
        n for config in apps.get_app_configs() for n in (config.label, config.name)
    ]
    raise ValueError(
        f"--app {text}: no installed app has that name or label.{suggest(text, known)}"
    )


def parse_word(option: str, text: str, allowed: Iterable[str]) -> str:
    """Return an option's value; raise `ValueError` for one that is not allowed."""
    allowed = list(allowed)
    if text in allowed:
        return text
    *others, last = allowed
    meant = suggest(text, allowed)
    raise ValueError(
        f"{option} takes {', '.join(others)} or {last}, not {text!r}.{meant}"
    )


def _parse_prefix(text: str) -> tuple[str, ...]:
    if not text.startswith("/") or text.startswith("//"):
        meant = "/" + text.strip("/")
        raise ValueError(
            f"--path takes a path, which begins with one slash, not {text!r}. "
            f"Did you mean {meant!r}?"
        )
    return split_path(text)


def _parse_cache(text: str) -> str:
    word = text.strip().lower()
    if found := _SECONDS.fullmatch(word):
        return f"{float(found[1]):.15g} s"
    word = {"-": "none"}.get(word, word)
    for spelling in (word, word.replace("-", " ")):
        if spelling in CACHE_WORDS:
            return spelling
    meant = suggest(word, CACHE_WORDS)
    raise ValueError(
        f"--cache takes {', '.join(CACHE_WORDS)} or seconds, not {text!r}.{meant}"
    )
