"""Find names in a `route.py` that work in other frameworks, and do nothing here."""

import ast
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django_routehandlers.routing.problems import Problem


@dataclass(frozen=True, slots=True)
class Habit:
    """What somebody expects of a name: the kind of its value, and what to do here."""

    expects: Callable[[Any], bool]
    hint: str


def _is_list(value: Any) -> bool:
    return issubclass(type(value), list | tuple)


def _is_true(value: Any) -> bool:
    return value is True


def _is_scalar(value: Any) -> bool:
    return issubclass(type(value), str | int | list)


_MIDDLEWARE = Habit(_is_list, "Move the list into a file middleware.py in this folder.")
_GUARD = Habit(_is_list, "Check it in a middleware.py in this folder.")
_NEXT = Habit(_is_scalar, "Remove it: it is a config of Next.js.")

HABITS = {
    "authentication_classes": _GUARD,
    "csrf_exempt": Habit(_is_true, "Write csrf = 'off'."),
    "dynamicParams": _NEXT,
    "fetchCache": _NEXT,
    "maxDuration": _NEXT,
    "middleware": _MIDDLEWARE,
    "permission_classes": _GUARD,
    "preferredRegion": _NEXT,
    "throttle_classes": _GUARD,
}


def check_habits(module: types.ModuleType, file: str) -> Iterator[Problem]:
    """Yield the names that nothing reads, neither we nor the file itself."""
    found = [
        name
        for name in HABITS.keys() & vars(module).keys()
        if HABITS[name].expects(vars(module)[name])
    ]
    own = _read_own_names(module) if found else set()
    for name in sorted(found):
        if name not in own:
            yield Problem(
                (file,), "W003", f"{name!r} means nothing here.", HABITS[name].hint
            )


def _read_own_names(module: types.ModuleType) -> set[str]:
    """Return the names that the code of a module reads, or exports to others."""
    try:
        tree = ast.parse(Path(module.__file__ or "").read_bytes())
    except (OSError, SyntaxError, ValueError):
        # The file has changed since it was imported.
        return set(HABITS)
    texts = (n.value for n in ast.walk(tree) if isinstance(n, ast.Constant))
    return {text for text in texts if isinstance(text, str)} | {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
