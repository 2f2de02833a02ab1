"""Put up a project as `startproject` leaves it, and send visitors to its routes."""

import re
import sys
from collections.abc import Mapping
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.test import AsyncClient, Client

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]

SETTINGS: dict[str, Any] = {
    "INSTALLED_APPS": [*settings.INSTALLED_APPS, "django.contrib.messages", "shop"],
    "MIDDLEWARE": MIDDLEWARE,
    "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
    "TEMPLATES": [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": PROCESSORS},
        }
    ],
}


class Visitor:
    """Somebody with cookies of their own."""

    def __init__(self, server: str, user: Any = None, **options: Any) -> None:
        self._is_async = server == "asgi"
        kind = AsyncClient if self._is_async else Client
        self.client: Any = kind(**options)
        self._user = user

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """Send a request, and return the response; a user is logged in before."""
        if self._user is not None:
            self.client.force_login(self._user)
            self._user = None
        send = getattr(self.client, method.lower())
        if self._is_async:
            return async_to_sync(send)(path, **options)
        return send(path, **options)

    def get(self, path: str, **headers: str) -> Any:
        """Send a GET with headers: `get("/x", accept="text/html")`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("GET", path, headers=named)

    def read(self, path: str, **headers: str) -> str:
        """Return the body that a GET gives."""
        response = self.get(path, **headers)
        assert response.status_code == 200, response.status_code
        text: str = response.content.decode()
        return text


def get_status(response: Any) -> str:
    """Return what the cache says of a response, without times."""
    said = response.headers["Cache-Status"].removeprefix("routehandlers; ")
    return re.sub(r"; ttl=-?\d+", "", said)


def is_hit(response: Any) -> bool:
    """Tell whether a response was stored before."""
    return get_status(response).startswith("hit")


def get_calls() -> list[str]:
    """Return the names of the handlers that were called, and forget them."""
    calls = sys.modules["shop.handlers"].calls
    names = list(calls)
    calls.clear()
    return names


def build_files(
    handlers: str, *, config: str = "revalidate = 60", **templates: str
) -> Mapping[str, str]:
    """
    Return an app with a route, and a view in `cache_page`, for each of its handlers.

    A handler is a function of the request with a comment `# handler` above it; the
    route of `who` is `/who`, the view `/paged/who`.
    """
    names = re.findall(r"# handler\s+(?:@\w+\s+)*(?:async )?def (\w+)", handlers)
    routes = {
        f"shop/routes/{name}/route.py": (
            f"from shop.handlers import {name} as GET\n{config}\n"
        )
        for name in names
    }
    pages = {f"shop/templates/{name}.html": text for name, text in templates.items()}
    return {"shop/handlers.py": handlers, "shop/urls.py": PAGED, **routes, **pages}


PAGED = """
    import inspect
    from django.urls import include, path
    from django.views.decorators.cache import cache_page
    from shop import handlers

    urlpatterns = [
        path(f"paged/{name}", cache_page(60)(function))
        for name, function in vars(handlers).items()
        if inspect.isfunction(function)
    ]
    urlpatterns += [path("", include("django_routehandlers.urls"))]
"""
