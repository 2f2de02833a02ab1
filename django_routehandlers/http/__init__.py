"""What a handler takes and returns."""

from django_routehandlers.exceptions import HttpError
from django_routehandlers.http.request import Request
from django_routehandlers.http.response import Response

__all__ = ["HttpError", "Request", "Response"]
