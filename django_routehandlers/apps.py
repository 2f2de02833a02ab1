"""Connect the app to Django."""

from django.apps import AppConfig
from django.conf import global_settings, settings

from django_routehandlers.routing.importing import install_finder

# Here and not in ready(), so that whatever imports a route module after
# django.setup(), such as unpickling in a spawned process, finds it.
install_finder()


class RouteHandlersConfig(AppConfig):
    """The app: its checks, its reload watcher and its automatic mount."""

    name = "django_routehandlers"
    verbose_name = "Route handlers"

    def ready(self) -> None:
        """Register all hooks; read no route and import no URLconf."""
        from django_routehandlers import (
            automount,
            autoreload,
            cache_checks,
            checks,
            csrf_checks,
            file_checks,
            packaging_checks,
            rereading,
            shadow_checks,
        )

        automount.install()
        autoreload.install()
        rereading.install()
        if settings.TEST_RUNNER == global_settings.TEST_RUNNER:
            # Django's own, and with it the tests that stand beside routes.
            settings.TEST_RUNNER = "django_routehandlers.testing.RouteTestRunner"
