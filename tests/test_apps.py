"""The app config connects everything once, and reads nothing."""

import sys

from django.apps import apps
from django.core.checks import registry
from django.core.signals import setting_changed
from django.test import override_settings
from django.utils.autoreload import autoreload_started

from django_routehandlers.apps import RouteHandlersConfig
from django_routehandlers.checks import check_foreign_apps, check_routes
from django_routehandlers.routing.importing import RouteFinder


def count_connections():
    receivers = [*setting_changed.receivers, *autoreload_started.receivers]
    ours = [key for key, *_ in receivers if "routehandlers" in str(key)]
    finders = [finder for finder in sys.meta_path if isinstance(finder, RouteFinder)]
    checks = registry.registry.registered_checks
    return sorted(map(str, ours)), len(finders), check_routes in checks


def test_config_is_found_by_the_package_s_name():
    config = apps.get_app_config("django_routehandlers")

    assert isinstance(config, RouteHandlersConfig)
    assert config.verbose_name == "Route handlers"


def test_ready_connects_everything_once():
    before = count_connections()

    apps.get_app_config("django_routehandlers").ready()
    with override_settings(INSTALLED_APPS=["django_routehandlers"]):
        inside = count_connections()

    assert before == inside == count_connections()
    assert before[1:] == (1, True)
    assert check_foreign_apps in registry.registry.deployment_checks


def test_installed_apps_of_a_test_are_forgotten_afterwards(site, client):
    before = client.get("/items").status_code
    site({"shop/routes/items/route.py": "def GET(): return {}"})

    assert (before, client.get("/items").status_code) == (404, 200)
