"""Run a small Django project in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

from tests.trees import write_tree

REPOSITORY = Path(__file__).parent.parent

MANAGE = """
    import sys
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
"""

DEFAULTS = {
    "SECRET_KEY": "only for tests, and long enough for the checks of a deployment",
    "ALLOWED_HOSTS": ["testserver"],
    "INSTALLED_APPS": ["django_routehandlers", "shop"],
    "SILENCED_SYSTEM_CHECKS": [],
    "USE_TZ": True,
}


def write_project(
    root: Path, files: Mapping[str, str], **settings: Any
) -> dict[str, str]:
    """Write a project, and return the environment of its processes."""
    values = DEFAULTS | settings
    lines = [f"{name} = {value!r}" for name, value in values.items()]
    write_tree(root, {"settings.py": "\n".join(lines), "manage.py": MANAGE, **files})
    for app in values["INSTALLED_APPS"]:
        if (root / app).is_dir():
            (root / app / "__init__.py").touch()
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "settings",
        "PYTHONPATH": os.pathsep.join([str(root), str(REPOSITORY)]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def run_project(
    root: Path,
    files: Mapping[str, str],
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    **settings: Any,
) -> subprocess.CompletedProcess[str]:
    """Run Python in a project, for example with `"manage.py", "check"`."""
    variables = write_project(root, files, **settings)
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=root,
        env=variables | dict(environment or {}),
        capture_output=True,
        text=True,
        check=False,
    )


def ask_project(
    root: Path, files: Mapping[str, str], code: str, **settings: Any
) -> Any:
    """
    Run code in a project that is set up, and return what it leaves in `answer`.

    It may use `get(path)`, which returns the content of a 200, else the status.
    """
    script = _SCRIPT.replace("CODE", dedent(code))
    result = run_project(root, {**files, "script.py": script}, "script.py", **settings)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


_SCRIPT = """
import json
import django
django.setup()
from django.conf import settings
from django.test import Client
from django.test.utils import override_settings
from django.urls import reverse, resolve

def get(path):
    response = Client().get(path)
    return response.content.decode() if response.status_code == 200 else response.status_code

CODE
print(json.dumps(answer))
"""
