"""Which field a cache goes by, and which one clients get."""

import pytest
from django.http import HttpResponse

from tests.http_cache_suite.targeted import follow_targeted, restore_for_clients

BEFORE = {
    "Cache-Control": "no-store",
    "Expires": "0",
    "Content-Type": "text/plain",
}


def follow(value):
    response = HttpResponse(headers=BEFORE | {"CDN-Cache-Control": value})
    follow_targeted(response)
    return response


@pytest.mark.parametrize(
    "value",
    [
        "max-age=60",
        "foobar, max-age=60",
        "max-age=60\t,s-maxage=5 , private",
        'ext="a, \\"b\\"", no-store',
        "*ext=*tok/en, x=?1, y=-1",
        " max-age=60 ",
    ],
)
def test_field_takes_the_place_of_cache_control_and_expires(value):
    response = follow(value)

    assert dict(response.headers) == {
        "Content-Type": "text/plain",
        "CDN-Cache-Control": value,
        "Cache-Control": value.strip(),
    }


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "max-age=60, &&&&&",
        "max-age=60,",
        "max-age=60 no-store",
        'max-age="60"',
        "max-age=?1",
        "max-age=-60",
        "max-age=",
        "max-age =60",
        "max-age= 60",
        "MaX-aGe=60",
        "x=1; y",
        'x="é"',
    ],
)
def test_field_that_is_no_dictionary_is_ignored(value):
    response = follow(value)
    restore_for_clients(response)

    assert dict(response.headers) == BEFORE | {"CDN-Cache-Control": value}


@pytest.mark.parametrize("before", [BEFORE, {"Content-Type": "text/plain"}])
def test_clients_get_what_the_origin_said(before):
    headers = before | {"CDN-Cache-Control": "max-age=60"}
    response = HttpResponse(headers=headers)
    follow_targeted(response)

    restore_for_clients(response)

    assert dict(response.headers) == headers
