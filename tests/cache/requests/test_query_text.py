"""The text of a query, which has more spellings than its key, reaches nobody else."""

import pytest

from tests.cache.requests.routes import count, get_told

TEXT = "request.META['QUERY_STRING']"


def without_token(get_response):
    def middleware(request):
        query = request.GET.copy()
        query.pop("token", None)
        request.GET = query
        return get_response(request)

    return middleware


@pytest.mark.parametrize("answer", [TEXT, "request.get_full_path()"])
def test_what_middleware_takes_out_of_a_query_reaches_nobody_else(send, serve, answer):
    serve(count(answer), MIDDLEWARE=[f"{__name__}.without_token"])

    send("GET", "/x?token=secret&page=1")
    other = send("GET", "/x?token=mine&page=1")

    assert b"secret" not in other.content


def with_plain_query(get_response):
    def middleware(request):
        request.GET = request.GET.dict()
        return get_response(request)

    return middleware


def test_a_query_that_is_another_mapping_is_answered_past_the_cache(send, serve):
    serve(
        count("[request.GET.get('page'), len(calls)]"),
        MIDDLEWARE=[f"{__name__}.with_plain_query"],
    )

    answers = [send("GET", f"/x?page={page}") for page in "11"]

    assert [a.json() for a in answers] == [["1", 1], ["1", 2]]
    assert {get_told(a) for a in answers} == {"fwd=bypass; detail=query"}
    assert {a["Cache-Control"] for a in answers} == {"private, no-store"}


@pytest.mark.parametrize("odd", ["z=%22&&b=", "z=%22&b", 'z="&b='])
def test_an_odd_spelling_reaches_nobody_else(send, serve, odd):
    serve(count(TEXT))

    send("GET", "/x", QUERY_STRING=odd)
    other = send("GET", "/x?z=%22&b=")

    assert odd.encode() not in other.content.replace(b"z=%22&b=", b"")


def test_a_handler_may_read_its_query_in_another_encoding(send, serve):
    serve(
        count(
            "request.GET.get('q')",
            config="dynamic = 'force-static'; query = ['q']",
            before="request.encoding = 'latin-1'",
        )
    )

    assert send("GET", "/x?q=1").json() == "1"


def test_an_apostrophe_as_no_browser_sends_it_reaches_nobody_else(send, serve):
    serve(count(TEXT))

    send("GET", "/x", QUERY_STRING="a='onclick=x")
    other = send("GET", "/x?a=%27onclick=x")

    assert other.json() == "a=%27onclick=x"
