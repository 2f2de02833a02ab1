"""Call a view between the hooks of middleware, as Django's own handler does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponseServerError
from django.utils.module_loading import import_string

from django_routehandlers.cache.matches import MATCHED
from django_routehandlers.exceptions import HandlerError
from django_routehandlers.folders.layers import PASSAGE, Layer
from django_routehandlers.http.cross_site import asettle, settle
from django_routehandlers.http.csrf import Verdict
from django_routehandlers.http.problems import ERRORS

Call = Callable[..., Any]


@dataclass(slots=True)
class Hooks:
    """The hooks of all middleware around a route, in the order of their calls."""

    view: list[Call] = field(default_factory=list)
    template: list[tuple[str, Call]] = field(default_factory=list)
    exception: list[Call] = field(default_factory=list)


class Passage:
    """
    One request on its way through the middleware of folders.

    `view` is the one that Django has found and that hooks are told of, `call` what
    it surrounds, and `inside` what each layer leads to. `max_body` is the limit of the
    body that may be searched for a token. `failure` is what the
    view raised, where the project's middleware is to see it.
    """

    __slots__ = (
        "args",
        "call",
        "failure",
        "hooks",
        "inside",
        "judge_sender",
        "max_body",
        "method",
        "params",
        "verdict",
        "view",
    )

    def __init__(
        self,
        inside: Mapping[Layer, Call],
        hooks: Hooks,
        view: Call,
        call: Call,
        args: tuple[Any, ...],
        params: dict[str, Any],
        max_body: int | None,
        judge_sender: Callable[[HttpRequest], Verdict | str],
    ) -> None:
        self.inside = inside
        self.hooks = hooks
        self.view = view
        self.call = call
        self.args = args
        self.params = params
        self.max_body = max_body
        self.method: str | None = None
        self.verdict: Verdict | str = Verdict.ALLOWED
        self.failure: Exception | None = None
        self.judge_sender = judge_sender

    def begin(self, request: HttpRequest) -> None:
        """Judge from headers who has sent a request, before any middleware acts."""
        self.method = request.method
        vars(request)[MATCHED] = request.path_info
        self.verdict = self.judge_sender(request)
        setattr(request, PASSAGE, self)

    def judge(self, request: HttpRequest) -> Verdict | str:
        """Return the verdict, which is taken anew where the method was changed."""
        if self.verdict is Verdict.ALLOWED and request.method != self.method:
            return self.judge_sender(request)
        return self.verdict


def answer(request: HttpRequest) -> Any:
    """Return the response to a request that has come through all middleware."""
    passage: Passage = getattr(request, PASSAGE)
    # A middleware may ask again after a failure.
    response = passage.failure = None
    for hook in passage.hooks.view:
        response = hook(request, passage.view, passage.args, passage.params)
        if response:
            break
    if response is None:
        response = _call(request, passage)
    return _render(request, passage, response) if _can_render(response) else response


async def aanswer(request: HttpRequest) -> Any:
    """Do as `answer` does, on an event loop."""
    passage: Passage = getattr(request, PASSAGE)
    # A middleware may ask again after a failure.
    response = passage.failure = None
    for hook in passage.hooks.view:
        response = await hook(request, passage.view, passage.args, passage.params)
        if response:
            break
    if response is None:
        response = await _acall(request, passage)
    if _can_render(response):
        return await _arender(request, passage, response)
    return response


def _call(request: HttpRequest, passage: Passage) -> Any:
    """Return what the view answers, or the 403 in its place."""
    try:
        refusal = settle(request, passage.judge(request), passage.max_body)
        if refusal is not None:
            return refusal
        return passage.call(request, *passage.args, **passage.params)
    except ERRORS:
        raise
    except Exception as exc:
        response = _find_answer(request, passage, exc)
        if response is None:
            raise
        return response


async def _acall(request: HttpRequest, passage: Passage) -> Any:
    """Return what the view answers, or the 403 in its place."""
    try:
        refusal = await asettle(request, passage.judge(request), passage.max_body)
        if refusal is not None:
            return refusal
        return await passage.call(request, *passage.args, **passage.params)
    except ERRORS:
        raise
    except Exception as exc:
        response = await _afind_answer(request, passage, exc)
        if response is None:
            raise
        return response


def _can_render(response: Any) -> bool:
    return callable(getattr(response, "render", None))


def _render(request: HttpRequest, passage: Passage, response: Any) -> Any:
    for name, hook in passage.hooks.template:
        response = check_response(hook(request, response), name)
    try:
        return response.render()
    except ERRORS:
        raise
    except Exception as exc:
        found = _find_answer(request, passage, exc)
        if found is None:
            raise
        return found


async def _arender(request: HttpRequest, passage: Passage, response: Any) -> Any:
    for name, hook in passage.hooks.template:
        response = check_response(await hook(request, response), name)
    if getattr(response, "is_rendered", False):
        return response
    try:
        if iscoroutinefunction(response.render):
            return await response.render()
        return await sync_to_async(response.render, thread_sensitive=True)()
    except ERRORS:
        raise
    except Exception as exc:
        found = await _afind_answer(request, passage, exc)
        if found is None:
            raise
        return found


def check_response(response: Any, name: str) -> Any:
    """Return a response, or raise `HandlerError` if a middleware has given none."""
    if response is None:
        raise HandlerError(
            f"The middleware {name} returned None, not a response.",
            "Return what get_response() gave, or a response of your own.",
        )
    return response


def _find_answer(request: HttpRequest, passage: Passage, exc: Exception) -> Any:
    """Return what middleware makes of a failure, None to let Django answer it."""
    for hook in passage.hooks.exception:
        response = hook(request, exc)
        if response:
            return response
    if not _has_project_hooks():
        return None
    # The view raises it again, once the middleware around it has seen a response.
    passage.failure = exc
    return HttpResponseServerError()


async def _afind_answer(request: HttpRequest, passage: Passage, exc: Exception) -> Any:
    """Do as `_find_answer` does; the hooks are sync, as in Django, so in a thread."""
    if not passage.hooks.exception:
        return _find_answer(request, passage, exc)
    find_answer = sync_to_async(_find_answer, thread_sensitive=True)
    return await find_answer(request, passage, exc)


def _has_project_hooks() -> bool:
    """Tell whether the project's own middleware wants to see failures of views."""
    return any(
        hasattr(import_string(name), "process_exception")
        for name in settings.MIDDLEWARE
    )
