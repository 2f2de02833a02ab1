"""Whether a response is stored, and for how long, is judged in one place."""

from datetime import timedelta

import pytest
from django.http import FileResponse, HttpResponse, StreamingHttpResponse

from django_routehandlers.cache.freshness import Lifetime
from django_routehandlers.cache.storing import Verdict, is_failure, judge
from django_routehandlers.exceptions import HandlerError
from tests.cache.making import make_policy, make_run

MINUTE = Lifetime(60.0, 600.0)
STATUSES = [200, 201, 202, 203, 204, 206, 300, 301, 302, 303, 304, 307, 308]
STATUSES += [400, 401, 403, 404, 405, 410, 418, 429, 451, 500, 501, 503]


def judge_headers(headers, status=200, **config):
    policy = make_policy(**{"expire": 600} | config)
    response = HttpResponse(b"body", status=status, headers=headers)
    return judge(response, make_run(), policy, 1_000_000)


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_that_says_what_stays_so_is_stored(status):
    verdict = judge_headers({}, status)

    is_stored = status in (200, 203, 301, 308)
    refusal = Verdict(None, f"status:{status}")
    assert verdict == (Verdict(MINUTE) if is_stored else refusal)


@pytest.mark.parametrize("name", ["max-age", "s-maxage"])
@pytest.mark.parametrize("status", STATUSES)
def test_any_other_status_is_stored_if_the_handler_gave_it_a_lifetime(status, name):
    verdict = judge_headers({"Cache-Control": f"{name}=5"}, status)

    is_stored = status < 500 and status not in (206, 304)
    refusal = Verdict(None, f"status:{status}")
    assert verdict == (Verdict(Lifetime(5, 600.0)) if is_stored else refusal)


@pytest.mark.parametrize(
    ("value", "lifetime"),
    [
        ("public", MINUTE),
        ("immutable, x=1", MINUTE),
        ("max-age=5", Lifetime(5, 600.0)),
        ("max-age=5, s-maxage=10", Lifetime(10, 600.0)),
        ("s-maxage=10, max-age=5", Lifetime(10, 600.0)),
        ('max-age="5"', Lifetime(5, 600.0)),
        ("max-age=600", MINUTE),
        ("must-revalidate", Lifetime(60.0, 60.0)),
        ("Proxy-Revalidate", Lifetime(60.0, 60.0)),
        ("No-Cache", Lifetime(60.0, 60.0)),
        ('no-cache="set-cookie"', Lifetime(60.0, 60.0)),
        ("max-age=5, must-revalidate", Lifetime(5, 5)),
        ("max-age=600, must-revalidate", Lifetime(60.0, 60.0)),
    ],
)
def test_a_handlers_own_cache_control_only_shortens(value, lifetime):
    assert judge_headers({"Cache-Control": value}) == Verdict(lifetime)


@pytest.mark.parametrize(
    "value",
    [
        "no-store",
        " no-store ",
        "private",
        "PRIVATE",
        'private="x"',
        "public, max-age=60, Private",
        "max-age=60, No-Store",
        "max-age=a",
        "max-age=-1",
        "max-age=1.5",
        "max-age",
        "max-age=",
        "max-age=60, s-maxage=a",
    ],
)
def test_what_a_shared_cache_may_not_keep_is_not_stored(value):
    verdict = judge_headers({"Cache-Control": value})

    assert verdict == Verdict(None, "cache-control")


@pytest.mark.parametrize("value", ["max-age=0", "s-maxage=0, max-age=60"])
def test_a_lifetime_of_nothing_is_not_stored(value):
    assert judge_headers({"Cache-Control": value}) == Verdict(None, "max-age=0")


@pytest.mark.parametrize(
    "value", ["", "Host", "Accept", "accept, X-Kind", "host,ACCEPT", " Accept , "]
)
def test_vary_may_name_what_is_in_the_key(value):
    verdict = judge_headers({"Vary": value}, vary=["Accept", "X-Kind"])

    assert verdict == Verdict(MINUTE)


