"""No visitor ever gets another visitor's answer."""

import pytest
from django.contrib.auth.models import User

from tests.cache.visitors.staging import (
    MIDDLEWARE,
    Visitor,
    get_calls,
    get_status,
    is_hit,
)

STORED = "fwd=uri-miss; stored"
PRIVATE = "private, no-store"

each_color = pytest.mark.parametrize("color", ["def", "async def"])


def get_dynamic(what):
    return f'fwd=uri-miss; detail="dynamic:{what}"'


# Users.


@each_color
def test_whether_somebody_is_logged_in_is_theirs_alone(stage, alice, stranger, color):
    stage(f"""
        # handler
        {color} page(request):
            user = {"await request.auser()" if color != "def" else "request.user"}
            return {{"in": user.is_authenticated}}
    """)

    responses = [visitor.get("/page") for visitor in (alice, stranger, alice)]

    assert [response.json()["in"] for response in responses] == [True, False, True]
    assert {get_status(response) for response in responses} == {get_dynamic("user")}
    assert {response.headers["Cache-Control"] for response in responses} == {PRIVATE}


def test_user_that_middleware_has_loaded_is_theirs_alone(stage, alice, bob):
    stage(
        """
        class Loading:
            def __init__(self, get_response):
                self.get_response = get_response

            def __call__(self, request):
                request.session.get("x"), request.user.is_authenticated
                return self.get_response(request)

        # handler
        def page(request):
            return {"name": request.user.username}
        """,
        MIDDLEWARE=[*MIDDLEWARE, "shop.handlers.Loading"],
    )

    names = [visitor.get("/page").json()["name"] for visitor in (alice, bob)]

    assert names == ["alice", "bob"]


TEMPLATES = {
    "plain": ("hello {{ x }}", STORED),
    "path": ("{{ request.path }} {{ request.GET.page }}", STORED),
    "unused": ("{% if x %}{{ user.username }}{% endif %}", STORED),
    "user": ("{{ user.username }}", get_dynamic("user")),
    "if": ("{% if user.is_authenticated %}in{% endif %}", get_dynamic("user")),
    "perms": ("{% if perms.auth.add_user %}may{% endif %}", get_dynamic("user")),
    "request": ("{{ request.user }}", get_dynamic("user")),
    "session": ("{{ request.session.cart }}", get_dynamic("session")),
    "cookie": ("{{ request.COOKIES.a }}", get_dynamic("cookie:a")),
    "messages": ("{% for m in messages %}{{ m }}{% endfor %}", get_dynamic("messages")),
    "token": ("{% csrf_token %}", get_dynamic("meta:CSRF_COOKIE")),
}

RENDERING = """
    from django.shortcuts import render
    from django.template.response import TemplateResponse

    # handler
    def now(request):
        return render(request, "page.html")

    # handler
    def later(request):
        return TemplateResponse(request, "page.html")
"""


@pytest.mark.parametrize("path", ["/now", "/later"])
@pytest.mark.parametrize("name", TEMPLATES)
def test_template_is_stored_if_it_uses_nobodys_data(stage, alice, bob, name, path):
    source, status = TEMPLATES[name]
    stage(RENDERING, page=source)

    first, second = alice.get(path), bob.get(path)

    assert get_status(first) == status
    assert get_status(second) == ("hit" if status == STORED else status)
    assert ("alice" in second.content.decode()) is False


def test_template_is_refreshed_as_for_nobody(stage, alice, route_cache):
    stage(RENDERING, page="{% if 0 %}{{ user }}{{ messages }}{% endif %}hello")
    alice.get("/now")

    route_cache.advance(61)
    stale, fresh = alice.get("/now"), alice.get("/now")

    assert [get_status(stale), get_status(fresh)] == ["hit; detail=stale", "hit"]


PLAIN = """
    import functools

    calls = []

    # handler
    def page(request):
        calls.append("page")
        return {"hello": "everybody"}
"""


@pytest.mark.parametrize("comes_first", ["alice", "stranger"])
def test_what_everybody_gets_is_served_to_everybody(
    stage, alice, stranger, comes_first
):
    stage(PLAIN)
    visitors = [alice, stranger]
    first, second = visitors if comes_first == "alice" else visitors[::-1]

    responses = [
        first.get("/page", authorization="Bearer first", cookie="a=1"),
        second.get("/page", authorization="Bearer second"),
    ]

    assert [get_status(response) for response in responses] == [STORED, "hit"]
    assert get_calls() == ["page"]


def test_branch_that_reads_the_user_leaves_the_others_cached(stage, alice, bob):
    stage("""
        # handler
        def page(request):
            if request.GET.get("preview"):
                return {"name": request.user.username}
            return {"name": "everybody"}
    """)
    paths = ["/page", "/page?preview=1", "/page", "/page?preview=1&utm=x"]

    responses = [[visitor.get(path) for path in paths] for visitor in (alice, bob)]

    names = [[response.json()["name"] for response in row] for row in responses]
    assert names == [
        ["everybody", "alice", "everybody", "alice"],
        ["everybody", "bob", "everybody", "bob"],
    ]
    assert [is_hit(response) for response in responses[1]] == [True, False, True, False]


@pytest.mark.parametrize("caught", ["Exception", "BaseException"])
def test_error_that_a_handler_catches_hides_no_read(stage, alice, bob, caught):
    stage(f"""
        # handler
        def page(request):
            try:
                found = request.session["nope"]
            except {caught}:
                found = None
            return {{"found": found}}
    """)

    responses = [visitor.get("/page") for visitor in (alice, bob)]

    assert {get_status(response) for response in responses} == {get_dynamic("session")}


