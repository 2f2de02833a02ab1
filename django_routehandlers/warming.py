"""Ask for the paths of cached routes, so that the first visitor finds an answer."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.http.response import HttpResponseBase
from django.urls import Resolver404, ResolverMatch, get_script_prefix, resolve
from django.utils import translation
from django.utils.encoding import escape_uri_path

from django_routehandlers.afterwards import collected
from django_routehandlers.cache.ambient import find_timezone
from django_routehandlers.cache.answers import CACHE_NAME
from django_routehandlers.cache.dimensions import Dimensions, entered
from django_routehandlers.cache.gates import Gate
from django_routehandlers.cache.lookups import Params
from django_routehandlers.cache.places import is_plain
from django_routehandlers.cache.policies import Mode
from django_routehandlers.cache.serving import aserve, serve
from django_routehandlers.loops import wait_for
from django_routehandlers.patterns import write_path
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.segments import SegmentKind
from django_routehandlers.targets import Target
from django_routehandlers.urls import Mount, find_root_mounts

_LOCALE = "django.middleware.locale.LocaleMiddleware"


@dataclass(frozen=True, slots=True)
class Origin:
    """The scheme and the host that visitors are to find answers for."""

    scheme: str
    host: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What came of one path: what Cache-Status says, or why nothing was asked.

    It is worth telling from a `verbosity` on; a failure always is.
    """

    path: str
    text: str
    verbosity: int = 1
    is_failure: bool = False


def warm(prefixes: Sequence[str], origin: Origin) -> Iterator[Outcome]:
    """
    Ask for every path of a cached route, and yield what came of each.

    `prefixes` are decoded paths at or below which it is asked, all if there are
    none. Params are those of `generate_static_params`; nobody else knows them.
    """
    for mount in find_root_mounts():
        for spot in _find_spots(mount):
            if not is_plain(mount.prefix):
                text = "skipped: the URLconf captures what stands before the routes."
                yield Outcome(f"/{mount.prefix}", text)
                break
            if _may_be_below(spot.get_head(), prefixes):
                yield from _warm_spot(spot, prefixes, origin)


@dataclass(frozen=True, slots=True)
class _Spot:
    """One cached route at one mount."""

    mount: Mount
    target: Target
    gate: Gate

    @property
    def route(self) -> Route:
        return self.target.endpoint.route

    def get_folder_path(self) -> str:
        return f"{_get_root()}/{self.mount.prefix}{self.route.path.removeprefix('/')}"

    def get_head(self) -> str:
        """Return the path up to the first segment that captures."""
        names: list[str] = []
        for segment in self.route.segments:
            if segment.kind is not SegmentKind.STATIC:
                break
            names.append(segment.name)
        return f"{_get_root()}/{self.mount.prefix}{'/'.join(names)}"

    def write(self, params: Params) -> str:
        """Return a path below the script's prefix."""
        mode = self.mount.tree.table.settings.TRAILING_SLASH
        return f"/{self.mount.prefix}{write_path(self.route, params, mode)}"


def _find_spots(mount: Mount) -> Iterator[_Spot]:
    for target in mount.tree.table.targets:
        gate = target.gate
        if gate is not None and gate.policy.mode is not Mode.FORCE_DYNAMIC:
            yield _Spot(mount, target, gate)


def _get_root() -> str:
    """Return the path at which the project is served, without a slash at its end."""
    return get_script_prefix().rstrip("/")


def _may_be_below(head: str, prefixes: Sequence[str]) -> bool:
    """Tell whether a path that begins with a head may be below a prefix."""
    return not prefixes or any(
        _is_below(head, prefix) or _is_below(prefix, head) for prefix in prefixes
    )


def _is_below(path: str, prefix: str) -> bool:
    return f"{path.rstrip('/')}/".startswith(f"{prefix.rstrip('/')}/")


