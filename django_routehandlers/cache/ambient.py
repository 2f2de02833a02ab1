"""Tell the language and the time zone that are active."""

from contextvars import ContextVar
from datetime import timezone as fixed_timezone
from datetime import tzinfo
from functools import cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.utils import timezone, translation
from django.utils.translation import trans_real


def find_timezone() -> tzinfo | None:
    """Return the active time zone, None where the settings leave it to the system."""
    if getattr(settings, "TIME_ZONE", None) is None:
        return None
    return timezone.get_current_timezone()


def get_ambient() -> tuple[str | None, tzinfo | str | None]:
    """
    Return the language and the time zone that are active, as facts to be compared.

    Where nothing has activated any, both are the default, and finding that out the
    usual way is dearer than all else in a hit.
    """
    is_default = [
        variable is not None and variable.get(None) is None
        for variable in _find_variables()
    ]
    return (
        _DEFAULT if is_default[0] else translation.get_language(),
        _DEFAULT if is_default[1] else _tell_apart(find_timezone()),
    )


def _tell_apart(zone: tzinfo | None) -> tzinfo | str | None:
    # Two of these are equal that have the same offset and other names.
    return repr(zone) if type(zone) is fixed_timezone else zone


# Stands for what the settings say.
_DEFAULT = ""


def _find_variable(local: Any) -> ContextVar[Any] | None:
    """
    Return the variable in which a `Local` of asgiref keeps all it has.

    None for a form of it that is not known, of which nothing is assumed.
    """
    storage = vars(local).get("_storage")
    variable = vars(storage).get("_data") if hasattr(storage, "__dict__") else None
    return variable if isinstance(variable, ContextVar) else None


@cache
def _find_variables() -> tuple[ContextVar[Any] | None, ContextVar[Any] | None]:
    return _find_variable(trans_real._active), _find_variable(timezone._active)  # type: ignore[attr-defined]  # noqa: SLF001 - Django says it nowhere else


@receiver(setting_changed, dispatch_uid="routehandlers_ambient")
def forget_variables(**kwargs: Any) -> None:
    """Find them again after a test has changed a setting: Django makes new ones."""
    _find_variables.cache_clear()
