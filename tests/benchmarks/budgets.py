"""Set each figure against its budget."""

from collections.abc import Iterator, Mapping

from tests.benchmarks.hops import Hops
from tests.benchmarks.measuring import Results
from tests.benchmarks.table import Row, bound, compare
from tests.benchmarks.workloads import FEW, PLACES

Figures = Mapping[str, float]

DICT_LIMIT = 0.95
RESPONSE_LIMIT = 1.03
SCALE_LIMIT = 1.01
HIT_LIMIT = 0.40
WSGI_HIT_LIMIT = 0.55
# At most Django's own, and what two runs of the same code may differ by.
REVERSE_LIMIT = 1.02
STARTUP_LIMIT = 2
MEMORY_LIMIT = 8


def get_request_rows(
    ours: Figures, django: Figures, *, is_gated: bool = True
) -> Iterator[Row]:
    """Yield what a request and a `reverse()` cost, against plain Django."""
    limits = (DICT_LIMIT, RESPONSE_LIMIT, REVERSE_LIMIT) if is_gated else [None] * 3
    plain, by_hand, reverse = limits
    for folder, name in {"items": "[id]", "numbers": "[id=int]"}.items():
        yield compare(f"dict from {name}", ours[folder], django[folder], plain)
    yield compare("  against require_GET", ours["items"], django["guarded"])
    yield compare("HttpResponse by hand", ours["pages"], django["pages"], by_hand)
    yield compare("reverse(), short name", ours["name"], django["name"], reverse)
    yield compare("reverse(), folder path", ours["path"], django["name"], reverse)


def get_hit_rows(
    ours: Figures, django: Figures, *, is_gated: bool = True
) -> Iterator[Row]:
    """Yield what a hit of 10 kB in LocMem costs, against `cache_page`."""
    limits = (HIT_LIMIT, WSGI_HIT_LIMIT) if is_gated else (None, None)
    yield compare("hit, get_response", ours["hit"], django["hit"], limits[0])
    name = "hit, WSGI"
    yield compare("hit, whole WSGI call", ours[name], django[name], limits[1])


def get_noise_row(runs: list[Figures]) -> Row:
    """Return the greatest difference of runs that hash differently."""
    ranges = {name: [run[name] for run in runs] for name in runs[0]}
    name = max(ranges, key=lambda name: max(ranges[name]) / min(ranges[name]))
    return compare(f"noise, worst: {name}", max(ranges[name]), min(ranges[name]))


def get_scale_rows(
    ours: Results, django: Results, *, is_gated: bool = True
) -> Iterator[Row]:
    """Yield what other routes add to a request; beside it, what Django's do."""
    limit = SCALE_LIMIT if is_gated else None
    for count in ours:
        for place in PLACES if count != FEW else ():
            note = ""
            if count in django:
                factor = django[count][place] / django[FEW][place]
                note = f"plain Django {factor:.1f}x"
            what = f"{count:,} routes, {place}"
            yield compare(what, ours[count][place], ours[FEW][place], limit, note)


def get_startup_rows(figures: Figures, *, is_gated: bool = True) -> Iterator[Row]:
    """
    Yield what it costs to load the route files, against importing modules.

    The gate is the same files where they lie, each in a package, imported by Python
    alone. Modules that all lie in one package, which no folder tree can have, are
    shown beside it.
    """
    limit = STARTUP_LIMIT if is_gated else None
    ours, flat = figures["routes"], figures["flat"]
    yield compare("1,000 route files", ours, figures["nested"], limit)
    yield compare("  against one flat package", ours, flat)
    if "flat, paused" in figures:
        yield compare("  against a paused collector", ours, figures["flat, paused"])
        collected = figures["routes, collected"]
        yield compare("  with the collection put off", collected, flat)


def get_memory_rows(figures: Figures) -> Iterator[Row]:
    """Yield what the routes weigh beside their modules, in MiB."""
    ours = figures["routes"]
    yield bound("1,000 route files, MiB", ours, figures["flat"], MEMORY_LIMIT, " MiB")


def get_hop_rows(ours: Hops, django: Hops) -> Iterator[Row]:
    """Yield the hops that we add to those of Django itself."""
    for case, hops in ours.items():
        yield bound(case, hops, django[case], 0)
