"""Find what answers a request, and what else might have."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.middleware.common import CommonMiddleware
from django.urls import URLPattern, get_resolver

from django_routehandlers.audit.answers import Answer, Surrounding
from django_routehandlers.audit.losers import (
    Candidate,
    find_losers,
    find_nearest,
    find_takers,
    find_unmounted,
    split_path,
)
from django_routehandlers.audit.questions import Question, build_request, visiting
from django_routehandlers.audit.served import read_served
from django_routehandlers.audit.ways import Way, find_ways
from django_routehandlers.routing.matcher import find_target
from django_routehandlers.routing.problems import Problem
from django_routehandlers.urls import Mount, find_root_mounts

_COMMON = "django.middleware.common.CommonMiddleware"


@dataclass(frozen=True, slots=True)
class _Search:
    """One request, and all that its path leads to."""

    request: HttpRequest
    path: str
    mounts: list[Mount]
    ways: list[Way]
    blank: Answer


def find_answer(question: Question) -> Answer:
    """
    Return what answers a request; neither middleware nor a handler is run.

    What the project's own converters raise is an answer, too: a 500.
    """
    request = build_request(question)
    blank = Answer(
        str(request.method),
        request.path,
        "nothing",
        status=404,
        middleware=[Surrounding(name) for name in settings.MIDDLEWARE],
    )
    with visiting(request):
        mounts = find_root_mounts()
        try:
            found = _find(_begin(request, mounts, blank))
        except _CONVERTER_ERRORS as exc:
            text = f"A path converter failed: {type(exc).__name__}: {exc}"
            return replace(blank, outcome="broken", status=500, problems=[text])
    return replace(found, problems=[*_check_host(request), *found.problems])


def _check_host(request: HttpRequest) -> list[str]:
    try:
        request.get_host()
    except DisallowedHost:
        host = request.META["HTTP_HOST"]
        return [f"ALLOWED_HOSTS has no {host!r}: who asks for the host gets a 400."]
    return []


# All but what means "refused", and what is wrong with the settings or a URLconf.
_CONVERTER_ERRORS = (ArithmeticError, AttributeError, LookupError, TypeError)


def _begin(request: HttpRequest, mounts: list[Mount], blank: Answer) -> _Search:
    path = request.path_info.removeprefix("/")
    has_urls = getattr(settings, "ROOT_URLCONF", None) is not None
    patterns = get_resolver().url_patterns if has_urls else []
    return _Search(request, path, mounts, list(find_ways(patterns, path)), blank)


def _find(search: _Search) -> Answer:
    for number, way in enumerate(search.ways):
        if isinstance(way.pattern, URLPattern):
            return _take_view(search, number, way, way.pattern)
        if (answer := _ask_mount(search, number, way)) is not None:
            return answer
    return _take_nothing(search)


def _get_mount(search: _Search, way: Way) -> Mount:
    return next(mount for mount in search.mounts if way.is_to(mount))


def _ask_mount(search: _Search, number: int, way: Way) -> Answer | None:
    """Return the answer of a mount that a path reaches, None if it has none."""
    mount, path = _get_mount(search, way), _find_own_path(way)
    if path is None:
        return None
    match = mount.tree.table.find_match(path)
    found = find_target(mount.tree.table.root, split_path(path))
    if match is None or found is None:
        return None
    target = found[0]
    answer = read_served(search.blank, search.request, mount, target, match)
    route = target.endpoint.route
    candidates = [
        *find_losers(mount, route, path),
        *_find_later(search, number, f"'{answer.route}' comes before it."),
        *find_unmounted(search.mounts, search.path),
    ]
    captured = {name: repr(value) for name, value in way.captured.items()}
    return replace(answer, captured=captured, candidates=candidates)


def _take_view(search: _Search, number: int, way: Way, pattern: URLPattern) -> Answer:
    route = f"/{way.prefix}{pattern.pattern}"
    reason = f"The project's own pattern '{route}' comes before it."
    return replace(
        search.blank,
        outcome="view",
        status=None,
        route=route,
        view=pattern.lookup_str,
        params={name: repr(value) for name, value in way.captured.items()},
        candidates=[
            *_find_later(search, number, reason),
            *find_unmounted(search.mounts, search.path),
        ],
    )


def _find_later(search: _Search, number: int, reason: str) -> Iterator[Candidate]:
    """Yield what would answer behind a way, if that were not there."""
    for way in search.ways[number + 1 :]:
        if isinstance(way.pattern, URLPattern):
            place = f"/{way.prefix}{way.pattern.pattern}"
            yield Candidate(place, way.pattern.lookup_str, reason)
        elif (path := _find_own_path(way)) is not None:
            yield from find_takers(_get_mount(search, way), path, reason)


def _find_own_path(way: Way) -> str | None:
    """Return the path below a mount that a way leads to, None if it is elsewhere."""
    own = str(way.pattern.pattern)
    return way.rest.removeprefix(own) if way.rest.startswith(own) else None


def _take_nothing(search: _Search) -> Answer:
    request, unmounted = search.request, find_unmounted(search.mounts, search.path)
    reached = [
        (_get_mount(search, way), path)
        for way in search.ways
        if (path := _find_own_path(way)) is not None
    ]
    below = [
        candidate
        for mount in search.mounts
        if mount not in [found for found, _ in reached]
        for candidate in find_takers(
            mount, search.path, f"It is mounted below '/{mount.prefix}'."
        )
    ]
    candidates = [*unmounted, *below, *find_nearest(reached)]
    answer = replace(
        search.blank,
        candidates=candidates,
        problems=[str(problem) for problem in _find_lost(search.mounts)],
        mounts=list(dict.fromkeys(f"/{mount.prefix}" for mount in search.mounts)),
    )
    common = CommonMiddleware(HttpResponse)
    if _COMMON in settings.MIDDLEWARE and common.should_redirect_with_slash(request):
        location = request.get_full_path(force_append_slash=True)
        return replace(search.blank, outcome="redirect", status=301, location=location)
    return answer


def _find_lost(mounts: list[Mount]) -> list[Problem]:
    """Return the errors of folders that have no URL, not even one that fails."""
    tables = [mount.tree.table for mount in mounts]
    files = {endpoint.route.file for table in tables for endpoint in table.endpoints}
    return sorted(
        {
            problem
            for table in tables
            for problem in table.all_problems
            if problem.is_error and files.isdisjoint(problem.files)
        }
    )
