"""The key has the names of the query that a handler reads, whichever way it does."""

import pytest
from django.http import QueryDict

from django_routehandlers.cache import names
from django_routehandlers.cache.gates import forget_gates
from tests.cache.requests.routes import count, get_answer, get_told

pytestmark = pytest.mark.usefixtures("route_cache")

PAGE = "[request.GET.get('page'), len(calls)]"


def send_all(send, *queries):
    """Send a request for each query, and return the answers' data."""
    return [send("GET", f"/x{query}").json() for query in queries]


def test_an_unread_query_makes_no_difference(send, serve, route_cache):
    serve(count())

    bodies = send_all(send, "?utm_source=a", "?utm_source=b", "", "?a=1&b=2")

    assert (bodies, list(route_cache.entries)) == (["v1"] * 4, ["/x"])


@pytest.mark.parametrize(
    "queries",
    [
        ("?page=2", "?page=02", "?page=", ""),
        ("?page=2", "?page=%202", "?page=2%00", "?Page=2"),
        ("?page=2", "?page=3", "?page=2&page=3", "?page=3&page=2&page=2"),
    ],
)
def test_a_value_that_was_read_is_in_the_key_as_it_is(send, serve, queries):
    route = serve(count("[request.GET.getlist('page'), len(calls)]"))

    first, again = send_all(send, *queries), send_all(send, *queries)

    assert (first, len(route.calls)) == (again, len(queries))


@pytest.mark.parametrize(
    "queries",
    [
        ("?page=2", "?p%61ge=2", "?utm=1&page=2", "?page=%32#top", "?page=2&"),
        ("?page", "?page=", "?utm=1&page"),
    ],
)
def test_spellings_of_one_value_are_one_entry(send, serve, queries):
    serve(count(PAGE))

    bodies = send_all(send, *queries)

    assert bodies == [bodies[0]] * len(queries)


WHOLE = {
    "dict": "dict(request.GET)",
    "unpacked": "{**request.GET}",
    "merged": "request.GET | {}",
    "urlencode": "request.GET.urlencode()",
    "iterated": "[name for name in request.GET]",
    "items": "list(request.GET.items())",
    "truth": "bool(request.GET) and dict(request.GET.lists())",
    "len": "len(request.GET) and dict(request.GET.lists())",
    "text": "request.META['QUERY_STRING']",
    "full_path": "request.get_full_path()",
    "absolute": "request.build_absolute_uri()",
    "copy": "dict(request.GET.copy().lists())",
}


@pytest.mark.parametrize("read", WHOLE)
def test_who_reads_the_whole_query_has_it_in_the_key(send, serve, read):
    serve(count(f"[{WHOLE[read]}, len(calls)]"))

    bodies = send_all(send, "?a=1", "?a=1&b=2", "?a=1&b=3", "", "?a=1")

    runs = [run for _, run in bodies]
    assert runs == [1, 2, 3, 4, 1]


def test_a_whole_query_is_one_entry_in_any_order_of_names(send, serve, route_cache):
    serve(count("dict(request.GET.lists())"))

    send_all(send, "?a=1&b=2&a=2", "?b=2&a=1&a=2", "?a=1&a=2&b=2", "?a=2&a=1&b=2")

    assert list(route_cache.entries) == ["/x?a=1&a=2&b=2", "/x?a=2&a=1&b=2"]


READS = {
    "item": "request.GET['page'] if len(calls) else None",
    "get": "request.GET.get('page')",
    "getlist": "request.GET.getlist('page')",
    "in": "'page' in request.GET",
    "default": "request.GET.get('page', 'none')",
}


@pytest.mark.parametrize("read", READS)
def test_who_reads_one_name_has_it_in_the_key(send, serve, route_cache, read):
    serve(count(f"[{READS[read]}, len(calls)]"))

    send_all(send, "?page=1&utm=1", "?page=2&utm=2", "?utm=3&page=1")

    assert list(route_cache.entries) == ["/x?page=1", "/x?page=2"]


