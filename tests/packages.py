"""Build wheels of small packages, as pip would."""

import subprocess
import sys
from pathlib import Path

BACKENDS = {
    "hatchling": "hatchling.build",
    "poetry-core": "poetry.core.masonry.api",
    "setuptools": "setuptools.build_meta",
}
PATTERNS = '["routes/**/*", "routes/**/.*/**/*"]'


def get_pyproject(tool: str, *lines: str) -> str:
    """Return a `pyproject.toml` for one of the tools, with lines of its own."""
    return "\n".join(
        [
            "[build-system]",
            f'requires = ["{tool}"]',
            f'build-backend = "{BACKENDS[tool]}"',
            "[project]",
            'name = "shop"',
            'version = "1.0"',
            *lines,
            "",
        ]
    )


def build_wheel(root: Path, tool: str) -> Path:
    """Build the wheel of a project; what to build with is installed already."""
    (root / "dist").mkdir(exist_ok=True)
    code = f"import {BACKENDS[tool]} as backend; backend.build_wheel('dist')"
    subprocess.run(
        [sys.executable, "-c", code], cwd=root, check=True, capture_output=True
    )
    (wheel,) = (root / "dist").glob("*.whl")
    return wheel
