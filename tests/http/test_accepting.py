"""The Accept header says whether an error is a page or JSON."""

import pytest

from django_routehandlers.http.accepting import prefers_html

CHROME = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
    "image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
)
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
INTERNET_EXPLORER = "text/html, application/xhtml+xml, */*"
AXIOS = "application/json, text/plain, */*"
JQUERY = "application/json, text/javascript, */*; q=0.01"
IMAGE = "image/avif,image/webp,image/apng,image/*,*/*;q=0.8"


@pytest.mark.parametrize(
    "accept",
    [
        CHROME,
        FIREFOX,
        INTERNET_EXPLORER,
        "text/html",
        "TEXT/HTML",
        " text/html ; charset=utf-8 ",
        "text/html;level=1;q=0.5",
        "text/*",
        "application/*, text/html",
        "text/html;q=0.2, application/json;q=0.1",
        "text/html, application/json;q=0.9",
        "text/html;q=0.1, application/*;q=0",
        "text/html;q=0.5, text/html, application/json;q=0.8",
        "*/*, application/json;q=0.5, application/problem+json;q=0.5",
        "text/html;q=bad, application/json;q=0.9",
        "text/html;Q=0.9, application/json;q=0.8",
    ],
)
def test_browser_gets_a_page(accept):
    assert prefers_html(accept) is True


@pytest.mark.parametrize(
    "accept",
    [
        None,
        "",
        "*/*",
        AXIOS,
        JQUERY,
        IMAGE,
        "application/json",
        "application/problem+json",
        "application/json, text/html",
        "text/html, application/problem+json",
        "text/html;q=0.8, application/json;q=0.9",
        "text/html;q=0",
        "text/html;q=0.000, */*",
        "text/*;q=0.5, */*",
        "text/plain",
        "image/png",
        "html",
        ",;,=;q",
    ],
)
def test_program_gets_json(accept):
    assert prefers_html(accept) is False


@pytest.mark.parametrize("accept", ["text/html;a*=no'x'y", "text/html;q=nan", "\x00"])
def test_garbage_is_no_error(accept):
    assert prefers_html(accept) in (True, False)
