"""Stand in for a request's mappings, and record what is read of them."""

import operator
from collections.abc import Callable
from copy import copy, deepcopy
from types import FunctionType, MethodDescriptorType, WrapperDescriptorType
from typing import Any, cast

from django.http import QueryDict
from django.http.request import HttpHeaders

from django_routehandlers.cache.fastpaths import (
    Caller,
    Decoy,
    KeysOfQuery,
    find_caller,
)

# Records one name; None stands for the whole mapping.
Record = Callable[[str | None], None]


def get_name(key: object) -> str | None:
    """
    Return the name that a key asks for, None if it may ask for any.

    A str of another class, such as a member of an enum, is that name.
    """
    kind = type(key)
    if kind is str:
        return cast(str, key)
    is_like_str = kind.__eq__ is str.__eq__ and kind.__hash__ is str.__hash__
    return str.__str__(key) if isinstance(key, str) and is_like_str else None


def _share(name: str) -> property:
    """Make an attribute of a stand-in the one of what it stands for."""

    def get(self: Any) -> Any:
        return getattr(self._whole(), name)

    def put(self: Any, value: Any) -> None:
        setattr(self._real, name, value)

    return property(get, put)


class RecordingDict(dict[str, Any]):
    """A dict that records each read, and writes into the one it stands for."""

    __slots__ = ("__weakref__", "_real", "_record")
    __class__ = property(lambda _: dict)

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Return a stand-in, or a plain dict for what dict takes."""
        return dict.__new__(cls) if len(args) > 1 else dict(*args, **kwargs)

    def __init__(self, real: dict[str, Any], record: Record) -> None:
        self._real = real
        self._record = record
        _hide(self, self._reveal)

    def _whole(self) -> dict[str, Any]:
        self._record(None)
        return self._real

    def _reveal(self) -> bool:
        return _show(self, self._whole())

    def __getitem__(self, key: str, /) -> Any:
        self._record(get_name(key))
        return self._real[key]

    def get(self, key: str, default: Any = None, /) -> Any:
        """Return a value, or a default."""
        self._record(get_name(key))
        return self._real.get(key, default)

    def __contains__(self, key: object, /) -> bool:
        self._record(get_name(key))
        return key in self._real

    def __setitem__(self, key: str, value: Any, /) -> None:
        self._record(get_name(key))
        self._real[key] = value

    def __delitem__(self, key: str, /) -> None:
        self._record(get_name(key))
        del self._real[key]

    def setdefault(self, key: str, default: Any = None, /) -> Any:
        """Return a value, made the default if there is none."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: str, /, *default: Any) -> Any:
        """Remove a value, and return it."""
        self._record(get_name(key))
        return self._real.pop(key, *default)

    def __ior__(self, other: Any) -> Any:  # type: ignore[misc] # as a dict's
        self._whole().update(other)
        return self

    def __copy__(self) -> Any:
        return copy(self._whole())

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return deepcopy(self._whole(), memo)


