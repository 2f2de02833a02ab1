"""The active language and time zone are told as Django tells them, only faster."""

from contextvars import Context
from zoneinfo import ZoneInfo

import pytest
from django.test import override_settings
from django.utils import timezone, translation

from django_routehandlers.cache.ambient import get_ambient

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def run():
    """Return a function that runs another where nothing was ever activated."""
    return Context().run


def test_what_was_not_activated_is_the_default(run):
    language, zone = run(get_ambient)

    # Whatever the settings say, which is the same for all.
    assert (language, zone) == ("", "")


def test_what_was_activated_is_told(run):
    def activate():
        translation.activate("de")
        timezone.activate(BERLIN)
        return get_ambient()

    assert run(activate) == ("de", BERLIN)


def test_what_was_activated_and_left_is_told_by_django(run):
    def override():
        with translation.override("de", deactivate=True), timezone.override(BERLIN):
            get_ambient()
        return get_ambient()

    language, zone = run(override)

    assert language in ("", translation.get_language())
    assert zone == timezone.get_default_timezone()


def test_no_language_at_all_is_not_the_default(run):
    def deactivate():
        translation.deactivate_all()
        return get_ambient()

    assert run(deactivate)[0] is None


@pytest.mark.parametrize(
    "setting",
    [
        {"LANGUAGES": [("de", "German"), ("en", "English")]},
        {"LANGUAGE_CODE": "en"},
        {"USE_TZ": False},
    ],
)
def test_what_is_active_is_told_after_a_test_has_changed_a_setting(run, setting):
    def activate():
        get_ambient()
        with override_settings(**setting):
            translation.activate("de")
            timezone.activate(BERLIN)
            return get_ambient()

    assert run(activate) == ("de", BERLIN)
