"""
What Django's own cache has stored or shared wrongly, and ours does not.

Each test is named after the class of one security release of 2026 (Django 5.2.14 to
5.2.19), and shows what becomes of such an answer here.
"""

import os
import shutil
from pathlib import Path

import pytest
from django.core import signing

from tests.cache.requests.routes import count, get_answer, get_told

pytestmark = pytest.mark.usefixtures("route_cache")

SESSIONS = {
    "MIDDLEWARE": ["django.contrib.sessions.middleware.SessionMiddleware"],
    "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
    "SESSION_SAVE_EVERY_REQUEST": True,
}


def make_session(**values):
    """Return the cookie of a session that has some values."""
    salt = "django.contrib.sessions.backends.signed_cookies"
    serializer = "django.contrib.sessions.serializers.JSONSerializer"
    from django.utils.module_loading import import_string

    return {
        "sessionid": signing.dumps(
            values, compress=True, salt=salt, serializer=import_string(serializer)
        )
    }


class TestCVE202635192:
    """A public page carried the session that was saved with every request."""

    def test_the_session_of_one_visitor_reaches_no_other(self, send, serve):
        serve(count(), **SESSIONS)

        alice = send("GET", "/x", cookies=make_session(user="alice"))
        bob = send("GET", "/x", cookies=make_session(user="bob"))
        nobody = send("GET", "/x")

        assert get_told(bob) == get_told(nobody) == "hit; ttl=60"
        assert [dict(r.cookies).keys() for r in (alice, bob, nobody)] == [
            {"sessionid"},
            {"sessionid"},
            set(),
        ]
        assert self.read(alice) == {"user": "alice"}
        assert self.read(bob) == {"user": "bob"}

    def test_the_entry_has_no_cookie(self, send, serve, route_cache):
        serve(count(), **SESSIONS)

        send("GET", "/x", cookies=make_session(user="alice"))

        names = {name for name, _ in route_cache.entries["/x"].headers}
        assert "set-cookie" not in {str(name).lower() for name in names}

    def read(self, response):
        from django.contrib.sessions.backends.signed_cookies import SessionStore

        return SessionStore(response.cookies["sessionid"].value).load()


@pytest.mark.parametrize("value", ["*", "Accept, *"])
def test_cve_2026_6907_vary_by_everything_is_not_stored(
    send, serve, route_cache, value
):
    config = "revalidate = 60; vary = ['Accept']"
    serve(count(f"HttpResponse(headers={{'Vary': '{value}'}})", config=config))

    told = [get_told(send("GET", "/x")) for _ in range(2)]

    assert (told, route_cache.entries) == (["fwd=uri-miss; detail=vary"] * 2, {})


@pytest.mark.parametrize(
    "value", ["Private", "PRIVATE", "No-Store", "max-age=60, Private", 'Private="x"']
)
def test_cve_2026_8404_private_in_any_case_is_not_stored(
    send, serve, route_cache, value
):
    serve(count(f"HttpResponse(headers={{'Cache-Control': {value!r}}})"))

    responses = [send("GET", "/x") for _ in range(2)]

    assert [r["Cache-Control"] for r in responses] == [value, value]
    assert {get_told(r) for r in responses} == {"fwd=uri-miss; detail=cache-control"}
    assert route_cache.entries == {}


AUTHORIZATION = {"Authorization": "Basic YWxpY2U6c2VjcmV0"}


