"""
No answer is another visitor's, whatever a handler does and whoever comes.

Random handlers read a request in all the ways of `reads.py`, branch on it and echo it;
random streams of three visitors ask for them, while time passes, data changes, records
are lost and other processes begin. Each answer must be what the same handler gives the
same request without a cache: now, or before the data changed, if it read nothing but
what the key has. The environment variable LEAK_FUZZ_EXAMPLES is for a longer search.
"""

import os
from collections import Counter
from dataclasses import replace

import pytest
from django.core.cache import cache as backend
from django.utils import translation
from hypothesis import HealthCheck, Phase, event, given, settings, strategies

from django_routehandlers.cache.names import QueryNames
from django_routehandlers.cache.runs import Run
from django_routehandlers.testing import isolated_route_cache
from tests.cache.leaks.programs import Do, Echo, If, Program
from tests.cache.leaks.reads import DATA, PRIVATE, READS
from tests.cache.leaks.staging import (
    CONFIGS,
    FILES,
    SETTINGS,
    TOLD,
    Answer,
    Visit,
    send,
    sort_query,
    stage,
)
from tests.cache.leaks.streams import (
    Event,
    Head,
    find_smallest,
    happen,
    make_play,
)

EXAMPLES = int(os.environ.get("LEAK_FUZZ_EXAMPLES", "150"))

LATIN = ("Content-Type", "text/plain; charset=latin-1")

# What is in every key.
ALWAYS = ("host", "scheme", "path", "language", "zone", "plan")


@pytest.fixture
def install(site):
    """Return a function that installs the routes, with CACHE_CONTEXT or without."""

    def install(context):
        site(FILES, apps=["shop"], **SETTINGS | (TOLD if context == "told" else {}))

    yield install
    # The middleware leaves the language of the last visitor behind.
    translation.deactivate()


def ask_oracle(visit):
    """Return what a visit gets without a cache, and whether it is theirs alone."""
    answer = send(visit, asks_oracle=True)
    trace, dimensions = stage.trace, dict(stage.dimensions)
    is_private = trace.is_private or ("kind" in trace.read and visit.config != "vary")
    return answer, is_private, dimensions


def check(answer, visit, earlier):
    """Fail if an answer is none that the key of a visit may give."""
    expected, _, dimensions = ask_oracle(visit)
    key = _get_key(dimensions)
    # Others with the same key spell their query and their host in another way.
    alike = [v for v, found in earlier if found == key]
    candidates = {visit, *alike} | {
        replace(visit, query=query, host=visit.host.lower())
        for query in (visit.query, sort_query(visit.query))
    }
    earlier.append((visit, key))
    assert answer == expected or any(
        found == answer and not is_private
        for data in range(DATA["posts"] + 1)
        for candidate in candidates
        for found, is_private in [_ask_as_of(data, candidate)]
    ), f"{answer} is not for {visit}"


def _get_key(dimensions):
    """Return the most that a key may have of a request."""
    return tuple(dimensions[name] for name in (*ALWAYS, "query", "kind"))


def _ask_as_of(data, visit):
    now, DATA["posts"] = DATA["posts"], data
    try:
        return ask_oracle(visit)[:2]
    finally:
        DATA["posts"] = now


def play(program, steps):
    """Play all steps; return the visits, with the answers, and fail at a wrong one."""
    stage.program, DATA["posts"] = program, 0
    backend.clear()
    earlier, answers = [], []
    path = next((s.path for s in steps if isinstance(s, Visit)), "/auto/sync/x")
    with isolated_route_cache() as cache:
        for step in steps:
            if isinstance(step, Event):
                happen(step, cache, path)
            elif isinstance(step, Head):
                earlier.append((step.visit, _get_key(ask_oracle(step.visit)[2])))
                send(step.visit, "HEAD")
            else:
                answer = send(step)
                answers.append(answer)
                check(answer, step, earlier)
    return answers


def fails(program, steps):
    try:
        play(program, steps)
    except AssertionError:
        return True
    return False


def describe(program, steps):
    return "\n".join(["The least that fails:", repr(program), *map(repr, steps)])


