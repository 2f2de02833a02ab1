"""Errors are answered as problem details."""

import json

import pytest

from django_routehandlers.http import HttpError
from django_routehandlers.http.problems import error_response, problem_response


@pytest.mark.parametrize(
    ("status", "detail", "members"),
    [
        (
            404,
            "No such item.",
            {
                "type": "about:blank",
                "title": "Not Found",
                "status": 404,
                "detail": "No such item.",
            },
        ),
        (409, "", {"type": "about:blank", "title": "Conflict", "status": 409}),
        (499, "", {"type": "about:blank", "title": "", "status": 499}),
    ],
)
def test_problem_has_the_members_of_the_rfc(status, detail, members):
    response = problem_response(status, detail)

    assert response.status_code == status
    assert json.loads(response.content) == members
    assert dict(response.items()) == {"Content-Type": "application/problem+json"}


def test_problem_keeps_other_headers():
    response = problem_response(429, headers={"Retry-After": "60"})

    assert dict(response.items()) == {
        "Retry-After": "60",
        "Content-Type": "application/problem+json",
    }


def test_http_error_is_a_problem():
    error = HttpError(402, "Pay first.", headers={"X-Price": "1"})

    response = error_response(error)

    assert (response.status_code, response["X-Price"]) == (402, "1")
    assert json.loads(response.content) == {
        "type": "about:blank",
        "title": "Payment Required",
        "status": 402,
        "detail": "Pay first.",
    }


RAISING = """
    from django.core.exceptions import PermissionDenied, SuspiciousOperation
    from django.http import Http404
    from django_routehandlers.http import HttpError

    {keyword} GET():
        raise {error}
"""

DJANGOS_OWN = [
    ('Http404("No such item.")', 404),
    ('PermissionDenied("Not yours.")', 403),
    ('SuspiciousOperation("Odd.")', 400),
]


@pytest.mark.parametrize("keyword", ["def", "async def"])
def test_raised_http_error_is_a_problem(send, site, keyword):
    error = 'HttpError(409, "The order is paid.")'
    site({"shop/routes/route.py": RAISING.format(keyword=keyword, error=error)})

    response = send("GET", "/")

    assert response.status_code == 409
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["detail"] == "The order is paid."


@pytest.mark.parametrize("keyword", ["def", "async def"])
@pytest.mark.parametrize(("error", "status"), DJANGOS_OWN)
def test_djangos_own_errors_go_djangos_way(send, site, keyword, error, status):
    site({"shop/routes/route.py": RAISING.format(keyword=keyword, error=error)})

    response = send("GET", "/")

    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("keyword", ["def", "async def"])
def test_unexpected_exception_travels_on(send, site, keyword):
    source = RAISING.format(keyword=keyword, error='KeyError("x")')
    site({"shop/routes/route.py": source})

    with pytest.raises(KeyError, match="x"):
        send("GET", "/")
    response = send("GET", "/", raises=False)

    assert response.status_code == 500
