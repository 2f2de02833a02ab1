"""
Seven handlers with which `cache_page` serves one visitor's answer to another.

Each is both a route with `revalidate = 60` and a view in `cache_page(60)`. What the
second one does is asserted, too: it is why the first one is worth having.
"""

import re

import pytest

from tests.cache.visitors.staging import Visitor, get_calls, get_status, is_hit

HANDLERS = """
    import functools
    from django.http import HttpResponse
    from django.shortcuts import render

    calls = []

    def counted(function):
        @functools.wraps(function)
        def call(request):
            calls.append(function.__name__)
            return function(request)

        return call

    # handler
    def who(request):
        return HttpResponse(f"hello {request.user.username or 'stranger'}")

    # handler
    def cart(request):
        return HttpResponse(f"cart: {request.session.get('cart')}")

    # handler
    def form(request):
        return render(request, "form.html")

    # handler
    def cookie(request):
        response = HttpResponse("counted")
        response.set_cookie("visitor", request.GET.get("as", "first"))
        return response

    # handler
    def forwarded(request):
        return HttpResponse(f"from {request.headers.get('X-Forwarded-Host')}")

    # handler
    def authorized(request):
        return HttpResponse(f"with {request.headers.get('Authorization')}")

    # handler
    @counted
    def plain(request):
        return HttpResponse("plain")

    # handler
    def put(request):
        request.session["cart"] = request.GET["what"]
        return HttpResponse("put")
"""

SPELLINGS = ["", "?utm_source=a", "?utm_source=b", "?a=1&b=2", "?b=2&a=1"]


@pytest.fixture(autouse=True)
def _shop(stage):
    stage(
        HANDLERS,
        form="<form>{% csrf_token %}</form>",
        files={
            "shop/routes/order/route.py": """
                csrf = "token"

                def POST(request):
                    return {"ordered": True}
            """
        },
    )


def test_user(alice, bob, stranger):
    ours = [visitor.read("/who") for visitor in (alice, bob, stranger)]
    paged = [visitor.read("/paged/who") for visitor in (alice, bob, stranger)]

    assert ours == ["hello alice", "hello bob", "hello stranger"]
    assert paged == ["hello alice"] * 3


def test_session(alice, bob):
    alice.get("/paged/put?what=apples")
    bob.get("/paged/put?what=pears")

    ours = [visitor.read("/cart") for visitor in (alice, bob)]
    paged = [visitor.read("/paged/cart") for visitor in (alice, bob)]

    assert ours == ["cart: apples", "cart: pears"]
    assert paged == ["cart: apples"] * 2


def find_token(text):
    return re.search(r'value="(\w+)"', text)[1]


def test_token_of_a_form(server):
    ann, ben = [Visitor(server, enforce_csrf_checks=True) for _ in range(2)]

    ours = [find_token(visitor.read("/form")) for visitor in (ann, ben)]
    cookies = [visitor.client.cookies["csrftoken"].value for visitor in (ann, ben)]
    orders = [
        visitor.ask("POST", "/order", data={"csrfmiddlewaretoken": token})
        for visitor, token in zip((ann, ben), ours, strict=True)
    ]

    assert ours[0] != ours[1]
    assert cookies[0] != cookies[1]
    assert [order.status_code for order in orders] == [200, 200]


def test_token_of_a_form_in_cache_page(server):
    ann, ben = Visitor(server), Visitor(server)

    paged = [find_token(visitor.read("/paged/form")) for visitor in (ann, ben)]

    assert paged[0] == paged[1]
    assert "csrftoken" in ann.client.cookies
    assert "csrftoken" not in ben.client.cookies


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/cookie", ["first", "second"]), ("/paged/cookie", ["first", "first"])],
)
def test_cookie_of_a_response(server, path, expected):
    ann, ben = Visitor(server), Visitor(server)

    # `cache_page` keys the whole query, so that only a cookie can tell visitors apart.
    query = ["?as=first", "?as=second"] if path == "/cookie" else ["", ""]
    got = [
        visitor.get(path + text).cookies["visitor"].value
        for visitor, text in zip((ann, ben), query, strict=True)
    ]

    assert got == expected


def test_header_that_an_attacker_sends(server, stranger):
    evil = {"x_forwarded_host": "evil.example"}

    ours = [stranger.read("/forwarded", **evil), stranger.read("/forwarded")]
    paged = [
        stranger.read("/paged/forwarded", **evil),
        stranger.read("/paged/forwarded"),
    ]

    assert ours == ["from evil.example", "from None"]
    assert paged == ["from evil.example"] * 2


def test_authorization(stranger):
    keys = [{"authorization": "Bearer a"}, {"authorization": "Bearer b"}, {}]

    ours = [stranger.read("/authorized", **key) for key in keys]

    assert ours == ["with Bearer a", "with Bearer b", "with None"]


def test_spellings_of_a_url(stranger):
    for query in SPELLINGS:
        stranger.get(f"/plain{query}")
    ours = get_calls()
    for query in SPELLINGS:
        stranger.get(f"/paged/plain{query}")

    assert (len(ours), len(get_calls())) == (1, 5)


def test_head_before_get(stranger):
    ours = [stranger.ask("HEAD", "/plain"), stranger.get("/plain")]
    called = get_calls()
    paged = [stranger.ask("HEAD", "/paged/plain"), stranger.get("/paged/plain")]

    assert (len(called), len(get_calls())) == (1, 2)
    assert [get_status(response) for response in ours] == [
        "fwd=uri-miss; stored",
        "hit",
    ]
    assert ours[1].content == paged[1].content == b"plain"


@pytest.mark.parametrize(
    "path", ["/who", "/cart", "/form", "/cookie", "/forwarded", "/authorized"]
)
def test_nothing_of_a_visitor_is_ever_stored(alice, bob, route_cache, path):
    responses = [visitor.get(path) for visitor in (alice, bob, alice)]

    assert route_cache.entries == {}
    assert [is_hit(response) for response in responses] == [False] * 3
    assert {response.headers["Cache-Control"] for response in responses} == {
        "private, no-store"
    }