@pytest.mark.parametrize("context", ["told", "untold"])
def test_no_answer_is_another_visitors(install, context):
    install(context)
    counts = Counter()

    @settings(
        max_examples=EXAMPLES // 2,
        deadline=None,
        derandomize="LEAK_FUZZ_EXAMPLES" not in os.environ,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(strategies.randoms(use_true_random=True))
    def search(random):
        program, steps = make_play(random)
        try:
            answers = play(program, steps)
        except AssertionError as exc:
            raise AssertionError(
                describe(*find_smallest(program, steps, fails))
            ) from exc
        counts["visits"] += len(answers)
        counts["hits"] += sum(answer.is_hit for answer in answers)
        event("hit" if any(answer.is_hit for answer in answers) else "no hit")

    search()

    print(f"{EXAMPLES // 2} programs: {counts['visits']} visits, {counts['hits']} hits")  # noqa: T201 - the figure of a long run
    assert counts["hits"] > EXAMPLES / 2


VARIETY = [
    Visit(0),
    Visit(1),
    Visit(2),
    Visit(0, query=(("b", "1"), ("a", "2"), ("a", "1"))),
    Visit(1, query=(("a", "é"), ("utm", "1"))),
    Visit(0, query=(("a", "é"),), headers=(LATIN,)),
    Visit(0, query=(("a", "Ã©"),)),
    Visit(0, headers=(("X-Kind", "odd"), ("X-Other", "odd"))),
    Visit(0, headers=(("X-Kind", "even"), ("Authorization", "odd"))),
    Visit(0, headers=(("Accept-Language", "de"), ("X-Zone", "Asia/Tokyo"))),
    Visit(0, plan="gold", host="two.example", is_secure=True),
    Visit(0, host="ONE.example"),
    Visit(0, body="a=1", slug="y"),
    Visit(0),
]


@pytest.mark.parametrize("read", READS, ids=" ".join)
def test_no_way_to_read_gives_anybody_anothers_answer(install, read):
    dimension, way = read
    install("told" if dimension == "plan" else "untold")
    config = "vary" if dimension == "kind" else "auto"
    program = Program((Echo(dimension, way),))

    answers = play(program, [replace(visit, config=config) for visit in VARIETY])

    # The last visitor is like the first one, and is served the same where that may be.
    assert answers[-1].is_hit is (dimension not in PRIVATE)


PUBLIC = Program((Echo("path", "path"), Echo("query:a", "get"), Echo("data", "posts")))


@pytest.mark.parametrize("server", ["wsgi", "asgi"])
@pytest.mark.parametrize("config", CONFIGS)
def test_public_program_is_answered_from_the_cache(install, config, server):
    install("untold")
    visits = [
        Visit(uid, config, server=server, query=query)
        for query in [(("a", "1"),), (("a", "1"), ("utm", "2")), (("a", "2"),)]
        for uid in (0, 1, 2)
    ]

    answers = play(PUBLIC, visits)

    assert sum(answer.is_hit for answer in answers) >= len(visits) - 3


SECRETS = {
    "cookie": Program((Echo("cookie", "get"),)),
    "user": Program((Echo("user", "name"),)),
    "branch": Program((If("cookie", "in", "True", (Echo("data", "posts"),), ()),)),
    "header": Program((Echo("header", "get"),)),
}


@pytest.mark.parametrize("name", SECRETS)
def test_cache_that_overlooks_reads_is_found_out(install, monkeypatch, name):
    install("untold")
    monkeypatch.setattr(Run, "explain", lambda run: "")

    with pytest.raises(AssertionError, match="is not for"):
        play(SECRETS[name], [Visit(1, headers=(("X-Other", "odd"),)), Visit(0)])


def test_key_that_overlooks_a_name_is_found_out(install, monkeypatch):
    install("untold")
    monkeypatch.setattr(QueryNames, "learn", lambda *args, **kwargs: False)

    with pytest.raises(AssertionError, match="is not for"):
        play(PUBLIC, [Visit(0, query=(("a", "1"),)), Visit(0)])


def test_cookie_of_a_response_is_each_visitors_own(install):
    install("untold")

    answers = play(Program((Do("cookie", "yes"),), "response"), [Visit(1), Visit(2)])

    assert answers == [Answer(200, b"", "yes")] * 2
    assert not any(answer.is_hit for answer in answers)
