"""Set up Django around routes, or URL patterns, that lie in memory alone."""

import logging
import types
from collections.abc import Iterable, Mapping
from typing import Any

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, clear_url_caches

APP = __package__

# The root URLconf of both sides is this module.
urlpatterns: list[URLPattern] = []


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer as cheaply as can be, so that a miss costs little but its look-up."""
    return HttpResponse("missed", status=404)


def configure(*apps: str) -> None:
    """Set up Django, once, without middleware, databases and logging."""
    if settings.configured:
        return
    settings.configure(
        ALLOWED_HOSTS=["testserver"],
        INSTALLED_APPS=apps,
        LOGGING_CONFIG=None,
        MIDDLEWARE=[],
        ROOT_URLCONF=__name__,
        SECRET_KEY="only for benchmarks",
    )
    logging.disable()
    django.setup()


def serve_patterns(patterns: Iterable[URLPattern]) -> None:
    """Serve URL patterns, and nothing else, in the order given."""
    configure()
    urlpatterns[:] = patterns
    clear_url_caches()


def put_first(name: str) -> None:
    """Put a URL pattern before all others, where Django finds it soonest."""
    urlpatterns.sort(key=lambda pattern: pattern.name != name)


def serve_routes(routes: Mapping[str, Mapping[str, Any]]) -> None:
    """Serve routes, and nothing else, given as the exports of each folder path."""
    configure("django_routehandlers", APP)
    from django_routehandlers import registry

    registry.forget_snapshot()
    with registry.paused_collection():
        endpoints = tuple(map(_read_endpoint, routes, routes.values()))
    snapshot = registry.Snapshot(endpoints, ())
    # In the place of what reads the disk, for whichever apps it is asked.
    registry._read_snapshot = lambda *args: snapshot


def _read_endpoint(folders: str, exports: Mapping[str, Any]) -> Any:
    from django_routehandlers.routing.endpoints import read_endpoint
    from django_routehandlers.routing.routes import Route
    from django_routehandlers.routing.segments import parse_segment

    file = f"{folders}/route.py"
    segments = tuple(map(parse_segment, folders.split("/")))
    route = Route(APP, segments, folders.replace("/", "."), file, file)
    module = types.ModuleType(route.module)
    vars(module).update(exports)
    endpoint, problems = read_endpoint(route, module)
    assert not problems, problems
    return endpoint
