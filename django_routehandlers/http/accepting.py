"""Tell in which form a client wants to be told of an error (RFC 9110, 12.5.1)."""

import re

_HTML = ("text/html",)
_JSON = ("application/problem+json", "application/json")

# RFC 9110, section 12.4.2; whatever else it says counts as 1.
_WEIGHT = re.compile(r"q=(0(?:\.\d{0,3})?)", re.IGNORECASE)

# How much a client wants a type, and how exactly it names it.
_Rank = tuple[float, int]


def prefers_html(accept: str | None) -> bool:
    """
    Tell whether a client would rather have a page than JSON, by its `Accept`.

    A browser that opens a page names `text/html`. A client that takes anything, or
    both alike, is a program.

    >>> prefers_html("text/html,application/xml;q=0.9,*/*;q=0.8")
    True
    >>> prefers_html("*/*"), prefers_html("application/json, text/html")
    (False, False)
    """
    weights = _parse(accept or "*/*")
    html = _find_rank(weights, _HTML)
    return html[0] > 0 and html > _find_rank(weights, _JSON)


def _parse(accept: str) -> dict[str, float]:
    """Return the weight of each media range; parameters of types are ignored."""
    weights: dict[str, float] = {}
    for item in accept.split(","):
        kind, *params = (part.strip() for part in item.split(";"))
        found = [match for param in params if (match := _WEIGHT.fullmatch(param))]
        weight = float(found[0][1]) if found else 1.0
        weights[kind.lower()] = max(weight, weights.get(kind.lower(), 0.0))
    return weights


def _find_rank(weights: dict[str, float], kinds: tuple[str, ...]) -> _Rank:
    """Return the rank of the type that a client wants most."""
    return max(_find_rank_of_one(weights, kind) for kind in kinds)


def _find_rank_of_one(weights: dict[str, float], kind: str) -> _Rank:
    ranges = ("*/*", f"{kind.partition('/')[0]}/*", kind)
    for exactness in (2, 1, 0):
        if ranges[exactness] in weights:
            return weights[ranges[exactness]], exactness
    return 0.0, 0
