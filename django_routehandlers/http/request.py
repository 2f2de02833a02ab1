"""Give Django's own request what a handler needs besides."""

import re
from typing import Any, NoReturn, SupportsIndex

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError

from django_routehandlers.exceptions import HttpError
from django_routehandlers.http.encoding import DecodingError, decode

_JSON_TYPE = re.compile(r"[^/]+/(json|[^/]+\+json)")


class Request(HttpRequest):
    """
    Django's request, as a handler gets it.

    It is the very object that middleware saw, under a class that adds to its
    own.
    """

    def json(self) -> Any:
        """
        Return the parsed body.

        A body without a `Content-Type` is taken for JSON. Raise `HttpError` 415
        for a content type that says it is not JSON, 413 for a body over Django's
        DATA_UPLOAD_MAX_MEMORY_SIZE (bytes), 411 for one that is sent in chunks under
        WSGI, which Django does not read, and 400 for one that is not JSON in UTF-8.
        The raw `body` stays readable.
        """
        if self.content_type and not _JSON_TYPE.fullmatch(self.content_type.lower()):
            raise HttpError(
                415,
                f"The body is {self.content_type}; send application/json.",
                headers={"Accept": "application/json"},
            )
        body = self._read_body()
        if not body:
            self._refuse_empty()
        try:
            return decode(body)
        except DecodingError as exc:
            raise HttpError(400, exc.message) from None

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        """Be pickled and copied as Django's request, whose class has a name."""
        kind = type(self).__bases__[-1]
        return _make_request, (kind,), self.__getstate__()

    def _refuse_empty(self) -> NoReturn:
        if "Transfer-Encoding" in self.headers:
            raise HttpError(411, "Send the body with a Content-Length, not in chunks.")
        raise HttpError(400, "The body is empty.")

    def _read_body(self) -> bytes:
        try:
            return self.body
        except RequestDataTooBig:
            raise HttpError(413, "The body is too large.") from None
        except (UnreadablePostError, ValueError):
            # Django 5.2 takes any Content-Length for a number.
            raise HttpError(400, "The body can't be read.") from None


def _make_request(kind: type[HttpRequest]) -> Request:
    return extend(kind.__new__(kind))


def extend(request: HttpRequest) -> Request:
    """Return the same request, with the methods of `Request`."""
    request.__class__ = _classes.get(request.__class__) or _add_class(request)
    return request  # type: ignore[return-value] # the line above made it one


# For each class of Django's, the one that adds `Request` to it, and for that itself.
_classes: dict[type[HttpRequest], type[Request]] = {}


def _add_class(request: HttpRequest) -> type[Request]:
    kind = request.__class__
    if issubclass(kind, Request):
        # It stands for one that was extended before.
        _classes[kind] = kind
        return kind
    names: dict[str, Any] = {
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
    }
    if kind.__reduce_ex__ is not HttpRequest.__reduce_ex__:
        # It stands for another request, and is copied as that.
        names["__reduce_ex__"] = kind.__reduce_ex__
    added = type(kind.__name__, (Request, kind), names)
    _classes[kind] = _classes[added] = added
    return added
