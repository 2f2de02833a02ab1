"""Give Django's own request what a handler needs besides."""

import re
from collections.abc import Callable
from typing import Any, SupportsIndex

from django.http import HttpRequest, QueryDict, UnreadablePostError

from django_routehandlers.exceptions import HttpError
from django_routehandlers.http.bodies import (
    FORM_TYPES,
    SpentBodyError,
    UnreadableBodyError,
    find_arrived_length,
    get_declared_length,
    give_up_form,
    reading_body,
    refuse_too_large,
    refuse_unread_chunks,
    rewind,
)
from django_routehandlers.http.encoding import DecodingError, decode

# Django parses the forms of POST alone.
FORM_METHODS = frozenset({"DELETE", "PATCH", "POST", "PUT", "QUERY"})

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
        for a content type that says it is not JSON, 400 for one that is not JSON in
        UTF-8, and what `body` raises. The raw `body` stays readable.
        """
        if self.content_type and not _JSON_TYPE.fullmatch(self.content_type.lower()):
            raise HttpError(
                415,
                f"The body is {self.content_type}; send application/json.",
                headers={"Accept": "application/json"},
            )
        with reading_body():
            # Of a request that stands for another it is Django's own.
            body = self.body
        if not body:
            raise HttpError(400, "The body is empty.")
        try:
            return decode(body)
        except DecodingError as exc:
            raise HttpError(400, exc.message) from None

    @property
    def form(self) -> QueryDict:
        """
        Return the fields of a form, of POST, PUT, PATCH, DELETE and QUERY alike.

        Its files are in `FILES`. No body is a form without fields. Raise `HttpError`
        415 for a body of another type, 400 for a form that is malformed or has more
        fields or files than Django's settings allow, and what `body` raises; and
        `SpentBodyError` where the body was streamed before. The raw `body` stays
        readable after a urlencoded form, not after a multipart one.
        """
        if self.method in FORM_METHODS:
            self._refuse_other_types()
            state = vars(self)
            if state.get("_read_started") and not {"_body", "_post"} & state.keys():
                raise SpentBodyError(
                    "The body was streamed by request.read(), and is not kept.",
                    "Read request.form instead.",
                )
        return self.POST

    @property
    def body(self) -> bytes:
        """
        Return the raw body.

        Raise `HttpError` 413 for more bytes than DATA_UPLOAD_MAX_MEMORY_SIZE, 411 for
        a body that is sent in chunks under WSGI, which Django does not read, and 400
        for one that ends before its `Content-Length`. Raise `SpentBodyError` where it
        was streamed before.
        """
        state = vars(self)
        if "_body" not in state:
            self._read_body()
            state["_is_cut_off"] = len(self._body) < get_declared_length(self)
        if state.get("_is_cut_off"):
            raise UnreadableBodyError(400, "The body ends too early.")
        return super().body

    def read(self, *args: Any, **kwargs: Any) -> bytes:
        """Return bytes of the body, as a file does; raise `HttpError` 400 if cut off."""
        with reading_body():
            return super().read(*args, **kwargs)

    def readline(self, *args: Any, **kwargs: Any) -> bytes:
        """Return a line of the body, as a file does; raise as `read` does."""
        with reading_body():
            return super().readline(*args, **kwargs)

    def parse_file_upload(self, META: Any, post_data: Any) -> Any:  # noqa: N803 - Django's name
        """Parse a multipart form, also one that came in chunks."""
        length = find_arrived_length(self)
        if length is not None:
            META = {**META, "CONTENT_LENGTH": str(length)}  # noqa: N806 - Django's name
        return super().parse_file_upload(META, post_data)

    def _read_body(self) -> None:
        with reading_body():
            refuse_unread_chunks(self)
            # Before Django finds that a form was streamed instead.
            refuse_too_large(self)
            try:
                super().body  # noqa: B018 - a look is what reads it
            except (UnreadablePostError, ValueError):
                # Django 5.2 takes any Content-Length for a number.
                raise UnreadableBodyError(400, "The body can't be read.") from None

    def _load_post_and_files(self) -> None:
        method = self.method
        if method not in FORM_METHODS or self.content_type not in FORM_TYPES:
            super()._load_post_and_files()
            return
        try:
            with reading_body():
                refuse_unread_chunks(self)
                rewind(self)
                self.method = "POST"
                super()._load_post_and_files()
        except HttpError:
            give_up_form(self)
            raise
        finally:
            self.method = method

    def _refuse_other_types(self) -> None:
        refuse_unread_chunks(self)
        has_body = get_declared_length(self) > 0 or find_arrived_length(self)
        if self.content_type in FORM_TYPES or not has_body:
            return
        raise HttpError(
            415,
            f"The body is {self.content_type or 'of no type'}; send a form.",
            headers={"Accept": ", ".join(FORM_TYPES)},
        )

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        """Be pickled and copied as Django's request, whose class has a name."""
        kind = type(self).__bases__[-1]
        return _make_request, (kind,), self.__getstate__()


def _make_request(kind: type[HttpRequest]) -> Request:
    return extend(kind.__new__(kind))


def extend(request: HttpRequest) -> Request:
    """Return the same request, with the methods of `Request`."""
    request.__class__ = _classes.get(request.__class__) or _add_class(request)
    return request  # type: ignore[return-value] # the line above made it one


def get_extension(method: str) -> Callable[[HttpRequest], Request]:
    """Return what extends the requests with a method."""
    is_never_parsed = method in FORM_METHODS and method != "POST"
    return _extend_with_form if is_never_parsed else extend


def _extend_with_form(request: HttpRequest) -> Request:
    # Middleware that looked for a form was told by Django that it is empty; that is
    # forgotten while the body can still be read.
    state = vars(request)
    is_unread = "_body" in state or not state.get("_read_started")
    if "_post" in state and is_unread and not (state["_post"] or state["_files"]):
        del state["_post"], state["_files"]
    return extend(request)


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