def test_names_that_are_read_later_are_in_the_key_from_then_on(send, serve):
    serve(count("[request.GET.get('b') if request.GET.get('a') else None, len(calls)]"))

    bodies = send_all(send, "?b=1", "?b=2", "?a=1&b=1", "?a=1&b=2", "?a=1&b=1")

    assert bodies == [[None, 1], [None, 1], ["1", 2], ["2", 3], ["1", 2]]


def test_more_names_than_can_be_told_apart_are_the_whole_query(
    send, serve, route_cache
):
    reads = f"[request.GET.get(f'n{{n}}') for n in range({names.MAX_NAMES + 1})]"
    serve(count(f"[{reads}, len(calls)]"))

    bodies = send_all(send, "?n0=1", "?n0=1", "?n16=1", "?n0=1&utm=1", "?n16=1")

    assert [run for _, run in bodies] == [1, 1, 2, 3, 2]


def test_as_many_names_as_can_be_told_apart_are(send, serve):
    reads = f"[request.GET.get(f'n{{n}}') for n in range({names.MAX_NAMES})]"
    serve(count(f"[{reads}, len(calls)]"))

    bodies = send_all(send, "?n15=1", "?n15=1&utm=1", "?n15=2")

    assert [run for _, run in bodies] == [1, 1, 2]


@pytest.mark.parametrize("answer", [PAGE, "[dict(request.GET.lists()), len(calls)]"])
def test_another_process_finds_the_entry_without_a_run(send, serve, answer):
    route = serve(count(answer))
    before = send_all(send, "?page=1", "?page=2", "")

    forget_gates()
    after = send_all(send, "?page=2")
    forget_gates()
    after += send_all(send, "", "?page=1")

    assert (after, len(route.calls)) == ([before[1], before[2], before[0]], 3)


def test_the_whole_query_is_not_taken_for_none_by_another_process(send, serve):
    serve(count("dict(request.GET.lists())"))
    send_all(send, "")

    forget_gates()

    assert send_all(send, "?page=2", "") == [{"page": ["2"]}, {}]


def test_another_process_finds_what_took_several_runs_to_learn(send, serve):
    answer = "[request.GET.get('b') if request.GET.get('a') else None, len(calls)]"
    route = serve(count(answer))
    before = send_all(send, "?a=1&b=1", "", "?a=1&b=2")

    forget_gates()
    after = send_all(send, "?a=1&b=2", "?a=1&b=1", "")

    assert (after, len(route.calls)) == ([before[2], before[0], before[1]], 3)


SEES = "[dict(request.GET.lists()), request.META['QUERY_STRING']]"


@pytest.mark.parametrize(
    ("query", "seen", "entries"),
    [
        ("['page']", [{"page": ["2"]}, "page=2"], ["/x?page=2"]),
        ("['page', 'q']", [{"page": ["2"]}, "page=2"], ["/x?page=2"]),
        ("[]", [{}, ""], ["/x"]),
        (
            "'*'",
            [{"page": ["2"], "utm": ["1"]}, "page=2&utm=1"],
            ["/x?page=2&utm=1", "/x?page=2&utm=9"],
        ),
    ],
)
def test_query_says_what_is_in_the_key_and_hides_the_rest(
    send, serve, route_cache, query, seen, entries
):
    serve(count(SEES, config=f"revalidate = 60; query = {query}"))

    first = send("GET", "/x?page=2&utm=1").json()
    second = send("GET", "/x?page=2&utm=9").json()

    assert (first, list(route_cache.entries)) == (seen, entries)
    assert (first == second) is (len(entries) == 1)


@pytest.mark.parametrize(
    ("query", "runs"), [("['page']", [1, 2, 1]), ("'*'", [1, 2, 1]), ("[]", [1, 1, 1])]
)
def test_query_is_known_from_the_first_request_on(send, serve, query, runs):
    serve(count("len(calls)", config=f"revalidate = 60; query = {query}"))

    # Whether the handler reads it or not.
    assert send_all(send, "?page=1", "?page=2", "?page=1") == runs


