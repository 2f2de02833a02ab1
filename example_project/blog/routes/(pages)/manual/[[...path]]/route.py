"""The former address of the docs."""

from django.urls import reverse

from django_routehandlers.http import Response


def GET(path):
    url = reverse("/docs/[...slug]", kwargs={"slug": path or ["start"]})
    return Response.redirect(url, status=308)
