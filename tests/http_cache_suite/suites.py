"""Find the suite on this machine, or install it."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.http_cache_suite.processes import ROOT, RunError, run

# The environment variable that names a checkout of http-tests/cache-tests.
CHECKOUT = "HTTP_CACHE_TESTS"

PACKAGE = "http-cache-tests"
VERSION = "0.4.5"

# Git ignores what is below. A new version gets a new folder.
INSTALLED = ROOT / ".tox" / f"{PACKAGE}-{VERSION}"

INSTALL_LIMIT = 120

# Where each form has its runner, which tells them apart.
RUNNERS = {"git": "test-engine/client/runner.mjs", "npm": "client/runner.mjs"}


class UnavailableError(Exception):
    """Something that this machine does not have."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A copy of the suite, in one of its two forms."""

    form: str
    folder: Path


def get_suite(environ: Mapping[str, str] = os.environ) -> Suite:
    """
    Return the checkout that the environment names, or else npm's package.

    The package is installed once. Raise `UnavailableError` if there is no Node.js to run
    the suite with or no way to install it, `RunError` if the checkout is none.
    """
    if shutil.which("node") is None:
        raise UnavailableError("Node.js is not installed")
    if named := environ.get(CHECKOUT):
        return _read_suite(Path(named))
    folder = INSTALLED / "node_modules" / PACKAGE
    if not folder.exists():
        _install()
    return _read_suite(folder)


def _read_suite(folder: Path) -> Suite:
    for form, runner in RUNNERS.items():
        if (folder / runner).is_file():
            return Suite(form, folder)
    raise RunError(f"{folder} holds no {' and no '.join(RUNNERS.values())}.")


def _install() -> None:
    if shutil.which("npm") is None:
        raise UnavailableError("npm is not installed")
    INSTALLED.mkdir(parents=True, exist_ok=True)
    quiet = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
    command = ("npm", "install", *quiet, "--prefix", INSTALLED, f"{PACKAGE}@{VERSION}")
    try:
        run(command, limit=INSTALL_LIMIT)
    except RunError as exc:
        # Without a network, npm may have left half of it.
        shutil.rmtree(INSTALLED)
        raise UnavailableError(f"{PACKAGE} could not be installed: {exc}") from exc
