"""Run child processes that cannot hang, nor outlive the run."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

ROOT = Path(__file__).parents[2]

START_LIMIT = 30
STOP_LIMIT = 10


class RunError(Exception):
    """A child process that did not do what it was started for."""


def run(command: Sequence[str | Path], *, limit: float) -> None:
    """
    Run a command to its end; after `limit` seconds, kill it with all that it started.

    Raise `RunError` if it was killed or failed.
    """
    # What it prints is no part of our report, what it complains about is.
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            status = process.wait(limit)
        except BaseException as exc:
            # The session bears the number of the process that it began with.
            os.killpg(process.pid, signal.SIGKILL)
            if isinstance(exc, subprocess.TimeoutExpired):
                message = f"{command[0]} was killed after {limit:g} seconds."
                raise RunError(message) from None
            raise
    if status:
        raise RunError(f"{command[0]} failed with status {status}.")


@contextmanager
def serve_origin() -> Iterator[str]:
    """Run the origin for the length of a block, which gets its base URL."""
    with subprocess.Popen(
        [sys.executable, "-O", "-m", f"{__package__}.server"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield f"http://127.0.0.1:{_read_port(process)}"
        finally:
            _stop(process)


def _read_port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    timer = Timer(START_LIMIT, process.kill)
    timer.start()
    try:
        line = process.stdout.readline()
    finally:
        timer.cancel()
    if not line:
        raise RunError("The origin did not start.")
    return int(line)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
