"""
Answer as an origin whose every response the suite dictates.

The handler takes its URL from the request that the cache hands it: the answer depends on
it. Headers it takes from `RAW_REQUEST`, since a handler that reads them may not be
cacheable, and what the suite writes there, such as the number of the request, is for its
own accounts.
"""

import json
import socket
import time
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

from tests.http_cache_suite.scripts import add_play, find_play
from tests.http_cache_suite.steps import Answer, Visit, perform

View = Callable[..., HttpResponse]

# The request as it came over the wire, for as long as a client waits for its answer.
RAW_REQUEST: ContextVar[HttpRequest] = ContextVar("raw_request")

# The key of `request.META` that holds the socket to the client.
CONNECTION = "http_cache_suite.connection"


class DisconnectError(ConnectionError):
    """The script wants the origin to hang up."""


def configure(request: HttpRequest, uuid: str) -> HttpResponse:
    """Keep the script of a test."""
    if request.method != "PUT":
        return HttpResponse(status=405)
    is_new = add_play(uuid, json.loads(request.body))
    return HttpResponse(status=201 if is_new else 409)


def report(request: HttpRequest, uuid: str) -> HttpResponse:
    """Tell the client which of its requests reached the origin."""
    play = find_play(uuid)
    if play is None or not play.records:
        return HttpResponse(status=404)
    return HttpResponse(json.dumps(play.records), content_type="text/plain")


def expose(view: View) -> View:
    """Return the view that clients reach: the cached one, with the raw request at hand."""

    def exposed(request: HttpRequest, uuid: str, rest: str = "") -> HttpResponse:
        token = RAW_REQUEST.set(request)
        try:
            return view(request, uuid, rest)
        except DisconnectError:
            request.META[CONNECTION].shutdown(socket.SHUT_RDWR)
            return HttpResponse()
        finally:
            RAW_REQUEST.reset(token)

    return exposed


def handle(request: HttpRequest, uuid: str, rest: str = "") -> HttpResponse:
    """Play the step that the number of the request names, or else the next one."""
    play = find_play(uuid)
    if play is None:
        return HttpResponse("No script was put under this name.", status=409)
    visit = _get_visit(request)
    number = visit.number or len(play.records) + 1
    if number > len(play.script):
        return HttpResponse(f"The script has no step {number}.", status=409)
    step = play.script[number - 1]
    time.sleep(step.get("response_pause", 0))
    now = time.time()
    with play.lock:
        answer = perform(step, visit, play.latest, now=now, body=uuid)
        play.latest = answer.headers
        play.records.append(_get_record(visit, answer))
        numbers = [record["request_num"] for record in play.records]
    if step.get("disconnect"):
        raise DisconnectError
    return _get_response(visit, answer, numbers, now)


def _get_visit(request: HttpRequest) -> Visit:
    url = request.get_full_path()
    raw = RAW_REQUEST.get(None)
    if raw is None:
        # Nobody waits: the cache refreshes what it holds, from the key alone.
        return Visit("GET", url, {})
    return Visit(raw.method or "", url, raw.headers)


def _get_record(visit: Visit, answer: Answer) -> dict[str, object]:
    return {
        "request_num": visit.number,
        "request_method": visit.method,
        "request_headers": {name.lower(): text for name, text in visit.headers.items()},
        "response_headers": list(answer.expected.items()),
    }


def _get_response(
    visit: Visit, answer: Answer, numbers: list[int | None], now: float
) -> HttpResponse:
    response = HttpResponse(answer.body, content_type="text/plain")
    # Only here may the status be one that HTTP does not have.
    response.status_code, response.reason_phrase = answer.status, answer.reason
    own = {
        "Server-Base-Url": visit.url,
        "Server-Request-Count": len(numbers),
        "Client-Request-Count": _format_number(visit.number),
        "Server-Now": int(now * 1000),
        "Request-Numbers": " ".join(map(_format_number, numbers)),
    }
    for name, value in (own | dict(answer.headers.items())).items():
        if name.lower() == "set-cookie":
            # As Django has it set; that writes the field itself.
            response.cookies.load(value)
        else:
            response.headers[name] = str(value)
    return response


def _format_number(number: int | None) -> str:
    # What the suite's own origin, in its own language, says for none.
    return "NaN" if number is None else str(number)
