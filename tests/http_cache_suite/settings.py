"""The smallest Django that can be the origin."""

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.http_cache_suite.urls"
USE_I18N = False
USE_TZ = True
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        # Every response of the suite is looked for again: none may be thrown out.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# Many a test wants an error for an answer. What goes wrong has a traceback.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "has_traceback": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: bool(record.exc_info),
        }
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "filters": ["has_traceback"]}
    },
    "loggers": {
        name: {"handlers": ["stderr"], "propagate": False}
        for name in ("django.request", "django_routehandlers.cache")
    },
}