class TestCVE202635193:
    """The answer to a request with credentials was stored for all."""

    @pytest.mark.parametrize(
        "read",
        [
            "request.headers.get('Authorization')",
            "request.META.get('HTTP_AUTHORIZATION')",
            "dict(request.headers).get('Authorization')",
        ],
    )
    def test_who_reads_credentials_answers_one_visitor(
        self, send, serve, route_cache, read
    ):
        serve(count(f"{read} or 'nobody'"))

        alice, nobody = send("GET", "/x", headers=AUTHORIZATION), send("GET", "/x")

        assert (alice.json(), nobody.json()) == (
            AUTHORIZATION["Authorization"],
            "nobody",
        )
        assert {r["Cache-Control"] for r in (alice, nobody)} == {"private, no-store"}
        assert route_cache.entries == {}

    def test_who_does_not_read_them_answers_all(self, send, serve):
        serve(count())

        first = send("GET", "/x", headers=AUTHORIZATION)
        others = [send("GET", "/x"), send("GET", "/x", headers=AUTHORIZATION)]

        assert get_answer(first) == ("v1", "fwd=uri-miss; stored")
        assert list(map(get_answer, others)) == [("v1", "hit; ttl=60")] * 2

    @pytest.mark.parametrize("name", ["Authorization", "cookie", "PROXY-Authorization"])
    def test_credentials_are_no_part_of_a_key(self, send, serve, name):
        with pytest.raises(Exception, match="'vary' is"):
            self.ask(send, serve, name)

    def ask(self, send, serve, name):
        serve(count(config=f"revalidate = 60; vary = ['{name}']"))
        send("GET", "/x")


@pytest.mark.parametrize("value", [" *", "* ", "\t*", "Accept,  *  "])
def test_cve_2026_48587_vary_by_everything_in_spaces_is_not_stored(
    send, serve, route_cache, value
):
    config = "revalidate = 60; vary = ['Accept']"
    serve(count(f"HttpResponse(headers={{'Vary': {value!r}}})", config=config))

    told = [get_told(send("GET", "/x")) for _ in range(2)]

    assert (told, route_cache.entries) == (["fwd=uri-miss; detail=vary"] * 2, {})


@pytest.mark.parametrize("cookies", [{}, {"unrelated": "1"}, {"visitor": "0"}])
@pytest.mark.parametrize(
    "set_cookie",
    [
        "response.set_cookie('visitor', str(len(calls)))",
        "response.headers['Set-Cookie'] = f'visitor={len(calls)}'",
    ],
    ids=["method", "header"],
)
def test_cve_2026_48588_a_cookie_is_not_stored_whatever_the_request_has(
    send, serve, route_cache, cookies, set_cookie
):
    before = f"response = HttpResponse(); {set_cookie}"
    serve(count("response", before=before))

    responses = [send("GET", "/x", cookies=cookies) for _ in range(2)]

    assert {get_told(r) for r in responses} == {"fwd=uri-miss; detail=set-cookie"}
    assert {r["Cache-Control"] for r in responses} == {"private, no-store"}
    assert route_cache.entries == {}


def test_cve_2026_113593_an_absent_header_is_not_an_empty_one(send, serve):
    answer = "[request.headers.get('X-Kind'), len(calls)]"
    serve(count(answer, config="revalidate = 60; vary = ['X-Kind']"))

    bodies = [
        send("GET", "/x", headers=headers).json()
        for headers in ({}, {"X-Kind": ""}, {}, {"X-Kind": ""})
    ]

    assert bodies == [[None, 1], ["", 2], [None, 1], ["", 2]]


@pytest.fixture
def no_umask():
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("no_umask")
@pytest.mark.parametrize("was_deleted", [False, True])
def test_cve_2026_25674_nobody_else_reads_what_lies_in_files(
    send, serve, tmp_path, was_deleted
):
    above = tmp_path / "above"
    backend = "django.core.cache.backends.filebased.FileBasedCache"
    setting = {"BACKEND": backend, "LOCATION": str(above / "cache")}
    # While the handler runs its lock lies there, too.
    config = f"from {__name__} import find_modes\nrevalidate = 60\nmodes = []"
    before = f"modes.append(find_modes({str(above)!r}))"
    route = serve(count(config=config, before=before), CACHES={"default": setting})
    if was_deleted:
        send("GET", "/x")
        shutil.rmtree(above)
        route.modes.clear()

    told = [get_told(send("GET", "/x")) for _ in range(2)]

    own = {(True, "0o700"), (False, "0o600")}
    assert told == ["fwd=uri-miss; stored", "hit; ttl=60"]
    assert (route.modes, find_modes(above)) == ([own], own)


def find_modes(folder):
    """Return which modes the folders and the files below a folder have."""
    places = [Path(folder), *Path(folder).rglob("*")]
    return {(p.is_dir(), oct(p.stat().st_mode & 0o777)) for p in places}
