"""Answer from the cache: fresh, stale, or by the handler."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from django_routehandlers.cache import answers
from django_routehandlers.cache.attempts import make_run, tell
from django_routehandlers.cache.background import background
from django_routehandlers.cache.filling import Fill
from django_routehandlers.cache.gates import Gate, asks_for_a_new_answer
from django_routehandlers.cache.hits import check_late, find_hit, get_late_keys
from django_routehandlers.cache.lookups import Params, look
from django_routehandlers.cache.policies import Mode
from django_routehandlers.cache.refreshing import Refresh
from django_routehandlers.cache.steps import Call, Steps, aask, acarry_out, carry_out
from django_routehandlers.cache.storing import judge
from django_routehandlers.conf import get_settings
from django_routehandlers.raised import RaisedResponse, raise_again


def serve(gate: Gate, request: HttpRequest, params: Params) -> HttpResponseBase:
    """Return the answer to a GET or a HEAD, in this thread."""
    store = gate.store
    if obstacle := gate.find_obstacle(request, params, store):
        return _run(request, pass_by(gate, request, params, obstacle), gate)
    lookup = gate.look_up(request, params)
    if lookup.obstacle:
        return carry_out(pass_by(gate, request, params, lookup.obstacle), gate)
    found = look(store, lookup)
    if found is None:
        return _run(request, pass_by(gate, request, params, "backend"), gate)
    hit = find_hit(lookup, found)
    if hit is not None and hit.entry.late:
        hit = check_late(hit, store.read(get_late_keys(hit.entry)) or {})
    if hit is None or asks_for_a_new_answer(request):
        fill = Fill(gate, request, params, lookup)
        steps = fill.run(found) if hit is None else fill.run_alone()
        return _run(request, steps, gate)
    if hit.is_stale:
        background.refresh(Refresh(gate, lookup, params))
    return hit.answer(request, gate.policy)


async def aserve(gate: Gate, request: HttpRequest, params: Params) -> HttpResponseBase:
    """Return the answer to a GET or a HEAD, on this event loop."""
    store = gate.store
    if obstacle := gate.find_obstacle(request, params, store):
        return await _arun(request, pass_by(gate, request, params, obstacle), gate)
    lookup = gate.look_up(request, params)
    if lookup.obstacle:
        return await acarry_out(pass_by(gate, request, params, lookup.obstacle), gate)
    found = await aask(store, look, store, lookup)
    if found is None:
        return await _arun(request, pass_by(gate, request, params, "backend"), gate)
    hit = find_hit(lookup, found)
    if hit is not None and hit.entry.late:
        late = await aask(store, store.read, get_late_keys(hit.entry))
        hit = check_late(hit, late or {})
    if hit is None or asks_for_a_new_answer(request):
        fill = Fill(gate, request, params, lookup)
        steps = fill.run(found) if hit is None else fill.run_alone()
        return await _arun(request, steps, gate)
    if hit.is_stale:
        job = Refresh(gate, lookup, params)
        await background.arefresh(job, request)
    return hit.answer(request, gate.policy)


def _run(
    request: HttpRequest, steps: Steps[HttpResponseBase], gate: Gate
) -> HttpResponseBase:
    """Return what comes of steps, or raise the error that it stands for."""
    response = carry_out(steps, gate)
    if isinstance(response, RaisedResponse) and response.error is not None:
        raise_again(request, response)
    return response


async def _arun(
    request: HttpRequest, steps: Steps[HttpResponseBase], gate: Gate
) -> HttpResponseBase:
    """Return what comes of steps, or raise the error that it stands for."""
    response = await acarry_out(steps, gate)
    if isinstance(response, RaisedResponse) and response.error is not None:
        raise_again(request, response)
    return response


def pass_by(
    gate: Gate, request: HttpRequest, params: Params, obstacle: str
) -> Steps[HttpResponseBase]:
    """
    Run the handler for one request, and neither read nor store anything.

    It sees what it sees otherwise, and what is private is marked as such.
    """
    run = make_run(gate)
    status = f"fwd=bypass; {answers.get_detail(obstacle)}"
    if gate.policy.mode is Mode.FORCE_DYNAMIC:
        whatever: HttpResponseBase = yield Call(run, request, params)
        answers.add_status(whatever, status)
        return whatever
    if obstacle == "query":
        # Nobody can tell what a handler reads of it.
        response = yield Call(run, request, params)
        return answers.answer_unstored(response, status, is_private=True)
    lookup = gate.look_up(request, params)
    response = yield Call(run, gate.show(request, lookup, run), params)
    run.check()
    verdict = judge(response, run, gate.policy, get_settings().CACHE_MAX_BODY)
    tell(gate, verdict, run)
    # Whose values they are, middleware alone knows.
    is_private = verdict.is_private or obstacle == "params"
    return answers.answer_unstored(response, status, is_private=is_private)
