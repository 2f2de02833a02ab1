"""Make the values that the cache works with: routes, policies and dimensions."""

import datetime
from typing import Any

from django_routehandlers.cache.dimensions import Dimensions
from django_routehandlers.cache.policies import Policy, read_policy
from django_routehandlers.cache.runs import Run
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.segments import parse_segment


def make_route(path: str = "/x") -> Route:
    """Return the route of a folder path."""
    folders = [folder for folder in path.split("/") if folder]
    file = "/".join(["shop", "routes", *folders, "route.py"])
    segments = tuple(map(parse_segment, folders))
    return Route("shop", segments, "shop.routes.route", file, f"srv/{file}")


def make_policy(path: str = "/x", **config: Any) -> Policy:
    """Return the policy of a route that is fresh for a minute, unless config says."""
    if "dynamic" not in config:
        config.setdefault("revalidate", 60)
    policy = read_policy(make_route(path), config)
    assert policy is not None
    return policy


def make_dimensions(**parts: Any) -> Dimensions:
    """Return the dimensions of a plain request, but for some parts."""
    plain = Dimensions(
        "http", "testserver", "/x", "/x", None, "en-us", datetime.UTC, (), (), ()
    )
    return plain._replace(**parts)


def make_run(*reads: str) -> Run:
    """Return the account of a run that has read something beyond the key."""
    run = Run("shop/routes/x/route.py")
    for what in reads:
        run.read(what)
    return run
