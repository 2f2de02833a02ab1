"""Answer an error that a template raises, after its handler has returned."""

from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse

from django_routehandlers.http.errors import aanswer_error, answer_error
from django_routehandlers.http.problems import ERRORS


def watch(
    request: HttpRequest, response: SimpleTemplateResponse
) -> SimpleTemplateResponse:
    """
    Return a response that becomes the answer to one of `ERRORS` as it is rendered.

    Django's handler does that, once all hooks of middleware have seen it; a hook may
    do it before, and throw away what it is given back.
    """
    if response.is_rendered:
        return response

    def render() -> Any:
        # From here on it is as Django made it, and can be pickled.
        del vars(response)["render"]
        try:
            return response.render()
        except ERRORS as exc:
            return _become(response, answer_error(request, exc))

    async def arender() -> Any:
        del vars(response)["render"]
        try:
            made: Any = response.render()
            return await made
        except ERRORS as exc:
            answer = await aanswer_error(request, exc)
            return await sync_to_async(_become)(response, answer)

    is_async = iscoroutinefunction(response.render)
    vars(response)["render"] = arender if is_async else render
    return response


def _become(
    response: SimpleTemplateResponse, answer: HttpResponseBase
) -> SimpleTemplateResponse:
    """Make a response another one, but for its cookies."""
    if isinstance(answer, SimpleTemplateResponse):
        answer.render()
    response.content = getattr(answer, "content", b"")
    response.headers = answer.headers
    response.status_code, response.reason_phrase = (
        answer.status_code,
        answer.reason_phrase,
    )
    return response
