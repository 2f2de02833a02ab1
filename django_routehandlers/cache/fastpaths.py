"""Meet code in C, which looks into a dict itself where it can."""

from collections.abc import Callable, Iterator, KeysView
from inspect import currentframe
from typing import Any
from weakref import WeakMethod

# A call in somebody's code: the frame, and the instruction in it.
Caller = tuple[int, int]


def find_caller() -> Caller:
    """Return where the function that asks was called."""
    asking = currentframe().f_back  # type: ignore[union-attr] # CPython has frames
    caller = asking.f_back  # type: ignore[union-attr] # somebody called it
    return id(caller), caller.f_lasti  # type: ignore[union-attr] # as above


class Decoy:
    """
    What lies in a stand-in itself, where only code that asks no method looks.

    Such code is shown one entry that it can't turn into anything, so that it fails
    and does not pass on what nobody recorded. Our own encoder asks the entry to
    reveal what it hides, and begins anew.
    """

    __slots__ = ("_reveal",)

    def __init__(self, reveal: Callable[[], bool]) -> None:
        self._reveal = WeakMethod(reveal)

    def reveal_to_encoder(self) -> bool:
        """Let the stand-in show what it stands for; tell whether it was hidden."""
        reveal: Any = self._reveal()
        return reveal is not None and reveal()

    def __repr__(self) -> str:
        # Whoever prints it has found it in a stand-in.
        self.reveal_to_encoder()
        return "<ask the mapping's own methods>"


class KeysOfQuery(KeysView[str]):
    """
    The names of a query.

    `dict(query)` and `**query` ask for them, count what is left of their iterator
    and then take each value; Django's own class hands them lists there, but its last
    value to everybody else. That they do it all in one call tells them apart.
    """

    def __init__(
        self,
        query: Any,
        names: list[str],
        caller: Caller,
        expect_lists: Callable[[list[str], Caller], None],
    ) -> None:
        super().__init__(query)
        self._names = names
        self._caller = caller
        self._expect_lists = expect_lists

    def count_for(self, caller: Caller) -> int:
        """Return the number of names, which a caller that copies a dict asks for."""
        if caller == self._caller:
            self._expect_lists(self._names, caller)
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        return _Iterator(self, self._names)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._names)

    def __repr__(self) -> str:
        return f"dict_keys({self._names!r})"


class _Iterator(Iterator[str]):
    def __init__(self, keys: KeysOfQuery, names: list[str]) -> None:
        self._keys = keys
        self._next = iter(names).__next__

    def __next__(self) -> str:
        return self._next()

    def __length_hint__(self) -> int:
        return self._keys.count_for(find_caller())
