"""Say by which scheme and host visitors ask, as far as the settings tell."""

from django.conf import settings


def get_default_scheme() -> str:
    """Return the scheme by which visitors reach the project."""
    is_secure = settings.SECURE_SSL_REDIRECT or settings.SECURE_PROXY_SSL_HEADER
    return "https" if is_secure else "http"


def find_default_host() -> str | None:
    """Return the first host of ALLOWED_HOSTS that is a single one, None if none is."""
    concrete = [name for name in settings.ALLOWED_HOSTS if name[:1] not in ("*", ".")]
    return next(iter(concrete), None)