READS = {
    "META": ("request.META['REMOTE_ADDR']", "meta:REMOTE_ADDR"),
    "vars": ("sorted(vars(request))", "attr:__dict__"),
    "copy": ("copy.copy(request).path", "attr:*"),
    "tenant": ("request.tenant", "attr:tenant"),
    "getattr": ("getattr(request, 'nope', None)", "attr:nope"),
    "server": ("len(getattr(request, 'environ', None) or request.scope)", "attr:"),
    "cookies": ("dict(request.COOKIES)", "cookie:*"),
    "cookies in JSON": ("json.loads(json.dumps(request.COOKIES))", "cookie:*"),
    "no cookies": ("bool(request.COOKIES)", "cookie:*"),
    "cookie": ("request.COOKIES.get('a')", "cookie:a"),
    "missing cookie": ("'nope' in request.COOKIES", "cookie:nope"),
    "header": ("request.headers.get('X-A')", "header:x-a"),
    "headers": ("dict(request.headers)", "header:*"),
    "language": ("request.headers.get('Accept-Language')", "header:accept-language"),
    "body": ("request.body.decode()", "body"),
    "content type": ("request.content_type", "header:content-type"),
    "value": ("request.COOKIES", "cookie:*"),
    "values": ("[{'all': request.COOKIES}]", "cookie:*"),
}


@pytest.mark.parametrize("read", READS)
def test_what_is_not_in_the_key_is_never_stored(stage, stranger, route_cache, read):
    expression, what = READS[read]
    stage(
        f"""
        import copy, json

        class Tenant:
            def __init__(self, get_response):
                self.get_response = get_response

            def __call__(self, request):
                request.tenant = "acme"
                return self.get_response(request)

        # handler
        def page(request):
            return {{"read": {expression}}}
        """,
        MIDDLEWARE=[*MIDDLEWARE, "shop.handlers.Tenant"],
    )

    first = stranger.get("/page", cookie="a=1; b=2", x_a="odd")
    second = Visitor("wsgi").get("/page")

    assert get_status(first).startswith(f'fwd=uri-miss; detail="dynamic:{what}')
    assert not is_hit(second)
    assert route_cache.entries == {}


# Sessions, messages and cookies.


def test_message_reaches_the_visitor_whom_it_is_for_and_once(stage, alice, bob):
    stage("""
        from django.contrib import messages
        from django.shortcuts import render

        # handler
        def leave(request):
            messages.info(request, f"for {request.GET['name']}")
            return {}

        # handler
        def show(request):
            return {"messages": [str(m) for m in messages.get_messages(request)]}
    """)

    left = [alice.get("/leave?name=alice"), bob.get("/leave?name=bob")]
    left += [alice.get("/leave?name=alice")]
    shown = [v.get("/show").json()["messages"] for v in (alice, bob, alice)]

    assert {get_status(response) for response in left} == {get_dynamic("messages")}
    assert shown == [["for alice", "for alice"], ["for bob"], []]


@pytest.mark.django_db
def test_login_in_a_get_logs_in_the_visitor_who_asked(stage, server):
    User.objects.create_user("carol", password="carols")
    stage("""
        from django.contrib.auth import authenticate, login

        # handler
        def enter(request):
            login(request, authenticate(username="carol", password="carols"))
            return {"name": request.user.username}

        # handler
        def page(request):
            return {"name": request.user.username}
    """)
    carol, dave = Visitor(server), Visitor(server)

    entered, again = carol.get("/enter"), carol.get("/enter")
    names = [visitor.get("/page").json()["name"] for visitor in (carol, dave)]

    assert names == ["carol", ""]
    assert "sessionid" in entered.cookies
    assert not is_hit(again)
    assert "sessionid" not in dave.client.cookies


def test_session_cookie_of_each_request_is_never_stored(stage, alice, bob, route_cache):
    """CVE-2026-35192."""
    stage(PLAIN, SESSION_SAVE_EVERY_REQUEST=True)
    responses = [alice.get("/page"), bob.get("/page")]
    [entry] = route_cache.entries.values()

    sent = [response.cookies["sessionid"].value for response in responses]
    assert [is_hit(response) for response in responses] == [False, True]
    assert sent[0] != sent[1]
    assert "set-cookie" not in {name for name, _ in entry.headers}
    assert b"session" not in repr(entry).encode()


@pytest.mark.parametrize(
    "cookie",
    [
        "response.set_cookie('a', request.path)",
        "response.set_signed_cookie('a', 'x')",
        "response.delete_cookie('a')",
        "response.headers['Set-Cookie'] = 'a=1'",
    ],
)
def test_response_with_a_cookie_is_never_stored(stage, stranger, route_cache, cookie):
    stage(f"""
        from django.http import HttpResponse

        # handler
        def page(request):
            response = HttpResponse("x")
            {cookie}
            return response
    """)

    responses = [stranger.get("/page") for _ in range(2)]

    assert [is_hit(response) for response in responses] == [False, False]
    assert route_cache.entries == {}
    assert {get_status(response) for response in responses} == {
        "fwd=uri-miss; detail=set-cookie"
    }


# What middleware decides before.


def test_middleware_that_asks_for_a_login_stands_before_the_cache(
    stage, alice, stranger
):
    stage(
        PLAIN,
        MIDDLEWARE=[
            *MIDDLEWARE,
            "django.contrib.auth.middleware.LoginRequiredMiddleware",
        ],
    )

    responses = [alice.get("/page"), alice.get("/page"), stranger.get("/page")]

    assert [response.status_code for response in responses] == [200, 200, 302]
    assert is_hit(responses[1])
    assert responses[2].headers["Location"].startswith("/accounts/login/")
