"""Read the cache policy of a `route.py` from its config."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from django_routehandlers.cache.freshness import Lifetime, get_lifetime
from django_routehandlers.routing.config import Config, get_seconds
from django_routehandlers.routing.routes import Route
from django_routehandlers.routing.segments import SegmentKind


class Mode(Enum):
    """What `dynamic` says about a handler that reads more than the key covers."""

    AUTO = "auto"
    FORCE_STATIC = "force-static"
    ERROR = "error"
    FORCE_DYNAMIC = "force-dynamic"


@dataclass(frozen=True, slots=True)
class Policy:
    """
    How the GET of one `route.py` is cached.

    `choose` is the function that gives the lifetime of a response, if there is one,
    else `lifetime` is that of all. `query` names what is in the key: None for what
    the handler is seen to read, `"*"` for the whole query. `tags` have holes for
    params: `"post:{id}"`.
    """

    route: Route
    mode: Mode = Mode.AUTO
    lifetime: Lifetime = field(default_factory=lambda: Lifetime(None, None))
    choose: Callable[[Any], Any] | None = None
    expire: float | None = None
    tags: tuple[str, ...] = ()
    vary: tuple[str, ...] = ()
    query: tuple[str, ...] | str | None = None
    downstream: str | float | None = None
    generate_static_params: Callable[[], Any] | None = None

    @property
    def first_dynamic(self) -> int:
        """Return the place of the first segment that captures, from 0."""
        kinds = [segment.kind for segment in self.route.segments]
        dynamic = [place for place, kind in enumerate(kinds) if kind.captures]
        return dynamic[0] if dynamic else len(kinds)

    @property
    def ends_open(self) -> bool:
        """Tell whether the last segment takes any number of a path's."""
        segments = self.route.segments
        return bool(segments) and segments[-1].kind.is_catch_all

    @property
    def is_open_to_none(self) -> bool:
        """Tell whether the last segment may be missing from a path."""
        segments = self.route.segments
        optional = SegmentKind.OPTIONAL_CATCH_ALL
        return bool(segments) and segments[-1].kind is optional


def read_policy(route: Route, config: Config) -> Policy | None:
    """
    Return the cache policy that a config asks for, None if it asks for none.

    The config is one without errors.
    """
    dynamic = config.get("dynamic", "auto")
    if "revalidate" not in config and dynamic == "auto":
        return None
    revalidate = config.get("revalidate", False)
    choose = revalidate if callable(revalidate) else None
    fresh = None if revalidate is False or choose else get_seconds(revalidate)
    mode = Mode.FORCE_DYNAMIC if fresh == 0 else Mode(dynamic)
    expire = get_seconds(config["expire"]) if "expire" in config else None
    downstream = config.get("downstream")
    query = config.get("query")
    if mode in (Mode.FORCE_STATIC, Mode.ERROR) and query is None:
        query = ()
    return Policy(
        route,
        mode=mode,
        lifetime=get_lifetime(fresh, expire),
        choose=choose,
        expire=expire,
        tags=tuple(config.get("tags", ())),
        vary=tuple(sorted({name.strip().lower() for name in config.get("vary", ())})),
        query=query if query is None or query == "*" else tuple(sorted(set(query))),
        downstream=(
            downstream if downstream in (None, "cdn") else get_seconds(downstream)
        ),
        generate_static_params=config.get("generate_static_params"),
    )


def fill_tag(template: str, params: dict[str, Any]) -> str:
    """
    Return a tag with its holes filled from params; lists are joined by slashes.

    >>> fill_tag("post:{id}", {"id": 3})
    'post:3'
    """
    if "{" not in template and "}" not in template:
        return template
    texts = {
        name: "/".join(value) if isinstance(value, list) else value
        for name, value in params.items()
    }
    return template.format_map(texts)
