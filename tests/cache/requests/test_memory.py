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
