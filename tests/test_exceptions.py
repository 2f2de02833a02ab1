import copy
import pickle

import pytest
from django.utils.translation import gettext_lazy

from django_routehandlers.exceptions import (
    BrokenRouteError,
    HandlerError,
    HttpError,
    RouteHandlersError,
    SegmentError,
    find_title,
)
from django_routehandlers.http.bodies import TooLargeBodyError


@pytest.mark.parametrize("kind", [SegmentError, HandlerError, BrokenRouteError])
def test_every_mistake_of_a_project_is_one_kind_of_error(kind):
    exc = kind("It is wrong.", "Mend it.")

    assert isinstance(exc, RouteHandlersError)
    assert (str(exc), exc.message, exc.hint) == (
        "It is wrong. Mend it.",
        "It is wrong.",
        "Mend it.",
    )


def test_hint_may_be_left_out():
    exc = RouteHandlersError("It is wrong.")

    assert (str(exc), exc.hint) == ("It is wrong.", "")


def test_http_error_keeps_what_the_client_gets():
    exc = HttpError(429, "Too fast.", headers={"Retry-After": "3"})

    assert (exc.status, exc.title, exc.detail, exc.headers) == (
        429,
        "Too Many Requests",
        "Too fast.",
        {"Retry-After": "3"},
    )
    assert str(exc) == "429 Too Many Requests: Too fast."


def test_http_error_needs_a_status_alone():
    exc = HttpError(404)

    assert (exc.detail, exc.headers, str(exc)) == ("", {}, "404 Not Found")


def test_http_error_without_a_detail_has_none():
    assert HttpError(404, None).detail == ""


@pytest.mark.parametrize("detail", [5, b"text", {"a": 1}, ValueError("broken")])
def test_detail_that_is_no_text_is_an_error(detail):
    with pytest.raises(TypeError) as caught:
        HttpError(409, detail)

    assert str(caught.value) == (
        f"The detail of HttpError is a sentence, not {detail!r}. Put data into "
        "Response.json(data, status=...)."
    )


def test_http_error_leaves_the_length_to_its_body():
    headers = {"content-length": "5", "Retry-After": "3"}

    assert HttpError(429, headers=headers).headers == {"Retry-After": "3"}


def test_http_error_has_headers_of_its_own():
    headers = {"Retry-After": "3"}

    HttpError(429, headers=headers).headers["X-Added"] = "1"

    assert headers == {"Retry-After": "3"}


@pytest.mark.parametrize("status", [400, 499, 599])
def test_http_error_takes_every_error_status(status):
    assert HttpError(status).status == status


@pytest.mark.parametrize("status", [399, 200, 600, 0, -1])
def test_http_error_refuses_any_other_status(status):
    message = f"^HttpError takes a status of 400 to 599, not {status}\\.$"

    with pytest.raises(ValueError, match=message):
        HttpError(status)


@pytest.mark.parametrize(
    ("status", "title"), [(404, "Not Found"), (418, "I'm a Teapot"), (499, "")]
)
def test_title_is_the_standard_phrase(status, title):
    assert find_title(status) == title


def test_http_error_takes_a_lazy_detail():
    error = HttpError(404, gettext_lazy("Not here."))

    assert (str(error), type(error.detail)) == ("404 Not Found: Not here.", str)


@pytest.mark.parametrize(
    "again", [copy.copy, lambda exc: pickle.loads(pickle.dumps(exc))]
)
@pytest.mark.parametrize("kind", [HttpError, TooLargeBodyError])
def test_http_error_goes_between_processes(again, kind):
    exc = kind(429, "Too fast.", headers={"Retry-After": "3"})

    made = again(exc)

    assert (type(made), str(made), vars(made)) == (kind, str(exc), vars(exc))


def test_half_a_character_in_a_detail_is_replaced():
    assert HttpError(409, "a\ud800b").detail == "a?b"


class NotPaidError(HttpError):
    def __init__(self, *, order):
        super().__init__(402, f"Order {order}")
        self.order = order


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda exc: pickle.loads(pickle.dumps(exc))]
)
def test_kind_of_the_projects_own_goes_between_processes(again):
    exc = NotPaidError(order=3)

    made = again(exc)

    assert (type(made), str(made), vars(made)) == (NotPaidError, str(exc), vars(exc))
