import importlib
import inspect
import os
import pickle
import subprocess
import sys
from collections import Counter
from importlib import import_module, resources
from pathlib import Path
from unittest import mock

import pytest

from django_routehandlers.registry import get_snapshot
from django_routehandlers.routing.importing import (
    BareFolderLoader,
    RouteFinder,
    RouteImporter,
    get_module_part,
    install_finder,
    read_module_parts,
)
from tests.trees import GET


@pytest.mark.parametrize(
    ("folder", "part"),
    [
        ("items", "items"),
        ("_private", "_private"),
        ("route", "route__folder"),
        ("middleware", "middleware__folder"),
        ("[id]", "id__param"),
        ("[id=int]", "id__int_param"),
        ("[id=my-own]", "id__my_x2d_own_param"),
        ("[...slug]", "slug__catchall"),
        ("[[...slug]]", "slug__optional"),
        ("(auth)", "auth__group"),
        ("(two words)", "two_x20_words__group"),
        ("feed.xml", "feed_x2e_xml"),
        ("health-check", "health_x2d_check"),
        (".well-known", "_x2e_well_x2d_known"),
        ("%5Fname", "_x25_5Fname"),
        ("2024", "_x32_024"),
        ("a—b", "a_x2014_b"),
        ("größe", "größe"),
        ("class", "class"),
    ],
)
def test_folder_has_an_identifier_for_its_module(folder, part):
    assert get_module_part(folder) == part
    assert part.isidentifier()


def test_finder_is_installed_once():
    install_finder()
    install_finder()

    finders = [finder for finder in sys.meta_path if isinstance(finder, RouteFinder)]
    assert len(finders) == 1


@pytest.mark.parametrize(
    "name",
    [
        "id__param",
        "shop.id__param",
        "shop.other.id__param",
        "routes.id__param",
        "shop.routes",
        "shop.routes.missing__param",
        "shop.routes.items",
    ],
)
def test_finder_answers_only_below_routes_and_for_its_own_names(write_tree, name):
    root = write_tree({"[id]/route.py": GET, "items/route.py": GET})

    assert RouteFinder().find_spec(name, [str(root)]) is None


def test_finder_answers_for_no_top_level_name():
    assert RouteFinder().find_spec("shop.routes.id__param", None) is None


def test_finder_looks_at_every_place_of_a_package(write_tree):
    root = write_tree({"one/a/": "", "two/[id]/": ""})
    places = [str(root / name) for name in ("missing", "one", "two")]

    spec = RouteFinder().find_spec("shop.routes.id__param", places)

    assert spec.submodule_search_locations == [str(root / "two/[id]")]


def test_finder_sees_folders_that_are_new(tmp_path):
    finder = RouteFinder()
    before = finder.find_spec("shop.routes.id__param", [str(tmp_path)])
    (tmp_path / "[id]").mkdir()
    os.utime(tmp_path, ns=(0, 1))

    after = finder.find_spec("shop.routes.id__param", [str(tmp_path)])

    assert before is None
    assert after.submodule_search_locations == [str(tmp_path / "[id]")]


def test_finder_reads_a_folder_again_when_caches_are_invalidated(tmp_path):
    finder = RouteFinder()
    finder.find_spec("shop.routes.id__param", [str(tmp_path)])
    modified = tmp_path.stat().st_mtime_ns
    (tmp_path / "[id]").mkdir()
    os.utime(tmp_path, ns=(modified, modified))
    kept = finder.find_spec("shop.routes.id__param", [str(tmp_path)])

    finder.invalidate_caches()

    assert kept is None
    assert finder.find_spec("shop.routes.id__param", [str(tmp_path)]) is not None


def test_module_parts_are_those_that_python_cannot_name(write_tree):
    root = write_tree(
        {"[id]/": "", "items/": "", "(a)/": "", "x-y.py": "", "route/": ""}
    )

    assert read_module_parts(str(root)) == {
        "id__param": str(root / "[id]"),
        "a__group": str(root / "(a)"),
        "route__folder": str(root / "route"),
    }


def test_route_module_has_an_importable_dotted_name(site):
    site("folder_forms")
    snapshot = get_snapshot()

    assert snapshot.problems == ()
    for endpoint in snapshot.endpoints:
        module = import_module(endpoint.route.module)
        assert module is sys.modules[endpoint.route.module] is endpoint.module
        assert module.__name__ == endpoint.route.module
        assert Path(module.__file__) == Path(endpoint.route.location)
        assert module.__spec__.name == module.__name__
        assert module.__package__ == module.__name__.rpartition(".")[0]


