"""Answer an error that a template raises, after its handler has returned."""

from typing import Any

from django.http import HttpRequest
from django.template.response import SimpleTemplateResponse

from django_routehandlers.http.errors import answer_error
from django_routehandlers.http.problems import ERRORS


def watch(
    request: HttpRequest, response: SimpleTemplateResponse
) -> SimpleTemplateResponse:
    """
    Return a response that becomes the answer to one of `ERRORS` as it is rendered.

    Django's handler does that, once all hooks of middleware have seen it.
    """
    if response.is_rendered:
        return response

    def render() -> Any:
        # From here on it is as Django made it, and can be pickled.
        del vars(response)["render"]
        try:
            return response.render()
        except ERRORS as exc:
            return answer_error(request, exc)

    vars(response)["render"] = render
    return response