def _warm_spot(
    spot: _Spot, prefixes: Sequence[str], origin: Origin
) -> Iterator[Outcome]:
    place = spot.get_folder_path()
    try:
        found = _find_params(spot)
    except Exception as exc:  # noqa: BLE001 - whatever the project's function does
        yield _fail(place, exc)
        return
    if found is None:
        yield Outcome(place, "skipped: it has no generate_static_params.", verbosity=2)
        return
    for params in found:
        outcome = _warm_path(spot, params, prefixes, origin)
        if outcome is not None:
            yield outcome


def _find_params(spot: _Spot) -> list[Any] | None:
    """Return the params of each path of a route, None if nobody knows them."""
    if not spot.route.params:
        return [{}]
    generate: Callable[[], Any] | None = spot.gate.policy.generate_static_params
    if generate is None:
        return None
    found = generate()
    return list(wait_for(found) if inspect.isawaitable(found) else found)


def _warm_path(
    spot: _Spot, params: Any, prefixes: Sequence[str], origin: Origin
) -> Outcome | None:
    """Return what came of one path, None if it is not wanted."""
    place = spot.get_folder_path()
    try:
        if not isinstance(params, Mapping):
            raise TypeError(f"generate_static_params gave {params!r}, not a dict.")
        dimensions = _get_dimensions(spot.write(dict(params)), origin, spot.gate)
        path = dimensions.path
        if prefixes and not any(_is_below(path, prefix) for prefix in prefixes):
            return None
        place = escape_uri_path(path)
        match = resolve(dimensions.path_info)
        if match.func is not spot.target.views.view:
            return Outcome(place, "skipped: another view answers it.", verbosity=2)
        return _judge(place, _ask(spot, match, dimensions))
    except Resolver404:
        return _fail(place, ValueError("The route does not have this path."))
    except Exception as exc:  # noqa: BLE001 - whatever the handler raises
        return _fail(place, exc)


def _fail(path: str, exc: Exception) -> Outcome:
    text = ": ".join(filter(None, (type(exc).__name__, str(exc))))
    return Outcome(path, text, verbosity=0, is_failure=True)


def _get_dimensions(path: str, origin: Origin, gate: Gate) -> Dimensions:
    return Dimensions(
        scheme=origin.scheme,
        host=origin.host,
        path=f"{_get_root()}{path}",
        path_info=path,
        urlconf=None,
        language=get_language(),
        timezone=find_timezone(),
        query=(),
        headers=(None,) * len(gate.vary),
        # The gate captures what there is to capture.
        context=(),
    )


def get_language() -> str | None:
    """Return the language of a visitor who wishes for none, None without languages."""
    if not settings.USE_I18N:
        return None
    if _LOCALE in settings.MIDDLEWARE:
        return translation.get_supported_language_variant(settings.LANGUAGE_CODE)
    return settings.LANGUAGE_CODE


def _ask(spot: _Spot, match: ResolverMatch, dimensions: Dimensions) -> HttpResponseBase:
    params = {name: match.kwargs[name] for name in spot.route.params}
    with entered(dimensions):
        response = _serve(spot.gate, dimensions, match, params)
        if "detail=stale" in _get_status(response):
            # It was refreshed behind this answer, and the next one tells.
            response = _serve(spot.gate, dimensions, match, params)
    return response


def _serve(
    gate: Gate, dimensions: Dimensions, match: ResolverMatch, params: Params
) -> HttpResponseBase:
    request = gate.isolate(dimensions)
    request.resolver_match = match
    with collected() as work:
        try:
            if gate.call is not None:
                response = serve(gate, request, params)
            else:
                response = async_to_sync(aserve)(gate, request, params)
        finally:
            work.do()
    if response.streaming:
        # It may hold a file. Closing any other would close the database's connection.
        response.close()
    return response


def _judge(path: str, response: HttpResponseBase) -> Outcome:
    text = _get_status(response)
    if response.status_code >= 400:
        text = f"answered {response.status_code}; {text}"
    elif "detail=backend" not in text:
        return Outcome(path, text)
    return Outcome(path, text, verbosity=0, is_failure=True)


def _get_status(response: HttpResponseBase) -> str:
    """Return what our own part of Cache-Status says."""
    return response.headers["Cache-Status"].rpartition(f"{CACHE_NAME}; ")[2]
