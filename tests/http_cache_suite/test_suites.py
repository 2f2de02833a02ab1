"""Where the suite is found."""

import pytest

from tests.http_cache_suite import suites
from tests.http_cache_suite.processes import RunError
from tests.http_cache_suite.suites import Suite, UnavailableError, get_suite


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Return the names of the programs that there are; nothing is installed yet."""
    programs = {"node", "npm"}
    monkeypatch.setattr(suites, "INSTALLED", tmp_path / "installed")
    monkeypatch.setattr(suites.shutil, "which", lambda name: name in programs or None)
    return programs


def write_suite(folder, form):
    runner = folder / suites.RUNNERS[form]
    runner.parent.mkdir(parents=True)
    runner.touch()
    return folder


@pytest.mark.parametrize("form", ["git", "npm"])
def test_checkout_is_known_by_its_layout(machine, tmp_path, form):
    folder = write_suite(tmp_path / "checkout", form)

    assert get_suite({"HTTP_CACHE_TESTS": str(folder)}) == Suite(form, folder)


def test_folder_without_the_suite_is_an_error(machine, tmp_path):
    with pytest.raises(RunError) as caught:
        get_suite({"HTTP_CACHE_TESTS": str(tmp_path)})

    assert str(caught.value) == (
        f"{tmp_path} holds no test-engine/client/runner.mjs and no client/runner.mjs."
    )


def test_package_is_installed_once(machine, monkeypatch):
    folder = suites.INSTALLED / "node_modules" / "http-cache-tests"
    commands = []

    def install(command, limit):
        commands.append(command)
        write_suite(folder, "npm")

    monkeypatch.setattr(suites, "run", install)

    assert [get_suite({}), get_suite({})] == [Suite("npm", folder)] * 2
    assert [command[:2] for command in commands] == [("npm", "install")]
    assert commands[0][-1] == "http-cache-tests@0.4.5"


def test_package_that_cannot_be_installed_leaves_nothing(machine, monkeypatch):
    def fail(command, limit):
        raise RunError("npm failed with status 1.")

    monkeypatch.setattr(suites, "run", fail)

    with pytest.raises(UnavailableError) as caught:
        get_suite({})

    assert str(caught.value) == (
        "http-cache-tests could not be installed: npm failed with status 1."
    )
    assert not suites.INSTALLED.exists()


@pytest.mark.parametrize(
    ("missing", "message"),
    [("node", "Node.js is not installed"), ("npm", "npm is not installed")],
)
def test_missing_program_is_told(machine, missing, message):
    machine.remove(missing)

    with pytest.raises(UnavailableError, match=f"^{message}$"):
        get_suite({})
