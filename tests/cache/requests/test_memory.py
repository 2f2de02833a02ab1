"""What a process remembers of requests is bounded, and to forget it harms nobody."""

import pytest

from django_routehandlers.cache import gates
from tests.cache.requests.routes import count, get_told

pytestmark = pytest.mark.usefixtures("route_cache")


@pytest.fixture
def short_memory(monkeypatch):
    monkeypatch.setattr(gates, "_MOST_LOOKUPS", 4)
    monkeypatch.setattr(gates, "_MOST_ALONE", 4)


@pytest.mark.usefixtures("short_memory")
def test_more_paths_than_are_remembered_are_answered_from_the_cache(send, serve):
    serve(count("request.path", arguments="request, id"), "x/[id]")
    paths = [f"/x/{number}" for number in range(10)]
    for path in paths:
        send("GET", path)

    answers = [send("GET", path) for path in paths]

    assert [answer.json() for answer in answers] == paths
    assert {get_told(answer) for answer in answers} == {"hit; ttl=60"}
    assert len(gates._lookups) <= 4


def test_what_is_long_is_looked_up_anew(send, serve):
    serve(count("request.GET.get('a') or 'x' * 70_000"))
    query = "&".join(f"{number}={'x' * 200}" for number in range(20))

    told = [get_told(send("GET", f"/x?a=1&{query}")) for _ in range(3)]
    long = [send("GET", "/x") for _ in range(3)]

    assert told == ["fwd=uri-miss; stored", *["hit; ttl=60"] * 2]
    assert [response.json() for response in long] == ["x" * 70_000] * 3
    assert all(lookup.kept is None for lookup in gates._lookups.values())


def test_who_sends_much_is_answered_and_not_stored(send, serve):
    serve(count("request.GET.urlencode()"))
    query = "&".join(f"{number}={'x' * 200}" for number in range(30))

    answers = [send("GET", f"/x?{query}") for _ in range(2)]

    assert {response.json() for response in answers} == {query}
    told = {get_told(response) for response in answers}
    assert told == {"fwd=uri-miss; detail=query"}


def test_many_names_that_nobody_reads_are_none(send, serve):
    serve(count())
    query = "&".join(["a"] * 1100)

    answers = [send("GET", f"/x?{query}").json() for _ in range(2)]

    assert answers == ["v1", "v1"]


@pytest.mark.usefixtures("short_memory")
def test_more_private_answers_than_are_remembered_stay_private(send, serve):
    serve(count("request.COOKIES.get('a')", arguments="request, id"), "x/[id]")

    answers = [
        send("GET", f"/x/{number}", cookies={"a": str(number)}).json()
        for number in range(10)
    ]

    assert answers == [str(number) for number in range(10)]


@pytest.mark.usefixtures("short_memory")
def test_more_failures_than_are_remembered_keep_the_old_answers(
    send, serve, route_cache, caplog
):
    before = "if len(calls) > 10: raise KeyError"
    route = serve(count(arguments="request, id", before=before), "x/[id]")
    paths = [f"/x/{number}" for number in range(10)]
    first = [send("GET", path).json() for path in paths]
    route_cache.advance(61)

    stale = [send("GET", path).json() for path in paths]

    assert stale == first
    assert len(route.calls) == 20
    assert "the old answer stays" in caplog.text