@pytest.mark.parametrize(
    "value", ["*", " *", "Accept, *", "Cookie", "Accept, X-Other", "Accept-Encoding"]
)
def test_vary_may_name_nothing_else(value):
    verdict = judge_headers({"Vary": value}, vary=["Accept", "X-Kind"])

    assert verdict == Verdict(None, "vary")


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (StreamingHttpResponse([b"x"]), "streaming"),
        (FileResponse(b"x"), "streaming"),
        (HttpResponse(b"12345"), "too-large"),
        (HttpResponse(b"x", headers={"Content-Range": "bytes 0-0/9"}), "status:200"),
    ],
    ids=["stream", "file", "large", "part"],
)
def test_what_is_no_whole_small_body_is_not_stored(response, reason):
    verdict = judge(response, make_run(), make_policy(), 4)

    assert verdict == Verdict(None, reason)


def test_a_body_may_be_as_large_as_the_limit():
    response = HttpResponse(b"1234")

    assert judge(response, make_run(), make_policy(expire=600), 4) == Verdict(MINUTE)


@pytest.mark.parametrize("is_header", [False, True])
@pytest.mark.parametrize("kind", [HttpResponse, StreamingHttpResponse])
def test_a_cookie_is_one_visitors(kind, is_header):
    response = kind(b"")
    if is_header:
        response["Set-Cookie"] = "a=1"
    else:
        response.set_cookie("a", "1")

    verdict = judge(response, make_run(), make_policy(), 100)

    assert verdict == Verdict(None, "set-cookie", is_private=True)


@pytest.mark.parametrize("status", [200, 404, 500])
@pytest.mark.parametrize("kind", [HttpResponse, StreamingHttpResponse])
def test_what_was_read_beyond_the_key_makes_it_one_visitors(kind, status):
    run = make_run("user", "cookie:a")

    verdict = judge(kind(b"", status=status), run, make_policy(), 100)

    assert verdict == Verdict(None, "dynamic:user", is_private=True)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (5, Verdict(Lifetime(5.0, 86_405.0))),
        (0.5, Verdict(Lifetime(0.5, 86_400.5))),
        (timedelta(minutes=1), Verdict(Lifetime(60.0, 86_460.0))),
        (False, Verdict(Lifetime(None, None))),
        (None, Verdict(None, "revalidate")),
        (0, Verdict(None, "max-age=0")),
    ],
)
def test_a_function_gives_the_lifetime_of_each_response(seconds, expected):
    policy = make_policy(revalidate=lambda response: seconds)

    assert judge(HttpResponse(b""), make_run(), policy, 100) == expected


@pytest.mark.parametrize(
    ("seconds", "lifetime"),
    [
        (5, Lifetime(5, 600.0)),
        (False, Lifetime(None, 600.0)),
        (600, Lifetime(600, 600)),
    ],
)
def test_a_lifetime_from_a_function_ends_with_expire(seconds, lifetime):
    policy = make_policy(revalidate=lambda response: seconds, expire=600)

    verdict = judge(HttpResponse(b""), make_run(), policy, 100)

    assert verdict == Verdict(lifetime)


def test_a_function_is_given_the_response():
    policy = make_policy(revalidate=lambda response: int(response.content))

    verdict = judge(HttpResponse(b"7"), make_run(), policy, 100)

    assert verdict == Verdict(Lifetime(7.0, 86_407.0))


def test_cache_control_shortens_what_a_function_gives():
    policy = make_policy(revalidate=lambda response: 60)
    response = HttpResponse(b"", headers={"Cache-Control": "max-age=5"})

    verdict = judge(response, make_run(), policy, 100)

    assert verdict == Verdict(Lifetime(5, 86_460.0))


@pytest.mark.parametrize(
    "value", [-1, float("nan"), float("inf"), timedelta(-1), "5", [], True]
)
def test_a_function_returns_seconds_or_it_is_told(value):
    policy = make_policy(revalidate=lambda response: value)

    with pytest.raises(HandlerError) as caught:
        judge(HttpResponse(b""), make_run(), policy, 100)

    assert str(caught.value) == (
        "revalidate of shop/routes/x/route.py returned no number of seconds. Return "
        "seconds, a timedelta, or None for a response not to be stored."
    )


@pytest.mark.parametrize("status", STATUSES)
def test_a_refresh_fails_with_a_server_error(status):
    assert is_failure(HttpResponse(status=status)) is (status >= 500)
