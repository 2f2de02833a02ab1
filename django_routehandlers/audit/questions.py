"""Read which request is asked about, and make it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import unquote_to_bytes, urlsplit

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.middleware.locale import LocaleMiddleware
from django.urls import get_script_prefix
from django.utils import translation

from django_routehandlers.visitors import find_default_host, get_default_scheme

_LOCALE = "django.middleware.locale.LocaleMiddleware"

# RFC 9110, section 5.6.2.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

_SCHEMES = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class Question:
    """
    One request: `path` and `query` are percent-encoded, as a client sends them.

    `path` is below the one that the project is served at.
    """

    method: str
    path: str
    query: str
    scheme: str
    host: str


def parse_question(method: str, url: str) -> Question:
    """
    Return the request that a method and a path, or a whole URL, stand for.

    Without a host it is one that visitors ask. Raise `ValueError` for anything else.
    """
    if _TOKEN.fullmatch(method) is None:
        raise ValueError(
            f"{method!r} is not an HTTP method: write --why GET /path, the method first."
        )
    scheme, host, rest = get_default_scheme(), find_default_host() or "localhost", url
    if url.lower().startswith(_SCHEMES):
        try:
            parts = urlsplit(url)
        except ValueError as exc:
            raise ValueError(f"{url!r} is not a URL: {exc}.") from exc
        scheme, host = parts.scheme, parts.netloc.rpartition("@")[2]
        rest = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    path, _, query = rest.partition("#")[0].partition("?")
    if not path.startswith("/"):
        raise ValueError(
            f"{url!r} is not a path, which begins with a slash. "
            f"Did you mean {'/' + url!r}?"
        )
    return Question(method.upper(), _cut_prefix(path), query, scheme, host)


def _cut_prefix(path: str) -> str:
    prefix = get_script_prefix().rstrip("/")
    is_below = path == prefix or path.startswith(f"{prefix}/")
    return path.removeprefix(prefix) or "/" if is_below else path


def build_request(question: Question) -> HttpRequest:
    """Return the request of a visitor without cookies, as a server would make it."""
    name, port = split_domain_port(question.host)
    raw = unquote_to_bytes(question.path.encode("utf-8", "surrogateescape"))
    return WSGIRequest(
        {
            "REQUEST_METHOD": question.method,
            "SCRIPT_NAME": get_script_prefix().rstrip("/"),
            "PATH_INFO": raw.decode("latin-1"),
            "QUERY_STRING": question.query,
            "HTTP_HOST": question.host,
            "SERVER_NAME": name or question.host,
            "SERVER_PORT": port or {"https": "443"}.get(question.scheme, "80"),
            "wsgi.url_scheme": question.scheme,
            "wsgi.input": BytesIO(),
        }
    )


@contextmanager
def visiting(request: HttpRequest) -> Iterator[None]:
    """Be in the language that a request is answered in."""
    with translation.override(translation.get_language()):
        if _LOCALE in settings.MIDDLEWARE:
            LocaleMiddleware(HttpResponse).process_request(request)
        yield
