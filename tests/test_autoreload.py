"""The development server watches the routes of every installed app."""

from pathlib import Path

from django.utils.autoreload import BaseReloader, StatReloader, autoreload_started

from django_routehandlers.autoreload import watch_routes

GET = "def GET(): return {}\n"

FILES = {
    "shop/routes/items/[id]/route.py": GET,
    "shop/routes/items/[id]/helpers.py": "",
    "shop/routes/items/middleware.py": "middleware = []",
    "shop/routes/_private/notes.py": "",
    "shop/routes/docs/[...slug]/__pycache__/route.cpython-311.pyc": "",
    "shop/models.py": "",
    "blog/routes/route.py": GET,
    "plain/models.py": "",
}


def watch(root):
    reloader = StatReloader()
    watch_routes(reloader)
    folders = {
        str(path.relative_to(root))
        for path in reloader.extra_files
        if path.is_relative_to(root)
    }
    globs = {
        str(path.relative_to(root)): patterns
        for path, patterns in reloader.directory_globs.items()
        if path.is_relative_to(root)
    }
    return folders, globs


def test_every_folder_is_watched_so_that_new_files_are_noticed(site):
    root = site(FILES)

    folders, _ = watch(root)

    assert folders == {
        "blog/routes",
        "shop/routes",
        "shop/routes/_private",
        "shop/routes/docs",
        "shop/routes/docs/[...slug]",
        "shop/routes/items",
        "shop/routes/items/[id]",
    }


def test_every_python_file_is_watched(site):
    root = site(FILES)

    _, globs = watch(root)

    assert globs == {"blog/routes": {"**/*.py"}, "shop/routes": {"**/*.py"}}


def test_new_file_changes_what_the_reloader_compares(site):
    root = site(FILES)
    reloader = StatReloader()
    watch_routes(reloader)
    before = {path for path, _ in reloader.snapshot_files()}

    assert root / "shop/routes/docs/[...slug]" in before
    assert root / "shop/routes/items/[id]/route.py" in before
    assert root / "shop/routes/items/middleware.py" in before
    assert not any(
        "__pycache__" in str(path) for path in before if _is_ours(path, root)
    )


def _is_ours(path, root):
    return Path(path).is_relative_to(root)


def test_receiver_is_connected():
    class Reloader(BaseReloader):
        pass

    answers = autoreload_started.send_robust(sender=Reloader())

    assert (watch_routes, None) in answers


def test_project_without_routes_watches_nothing(site):
    root = site({"plain/models.py": ""})

    assert watch(root) == (set(), {})
