"""The project's own URL patterns in the tests."""

from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("own", lambda request: HttpResponse("own"), name="own")]