def test_route_module_is_importable_before_the_routes_are_read(site):
    site("folder_forms")

    module = import_module("catalog.routes.items.id__param.route")

    assert module.GET(3) == {"id": 3}
    assert module in [endpoint.module for endpoint in get_snapshot().endpoints]


def test_modules_are_attributes_of_their_packages(site):
    site("folder_forms")
    get_snapshot()

    import catalog

    assert catalog.routes.items.id__param.route.GET("3") == {"id": "3"}
    assert catalog.routes.items.id__param.schemas.describe("3") == {"id": "3"}


def test_no_file_is_loaded_twice(site):
    site(
        {
            "shop/routes/__init__.py": "",
            "shop/routes/items/__init__.py": "",
            "shop/routes/items/route.py": GET,
            "shop/routes/items/helpers.py": "",
            "shop/routes/items/[id]/helpers.py": "",
            "shop/routes/items/[id]/route.py": """
                import shop.routes.items.helpers
                import shop.routes.items.id__param.helpers
                from . import helpers as own
                from .. import helpers, route as parent

                def GET(id): ...
            """,
            "shop/routes/(a)/route.py": """
                from ..items.id__param.route import GET as get_item

                def GET(): ...
            """,
        }
    )

    assert get_snapshot().problems == ()
    loaded = [
        Path(module.__file__)
        for name, module in sys.modules.items()
        if name.startswith("shop.") and hasattr(module, "__file__")
    ]
    files = Counter(file.stat().st_ino for file in loaded)
    assert set(files.values()) == {1}
    assert len(files) == 7


def test_relative_imports_count_folders(site):
    site(
        {
            "shop/models.py": "LABEL = 'shop'",
            "shop/routes/limits.py": "LIMIT = 3",
            "shop/routes/items/[id]/schemas.py": "from ...limits import LIMIT",
            "shop/routes/items/[id]/route.py": """
                from ....models import LABEL
                from ...limits import LIMIT
                from . import schemas
                from .schemas import LIMIT as SAME

                def GET(id): ...
            """,
        }
    )

    snapshot = get_snapshot()

    assert snapshot.problems == ()
    module = snapshot.endpoints[0].module
    assert (module.LABEL, module.LIMIT, module.SAME) == ("shop", 3, 3)


def test_folder_named_route_and_route_file_are_two_modules(site):
    site(
        {
            "shop/routes/route.py": "def GET(): return 'root'",
            "shop/routes/route/route.py": "def GET(): return 'folder'",
        }
    )

    found = {e.route.path: e.module.GET() for e in get_snapshot().endpoints}

    assert get_snapshot().problems == ()
    assert found == {"/": "root", "/route": "folder"}


@pytest.mark.parametrize("is_read_first", [True, False])
def test_package_of_the_user_is_never_shadowed(site, is_read_first):
    site(
        {
            "shop/routes/__init__.py": "MARK = 'routes'",
            "shop/routes/items/__init__.py": "MARK = 'items'",
            "shop/routes/items/[id]/__init__.py": "MARK = 'id'",
            "shop/routes/items/[id]/route.py": GET,
            "shop/routes/plain/[id]/x/route.py": GET,
        }
    )
    if is_read_first:
        get_snapshot()

    marks = [
        import_module(f"shop.routes{name}").MARK
        for name in ("", ".items", ".items.id__param")
    ]

    assert marks == ["routes", "items", "id"]
    assert get_snapshot().problems == ()


def test_package_beside_a_bracket_folder_of_its_name_is_never_shadowed(site):
    site(
        {
            "shop/routes/[id]/route.py": GET,
            "shop/routes/id__param/__init__.py": "MARK = 'the user'",
        }
    )

    get_snapshot()

    assert import_module("shop.routes.id__param").MARK == "the user"


def test_folder_named_as_a_library_hides_no_library(site):
    site(
        {"shop/routes/json/route.py": "import json\n\ndef GET(): return json.dumps(3)"}
    )

    assert get_snapshot().endpoints[0].module.GET() == "3"


def test_handler_can_be_patched_by_its_dotted_name(site, client):
    site({"shop/routes/items/[id]/route.py": "def GET(id): return helper(id)"})
    get_snapshot()
    name = "shop.routes.items.id__param.route.helper"

    with mock.patch(name, lambda id: {"patched": id}, create=True):  # noqa: A006
        response = client.get("/items/3")

    assert response.json() == {"patched": "3"}


PICKLED = """
def GET(id): ...

class Item:
    def __init__(self, id):
        self.id = id

    def __eq__(self, other):
        return self.id == other.id
"""


