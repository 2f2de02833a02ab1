"""Tell which request headers may be in a cache key."""

import re

# What clients send to say who they are, by HTTP and by habit.
CREDENTIAL_HEADERS = frozenset(
    f"{prefix}{name}"
    for prefix in ("", "x-")
    for name in (
        *("access-token", "amz-security-token", "api-key", "api-token", "apikey"),
        *("auth", "auth-key", "auth-token", "auth-user", "authentication"),
        *("authorization", "client-secret", "cookie", "csrf-token", "csrftoken"),
        *("forwarded-access-token", "forwarded-email", "forwarded-user"),
        *("goog-iap-jwt-assertion", "id-token", "jwt-assertion", "password"),
        *("proxy-authorization", "refresh-token", "remote-user", "session"),
        *("session-id", "session-token", "token", "user-token", "xsrf-token"),
    )
)

# RFC 9110, section 5.6.2; "*" alone is no name in Vary (section 12.5.5).
_NAME = re.compile(r"(?!\*\Z)[-!#$%&'*+.^_`|~0-9A-Za-z]+")


def may_vary_by(name: str) -> bool:
    """
    Tell whether a header may be in a key.

    One that carries credentials may not; `HTTP_ACCEPT` is how `META` has `Accept`.

    >>> may_vary_by("Accept-Language"), may_vary_by("X-Api-Key"), may_vary_by("HTTP_ACCEPT")
    (True, False, False)
    """
    is_credential = name.lower().replace("_", "-") in CREDENTIAL_HEADERS
    is_name = _NAME.fullmatch(name) is not None and not name.startswith("HTTP_")
    return is_name and not is_credential
