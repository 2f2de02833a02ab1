"""The three URLs that the suite talks to."""

from django.urls import path

from tests.http_cache_suite.adapter import wrap
from tests.http_cache_suite.origin import configure, expose, handle, report

_view = expose(wrap(handle))

urlpatterns = [
    path("config/<uuid>", configure),
    path("state/<uuid>", report),
    path("test/<uuid>", _view, {"rest": ""}),
    path("test/<uuid>/<path:rest>", _view),
]