def test_values_of_a_route_module_can_be_pickled(site):
    site({"shop/routes/[...path]/route.py": PICKLED.replace("GET(id)", "GET(path)")})
    module = get_snapshot().endpoints[0].module

    restored = pickle.loads(pickle.dumps((module.GET, module.Item(3))))

    assert restored == (module.GET, module.Item(3))


def test_pickle_is_read_by_a_process_that_has_read_no_routes(site):
    root = site({"shop/routes/items/[id=int]/route.py": PICKLED})
    module = get_snapshot().endpoints[0].module
    program = """
        import os, pickle, sys
        from django.conf import settings
        settings.configure(INSTALLED_APPS=["django_routehandlers", "shop"])
        import django
        django.setup()
        function, item = pickle.load(sys.stdin.buffer)
        print(function.__module__, item.id)
    """

    answer = subprocess.run(
        [sys.executable, "-c", inspect.cleandoc(program)],
        input=pickle.dumps((module.GET, module.Item(3))),
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(Path.cwd())])},
        capture_output=True,
        check=False,
    )

    assert answer.stderr.decode() == ""
    assert answer.stdout.decode() == "shop.routes.items.id__int_param.route 3\n"


def test_process_that_is_spawned_finds_the_functions_of_a_route(site):
    root = site({"shop/routes/[id]/route.py": "def GET(id): return id * 2"})
    program = """
        import multiprocessing
        from django.conf import settings
        if not settings.configured:
            settings.configure(INSTALLED_APPS=["django_routehandlers", "shop"])
        import django
        django.setup()

        if __name__ == "__main__":
            from shop.routes.id__param.route import GET
            pool = multiprocessing.get_context("spawn").Pool(1)
            print(pool.map(GET, [1, 2]))
            pool.close()
            pool.join()
    """
    script = root / "spawn.py"
    script.write_text(inspect.cleandoc(program))

    answer = subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(Path.cwd())])},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (answer.stdout, answer.stderr) == ("[2, 4]\n", "")


def test_route_module_can_be_reloaded(site):
    root = site({"shop/routes/items/[id]/route.py": "def GET(id): return 'old'"})
    module = get_snapshot().endpoints[0].module
    (root / "shop/routes/items/[id]/route.py").write_text("def GET(id): return 'new'")

    reloaded = importlib.reload(module)

    assert reloaded is module
    assert reloaded.GET(3) == "new"


@pytest.mark.parametrize("is_read_first", [True, False])
def test_folder_without_init_file_is_a_package_to_all_tools(site, is_read_first):
    root = site(
        {
            "shop/routes/items/[id]/route.py": GET,
            "shop/routes/items/[id]/answer.txt": "42",
        }
    )
    if is_read_first:
        get_snapshot()

    package = import_module("shop.routes.items.id__param")

    folder = str(root / "shop/routes/items/[id]")
    assert list(package.__path__) == [folder]
    assert package.__package__ == package.__name__ == package.__spec__.name
    assert package.__spec__.submodule_search_locations == [folder]
    assert resources.files(package).joinpath("answer.txt").read_text() == "42"
    assert importlib.reload(package) is package


def test_folder_without_init_file_has_an_empty_source(tmp_path):
    (tmp_path / "notes.txt").write_text("42")
    init = str(tmp_path / "__init__.py")

    loader = BareFolderLoader("shop.routes.id__param", init)

    assert loader.get_source("shop.routes.id__param") == ""
    assert loader.get_data(str(tmp_path / "notes.txt")) == b"42"
    with pytest.raises(FileNotFoundError):
        loader.get_data(str(tmp_path / "missing.txt"))


def test_importer_is_there_only_while_routes_are_read(site):
    site("folder_forms")
    get_snapshot()

    finders = [finder for finder in sys.meta_path if isinstance(finder, RouteImporter)]

    assert finders == []


def test_importer_leaves_all_other_names_alone():
    with RouteImporter([], set()) as _:
        found = sys.meta_path[0].find_spec("shop.routes.items", None)

    assert found is None


def test_import_that_is_on_its_way_misses_no_finder_when_the_importer_goes():
    with RouteImporter([], set()) as _:
        on_the_way = sys.meta_path
        finders = list(on_the_way)

    assert on_the_way == finders
    assert sys.meta_path is not on_the_way


def test_traceback_names_the_file_of_the_route(site):
    root = site({"shop/routes/[id]/route.py": "def GET(id):\n    raise KeyError(id)\n"})
    handler = get_snapshot().endpoints[0].handlers["GET"].function

    assert inspect.getsourcefile(handler) == str(root / "shop/routes/[id]/route.py")
    assert inspect.getsource(handler) == "def GET(id):\n    raise KeyError(id)\n"
