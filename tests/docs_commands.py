"""
Run the commands of a page, inside the project that the page builds.

It is a module of its own, `python -m tests.docs_commands`, because each step of each page
starts it: it imports no more than it needs.
"""

import argparse
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import django
from django.core import checks
from django.test import Client

PYTHON = [sys.executable, "-W", "error"]


def answer_commands() -> None:
    """Print the errors of the checks and the answer to each command of stdin."""
    django.setup()
    commands = json.load(sys.stdin)
    errors = [str(m) for m in checks.run_checks() if m.level >= checks.ERROR]
    answers = [_answer(*shlex.split(command)) for command in commands]
    print(json.dumps({"errors": errors, "answers": answers}))  # noqa: T201


def _answer(program: str, *arguments: str) -> str:
    if program == "curl":
        return _ask(_CURL.parse_args(arguments))
    assert program == "python", f"{program} is not among the commands that run."
    if arguments[-2:-1] == (">",):
        written = _answer(program, *arguments[:-2])
        Path(arguments[-1]).write_text(written, "utf-8")
        return ""
    if arguments[-3:-1] == ("||", "echo"):
        return _run(arguments[:-3], or_else=arguments[-1])
    return _run(arguments)


def _run(arguments: tuple[str, ...], or_else: str | None = None) -> str:
    """Return what Python writes, and behind it a text where it may fail, and does."""
    done = subprocess.run(
        [*PYTHON, *arguments],
        check=or_else is None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    if done.returncode:
        return f"{done.stdout}{or_else}\n"
    return re.sub(r"\bin [\d.]+s\b", "in 0.010s", done.stdout)


_CURL = argparse.ArgumentParser()
_CURL.add_argument("url")
_CURL.add_argument("-X", dest="method")
_CURL.add_argument("-H", dest="headers", action="append", default=[])
_CURL.add_argument("-d", dest="data")
_CURL.add_argument("-i", dest="shows_headers", action="store_true")


def _ask(options: argparse.Namespace) -> str:
    """Return what curl would print, with a line end that a body may lack."""
    url = urlsplit(options.url)
    headers = dict(header.split(": ", 1) for header in options.headers)
    form = "" if options.data is None else "application/x-www-form-urlencoded"
    response = Client(enforce_csrf_checks=True).generic(
        options.method or ("GET" if options.data is None else "POST"),
        f"{url.path}?{url.query}" if url.query else url.path,
        options.data or "",
        headers.pop("Content-Type", form),
        headers=headers,
        SERVER_NAME=url.hostname,
        SERVER_PORT=str(url.port),
    )
    body = response.getvalue().decode()
    body += "" if body.endswith("\n") else "\n"
    if not options.shows_headers:
        return body
    status = f"HTTP/1.1 {response.status_code} {response.reason_phrase}"
    lines = [status, *(f"{name}: {value}" for name, value in response.items())]
    return "\n".join([*lines, "", body])


if __name__ == "__main__":
    answer_commands()
