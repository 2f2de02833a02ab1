"""Count the instructions of a child process between two marks."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]

# A function of the C library that nothing else here calls: callgrind writes down
# what it has counted, and starts from zero, whenever it is entered.
_MARK = "getpgid"
_TOTAL = re.compile(r"^totals: (\d+)$", re.MULTILINE)


def mark() -> None:
    """Mark this point of the program; without valgrind it does nothing."""
    os.getpgid(0)


def has_valgrind() -> bool:
    """Tell whether instructions can be counted on this machine."""
    return shutil.which("valgrind") is not None


def run_child(
    module: str, *arguments: str, wrapper: tuple[str, ...] = (), seed: int = 0
) -> str:
    """
    Return what a module of this package prints as a program.

    `seed` is that of Python's hashes, on which the layout of dicts depends. Raise
    `SystemExit` if the child fails: it refuses to measure wrong answers.
    """
    command = [*wrapper, sys.executable, "-m", f"{__package__}.{module}", *arguments]
    environment = os.environ | {"PYTHONHASHSEED": str(seed)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return done.stdout


def count_child(module: str, *arguments: str, seed: int = 0) -> tuple[str, list[int]]:
    """Return what a child prints, and the instructions that ended at each mark."""
    with tempfile.TemporaryDirectory() as folder:
        wrapper = (
            "valgrind",
            "--tool=callgrind",
            f"--callgrind-out-file={folder}/out",
            f"--dump-before={_MARK}",
        )
        output = run_child(module, *arguments, wrapper=wrapper, seed=seed)
        dumps = Path(folder).glob("out.*")
        in_order = sorted(dumps, key=lambda dump: int(dump.suffix[1:]))
        return output, [_read_total(dump) for dump in in_order]


def _read_total(dump: Path) -> int:
    found = _TOTAL.search(dump.read_text(errors="replace"))
    assert found is not None, dump
    return int(found[1])
