"""Stand in for a request, and record what a handler reads beyond the key."""

import types
from copy import copy, deepcopy
from functools import cached_property
from typing import Any, SupportsIndex

from django.http import HttpRequest, QueryDict
from django.utils.functional import SimpleLazyObject
from django.utils.functional import cached_property as django_cached_property
from django.utils.translation import get_language

from django_routehandlers.cache.matches import has_own_match
from django_routehandlers.cache.runs import Run
from django_routehandlers.cache.standins import (
    STAND_INS,
    State,
    read_query_anew,
    record_content_type,
    record_host,
)

# What the key covers: the same for every request that has it.
_IN_KEY = frozenset(
    {
        "is_secure",
        "path",
        "path_info",
        "resolver_match",
        "scheme",
        "urlconf",
    }
)

_BODY = frozenset(
    {
        "FILES",
        "POST",
        "_body",
        "_files",
        "_load_post_and_files",
        "_post",
        "_read_started",
        "_stream",
        "body",
        "parse_file_upload",
        "read",
        "readline",
        "readlines",
        "upload_handlers",
    }
)

_ENCODING = frozenset({"_encoding", "encoding"})

_CONTENT_TYPE = frozenset({"content_params", "content_type"})

# Read when they are used, not when they are handed on, as `render()` does.
_LAZY = {"user": "user", "session": "session", "_messages": "messages"}

# Django REST framework looks for them below its own request, where at most its test
# client puts any.
_OF_REST_FRAMEWORK = frozenset(
    {
        "_auth",
        "_authenticator",
        "_force_auth_token",
        "_force_auth_user",
        "_parsed_accept_list",
        "_user",
    }
)

_PYTHONS_OWN = frozenset({"__class__", "__reduce_ex__", "__copy__", "__deepcopy__"})

_classes: dict[type[HttpRequest], type[HttpRequest]] = {}


def guard(
    real: HttpRequest,
    run: Run,
    vary: frozenset[str] = frozenset(),
    query: tuple[QueryDict, str] | None = None,
) -> HttpRequest:
    """
    Return a request that gives what another one does, and records what it gave.

    It is of the other's class, and what is written to it is written there. `vary`
    are the lower-case names of the headers that are in the key; `query` is the
    `QueryDict` and its text that the handler is to see, None for the request's own.
    """
    kind = type(real)
    request = object.__new__(_classes.get(kind) or _add_class(kind))
    seen, text = query or (None, None)
    state = State(real, run, vary, seen, text, get_language())
    object.__setattr__(request, "_guard", state)
    return request


def _add_class(kind: type[HttpRequest]) -> type[HttpRequest]:
    if issubclass(kind, Guard):
        # A handler asks for another cached route with its own request.
        guarded = kind
    else:
        names = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
        guarded = type(kind.__name__, (Guard, kind), names)
    _classes[kind] = guarded
    return guarded


def _get_state(request: HttpRequest) -> State:
    state: State = object.__getattribute__(request, "__dict__")["_guard"]
    return state


