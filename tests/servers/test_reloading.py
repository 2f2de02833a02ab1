"""What changes below `routes/` is served soon, by every server that reloads."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest

from tests.projects import write_project
from tests.servers.serving import PATIENCE, running
from tests.trees import write_tree

RUNSERVER = "manage.py runserver {address} --settings"
COMMANDS = {
    "runserver": f"{RUNSERVER} settings",
    "runserver with watchfiles": f"{RUNSERVER} settings_watchfiles",
    "uvicorn": "stat_uvicorn.py --port {port} --reload site_asgi:application",
    "uvicorn with watchfiles": "-m uvicorn --port {port} --reload site_asgi:application",
    "gunicorn": "-m gunicorn -b {address} --reload --threads 2 site_wsgi",
}

# These are started again for new and deleted files, too. In the others the routes are
# read again, and so they are where watchfiles misses a file in a folder that is new.
WATCHING = {"runserver with watchfiles", "uvicorn with watchfiles"}
NOTICING = {"runserver", *WATCHING}

STAT_UVICORN = """
    import sys

    sys.modules["watchfiles"] = None

    from uvicorn import main

    if __name__ == "__main__":
        main()
"""


def say(word):
    return f"def GET(): return {word!r}\n"


BROKEN = "def GET(: return 1\n"
IMPORTING = "from {} import WORD\n\n\ndef GET(): return WORD\n"

FILES = {
    "site_wsgi.py": """
        from django.core.wsgi import get_wsgi_application

        application = get_wsgi_application()
    """,
    "site_asgi.py": """
        from django.core.asgi import get_asgi_application

        application = get_asgi_application()
    """,
    "stat_uvicorn.py": STAT_UVICORN,
    "settings_watchfiles.py": """
        from settings import *

        INSTALLED_APPS = [*INSTALLED_APPS, "django_watchfiles"]
    """,
    "shop/refuse.py": """
        from django.http import HttpResponse

        def refuse(get_response):
            return lambda request: HttpResponse(status=403)
    """,
    "shop/routes/process/route.py": "import os\n\ndef GET(): return os.getpid()",
}


class Servers:
    """All servers, over one project, so that a change is made once for all of them."""

    def __init__(self, root, sites):
        self.root, self.sites = root, sites

    def write(self, files):
        write_tree(self.root, files)

    def expect(self, path, status, content=None, sites=None):
        """Wait until every server answers a path so."""
        left, end = dict.fromkeys(sites or self.sites), get_end()
        while left and time.monotonic() < end:
            for site in list(left):
                left[site] = ask(site, path)
                if left[site] and is_like(left[site], status, content):
                    del left[site]
            time.sleep(0.1)
        assert not left, {
            site.name: (answer and (answer.status, answer.body), read_log(site))
            for site, answer in left.items()
        }

    def find_processes(self):
        """Return which process serves, for every server."""
        self.expect("/process", 200)
        return {site.name: ask(site, "/process").body for site in self.sites}

    @contextmanager
    def starting_again(self, but=()):
        """Wait until every server that notices all changes itself has started again."""
        before, names = self.find_processes(), NOTICING.difference(but)
        yield
        end = get_end()
        left = {site for site in self.sites if site.name in names}
        while left and time.monotonic() < end:
            for site in list(left):
                answer = ask(site, "/process")
                if answer and answer.status == 200 and answer.body != before[site.name]:
                    left.remove(site)
            time.sleep(0.1)
        assert not left, {site.name: read_log(site) for site in left}

    def settle(self):
        """Let the servers that look at files once a second see those of now first."""
        time.sleep(1.2)


def get_end():
    return time.monotonic() + PATIENCE


def is_like(answer, status, content):
    return answer.status == status and content in (None, answer.body.decode())


def read_log(site):
    return site.log.read_text()[-3000:]


def ask(site, path):
    """Return an answer, None from a server that is on its way to start again."""
    try:
        answer = site.ask(path)
    except OSError:
        answer = None
    return answer if answer and answer.received and is_complete(answer) else None


def is_complete(answer):
    length = answer.headers.get("content-length", "-1")
    return len(answer.body) == int(length)


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    environment = write_project(
        root,
        FILES,
        DEBUG=True,
        INSTALLED_APPS=APPS,
        # It says where each answer ends.
        MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    )
    # Byte code is a part of the story.
    del environment["PYTHONDONTWRITEBYTECODE"]
    (root / "shop/routes/linked").symlink_to(root / "elsewhere")
    with ExitStack() as stack:
        sites = [
            stack.enter_context(running(root, name, command, environment))
            for name, command in COMMANDS.items()
        ]
        yield Servers(root, sites)


@pytest.fixture(autouse=True)
def _steady(servers):
    """Ask for a route that never changes, all the while."""
    servers.expect("/steady", 200, '"steady"')
    is_over, answers = [], {site.name: set() for site in servers.sites}

    def visit(site):
        while not is_over:
            answer = ask(site, "/steady")
            if answer is not None:
                answers[site.name].add((answer.status, answer.body))
            time.sleep(0.1)

    with ThreadPoolExecutor(len(servers.sites)) as pool:
        visits = [pool.submit(visit, site) for site in servers.sites]
        try:
            yield
        finally:
            is_over.append(True)
    for visit in visits:
        visit.result()
    assert answers == {site.name: {(200, b'"steady"')} for site in servers.sites}


FILES |= {"shop/routes/steady/route.py": say("steady")}
APPS = ["django_routehandlers", "shop", "blog"]
FILES |= {"blog/__init__.py": "", "elsewhere/deep/": ""}


def test_new_folder_that_gets_its_file_later(servers):
    with servers.starting_again(but=WATCHING):
        servers.write({"shop/routes/empty/[...slug]/": ""})
    servers.expect("/empty/1", 404)

    with servers.starting_again():
        servers.write({"shop/routes/empty/[...slug]/route.py": say("later")})

    servers.expect("/empty/1", 200, '"later"')


FILES |= {"shop/routes/deleted/route.py": say("there")}


def test_deleted_route(servers):
    servers.expect("/deleted", 200, '"there"')

    with servers.starting_again():
        (servers.root / "shop/routes/deleted/route.py").unlink()

    servers.expect("/deleted", 404)


RENAMED = "def GET(params): return params"
FILES |= {"shop/routes/renamed/[id]/route.py": RENAMED}


def test_renamed_folder(servers):
    servers.expect("/renamed/1", 200, '{"id":"1"}')

    folder = servers.root / "shop/routes/renamed"
    with servers.starting_again(but={"uvicorn with watchfiles"}):
        (folder / "[id]").rename(folder / "[pk]")

    servers.expect("/renamed/1", 200, '{"pk":"1"}')


def test_first_routes_folder_of_an_app(servers):
    servers.expect("/blog", 404)

    with servers.starting_again(but=WATCHING):
        servers.write({"blog/routes/blog/route.py": say("first")})

    servers.expect("/blog", 200, '"first"')


FILES |= {"shop/routes/broken/route.py": say("whole")}


def test_syntax_error_in_a_route(servers):
    servers.expect("/broken", 200, '"whole"')
    servers.settle()
    servers.write({"shop/routes/broken/route.py": BROKEN})
    servers.expect("/broken", 500)

    save_by_rename(servers.root / "shop/routes/broken/route.py", say("mended"))

    servers.expect("/broken", 200, '"mended"')


def save_by_rename(file, text):
    """Write a file as vim does."""
    swap, probe, backup = (file.with_name(n) for n in (".route.py.swp", "4913", "~"))
    swap.touch()
    probe.touch()
    probe.unlink()
    file.rename(backup)
    file.write_text(text)
    backup.unlink()
    swap.unlink()


FILES |= {
    "shop/routes/guarded/middleware.py": "middleware = [\n",
    "shop/routes/guarded/route.py": say("guarded"),
}


def test_syntax_error_in_a_middleware_file(servers):
    servers.expect("/guarded", 500)

    with servers.starting_again():
        servers.write({"shop/routes/guarded/middleware.py": "middleware = []\n"})

    servers.expect("/guarded", 200, '"guarded"')


FILES |= {"shop/routes/marked/route.py": say("marked")}


def test_new_middleware_file(servers):
    servers.expect("/marked", 200, '"marked"')

    servers.write(
        {"shop/routes/marked/middleware.py": 'middleware = ["shop.refuse.refuse"]'}
    )

    servers.expect("/marked", 403)


FILES |= {
    "shop/routes/helped/helper.py": "WORD = \n",
    "shop/routes/helped/route.py": IMPORTING.format(".helper"),
}


def test_syntax_error_in_a_helper(servers):
    servers.expect("/helped", 500)

    with servers.starting_again():
        servers.write({"shop/routes/helped/helper.py": 'WORD = "helped"\n'})

    servers.expect("/helped", 200, '"helped"')


FILES |= {
    "shop/words.py": "WORD = \n",
    "shop/routes/worded/route.py": IMPORTING.format("shop.words"),
}


def test_syntax_error_in_a_module_outside_the_routes(servers):
    servers.expect("/worded", 500)

    with servers.starting_again():
        servers.write({"shop/words.py": 'WORD = "worded"\n'})

    servers.expect("/worded", 200, '"worded"')


FILES |= {
    "shop/services/__init__.py": "",
    "shop/routes/serviced/route.py": IMPORTING.format("shop.services.words"),
}


def test_missing_module(servers):
    servers.expect("/serviced", 500)

    with servers.starting_again():
        servers.write({"shop/services/words.py": 'WORD = "serviced"\n'})

    servers.expect("/serviced", 200, '"serviced"')


def test_new_route_behind_a_link(servers):
    with servers.starting_again():
        servers.write({"elsewhere/deep/route.py": say("linked")})

    servers.expect("/linked/deep", 200, '"linked"')


def test_nothing_is_started_again_for_byte_code_and_swap_files(servers):
    servers.settle()
    before = servers.find_processes()
    logs = {site.name: site.log.read_text() for site in servers.sites}
    folder = servers.root / "shop/routes/steady"

    (folder / ".route.py.swp").write_bytes(b"")
    (folder / "4913").write_bytes(b"")
    (folder / "4913").unlink()
    os.utime(folder / "__pycache__")
    (folder / "__pycache__/route.pyc").write_bytes(b"")
    (servers.root / "shop/notes.txt").write_bytes(b"")
    servers.settle()
    servers.settle()

    assert servers.find_processes() == before
    assert {n: count_starts(text) for n, text in logs.items()} == {
        site.name: count_starts(site.log.read_text()) for site in servers.sites
    }


def count_starts(log):
    return log.lower().count("reloading")
