"""A token that nobody hands out refuses everybody, and is told."""

import pytest
from django.core.checks import Warning as CheckWarning

from django_routehandlers.csrf_checks import check_tokens

ASKING = "csrf = 'token'\ndef POST(): return 1"
CSRF = "django.middleware.csrf.CsrfViewMiddleware"
OWN = """
    from django.middleware.csrf import CsrfViewMiddleware

    class Own(CsrfViewMiddleware):
        pass
"""

WARNING = CheckWarning(
    "csrf is 'token', and no CsrfViewMiddleware sends the cookie that goes with one, so "
    "every POST is refused.",
    hint="Add 'django.middleware.csrf.CsrfViewMiddleware' to MIDDLEWARE.",
    obj="shop/routes/x/route.py",
    id="routehandlers.W020",
)


@pytest.mark.parametrize(
    ("source", "settings", "expected"),
    [
        (ASKING, {}, [WARNING]),
        ("def POST(): return 1", {"ROUTE_HANDLERS": {"CSRF": "token"}}, [WARNING]),
        ("def POST(): return 1", {}, []),
        ("csrf = 'off'\ndef POST(): return 1", {}, []),
        (ASKING, {"MIDDLEWARE": [CSRF]}, []),
        (ASKING, {"MIDDLEWARE": ["shop.own.Own"]}, []),
        (ASKING, {"MIDDLEWARE": ["shop.gone.Gone", "shop.own.function"]}, [WARNING]),
    ],
)
def test_mode_token_without_its_middleware_is_a_warning(
    site, source, settings, expected
):
    files = {
        "shop/routes/x/route.py": source,
        "shop/own.py": f"{OWN}\n    def function(get_response): return get_response\n",
    }
    site(files, **{"MIDDLEWARE": [], **settings})

    assert check_tokens(None) == expected


@pytest.mark.parametrize(
    ("middleware", "expected"),
    [
        (f"middleware = [{CSRF!r}]", []),
        ("middleware = ['django.middleware.gzip.GZipMiddleware']", [WARNING]),
        # Then the file is not read.
        ("1 / 0", []),
    ],
)
def test_middleware_of_the_folder_counts(site, middleware, expected):
    files = {
        "shop/routes/x/route.py": ASKING,
        "shop/routes/middleware.py": middleware,
    }
    site(files, MIDDLEWARE=[])

    assert check_tokens(None) == expected
