"""Only whole answers that stay so are stored, and others not by their status alone."""

import pytest
from asgiref.sync import async_to_sync

from tests.cache.requests.routes import count, get_told

pytestmark = pytest.mark.usefixtures("route_cache")

STORED = [200, 203, 301, 308]
NOT_STORED = [201, 202, 204, 206, 302, 303, 304, 307, 400, 401, 403, 404, 410, 429]
FAILURES = [500, 502, 503]


def tell(send, times=2):
    return [get_told(send("GET", "/x")) for _ in range(times)]


@pytest.mark.parametrize("status", STORED)
def test_an_answer_that_stays_so_is_stored(send, serve, status):
    serve(count(f"HttpResponse('a', status={status}, headers={{'Location': '/y'}})"))

    responses = [send("GET", "/x") for _ in range(2)]

    assert [(r.status_code, r.content, r["Location"]) for r in responses] == [
        (status, b"a", "/y")
    ] * 2
    assert list(map(get_told, responses)) == ["fwd=uri-miss; stored", "hit; ttl=60"]


@pytest.mark.parametrize("status", [*NOT_STORED, *FAILURES])
def test_any_other_answer_is_not(send, serve, route_cache, status):
    serve(count(f"HttpResponse(status={status})"))

    told = tell(send)

    assert told == [f'fwd=uri-miss; detail="status:{status}"'] * 2
    assert route_cache.entries == {}


@pytest.mark.parametrize(
    "status", [status for status in NOT_STORED if status not in (206, 304)]
)
def test_it_is_if_the_handler_itself_gave_it_a_lifetime(
    send, serve, route_cache, status
):
    headers = "{'Cache-Control': 'max-age=5'}"
    serve(count(f"HttpResponse(status={status}, headers={headers})"))

    told = tell(send)
    route_cache.advance(6)
    told += tell(send, 1)

    assert told == [
        "fwd=uri-miss; stored",
        "hit; ttl=5",
        "hit; ttl=-1; detail=stale",
    ]


@pytest.mark.parametrize("status", [206, 304, *FAILURES])
@pytest.mark.parametrize("name", ["max-age", "s-maxage", "public, max-age"])
def test_a_part_and_a_failure_are_never_stored(send, serve, route_cache, status, name):
    headers = f"{{'Cache-Control': '{name}=60'}}"
    serve(count(f"HttpResponse(status={status}, headers={headers})"))

    assert tell(send) == [f'fwd=uri-miss; detail="status:{status}"'] * 2
    assert route_cache.entries == {}


def test_a_redirect_to_the_other_spelling_is_not_cached(send, serve, route_cache):
    serve(count())

    response = send("GET", "/x/")

    assert (response.status_code, "Cache-Status" in response) == (308, False)
    assert route_cache.entries == {}


@pytest.mark.usefixtures("nothing_told")
@pytest.mark.parametrize(
    ("size", "told"),
    [
        (10, ["fwd=uri-miss; stored", "hit; ttl=60"]),
        (11, ["fwd=uri-miss; detail=too-large"] * 2),
    ],
)
def test_a_body_over_the_limit_is_sent_and_not_stored(send, serve, caplog, size, told):
    serve(count(f"HttpResponse(b'x' * {size})"), ROUTE_HANDLERS={"CACHE_MAX_BODY": 10})

    responses = [send("GET", "/x") for _ in range(2)]

    assert [response.content for response in responses] == [b"x" * size] * 2
    assert list(map(get_told, responses)) == told
    warning = (
        "GET in shop/routes/x/route.py is not stored: its body is over CACHE_MAX_BODY."
    )
    logged = [record.getMessage() for record in caplog.records]
    assert logged == ([warning] if size > 10 else [])


def test_a_megabyte_is_the_limit(send, serve):
    serve(count("HttpResponse(b'x' * (1_000_000 + len(calls) - 1))"))

    # The first is as large as the limit, any later one larger.
    assert tell(send) == ["fwd=uri-miss; stored", "hit; ttl=60"]


STREAMS = {
    "iterator": "StreamingHttpResponse(iter([b'a', b'b']))",
    "async": "StreamingHttpResponse(produce())",
    "file": "FileResponse(io.BytesIO(b'ab'))",
}

STREAMING = """
    import io
    from django.http import FileResponse, StreamingHttpResponse
    revalidate = 60

    async def produce():
        yield b"ab"
"""


def read(response):
    async def aread():
        return b"".join([part async for part in response])

    return async_to_sync(aread)() if response.is_async else response.getvalue()


@pytest.mark.django_db  # the end of a response closes old connections
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning")
@pytest.mark.usefixtures("nothing_told")
@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_is_sent_as_it_comes_and_not_stored(
    send, serve, route_cache, caplog, name
):
    serve(count(STREAMS[name], config=STREAMING))

    responses = [send("GET", "/x") for _ in range(2)]

    assert [response.streaming for response in responses] == [True, True]
    assert list(map(read, responses)) == [b"ab", b"ab"]
    assert {get_told(response) for response in responses} == {
        "fwd=uri-miss; detail=streaming"
    }
    assert route_cache.entries == {}
    # Each route is told of once.
    assert [record.getMessage() for record in caplog.records] == [
        "GET in shop/routes/x/route.py is not stored: it streams its answer."
    ]
