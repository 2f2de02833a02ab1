"""Serve the origin in the process of the tests."""

import pytest


@pytest.fixture
def _is_served(settings):
    settings.ROOT_URLCONF = "tests.http_cache_suite.urls"
    settings.MIDDLEWARE = []
