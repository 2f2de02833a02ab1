"""Read what every mount serves as rows, one for each endpoint."""

from collections.abc import Iterable
from dataclasses import dataclass

from django_routehandlers.cache.policies import Mode
from django_routehandlers.layers import find_policy
from django_routehandlers.patterns import ends_with_slash, get_names
from django_routehandlers.routing.endpoints import Endpoint
from django_routehandlers.routing.routes import Route
from django_routehandlers.table import Table
from django_routehandlers.urls import Mount


@dataclass(frozen=True, slots=True)
class Row:
    """One endpoint at one mount, as listings show it; its fields are JSON's keys."""

    path: str
    methods: list[str]
    name: str
    mode: str
    cache: str
    csrf: str
    max_body: int | None
    middleware: list[str]
    app: str
    module: str
    file: str
    params: list[str]
    broken: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A row, and what it was made from."""

    row: Row
    mount: Mount
    endpoint: Endpoint


def read_rows(mounts: Iterable[Mount]) -> list[Row]:
    """Return a row for every endpoint at every mount, in the order of precedence."""
    return [listed.row for listed in read_listing(mounts)]


def read_listing(mounts: Iterable[Mount]) -> list[Listed]:
    """Return the same rows, each with the endpoint and the mount."""
    return [
        Listed(get_row(mount, endpoint), mount, endpoint)
        for mount in mounts
        for endpoint in mount.tree.table.endpoints
    ]


def get_row(mount: Mount, endpoint: Endpoint) -> Row:
    """Return the row of one endpoint at one mount."""
    route, table = endpoint.route, mount.tree.table
    is_broken = route.file in table.broken
    return Row(
        path=get_path(mount, route),
        methods=[m for m in endpoint.allowed_methods if m in _get_shown(endpoint)],
        name=":".join((*mount.namespaces, get_names(endpoint)[-1])),
        mode=_get_mode(endpoint),
        cache="-" if is_broken else get_cache_policy(endpoint),
        csrf=str(endpoint.config.get("csrf", table.settings.CSRF)),
        max_body=endpoint.config.get("max_body", table.settings.MAX_BODY),
        middleware=_get_middleware(endpoint, table),
        app=route.app,
        module=route.module,
        file=route.file,
        params=list(route.params),
        broken=is_broken,
    )


def get_path(mount: Mount, route: Route) -> str:
    """Return where a route is served at a mount, in folder spelling."""
    slash_mode = mount.tree.table.settings.TRAILING_SLASH
    slash = "/" if ends_with_slash(route, slash_mode) else ""
    return f"/{mount.prefix}{route.path.lstrip('/')}{slash}"


def _get_shown(endpoint: Endpoint) -> set[str]:
    """Return the methods that the author exports, with HEAD where GET is."""
    return {*endpoint.handlers, *(["HEAD"] if "GET" in endpoint.handlers else [])}


def _get_middleware(endpoint: Endpoint, table: Table) -> list[str]:
    """Return the dotted names of the middleware of all folders, the outermost first."""
    files = [file.file for file in endpoint.route.middleware]
    return [
        name
        for file in files
        if file in table.folders
        for name in table.folders[file].names
    ]


def _get_mode(endpoint: Endpoint) -> str:
    modes = {handler.is_async for handler in endpoint.handlers.values()}
    return {
        frozenset({True}): "async",
        frozenset({True, False}): "mixed",
    }.get(frozenset(modes), "sync")


def get_cache_policy(endpoint: Endpoint) -> str:
    """Return how the GET of an endpoint without errors is cached, in a few words."""
    policy = find_policy(endpoint)
    if policy is None:
        return "-"
    if policy.mode is Mode.FORCE_DYNAMIC:
        return "never" if "revalidate" in endpoint.config else policy.mode.value
    fresh = policy.lifetime.fresh
    lifetime = "until revalidated" if fresh is None else f"{fresh:.15g} s"
    if policy.choose is not None:
        lifetime = "by response"
    return lifetime if policy.mode is Mode.AUTO else f"{lifetime}, {policy.mode.value}"
