"""Child processes, and how they end."""

import sys
import time
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from tests.http_cache_suite.processes import RunError, run, serve_origin


def run_python(code, limit=30):
    run([sys.executable, "-c", code], limit=limit)


def test_command_that_succeeds_says_nothing():
    run_python("print('not here')")


def test_command_that_fails_is_an_error():
    with pytest.raises(RunError, match=r"failed with status 3\.$"):
        run_python("raise SystemExit(3)")


def test_command_that_hangs_is_killed_with_its_children():
    code = "import subprocess; subprocess.run(['sleep', '60'])"
    start = time.monotonic()

    with pytest.raises(RunError, match=r"was killed after 0\.5 seconds\.$"):
        run_python(code, limit=0.5)

    assert time.monotonic() - start < 30


def test_origin_is_served_for_the_length_of_the_block():
    with serve_origin() as base_url, pytest.raises(HTTPError, match="404") as caught:
        urlopen(f"{base_url}/state/never")
    caught.value.close()

    with pytest.raises(URLError, match="refused"):
        urlopen(f"{base_url}/state/never")
