"""Make the middleware that a `middleware.py` lists, each once in a mode."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.core.exceptions import ImproperlyConfigured, MiddlewareNotUsed
from django.http import HttpRequest
from django.utils.module_loading import import_string

from django_routehandlers.exceptions import RouteHandlersError
from django_routehandlers.registry import describe, on_forget

# The attribute of a request under which it carries its `hooks.Passage`.
PASSAGE = "_routehandlers_passage"

logger = logging.getLogger("django_routehandlers")


@dataclass(frozen=True, slots=True, eq=False)
class Factory:
    """What makes a middleware, and the modes in which that can run."""

    name: str
    make: Callable[[Any], Any]
    can_sync: bool
    can_async: bool

    @property
    def modes(self) -> set[bool]:
        """Return the modes, sync (False) and async, in which it takes no crossing."""
        hooks = [getattr(self.make, name, None) for name in _HOOKS]
        if self.can_async and any(map(iscoroutinefunction, hooks)):
            return {not self.can_sync, True}
        return {not self.can_sync}


# That for exceptions is always called in a thread.
_HOOKS = ("process_view", "process_template_response")


class Layer:
    """
    One middleware as it was made, sync or async.

    It serves all routes of its folder. What lies inside it is another thing for
    each of them, so what it is given as `get_response` asks the request.
    """

    __slots__ = ("instance", "name")

    def __init__(self, factory: Factory, *, is_async: bool) -> None:
        self.name = factory.name
        self.instance = factory.make(self._ago_on if is_async else self._go_on)
        if self.instance is None:
            raise ImproperlyConfigured("The middleware factory returned None.")

    def _go_on(self, request: HttpRequest) -> Any:
        return getattr(request, PASSAGE).inside[self](request)

    async def _ago_on(self, request: HttpRequest) -> Any:
        return await getattr(request, PASSAGE).inside[self](request)


class Folder:
    """
    One `middleware.py`: its file, what it lists, and what is wrong with that.

    A mistake is a message and a hint. Some show only when a middleware is made.
    """

    def __init__(self, file: str, listed: Iterable[Any]) -> None:
        self.file = file
        self.mistakes: list[tuple[str, str]] = []
        loaded = [self._load(entry) for entry in listed]
        self.factories = [factory for factory in loaded if factory is not None]
        self._layers: dict[tuple[Factory, bool], Layer | None] = {}
        self._making: set[Factory] = set()

    @property
    def names(self) -> list[str]:
        """Return the dotted names of the middleware, in the order of the list."""
        return [factory.name for factory in self.factories]

    def _load(self, entry: Any) -> Factory | None:
        name, make = entry, entry
        if isinstance(entry, str):
            try:
                make = import_string(entry)
            except KeyboardInterrupt:
                raise
            except BaseException as exc:  # noqa: BLE001 - whatever the module does
                self._add_mistake(
                    f"{entry!r} can't be imported: {describe(exc).rstrip('.')}.",
                    "Correct the name, or mend its module.",
                )
                return None
        else:
            kind = entry if hasattr(entry, "__qualname__") else type(entry)
            name = f"{entry.__module__}.{kind.__qualname__}"
        if not callable(make):
            kind_name = type(make).__name__
            self._add_mistake(
                f"{name!r} is of type {kind_name!r}, not a middleware.",
                "List the middleware itself, or its dotted name.",
            )
            return None
        can_sync = bool(getattr(make, "sync_capable", True))
        can_async = bool(getattr(make, "async_capable", False))
        if not can_sync and not can_async:
            self._add_mistake(
                f"{name!r} is neither sync_capable nor async_capable.",
                "Set one of the two to True.",
            )
            return None
        return Factory(name, make, can_sync, can_async)

    def get_layer(self, factory: Factory, *, is_async: bool) -> Layer | None:
        """
        Return a middleware in a mode, made when it is first asked for.

        It is None where the middleware does not want to be used, and where it can't
        be made, which is a mistake. Raise `RouteHandlersError` in a middleware that
        asks for the routes while it is made.
        """
        with _lock:
            if factory in self._making:
                raise RouteHandlersError(
                    "The routes are asked for while their middleware is made.",
                    "Use reverse_lazy(), or move the call out of __init__().",
                )
            key = factory, is_async
            if key not in self._layers:
                self._making.add(factory)
                try:
                    self._layers[key] = self._make(factory, is_async)
                finally:
                    self._making.discard(factory)
            return self._layers[key]

    def _make(self, factory: Factory, is_async: bool) -> Layer | None:
        try:
            return Layer(factory, is_async=is_async)
        except MiddlewareNotUsed as exc:
            logger.debug("%s: %s is not used: %s", self.file, factory.name, exc)
        except KeyboardInterrupt:
            raise
        except BaseException as exc:  # noqa: BLE001 - whatever the middleware does
            self._add_mistake(
                f"{factory.name!r} can't be made: {describe(exc).rstrip('.')}.",
                "Mend the middleware, or take it out of the list.",
            )
        return None

    def _add_mistake(self, message: str, hint: str) -> None:
        if (message, hint) not in self.mistakes:
            self.mistakes.append((message, hint))


# Who makes a middleware may build the table of routes, which makes others.
_lock = threading.RLock()

_folders: dict[ModuleType, Folder] = {}


@on_forget
def forget_folders() -> None:
    """Make all middleware anew at the next question."""
    _folders.clear()


def get_folders(modules: Mapping[str, ModuleType]) -> dict[str, Folder]:
    """Return what `middleware.py` modules list, by file; one per module."""
    return {file: _get_folder(file, module) for file, module in modules.items()}


def _get_folder(file: str, module: ModuleType) -> Folder:
    found = _folders.get(module)
    # Of two threads that get here, the first one's stays; no middleware is made yet.
    return found or _folders.setdefault(module, Folder(file, module.middleware))
