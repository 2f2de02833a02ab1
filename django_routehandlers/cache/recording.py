"""Stand in for a request's mappings, and record what is read of them."""

from collections.abc import Callable, Iterator
from copy import copy, deepcopy
from typing import Any, SupportsIndex

from django.http import QueryDict
from django.http.request import HttpHeaders

# Records one name; None stands for the whole mapping.
Record = Callable[[str | None], None]


class _Decoy:
    """
    What lies in a stand-in itself, where only code that asks no method looks.

    Such code, written in C, is shown one entry that it can't turn into anything, so
    that it fails and does not pass on what nobody recorded.
    """

    def __repr__(self) -> str:
        return "<ask the mapping's own methods>"


_DECOY = _Decoy()


class _Keys:
    """
    The keys of a stand-in.

    `dict(query)` and `**query` ask for them, count what is left of their iterator
    and then take each value; Django's own class hands them lists there, but its last
    value to everybody else. The count is what tells the two apart.
    """

    def __init__(self, stand_in: "RecordingQuery", names: list[str]) -> None:
        self._stand_in = stand_in
        self._names = names

    def __iter__(self) -> "_KeysIterator":
        return _KeysIterator(self._stand_in, self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._names)

    def __eq__(self, other: object) -> bool:
        return set(self._names) == other

    def __and__(self, other: Any) -> Any:
        return set(self._names) & set(other)

    def __or__(self, other: Any) -> Any:
        return set(self._names) | set(other)

    def __sub__(self, other: Any) -> Any:
        return set(self._names) - set(other)

    def __xor__(self, other: Any) -> Any:
        return set(self._names) ^ set(other)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def __rsub__(self, other: Any) -> Any:
        return set(other) - set(self._names)

    def isdisjoint(self, other: Any) -> bool:
        """Tell whether no name is among some others."""
        return set(self._names).isdisjoint(other)

    __hash__ = None  # type: ignore[assignment] # as of a dict's keys

    def __repr__(self) -> str:
        return f"dict_keys({self._names!r})"


class _KeysIterator:
    def __init__(self, stand_in: "RecordingQuery", names: list[str]) -> None:
        self._stand_in = stand_in
        self._names = names
        self._rest = iter(names)

    def __iter__(self) -> "_KeysIterator":
        return self

    def __next__(self) -> str:
        return next(self._rest)

    def __length_hint__(self) -> int:
        self._stand_in._expect_lists(self._names)  # noqa: SLF001 - its own iterator
        return len(self._names)


def give_back(value: Any) -> Any:
    """Return a value: what a stand-in is pickled as is the value itself."""
    return value


class RecordingDict(dict[str, Any]):
    """A dict that records each read, and writes into the one it stands for."""

    def __init__(self, real: dict[str, Any], record: Record) -> None:
        super().__init__({"": _DECOY})
        self._real = real
        self._record = record

    def _whole(self) -> dict[str, Any]:
        self._record(None)
        return self._real

    def __getitem__(self, name: str) -> Any:
        self._record(name)
        return self._real[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return a value, or a default."""
        self._record(name)
        return self._real.get(name, default)

    def __contains__(self, name: object) -> bool:
        self._record(name if isinstance(name, str) else None)
        return name in self._real

    def __setitem__(self, name: str, value: Any) -> None:
        self._record(name)
        self._real[name] = value

    def __delitem__(self, name: str) -> None:
        self._record(name)
        del self._real[name]

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Return a value, made the default if there is none."""
        self._record(name)
        return self._real.setdefault(name, default)

    def pop(self, name: str, *default: Any) -> Any:
        """Remove a value, and return it."""
        self._record(name)
        return self._real.pop(name, *default)

    def __copy__(self) -> dict[str, Any]:
        return copy(self._whole())

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return deepcopy(self._whole(), memo)

    def __ior__(self, other: Any) -> "RecordingDict":  # type: ignore[override,misc] # as dict
        self._whole().update(other)
        return self

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        return give_back, (self._whole(),)


class RecordingQuery(QueryDict):
    """A `QueryDict` that records each read of the one it stands for."""

    def __init__(self, real: QueryDict, record: Record) -> None:
        dict[str, Any].__init__(self, {"": _DECOY})
        self._real = real
        self._record = record
        self._expected: list[str] = []

    def _whole(self) -> QueryDict:
        self._record(None)
        return self._real

    def _expect_lists(self, names: list[str]) -> None:
        self._expected = names[::-1]

    def __getitem__(self, name: str) -> Any:
        if self._expected and self._expected[-1] is name:
            self._expected.pop()
            return self._real.getlist(name)
        self._record(name)
        return self._real[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return the last value, or a default."""
        self._record(name)
        return self._real.get(name, default)

    def getlist(self, name: str, default: Any = None) -> Any:
        """Return all values, or a default."""
        self._record(name)
        return self._real.getlist(name, default)

    def __contains__(self, name: object) -> bool:
        self._record(name if isinstance(name, str) else None)
        return name in self._real

    def keys(self) -> Any:
        """Return the names."""
        return _Keys(self, list(self._whole()))

    def _get_encoding(self) -> str:
        return self._whole().encoding

    def _set_encoding(self, value: str) -> None:
        self._whole().encoding = value

    encoding = property(_get_encoding, _set_encoding)

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        return give_back, (self._whole(),)


class RecordingHeaders(HttpHeaders):
    """The headers of a request, read by name or as a whole."""

    def __init__(self, real: HttpHeaders, record: Record) -> None:
        self._real = real
        self._record = record

    def _whole(self) -> HttpHeaders:
        self._record(None)
        return self._real

    def __getitem__(self, name: str) -> str:
        self._record(name.replace("_", "-"))
        return self._real[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return a header, or a default."""
        self._record(name.replace("_", "-"))
        return self._real.get(name.replace("_", "-"), default)

    def __contains__(self, name: object) -> bool:
        self._record(name.replace("_", "-") if isinstance(name, str) else None)
        return name in self._real


# All else that a mapping can be asked is about the whole of it.
_WHOLE = (
    "__copy__",
    "__deepcopy__",
    "__eq__",
    "__iter__",
    "__len__",
    "__ne__",
    "__or__",
    "__repr__",
    "__reversed__",
    "__ror__",
    "__str__",
    "_assert_mutable",
    "_getlist",
    "_iteritems",
    "appendlist",
    "clear",
    "copy",
    "dict",
    "items",
    "keys",
    "lists",
    "popitem",
    "setlist",
    "setlistdefault",
    "update",
    "urlencode",
    "values",
)

_WRITES = ("__setitem__", "__delitem__", "pop", "setdefault")


def _ask_the_whole(name: str) -> Callable[..., Any]:
    def ask(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(self._whole(), name)(*args, **kwargs)

    ask.__name__ = name
    return ask


def _install() -> None:
    for kind in (RecordingDict, RecordingQuery, RecordingHeaders):
        own = vars(kind)
        for name in (*_WHOLE, *_WRITES):
            if name not in own and hasattr(kind.__mro__[1], name):
                setattr(kind, name, _ask_the_whole(name))


_install()
