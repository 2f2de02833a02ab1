"""
Hold the tallies below which the cache may not fall.

Required tests that it misses, of those for a cache inside the origin, and why. In both
forms of the suite:

- `status-5??-stale`, `status-599-must-understand` (6): they need an answer of 500 or
  above to be stored, which the product never does.
- `headers-store-Set-Cookie` (1): nor does it store an answer that sets a cookie,
- `headers-store-Content-Range` (1): nor one that calls itself a part, whatever its status.

In npm's form alone, which is older:

- `age-parse-*` (9): they ask for the opposite of what they ask for today: that an `Age`
  which is no number makes stale.
- `invalidate-*-cl` (4): what `Content-Location` names is not ended; RFC 9111, 4.4 leaves
  it open.
"""

from collections.abc import Mapping

from tests.http_cache_suite.scoring import Tally

# Git's form is that of commit b55b8bd of 2026-07-20; both floors are what the product
# reaches, of which the budget asks 124 and 68 in git's form.
FLOORS: Mapping[str, Mapping[str, int]] = {
    "git": {"required": 126, "optimal": 68},
    "npm": {"required": 98, "optimal": 53},
}


def find_shortfalls(form: str, tallies: Mapping[str, Tally]) -> list[str]:
    """
    Return a sentence for each tally that is under its floor.

    >>> find_shortfalls("git", {"required": Tally(125, 134), "optimal": Tally(68, 89)})
    ['required 125/134 is under the floor of 126.']
    """
    return [
        f"{kind} {tallies[kind]} is under the floor of {floor}."
        for kind, floor in FLOORS[form].items()
        if tallies[kind].passed < floor
    ]
