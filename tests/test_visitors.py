"""How visitors ask, as far as the settings tell."""

import pytest

from django_routehandlers.visitors import find_default_host, get_default_scheme


@pytest.mark.parametrize(
    ("hosts", "host"),
    [
        ([], None),
        (["*", ".example.com"], None),
        ([".example.com", "www.example.com", "b"], "www.example.com"),
    ],
)
def test_the_host_is_the_first_single_one(settings, hosts, host):
    settings.ALLOWED_HOSTS = hosts

    assert find_default_host() == host


@pytest.mark.parametrize(
    ("changes", "scheme"),
    [
        ({}, "http"),
        ({"SECURE_SSL_REDIRECT": True}, "https"),
        ({"SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")}, "https"),
    ],
)
def test_the_scheme_is_that_of_the_settings(settings, changes, scheme):
    for name, value in changes.items():
        setattr(settings, name, value)

    assert get_default_scheme() == scheme
