"""Connect the app to Django."""

from django.apps import AppConfig

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
        from django_routehandlers import (  # noqa: PLC0415
            automount,
            autoreload,  # noqa: F401
            cache_checks,  # noqa: F401
            checks,  # noqa: F401
            file_checks,  # noqa: F401
            packaging_checks,  # noqa: F401
            shadow_checks,  # noqa: F401
        )

        automount.install()
