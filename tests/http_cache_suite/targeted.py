"""
Let a cache go by the Cache-Control that is meant for CDNs (RFC 9213).

It is a pair: a route ends with `follow_targeted`, and what stands before its cache with
`restore_for_clients`, so that clients get what the origin said to them.
"""

import re

from django.http import HttpResponse

FIELD = "CDN-Cache-Control"

# What the field takes the place of (RFC 9213, 2.2).
_REPLACED = ("Cache-Control", "Expires")

# The cache keeps it with the response, as it does with any mark for a middleware. A 304
# that is made from the response has none.
_MARK = "_headers_for_clients"

# A Dictionary (RFC 8941, 3.2) with what directives have for values: no inner lists, no
# bytes and no parameters. A number of seconds must be one.
_STRING = r'"(?:[ !#-\[\]-~]|\\["\\])*"'
_TOKEN = r"[A-Za-z*][\w!#$%&'*+.^`|~:/-]*"
_VALUE = rf"-?[0-9]{{1,15}}|\?[01]|{_STRING}|{_TOKEN}"
_SECONDS = "max-age|s-maxage|stale-while-revalidate|stale-if-error"
_MEMBER = rf"(?!(?:{_SECONDS})=[^0-9])[a-z*][a-z0-9_.*-]*(?:=(?:{_VALUE}))?"
_DICTIONARY = re.compile(rf"{_MEMBER}(?:[ \t]*,[ \t]*{_MEMBER})*", re.ASCII)


def follow_targeted(response: HttpResponse) -> None:
    """
    Put the field in the place of Cache-Control and of Expires.

    A field that is no Dictionary of directives is ignored, as is an empty one.

    >>> response = HttpResponse(headers={"Cache-Control": "no-store", FIELD: "max-age=9"})
    >>> follow_targeted(response)
    >>> response["Cache-Control"]
    'max-age=9'
    """
    control = response.headers.get(FIELD, "").strip()
    if not _DICTIONARY.fullmatch(control):
        return
    headers = response.headers
    vars(response)[_MARK] = {n: headers[n] for n in _REPLACED if n in headers}
    for name in _REPLACED:
        del headers[name]
    headers["Cache-Control"] = control


def restore_for_clients(response: HttpResponse) -> None:
    """Put back what the field took the place of."""
    replaced = vars(response).pop(_MARK, None)
    if replaced is None:
        return
    del response.headers["Cache-Control"]
    for name, value in replaced.items():
        response.headers[name] = value
