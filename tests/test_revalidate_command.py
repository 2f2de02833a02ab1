"""`manage.py revalidate` ends entries from a shell."""

import io

import pytest
from django.core.management import CommandError, call_command

from tests.backends import backend, backend_settings, use_backend
from tests.clients import send
from tests.example_project.serving import get_free_port
from tests.projects import ask_project, run_project

__all__ = ["backend", "backend_settings", "send", "use_backend"]

FILES = {
    "shop/routes/posts/route.py": """
        revalidate = False
        tags = ["posts"]
        def GET(): return {}
    """,
    "shop/routes/posts/[slug]/route.py": """
        revalidate = False
        tags = ["posts", "post:{slug}"]
        def GET(): return {}
    """,
    "shop/routes/about/route.py": """
        revalidate = False
        def GET(): return {}
    """,
}

PATHS = ["/about", "/posts", "/posts/a", "/posts/b"]


@pytest.fixture
def shop(use_backend, site):
    """Install the shop, on a cache that other processes see, too."""
    use_backend("file")
    site(FILES)


def run_revalidate(*arguments):
    """Return what `manage.py revalidate` prints."""
    out = io.StringIO()
    call_command("revalidate", *arguments, stdout=out, no_color=True)
    return out.getvalue()


def find_kept(send):
    """Return the paths that are answered from the cache, and fresh."""
    statuses = {path: send("GET", path)["Cache-Status"] for path in PATHS}
    return [path for path, s in statuses.items() if s == "routehandlers; hit"]


@pytest.mark.parametrize(
    ("arguments", "kept", "text"),
    [
        (["--tag", "posts"], ["/about"], "tag 'posts'"),
        (["--tag", "post:a"], ["/about", "/posts", "/posts/b"], "tag 'post:a'"),
        (
            ["--tag", "post:a", "--tag", "post:b"],
            ["/about", "/posts"],
            "tag 'post:a', tag 'post:b'",
        ),
        (["--path", "/posts"], ["/about", "/posts/a", "/posts/b"], "path '/posts'"),
        (["--path", "/posts", "--below"], ["/about"], "path '/posts' and below"),
        (
            ["--path", "/posts/[slug]", "--path", "/about"],
            ["/posts"],
            "path '/posts/[slug]', path '/about'",
        ),
        (
            ["--path", "/about", "--tag", "post:b"],
            ["/posts", "/posts/a"],
            "tag 'post:b', path '/about'",
        ),
    ],
)
def test_named_entries_end(shop, send, arguments, kept, text):
    find_kept(send)
    assert find_kept(send) == PATHS

    out = run_revalidate(*arguments)

    assert out == f"Ended: {text}.\n"
    assert find_kept(send) == kept


def test_stale_entries_are_served_once_more(shop, send):
    find_kept(send)

    out = run_revalidate("--tag", "posts", "--path", "/about", "--stale")

    assert out == "Made stale: tag 'posts', path '/about'.\n"
    first, second = [
        {path: send("GET", path)["Cache-Status"] for path in PATHS} for _ in range(2)
    ]
    assert set(first.values()) == {"routehandlers; hit; detail=stale"}
    assert set(second.values()) == {"routehandlers; hit"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Nothing to end: give --tag or --path."),
        (["--stale"], "Nothing to end: give --tag or --path."),
        (["--tag", "posts", "--tag", ""], "A tag has one letter at least."),
        (
            ["--below", "--tag", "posts"],
            "--below says nothing of tags: give --path, too.",
        ),
        (
            ["--path", "/post/[slug]"],
            "No route has the folder path '/post/[slug]'. Did you mean "
            "'/posts/[slug]'?",
        ),
        (["--path", "posts"], "'posts' is not a path: it must begin with one slash."),
    ],
)
def test_mistake_is_told(shop, arguments, message):
    with pytest.raises(CommandError) as caught:
        run_revalidate(*arguments)

    assert (str(caught.value), caught.value.returncode) == (message, 1)


def test_path_that_nothing_cached_has_is_named(shop):
    out, err = io.StringIO(), io.StringIO()
    arguments = ["--path", "/posts/a", "--path", "/nowhere", "--path", "/posts/[slug]"]

    call_command("revalidate", *arguments, stdout=out, stderr=err, no_color=True)

    assert err.getvalue() == "No cached route serves '/nowhere'.\n"
    assert out.getvalue().startswith("Ended: ")


def test_cache_that_fails_is_told(site):
    backend = "django.core.cache.backends.redis.RedisCache"
    location = f"redis://127.0.0.1:{get_free_port()}"
    site(FILES, CACHES={"default": {"BACKEND": backend, "LOCATION": location}})

    with pytest.raises(CommandError, match="entries may still be served") as caught:
        run_revalidate("--tag", "posts")

    assert caught.value.returncode == 1


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--tag", "posts"], 0), ([], 1), (["--path", "x"], 1)]
)
def test_exit_code_of_the_process(tmp_path, backend_settings, arguments, code):
    settings = backend_settings("file")

    result = run_project(
        tmp_path, FILES, "manage.py", "revalidate", *arguments, **settings
    )

    assert result.returncode == code
    assert (result.stdout == "") is (code == 1)


ASK = """
    answer = [Client().get(path)["Cache-Status"] for path in ("/about", "/posts")]
"""


def test_other_process_sees_what_was_ended(tmp_path, backend_settings):
    settings = backend_settings("file")
    ask_project(tmp_path, FILES, ASK, **settings)
    before = ask_project(tmp_path, FILES, ASK, **settings)

    run_project(
        tmp_path, FILES, "manage.py", "revalidate", "--tag", "posts", **settings
    )

    after = ask_project(tmp_path, FILES, ASK, **settings)
    assert before == ["routehandlers; hit"] * 2
    assert after == ["routehandlers; hit", "routehandlers; fwd=stale; stored"]
