"""Serve a program from a cached route, and on the same request without a cache."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation

from django_routehandlers.conf import get_settings
from django_routehandlers.http.problems import ERRORS, error_response
from django_routehandlers.http.request import extend
from django_routehandlers.http.response import to_response
from tests.cache.leaks.programs import Program, Trace, run
from tests.cache.leaks.reads import NAMES, PLAN
from tests.clients import SENDERS

HERE = __name__

# One route for each way to configure a key; the query that each shows, None for all.
CONFIGS = {
    "auto": ("revalidate = 60", None),
    "vary": ("revalidate = 60; vary = ['X-Kind']", None),
    "declared": ("revalidate = 60; query = ['a', 'b']", ("a", "b")),
    "all": ("revalidate = 60; query = '*'", None),
    "never-stale": ("revalidate = 60; expire = 60; tags = ['posts']", None),
}

ROUTE = """
    from {here} import answer

    {color} GET(request, slug):
        return answer(request)

    def POST(slug):
        return {{}}

    {config}
"""

COLORS = {"def": "sync", "async def": "async"}

FILES = {
    f"shop/routes/{name}/{COLORS[color]}/[slug]/route.py": ROUTE.format(
        here=HERE, color=color, config=config
    )
    for name, (config, _) in CONFIGS.items()
    for color in COLORS
}

# With it, the plan that middleware finds is in the key; without, it finds none.
TOLD = {"ROUTE_HANDLERS": {"CACHE_CONTEXT": f"{HERE}.Surroundings"}}

SETTINGS: dict[str, Any] = {
    "ALLOWED_HOSTS": ["one.example", "two.example"],
    "AUTHENTICATION_BACKENDS": [f"{HERE}.Backend"],
    "INSTALLED_APPS": [*settings.INSTALLED_APPS, "shop"],
    "LANGUAGES": [("en", "English"), ("de", "German")],
    "LANGUAGE_CODE": "en",
    "LOGGING_CONFIG": None,
    "MIDDLEWARE": [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        f"{HERE}.surround",
        f"{HERE}.Oracle",
    ],
    "ROOT_URLCONF": "django_routehandlers.urls",
    "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
    "USE_I18N": True,
}


@dataclass
class Stage:
    """The program that is on, and what the oracle has seen of a request."""

    program: Program = field(default_factory=lambda: Program(()))
    asks_oracle: bool = False
    trace: Trace = field(default_factory=Trace)
    dimensions: dict[str, Any] = field(default_factory=dict)


stage = Stage()


def answer(request: HttpRequest) -> Any:
    """Be the handler."""
    return run(stage.program, request, Trace())


class Oracle:
    """Answer by the same program on the plain request, when it is asked."""

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)

    def process_view(
        self, request: Any, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if not stage.asks_oracle:
            return None
        stage.dimensions, stage.trace = _find_dimensions(request), Trace()
        try:
            value = run(stage.program, extend(request), stage.trace)
            return to_response(value, "the oracle")
        except ERRORS as exc:
            return error_response(exc)


def _find_dimensions(request: Any) -> dict[str, Any]:
    """Return the value of everything that a key may have."""
    query = {name: tuple(values) for name, values in request.GET.lists()}
    return {
        "host": request.get_host().lower(),
        "scheme": request.scheme,
        "path": request.path,
        "language": translation.get_language(),
        "zone": timezone.get_current_timezone_name(),
        "plan": PLAN.get(),
        "kind": request.headers.get("X-Kind"),
        "query": tuple(sorted(query.items())),
        # Of the database no key tells; its age is another question.
        "data": None,
        **{f"query:{name}": query.get(name) for name in NAMES},
    }


def surround(get_response: Callable[[HttpRequest], Any]) -> Callable[[Any], Any]:
    """Do what a project's middleware does, each time for one visitor."""

    def middleware(request: Any) -> Any:
        uid = request.COOKIES.get("uid")
        if uid is not None:
            request.tenant = f"tenant of {uid}"
        zone = request.headers.get("X-Zone")
        is_told = get_settings().CACHE_CONTEXT is not None
        token = PLAN.set(request.COOKIES.get("plan", "free") if is_told else "free")
        try:
            with timezone.override(ZoneInfo(zone) if zone else None):
                return get_response(request)
        finally:
            PLAN.reset(token)

    return middleware


class Surroundings:
    """What CACHE_CONTEXT names."""

    def capture(self, request: HttpRequest) -> dict[str, str]:
        return {"plan": PLAN.get()}

    @contextmanager
    def activate(self, values: dict[str, str]) -> Iterator[None]:
        token = PLAN.set(values["plan"])
        try:
            yield
        finally:
            PLAN.reset(token)


class Backend:
    """Users without a database."""

    def get_user(self, pk: int) -> User | None:
        return USERS.get(pk)


USERS = {1: User(pk=1, username="alice"), 2: User(pk=2, username="bob")}


@cache
def make_session(uid: int) -> str:
    """Return the session cookie of a user: the same one, as its text has the time."""
    user = USERS[uid]
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = f"{HERE}.Backend"
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session["cart"] = f"cart of {user.username}"
    session.save()
    return str(session.session_key)


@dataclass(frozen=True)
class Visit:
    """One request: who sends it, where to, and with what."""

    uid: int
    config: str = "auto"
    color: str = "def"
    server: str = "wsgi"
    slug: str = "x"
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    plan: str | None = None
    host: str = "one.example"
    is_secure: bool = False
    body: str = ""

    @property
    def path(self) -> str:
        return f"/{self.config}/{COLORS[self.color]}/{self.slug}"


@dataclass(frozen=True)
class Answer:
    """What a visitor gets, as far as the handler has a say in it."""

    status: int
    body: bytes
    cookie: str | None
    is_hit: bool = field(default=False, compare=False)


def send(visit: Visit, method: str = "GET", *, asks_oracle: bool = False) -> Answer:
    """Send a request; an oracle sees of its query what the key lets a handler see."""
    query, shown = visit.query, CONFIGS[visit.config][1]
    if asks_oracle and shown is not None:
        query = sort_query(pair for pair in query if pair[0] in shown)
    stage.asks_oracle = asks_oracle
    response = SENDERS[visit.server](
        method,
        f"{visit.path}?{urlencode(query)}" if query else visit.path,
        visit.body,
        headers={"Host": visit.host, **dict(visit.headers)},
        cookies=_get_cookies(visit),
        secure=visit.is_secure,
        raises=False,
    )
    own, said = response.cookies.get("own"), response.headers.get("Cache-Status", "")
    is_hit = "; hit" in said or "collapsed" in said
    return Answer(response.status_code, response.content, own and own.value, is_hit)


def sort_query(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return a query as a key has it: sorted by name, the order within one kept."""
    return tuple(sorted(pairs, key=lambda pair: pair[0]))


def _get_cookies(visit: Visit) -> dict[str, str]:
    cookies = {} if visit.plan is None else {"plan": visit.plan}
    if visit.uid in USERS:
        cookies |= {"uid": f"uid-{visit.uid}", "sessionid": make_session(visit.uid)}
    return cookies