def replace_query(request, page):
    request.GET = QueryDict(f"page={page}")


def copy_query(request, page):
    request.GET = request.GET.copy()
    request.GET["page"] = page


def write_query(request, page):
    request.META["QUERY_STRING"] = f"page={page}"


def make_middleware(act):
    def middleware(get_response):
        def answer(request):
            act(request, request.headers["X-Page"])
            return get_response(request)

        return answer

    return middleware


replacing, copying, writing = map(
    make_middleware, (replace_query, copy_query, write_query)
)


@pytest.mark.parametrize("name", ["replacing", "copying", "writing"])
@pytest.mark.parametrize("query", ["", "?page=0", "?utm=1"])
def test_a_query_that_middleware_made_is_in_the_key(send, serve, name, query):
    serve(count("request.GET['page']"), MIDDLEWARE=[f"{__name__}.{name}"])

    bodies = [
        send("GET", f"/x{query}", headers={"X-Page": page}).json() for page in "121"
    ]

    assert bodies == ["1", "2", "1"]


@pytest.fixture
def few_variants(monkeypatch):
    monkeypatch.setattr(names, "MAX_VARIANTS", 4)
    monkeypatch.setattr(names, "MAX_SIGHTINGS", 8)


@pytest.mark.usefixtures("few_variants")
def test_random_queries_do_not_flood_the_cache(send, serve, route_cache):
    serve(count("[request.GET.get('q'), len(calls)]"))
    send("GET", "/x")

    told = [get_told(send("GET", f"/x?q={number}")) for number in range(20)]

    refused = "fwd=uri-miss; detail=variants"
    assert told == ["fwd=uri-miss; stored"] * 3 + [refused] * 17
    assert len(route_cache.entries) == 4
    assert get_told(send("GET", "/x?utm=1")) == "hit; ttl=60"


@pytest.mark.usefixtures("few_variants")
@pytest.mark.parametrize("header", ["Host: testserver:{}", "Accept-Language: {}"])
def test_random_headers_do_not_flood_the_cache(send, serve, header):
    serve(count(config="revalidate = 60; vary = ['Accept-Language']"))
    name, _, value = header.partition(": ")

    told = [
        get_told(send("GET", "/x", headers={name: value.format(number)}))
        for number in range(1, 20)
    ]

    refused = "fwd=uri-miss; detail=variants"
    assert told == ["fwd=uri-miss; stored"] * 4 + [refused] * 15


@pytest.mark.usefixtures("few_variants")
def test_after_a_flood_a_query_is_stored_when_it_comes_again(send, serve):
    serve(count("[request.GET.get('q'), len(calls)]"))
    for number in range(20):
        send("GET", f"/x?q={number}")

    told = [get_told(send("GET", "/x?q=again")) for _ in range(3)]

    assert told == [
        "fwd=uri-miss; detail=variants",
        "fwd=uri-miss; stored",
        "hit; ttl=60",
    ]


@pytest.mark.usefixtures("few_variants")
def test_a_flood_of_unread_queries_is_none(send, serve, route_cache):
    route = serve(count())

    for number in range(20):
        send("GET", f"/x?q={number}&{number}=q")

    assert (len(route.calls), len(route_cache.entries)) == (1, 1)


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (256, ["fwd=uri-miss; stored", "hit; ttl=60"]),
        (257, ["fwd=uri-miss; detail=query"] * 2),
    ],
)
def test_a_long_value_is_answered_and_not_stored(send, serve, length, told):
    serve(count("request.GET.get('q')"))
    value = "x" * length

    answers = [get_answer(send("GET", f"/x?q={value}")) for _ in range(2)]

    assert answers == [(value, word) for word in told]
