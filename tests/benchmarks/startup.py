"""Load 1,000 route files, or import them as modules; a child process of the table."""

import compileall
import gc
import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from tests.benchmarks import sites
from tests.benchmarks.counting import count_child, mark, run_child

FILES = 1000

# Each file is small and has what most have: an import, a constant, two handlers.
LIST_FILE = '''\
"""The items of section {index}."""

from django_routehandlers.http import Response

PAGE_SIZE = 20


def GET(request):
    """List the items of one page."""
    page = int(request.GET.get("page", "1"))
    first = (page - 1) * PAGE_SIZE
    return {{"page": page, "items": list(range(first, first + PAGE_SIZE))}}


async def POST(request):
    """Add an item."""
    return Response.json(request.json(), status=201)
'''
ITEM_FILE = '''\
"""One item of section {index}."""

from django_routehandlers.http import Response

FIELDS = ("id", "title")


def GET(request, id):
    """Show the item."""
    wanted = request.GET.get("fields", "").split(",")
    return {{name: id for name in FIELDS if name in wanted}}


def POST(request, id):
    """Change the item."""
    return Response.json({{"id": id}} | request.json())
'''


def write_files(root: Path) -> None:
    """Write the same files as routes in folders, in one package, and in packages."""
    (root / "shop").mkdir()
    (root / "shop/__init__.py").touch()
    (root / "flat").mkdir()
    (root / "flat/__init__.py").touch()
    (root / "nested").mkdir()
    (root / "nested/__init__.py").touch()
    for index in range(FILES):
        section = root / f"shop/routes/section{index // 2:04}"
        folder, text = (
            (section / "[id]", ITEM_FILE) if index % 2 else (section, LIST_FILE)
        )
        package = root / f"nested/m{index:04}"
        folder.mkdir(parents=True)
        package.mkdir()
        (package / "__init__.py").touch()
        source = text.format(index=index // 2)
        for file in (
            folder / "route.py",
            package / "route.py",
            root / f"flat/m{index:04}.py",
        ):
            file.write_text(source, encoding="utf-8")
    compileall.compile_dir(root, quiet=1, workers=1)


def load_routes() -> None:
    """Read all routes and make the table that answers requests."""
    from django_routehandlers.urls import find_root_mounts

    (mount,) = find_root_mounts()
    table = mount.tree.table
    assert len(table.targets) == FILES
    assert not table.all_problems, table.all_problems


def load_routes_and_collect() -> None:
    """Do so, and pay for the collection that the pause has put off."""
    load_routes()
    gc.collect()


def import_flat() -> None:
    """Import the files as the modules of one package."""
    for index in range(FILES):
        import_module(f"flat.m{index:04}")


def import_flat_paused() -> None:
    """Do so, with the collector paused as we pause it."""
    gc.disable()
    import_flat()
    gc.enable()


def import_nested() -> None:
    """Import the files from a package each."""
    for index in range(FILES):
        import_module(f"nested.m{index:04}.route")


WAYS: dict[str, Callable[[], None]] = {
    "routes": load_routes,
    "routes, collected": load_routes_and_collect,
    "flat": import_flat,
    "flat, paused": import_flat_paused,
    "nested": import_nested,
}


def count_way(root: Path, way: str) -> int:
    """Return the instructions of one way, counted in a child process."""
    _, totals = count_child("startup", "count", str(root), way)
    return totals[1]


def time_way(root: Path, way: str) -> float:
    """Return the milliseconds of one way, measured in a child process."""
    return float(json.loads(run_child("startup", "time", str(root), way)))


def weigh_way(root: Path, way: str) -> float:
    """Return the MiB that Python holds more after one way, in a child process."""
    return float(json.loads(run_child("startup", "weigh", str(root), way)))


def _main(mode: str, root: str, way: str) -> None:
    sys.path.insert(0, root)
    sites.configure("django_routehandlers", "shop")
    import_module("django_routehandlers.http")
    measure = {"count": _count, "time": _time, "weigh": _weigh}[mode]
    print(json.dumps(measure(WAYS[way])))  # noqa: T201 - what the parent reads


def _count(load: Callable[[], None]) -> None:
    mark()
    load()
    mark()


def _time(load: Callable[[], None]) -> float:
    start = time.perf_counter()
    load()
    return (time.perf_counter() - start) * 1e3


def _weigh(load: Callable[[], None]) -> float:
    gc.collect()
    tracemalloc.start()
    load()
    gc.collect()
    return tracemalloc.get_traced_memory()[0] / 2**20


if __name__ == "__main__":
    _main(*sys.argv[1:])
