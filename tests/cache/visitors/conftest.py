"""Visitors of each server, and a project for them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache

from tests.cache.visitors.staging import SETTINGS, Visitor, build_files


@pytest.fixture(params=["wsgi", "asgi"])
def server(request: pytest.FixtureRequest) -> str:
    """Return the kind of the server that visitors come to."""
    kind: str = request.param
    return kind


@pytest.fixture
def stage(site: Callable[..., Any]) -> Callable[..., None]:
    """
    Return a function that installs the app `shop` with some handlers.

    `stage(handlers, config="revalidate = 60", user="{{ user }}", USE_TZ=False)`:
    lower-case keywords are templates, others are settings.
    """

    def install(handlers: str, **options: Any) -> None:
        settings = {name: options.pop(name) for name in list(options) if name.isupper()}
        files = {**options.pop("files", {}), **build_files(handlers, **options)}
        site(files, **SETTINGS | {"ROOT_URLCONF": "shop.urls"} | settings)
        cache.clear()

    return install


@pytest.fixture
def alice(server: str, db: None) -> Visitor:
    """Return a visitor who is logged in."""
    return Visitor(server, User.objects.create_user("alice"))


@pytest.fixture
def bob(server: str, db: None) -> Visitor:
    """Return another visitor who is logged in."""
    return Visitor(server, User.objects.create_user("bob"))


@pytest.fixture
def stranger(server: str) -> Visitor:
    """Return a visitor whom nobody knows."""
    return Visitor(server)
