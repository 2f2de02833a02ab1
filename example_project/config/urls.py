"""The project's own URLs; the routes of shop and blog come after them unasked."""

from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]