class RecordingQuery(QueryDict):
    """A `QueryDict` that records each read of the one it stands for."""

    __slots__ = ("_caller", "_expected", "_real", "_record")
    __class__ = property(lambda _: QueryDict)
    __dict__ = _share("__dict__")
    _encoding, _mutable = _share("_encoding"), _share("_mutable")

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Return a stand-in, or a plain one for what `QueryDict` takes."""
        is_stand_in = len(args) == 2 and callable(args[1])
        return dict.__new__(cls) if is_stand_in else QueryDict(*args, **kwargs)

    def __init__(self, real: QueryDict, record: Record) -> None:
        self._real = real
        self._record = record
        self._expected: list[str] = []
        _hide(self, self._reveal)

    def _whole(self) -> QueryDict:
        self._record(None)
        return self._real

    def _reveal(self) -> bool:
        return _show(self, self._whole())

    def _expect_lists(self, names: list[str], caller: Caller) -> None:
        self._expected, self._caller = names[::-1], caller

    def __getitem__(self, key: str) -> Any:
        # See KeysOfQuery.
        is_next = self._expected and self._expected[-1] is key
        if is_next and find_caller() == self._caller:
            return dict.__getitem__(self._real, self._expected.pop())
        self._record(get_name(key))
        return self._real[key]

    def get(self, key: str, default: Any = None) -> Any:
        """Return the last value, or a default."""
        self._record(get_name(key))
        return self._real.get(key, default)

    def getlist(self, key: str, default: Any = None) -> Any:
        """Return all values, or a default."""
        self._record(get_name(key))
        return self._real.getlist(key, default)

    def __contains__(self, key: object) -> bool:
        self._record(get_name(key))
        return key in self._real

    def keys(self) -> Any:
        """Return the names."""
        names = list(self._whole())
        return KeysOfQuery(self, names, find_caller(), self._expect_lists)

    def __ior__(self, other: Any) -> Any:  # type: ignore[misc] # as above
        dict.__ior__(self._whole(), other)
        return self


class RecordingHeaders(HttpHeaders):
    """The headers of a request, read by name or as a whole."""

    __slots__ = ("_real", "_record")
    __class__ = property(lambda _: HttpHeaders)
    __dict__ = _share("__dict__")

    def __init__(self, real: HttpHeaders, record: Record) -> None:
        self._real = real
        self._record = record

    def _whole(self) -> HttpHeaders:
        self._record(None)
        return self._real

    def __getitem__(self, key: str) -> str:
        self._record(key.replace("_", "-"))
        return self._real[key]

    def get(self, key: str, default: Any = None) -> Any:
        """Return a header, or a default."""
        self._record(key.replace("_", "-"))
        return self._real.get(key, default)

    def __contains__(self, key: object) -> bool:
        self._record(cast(str, key).replace("_", "-"))
        return key in self._real

    def __getattr__(self, name: str) -> Any:
        # Templates ask for an attribute, too, when a header is missing.
        is_there = name in vars(self._real)
        return getattr(self._whole() if is_there else self._real, name)


def _hide(stand_in: dict[Any, Any], reveal: Callable[[], bool]) -> None:
    """Leave nothing in a stand-in itself but a decoy."""
    decoy = Decoy(reveal)
    dict.__setitem__(stand_in, decoy, decoy)


def _show(stand_in: dict[Any, Any], real: dict[str, Any]) -> bool:
    """Put what a stand-in stands for in its own place; tell if that is new."""
    is_new = any(isinstance(key, Decoy) for key in dict.keys(stand_in))
    dict.clear(stand_in)
    dict.update(stand_in, real)
    return is_new


_METHODS = FunctionType | MethodDescriptorType | WrapperDescriptorType

# What every object can be asked, and a mapping answers with all it has.
_OF_OBJECTS = {
    "__eq__",
    "__format__",
    "__getstate__",
    "__ne__",
    "__reduce__",
    "__reduce_ex__",
    "__repr__",
    "__str__",
}

# These find out for themselves which side has the last word.
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "__eq__": operator.eq,
    "__ne__": operator.ne,
    "__or__": operator.or_,
    "__ror__": lambda whole, other: operator.or_(other, whole),
}


def _get_names_of_attributes(self: Any) -> list[str]:
    # Templates ask for them when a name is missing, and they tell nothing.
    return dir(self._real)


def _ask_the_whole(name: str) -> Callable[..., Any]:
    act = _OPERATORS.get(name)

    def ask(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(self._whole(), name)(*args, **kwargs)

    def operate(self: Any, other: Any) -> Any:
        assert act is not None
        return act(self._whole(), other)

    return ask if act is None else operate


def _complete(kind: Any) -> None:
    """Give a stand-in all methods that its base has, and the name of that."""
    base = kind.__mro__[1]
    kind.__dir__ = _get_names_of_attributes
    for name in set(dir(base)) - set(dir(object)) | _OF_OBJECTS:
        is_method = isinstance(getattr(base, name, None), _METHODS)
        if is_method and name not in vars(kind):
            setattr(kind, name, _ask_the_whole(name))
    kind.__name__, kind.__qualname__ = base.__name__, base.__qualname__
    kind.__module__ = base.__module__


for _kind in (RecordingDict, RecordingQuery, RecordingHeaders):
    _complete(_kind)
