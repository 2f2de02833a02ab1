"""Find the routes folders of the project's own apps."""

from django.apps import apps

from django_routehandlers.checks import is_foreign
from django_routehandlers.registry import find_routes_folder
from django_routehandlers.routing.discovery import RoutesFolder


def find_own_folders() -> list[RoutesFolder]:
    """Return the routes folders of the apps that are no installed packages."""
    return [
        folder
        for config in apps.get_app_configs()
        if not is_foreign(config) and (folder := find_routes_folder(config))
    ]
