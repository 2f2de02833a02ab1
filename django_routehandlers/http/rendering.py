"""Make the body of a response that a template is to give one."""

from typing import Any, TypeGuard

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse


def must_render(response: HttpResponseBase) -> TypeGuard[SimpleTemplateResponse]:
    """Tell whether a response has no body yet."""
    return isinstance(response, SimpleTemplateResponse) and not response.is_rendered


async def arender(response: SimpleTemplateResponse) -> Any:
    """Return a response with its body, as Django's handler does on an event loop."""
    if iscoroutinefunction(response.render):
        return await response.render()
    # Templates may ask the database.
    return await sync_to_async(response.render, thread_sensitive=True)()
