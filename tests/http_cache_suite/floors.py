"""Hold the tallies below which the cache may not fall."""

from collections.abc import Mapping

from tests.http_cache_suite.scoring import Tally

# For each form of the suite, what must be passed of the part that is for a cache inside
# the origin. Git's is the budget, for the suite at commit b55b8bd of 2026-07-20. Npm's is
# what the study's cache reaches, until ours has been measured; nine of its required tests
# ask for the opposite of what they ask for today: that a malformed Age makes stale.
FLOORS: Mapping[str, Mapping[str, int]] = {
    "git": {"required": 124, "optimal": 68},
    "npm": {"required": 110, "optimal": 59},
}


def find_shortfalls(form: str, tallies: Mapping[str, Tally]) -> list[str]:
    """
    Return a sentence for each tally that is under its floor.

    >>> find_shortfalls("git", {"required": Tally(123, 134), "optimal": Tally(68, 89)})
    ['required 123/134 is under the floor of 124.']
    """
    return [
        f"{kind} {tallies[kind]} is under the floor of {floor}."
        for kind, floor in FLOORS[form].items()
        if tallies[kind].passed < floor
    ]
