"""Answer what no handler was written for: HEAD, OPTIONS and other methods."""

from collections.abc import AsyncIterator
from functools import partial

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse

from django_routehandlers.http.bodies import FORM_TYPES
from django_routehandlers.http.problems import problem_response
from django_routehandlers.http.response import RedirectResponse
from django_routehandlers.http.streaming import StreamResponse, finish_async


def answer_itself(method: str | None, allow: str) -> HttpResponse:
    """
    Return the answer to a method that the endpoint does not export.

    OPTIONS is 204, everything else 405; both say what is allowed (RFC 9110,
    9.3.7 and 15.5.6).
    """
    if method == "OPTIONS":
        response = HttpResponse(status=204, headers={"Allow": allow})
        del response.headers["Content-Type"]
        return response
    refusal = problem_response(405, f"Allowed are: {allow}.", {"Allow": allow})
    if method == "HEAD":
        _set_length(refusal)
    return refusal


def drop_body(response: HttpResponseBase) -> HttpResponseBase:
    """
    Return the answer to HEAD that belongs to GET's.

    The body itself stays for middleware that reads it (ETag, compression); the
    server does not send it. A stream is closed when the response is, unread.
    """
    if isinstance(response, StreamingHttpResponse):
        drop_stream(response)
    elif isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
        response.add_post_render_callback(_set_length)
    elif isinstance(response, HttpResponse):
        _set_length(response)
    return response


def drop_stream(response: StreamingHttpResponse) -> None:
    """Leave the content of a stream unread; it is closed when the response is."""
    if not response.is_async:
        response.streaming_content = iter(())
        return
    if not isinstance(response, StreamResponse):
        # Django itself closes no async iterator, ours are closed with the response.
        aclose = getattr(response._iterator, "aclose", None)  # type: ignore[attr-defined]  # noqa: SLF001 - nothing else leads to it
        if aclose is not None:
            response._resource_closers.append(partial(finish_async, aclose))  # type: ignore[attr-defined]  # noqa: SLF001 - as Django's handlers do
    response.streaming_content = _give_nothing()


def _set_length(response: HttpResponse) -> None:
    if response.status_code not in (204, 304):
        response.headers.setdefault("Content-Length", str(len(response.content)))


async def _give_nothing() -> AsyncIterator[bytes]:
    yield b""


def settle_redirect(
    request: HttpRequest, response: HttpResponseBase
) -> HttpResponseBase:
    """Return the response, as 303 if it redirects a form POST and names no status."""
    is_open = isinstance(response, RedirectResponse) and response.is_status_open
    if is_open and request.content_type in FORM_TYPES:
        response.status_code = 303
    return response
