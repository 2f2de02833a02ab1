"""Fixtures for tests that need folder trees and installed apps."""

import gc
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import clear_script_prefix, set_urlconf
from django.utils import timezone, translation

from tests import trees


def pytest_configure() -> None:
    """Keep what is asked of this run from those that tests start, and be quiet."""
    os.environ.pop("PYTEST_ADDOPTS", None)
    # In development mode it tells of every step that a busy machine was slow at.
    logging.getLogger("asyncio").setLevel(logging.ERROR)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what pytest keeps of thousands of tests."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _same_settings() -> Iterator[None]:
    """
    Fail a test that leaves other settings than it found.

    It may name fixtures that change them in another order than it calls them in.
    """
    # What other tests have left in this thread says nothing of this one.
    translation.deactivate()
    timezone.deactivate()
    set_urlconf(None)
    clear_script_prefix()
    before = settings._wrapped
    yield
    after, settings._wrapped = settings._wrapped, before
    assert after is before


@pytest.fixture
def write_tree(tmp_path: Path) -> Callable[..., Path]:
    """
    Return a function that writes files below tmp_path and returns that folder.

    `write_tree({"shop/routes/items/[id]/route.py": "def GET(id): ..."})`
    """

    def write(files: Mapping[str, str]) -> Path:
        return trees.write_tree(tmp_path, files)

    return write


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """
    Return a function that installs apps until the test ends, and returns their root.

    `site({"shop/routes/items/route.py": "def GET(): ..."})` writes the app `shop`
    first; `site("bookshop")` takes the apps of the story `tests/sites/bookshop`.
    `apps` names them where the folders in the root do not, other keywords are
    settings: `site(files, apps=["city.shop"], ROUTE_HANDLERS={"MOUNT": "api"})`.

    After a change to the files, call `registry.forget_snapshot()`.
    """
    with ExitStack() as stack:
        count = 0

        def install(files: Mapping[str, str] | str, **kwargs: Any) -> Path:
            nonlocal count
            count += 1
            if isinstance(files, str):
                root = trees.SITES / files
            else:
                root = trees.write_tree(tmp_path / f"site{count}", files)
                _add_init_files(root, kwargs.get("apps"))
            return stack.enter_context(trees.install_site(root, **kwargs))

        yield install


def _add_init_files(root: Path, apps: list[str] | None) -> None:
    names = [p.name for p in root.iterdir() if p.is_dir()] if apps is None else apps
    for name in names:
        folder = root
        for part in name.split("."):
            folder /= part
            folder.mkdir(exist_ok=True)
            (folder / "__init__.py").touch()
