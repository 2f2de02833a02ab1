"""With pytest, tests beside routes are neighbours of the modules that are served."""

import pytest

from tests.projects import run_project
from tests.test_runner import FILES

FIXTURES = """
    import pytest

    def test_route_is_called(call_route):
        assert call_route("/items/[id]", params={"id": 1}).json() == {}

    async def ask(acall_route):
        return (await acall_route("/items/[id]", params={"id": 1})).json()

    def test_route_is_awaited(acall_route):
        from asgiref.sync import async_to_sync

        assert async_to_sync(ask)(acall_route) == {}

    @pytest.mark.parametrize("number", [1, 2])
    def test_what_is_compared_is_shown(number):
        with pytest.raises(AssertionError, match=r"assert \\d == 0"):
            assert number == 0
"""

# One name for all of them, and one in a folder that is a package to pytest.
MORE = {
    "shop/routes/items/[id]/test_fixtures.py": FIXTURES,
    "shop/routes/docs/test_route.py": "def test_nothing(): ...",
    "shop/routes/docs/__init__.py": "",
    "shop/routes/plugged/test_route.py": "pytest_plugins = ['shop.fixtures']\n\n"
    "def test_plugin(five): assert five == 5\n",
    "shop/fixtures.py": "import pytest\n\n@pytest.fixture\ndef five(): return 5\n",
}

ARGUMENTS = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly")


@pytest.mark.parametrize("mode", ["prepend", "append", "importlib"])
def test_tests_beside_routes_are_run_in_every_import_mode(tmp_path, mode):
    mode = f"--import-mode={mode}"

    result = run_project(tmp_path, {**FILES, **MORE}, *ARGUMENTS, mode)

    # Those in a hidden folder and in tests.py are not pytest's by default.
    assert "8 passed" in result.stdout, result.stdout
    assert result.returncode == 0


def test_module_that_can_not_be_imported_is_told(tmp_path):
    files = {"shop/routes/a/[b]/test_a.py": "1 / 0"}

    result = run_project(tmp_path, files, *ARGUMENTS)

    assert "shop/routes/a/[b]/test_a.py:1: in <module>" in result.stdout
    assert "ZeroDivisionError: division by zero" in result.stdout
    assert result.returncode == 2


def test_other_tests_are_left_to_pytest(tmp_path):
    files = {
        "shop/test_a.py": "def test_a(): assert __name__ == 'shop.test_a'",
        "routes/test_b.py": "def test_b(): assert __name__ == 'test_b'",
    }

    result = run_project(tmp_path, files, *ARGUMENTS)

    assert "2 passed" in result.stdout, result.stdout
