"""Read a JSON body of a known shape."""

import msgspec

from django_routehandlers.http import HttpError


def read_body(request, shape):
    """Return the body as a `shape`; answer 422 if it has another one."""
    try:
        return msgspec.convert(request.json(), shape)
    except msgspec.ValidationError as exc:
        raise HttpError(422, str(exc)) from None
