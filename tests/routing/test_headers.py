import pytest
from django.conf import global_settings

from django_routehandlers.routing.headers import CREDENTIAL_HEADERS, may_vary_by


@pytest.mark.parametrize(
    "name",
    [
        *("Accept", "Accept-Language", "X-Tenant", "Sec-CH-UA-Mobile", "x_plan!"),
        *("DNT", "If-None-Match", "X-Token-Type", "X-Session-Kind", "X-Country"),
    ],
)
def test_header_that_names_no_visitor_may_be_in_a_key(name):
    assert may_vary_by(name) is True


@pytest.mark.parametrize(
    "name",
    [
        *("Cookie", "Authorization", "Proxy-Authorization", "AUTHORIZATION"),
        *("X-Api-Key", "Api-Key", "X-Auth-Token", "X-Access-Token", "X-CSRFToken"),
        *("X-CSRF-Token", "X-XSRF-TOKEN", "X-Forwarded-User", "Remote-User"),
        *("X_Api_Key", "X-Amz-Security-Token"),
    ],
)
def test_credentials_may_not_be_in_a_key(name):
    assert may_vary_by(name) is False


def test_header_of_django_s_own_token_is_a_credential():
    name = global_settings.CSRF_HEADER_NAME.removeprefix("HTTP_").replace("_", "-")

    assert name.lower() in CREDENTIAL_HEADERS


@pytest.mark.parametrize("name", ["", "*", "a b", "a\n", "Größe", "HTTP_ACCEPT"])
def test_text_that_is_no_header_may_not_be_in_a_key(name):
    assert may_vary_by(name) is False