class Guard(HttpRequest):
    """
    The part of a guarded request that records.

    Whatever it does not know is recorded: attributes of middleware, what is missing,
    and what later versions of Django add.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make a request of the class behind, for who calls `type(request)`."""
        return cls.__bases__[1](*args, **kwargs)

    def __getattribute__(self, name: str) -> Any:
        """Return what the request behind has, and record it."""
        if name in _PYTHONS_OWN:
            return object.__getattribute__(self, name)
        state = _get_state(self)
        if name in state.own:
            return state.own[name]
        if name == "method":
            return "GET"
        if name in _IN_KEY:
            if name in _REPLACEABLE and _REPLACEABLE[name](state.real):
                state.run.read(f"attr:{name}")
            return getattr(state.real, name)
        if name == "get_host":
            # In the key in one spelling.
            record_host(state, state.real.get_host())
            return state.real.get_host
        if name in state.made:
            return state.made[name]
        return _read(self, state, name)

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute here and on the request behind."""
        if name == "__class__":
            object.__setattr__(self, name, value)
            return
        state = _get_state(self)
        if name in ("session", "_messages"):
            # They are kept for the visitor, unlike a user, whom frameworks set.
            state.run.read(_LAZY[name])
        if name != "GET":
            # From that one the key is made.
            setattr(state.real, name, value)
        state.own[name] = value
        if name in _ENCODING:
            # The key has the query as it was read before.
            state.run.read(f"attr:{name}")
            read_query_anew(state)
        if name == "encoding":
            # As Django's own setter does.
            state.own.pop("GET", None)

    def __delattr__(self, name: str) -> None:
        """Delete an attribute here and on the request behind."""
        state = _get_state(self)
        state.run.read(f"attr:{name}")
        state.own.pop(name, None)
        state.made.pop(name, None)
        delattr(state.real, name)

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        """Be pickled as the request behind."""
        return _give_back, (_read_whole(self),)

    def __copy__(self) -> HttpRequest:
        """Be copied as the request behind."""
        return copy(_read_whole(self))

    def __deepcopy__(self, memo: dict[int, Any]) -> HttpRequest:
        """Be copied as the request behind."""
        return deepcopy(_read_whole(self), memo)

    def __iter__(self) -> Any:
        """Return the lines of the body."""
        state = _get_state(self)
        state.run.read("body")
        return iter(state.real)


_IS_SECURE = HttpRequest.is_secure


def _is_secure_otherwise(real: HttpRequest) -> bool:
    """Tell whether a request does not say by its scheme whether it is secure."""
    return "is_secure" in vars(real) or type(real).is_secure is not _IS_SECURE


def _has_other_match(real: HttpRequest) -> bool:
    return not has_own_match(real)


# What middleware may have put its own in the place of.
_REPLACEABLE = {"is_secure": _is_secure_otherwise, "resolver_match": _has_other_match}


def _give_back(request: HttpRequest) -> HttpRequest:
    return request


def _read_whole(request: HttpRequest) -> HttpRequest:
    state = _get_state(request)
    state.run.read("attr:*")
    return state.real


def _read(request: Guard, state: State, name: str) -> Any:
    """Return an attribute that is read for the first time, and record the read."""
    real, run = state.real, state.run
    if name in STAND_INS:
        made = state.made[name] = STAND_INS[name](state)
        return made
    if name in _LAZY:
        return _read_lazily(state, name)
    if name in _BODY:
        run.read("body")
        return getattr(real, name)
    if name in _CONTENT_TYPE or (name in _ENCODING and real.encoding is not None):
        record_content_type(state)
        return getattr(real, name)
    if name in _ENCODING:
        # A request with one is answered past the cache.
        return None
    if name == "LANGUAGE_CODE" and getattr(real, name, "") == state.language:
        return state.language
    return _read_from_class(request, state, name)


def _read_from_class(request: Guard, state: State, name: str) -> Any:
    """Return what the class of a request has, or what nobody here knows."""
    found = _find_in_class(type(request), name)
    is_hidden = name in object.__getattribute__(state.real, "__dict__")
    # What a class computes reads what it needs from the guard.
    if isinstance(found, types.FunctionType) and not is_hidden:
        return types.MethodType(found, request)
    if isinstance(found, property):
        return found.__get__(request)
    if isinstance(found, cached_property | django_cached_property):
        made = state.made[name] = found.func(request)
        return made
    if is_hidden or name not in _OF_REST_FRAMEWORK:
        state.run.read(f"attr:{name}")
    return getattr(state.real, name)


def _find_in_class(kind: type, name: str) -> Any:
    for layer in kind.__mro__:
        if name in vars(layer):
            return vars(layer)[name]
    return None


def _read_lazily(state: State, name: str) -> Any:
    what = _LAZY[name]
    try:
        value = getattr(state.real, name)
    except AttributeError:
        # Not to have one is something that a handler may tell visitors by.
        state.run.read(what)
        raise
    if type(value).__module__ == "builtins":
        # None, for one, is asked nothing: it is compared by identity.
        state.run.read(what)
        return value

    def use() -> Any:
        state.run.read(what)
        return value

    made = state.made[name] = SimpleLazyObject(use)
    return made
