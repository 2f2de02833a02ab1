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
        (499, "", {"type": "about:blank", "status": 499}),
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
