"""An answer is told in words."""

import pytest

from django_routehandlers.audit.answers import Answer, Surrounding
from django_routehandlers.audit.cached import CacheState
from django_routehandlers.audit.losers import Candidate
from django_routehandlers.audit.telling import (
    fold,
    format_section,
    get_headline,
    tell,
    tell_candidates,
)

FILE = "shop/routes/items/route.py"


@pytest.mark.parametrize(
    ("answer", "headline"),
    [
        (
            Answer("GET", "/a", "handler", file=FILE, line=3),
            f"GET /a is answered by {FILE}, line 3.",
        ),
        (
            Answer("GET", "/a", "handler", file=FILE),
            f"GET /a is answered by {FILE}.",
        ),
        (
            Answer("OPTIONS", "/a", "options", 204, file=FILE),
            f"OPTIONS /a is answered by {FILE} with 204, without a handler.",
        ),
        (
            Answer("PUT", "/a", "method", 405, file=FILE),
            f"PUT /a is answered with 405: {FILE} has no handler PUT.",
        ),
        (
            Answer("PUT", "/a", "method", file=FILE),
            f"PUT /a is answered with 405: {FILE} has no handler PUT, unless middleware "
            "of its folders answers before.",
        ),
        (
            Answer("OPTIONS", "/a", "options", file=FILE),
            f"OPTIONS /a is answered by {FILE} with 204, without a handler, unless "
            "middleware of its folders answers before.",
        ),
        (
            Answer("GTE", "/a", "method", 405, file=FILE),
            f"GTE /a is answered with 405: {FILE} has no handler GTE. Did you mean 'GET'?",
        ),
        (
            Answer("GET", "/a/", "redirect", 308, location="/a"),
            "GET /a/ is redirected with 308 to /a.",
        ),
        (
            Answer("GET", "/a", "broken", 500, file=FILE),
            f"GET /a is answered with 500: {FILE} is in error.",
        ),
        (
            Answer("GET", "/a", "broken", 500),
            "GET /a is answered with 500, before any route is found.",
        ),
        (
            Answer("GET", "/a", "view", view="shop.views.index"),
            "GET /a is answered by the project's own view shop.views.index.",
        ),
        (Answer("GET", "/a", "nothing", 404), "Nothing answers GET /a."),
    ],
)
def test_the_headline_says_what_answers(answer, headline):
    assert get_headline(answer) == headline


def write(answer, width=None):
    return [line for part in tell(answer) for line in format_section(part, width)]


SERVED = {
    "route": "/items/[id=int]",
    "mount": "/",
    "is_automatic": True,
    "file": FILE,
    "params": {"id": "3"},
    "middleware": [Surrounding("a.B"), Surrounding("c.D", "shop/routes/middleware.py")],
    "csrf": "origin",
    "allow": ["GET", "OPTIONS"],
}


def test_all_of_an_answer_is_told():
    cache = CacheState(
        "60 s",
        "default",
        "fresh",
        age=12,
        left=47,
        status=200,
        size=120,
        tags=["items", "item:3"],
        key={
            "scheme": "https",
            "query": {"page": ["1", "2"], "q": None},
            "headers": {},
            "language": None,
            "context": {"tenant": "acme"},
        },
    )
    answer = Answer(
        "GET", "/items/3", "handler", view="a.GET", mode="sync", cache=cache, **SERVED
    )

    assert write(answer) == [
        "  route       /items/[id=int]",
        "  mount       /, automatically",
        "  view        a.GET, sync",
        "  params      id = 3",
        "  middleware  a.B",
        "              c.D (shop/routes/middleware.py)",
        "  csrf        origin (not asked of GET)",
        "  max_body    no limit",
        "  allow       GET, OPTIONS",
        "  cache       60 s; in 'default'",
        "              fresh: 12 s old, fresh for 47 s more; status 200, 120 bytes",
        "  cache key   scheme = https",
        "              query = page=1 & 2, q=None",
        "              context = tenant=acme",
        "  cache tags  items, item:3",
    ]


def test_a_method_that_is_not_exported_is_told():
    answer = Answer(
        "PUT",
        "/a",
        "method",
        405,
        **SERVED | {"max_body": 7, "is_automatic": False, "captured": {"x": "'y'"}},
    )

    assert write(answer)[1:] == [
        "  mount       /, by a URLconf",
        "  params      id = 3",
        "  captured    x = 'y'",
        "  middleware  a.B",
        "              c.D (shop/routes/middleware.py)",
        "  csrf        origin",
        "  max_body    7 bytes",
        "  allow       GET, OPTIONS",
    ]


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (CacheState("60 s", "a", "absent"), "absent"),
        (CacheState("never", "a", "bypassed", "Why."), "bypassed: Why."),
        (
            CacheState("60 s", "a", "stale", age=61, status=404, size=0),
            "stale: 61 s old; status 404, 0 bytes",
        ),
    ],
)
def test_the_state_of_an_entry_is_told(state, line):
    answer = Answer("GET", "/a", "handler", cache=state)

    assert write(answer)[-1] == f"{'':14}{line}"


def test_a_query_that_nobody_reads_is_told():
    cache = CacheState("60 s", "a", "absent", key={"query": {}})

    lines = write(Answer("GET", "/a", "handler", cache=cache))

    assert lines[-1] == "  cache key   query = nothing of it"


def test_a_view_of_the_project_has_no_mode():
    answer = Answer("GET", "/a", "view", route="/a", view="shop.views.index")

    assert write(answer) == [
        "  route       /a",
        "  view        shop.views.index",
    ]


def test_problems_are_told_line_by_line():
    answer = Answer("GET", "/a", "broken", 500, problems=["a: b\n\tHINT: c", "d"])

    assert write(answer) == [
        "  problems    a: b",
        "              HINT: c",
        "              d",
    ]


def test_lines_fit_the_terminal():
    answer = Answer("GET", "/a", "view", view="shop.views.something.that.is.long")

    assert write(answer, 40) == [
        "  view        shop.views.something.that.",
        "              is.long",
    ]
    assert write(answer, 1) == [
        "  view        shop.views.",
        "              something.that.is.",
        "              long",
    ]


CANDIDATES = [Candidate("/items", FILE, "'itmes' is not 'items', as far as we know.")]


def test_candidates_are_told_with_their_reasons():
    chosen = Answer("GET", "/a", "handler", candidates=CANDIDATES)
    nothing = Answer("GET", "/a", "nothing", candidates=CANDIDATES)

    assert list(tell_candidates(chosen, None)) == [
        "Not chosen:",
        f"  /items  {FILE}",
        "    'itmes' is not 'items', as far as we know.",
    ]
    assert list(tell_candidates(nothing, 40)) == [
        "Nearest:",
        f"  /items  {FILE}",
        "    'itmes' is not 'items', as far as we",
        "    know.",
    ]
    assert list(tell_candidates(Answer("GET", "/a", "nothing"), None)) == []


def test_a_long_path_and_file_are_folded():
    candidates = [Candidate("/items/[id=int]/reviews", FILE, "Why.")]

    assert list(
        tell_candidates(Answer("GET", "/", "view", candidates=candidates), 36)
    ) == [
        "Not chosen:",
        "  /items/[id=int]/reviews  shop",
        "    /routes/items/route.py",
        "    Why.",
    ]


def test_text_is_folded_only_where_there_is_a_width():
    text = "shop/routes/items/route.py is a file"

    assert fold(text, None) == [text]
    assert fold(text, 26) == ["shop/routes/items/route.py", "is a file"]
