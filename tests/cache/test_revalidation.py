"""A call names what it ends, and does it when the data is there for all to see."""

import logging

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, connections, transaction
from django.test import TestCase
from django.urls import include, path, set_script_prefix

from django_routehandlers.cache import (
    RevalidationError,
    arevalidate_path,
    arevalidate_tag,
    revalidate_path,
    revalidate_tag,
)
from django_routehandlers.cache.hits import get_named_keys
from django_routehandlers.cache.lookups import (
    get_below_tag,
    get_path_tag,
    get_pattern_tag,
    get_version_keys,
)
from django_routehandlers.cache.runs import Run, entered
from django_routehandlers.cache.store import Store, get_store
from tests.cache.failing import FAILING, failing
from tests.clients import counted

CACHED = "revalidate = 60\ndef GET(): return {}\n"

FILES = {
    "shop/routes/route.py": CACHED,
    "shop/routes/blog/route.py": CACHED,
    "shop/routes/blog/[slug]/route.py": CACHED,
    "shop/routes/blog/[slug]/edit/route.py": CACHED,
    "shop/routes/users/[id]/posts/[post]/route.py": CACHED,
    "shop/routes/files/[...parts]/route.py": CACHED,
    "shop/routes/about/route.py": "def GET(): return {}\n",
}

URLS = [
    path("", include("django_routehandlers.urls")),
    path("v1/", include("django_routehandlers.urls")),
]


@pytest.fixture
def bumped():
    """Return a function that tells which keys were given a new version, and forgets."""
    with counted(Store, "bump") as calls:

        def get_keys():
            keys = [set(keys) for _, keys in calls]
            calls.clear()
            return keys

        yield get_keys


def get_hard(*tags):
    return {get_version_keys(tag)[0] for tag in tags}


def get_soft(*tags):
    return {get_version_keys(tag)[1] for tag in tags}


TWINS = {
    "sync": (revalidate_tag, revalidate_path),
    "async": (async_to_sync(arevalidate_tag), async_to_sync(arevalidate_path)),
}


@pytest.fixture(params=TWINS)
def end_tag(request):
    return TWINS[request.param][0]


@pytest.fixture(params=TWINS)
def end_path(request):
    return TWINS[request.param][1]


# Which versions.


def test_a_tag_gets_a_new_hard_version(bumped, end_tag):
    end_tag("posts")

    assert bumped() == [{get_named_keys("posts")[0]}]


def test_with_stale_it_gets_a_new_soft_version(bumped, end_tag):
    end_tag("posts", stale=True)

    assert bumped() == [{get_named_keys("posts")[1]}]


def test_many_tags_are_one_call(bumped, end_tag):
    end_tag("posts", "post:1")

    assert bumped() == [{get_named_keys("posts")[0], get_named_keys("post:1")[0]}]


def test_no_tag_is_no_call(bumped, end_tag):
    end_tag()

    assert bumped() == []


@pytest.mark.parametrize("tag", [None, 1, b"posts", ["posts"]], ids=repr)
def test_a_tag_is_text(bumped, end_tag, tag):
    with pytest.raises(TypeError) as caught:
        end_tag("posts", tag)

    assert str(caught.value) == f"A tag is a str, not {tag!r}."
    assert bumped() == []


@pytest.mark.parametrize("path", [None, 5, b"/blog", ["/blog"]], ids=repr)
def test_a_path_is_text(bumped, end_path, path):
    with pytest.raises(TypeError) as caught:
        end_path(path)

    assert str(caught.value) == f"A path is a str, not {path!r}."
    assert bumped() == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/blog/a", "/blog/a"),
        ("/blog/a/", "/blog/a"),
        ("/blog/a?page=2#top", "/blog/a"),
        ("/blog/caf%C3%A9", "/blog/café"),
        ("/", "/"),
        ("/nowhere", "/nowhere"),
    ],
)
def test_a_path_is_one_tag(bumped, end_path, text, expected):
    end_path(text)
    end_path(text, stale=True)

    tag = get_path_tag(expected)
    assert bumped() == [get_hard(tag), get_soft(tag)]


def test_a_folder_path_stands_for_all_that_its_route_serves(site, bumped, end_path):
    site(FILES)

    end_path("/blog/[slug]")
    end_path("/blog/[slug]", stale=True)

    tag = get_pattern_tag("/blog/[slug]")
    assert bumped() == [get_hard(tag), get_soft(tag)]


def test_below_a_folder_path_are_longer_ones(site, bumped, end_path):
    site(FILES)

    end_path("/blog/[slug]", below=True)
    end_path("/users/[id]", below=True)

    assert bumped() == [
        get_hard(get_pattern_tag("/blog/[slug]"), get_pattern_tag("/blog/[slug]/edit")),
        get_hard(get_pattern_tag("/users/[id]/posts/[post]")),
    ]


def test_below_a_static_path_are_the_routes_that_begin_so(site, bumped, end_path):
    site(FILES)

    end_path("/blog", below=True)

    patterns = ["/blog", "/blog/[slug]", "/blog/[slug]/edit"]
    assert bumped() == [
        get_hard(get_path_tag("/blog"), *map(get_pattern_tag, patterns))
    ]


@pytest.mark.parametrize("text", ["/blog/a", "/users/1/posts", "/files/a/b"])
def test_below_a_path_with_a_value_are_the_entries_that_know_it(
    site, bumped, end_path, text
):
    site(FILES)

    end_path(text, below=True)

    assert bumped() == [get_hard(get_path_tag(text), get_below_tag(text))]


def test_below_the_root_is_all_that_is_cached(site, bumped, end_path):
    site(FILES)

    end_path("/", below=True, stale=True)

    cached = [name[11:-9] or "/" for name in FILES if "about" not in name]
    assert bumped() == [
        get_soft(get_path_tag("/"), *(get_pattern_tag(name) for name in cached))
    ]


def test_each_mount_has_its_paths(site, settings, bumped, end_path):
    site(FILES, ROOT_URLCONF=type("urls", (), {"urlpatterns": URLS}))

    end_path("/v1/blog", below=True)
    end_path("/v1/blog/a", below=True)

    patterns = ["/blog", "/blog/[slug]", "/blog/[slug]/edit"]
    assert bumped() == [
        get_hard(get_path_tag("/v1/blog"), *map(get_pattern_tag, patterns)),
        get_hard(get_path_tag("/v1/blog/a"), get_below_tag("/v1/blog/a")),
    ]


@pytest.mark.parametrize("path", ["/app/blog/a", "/blog/a"])
def test_below_a_script_prefix_paths_may_have_it(site, bumped, end_path, path):
    site(FILES)
    set_script_prefix("/app/")
    try:
        end_path(path, below=True)
    finally:
        set_script_prefix("/")

    assert bumped() == [get_hard(get_path_tag("/blog/a"), get_below_tag("/blog/a"))]


# Mistakes.


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("/blog/[slag]", " Did you mean '/blog/[slug]'?"),
        ("/blog/[slug]/", " Did you mean '/blog/[slug]'?"),
        ("/v1/blog/[slug]", " Did you mean '/blog/[slug]'?"),
        ("[x]", ""),
    ],
)
@pytest.mark.parametrize("below", [False, True])
def test_a_folder_path_that_no_route_has_is_an_error(
    site, bumped, end_path, text, hint, below
):
    site(FILES)

    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is below
        end_path(text, below=below)

    assert str(caught.value) == f"No route has the folder path {text!r}.{hint}"
    assert bumped() == []


@pytest.mark.parametrize("text", ["", "blog/a", "//host/blog", "https://host/blog"])
def test_what_is_no_path_is_an_error(bumped, end_path, text):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is below
        end_path(text)

    assert str(caught.value) == (
        f"{text!r} is not a path: it must begin with one slash."
    )
    assert bumped() == []


@pytest.mark.parametrize(
    ("text", "below", "is_told"),
    [
        ("/blog/a", False, False),
        ("/about", False, True),
        ("/blgo/a", False, True),
        ("/blgo/a", True, False),
    ],
)
def test_in_debug_a_path_that_is_nowhere_is_told(
    site, settings, caplog, text, below, is_told
):
    site(FILES, DEBUG=True)

    revalidate_path(text, below=below)

    message = f"revalidate_path({text!r}): no cached route serves that path."
    told = [record.getMessage() for record in caplog.records]
    assert told == ([message] if is_told else [])


def test_a_cached_get_may_end_nothing(bumped, end_tag):
    with (
        entered(Run("shop/routes/x/route.py")),
        pytest.raises(RevalidationError) as caught,
    ):
        end_tag("posts")

    assert str(caught.value) == (
        "GET in shop/routes/x/route.py ends entries while it makes one. Do it where "
        "the data changes: in a POST handler, or after a save."
    )
    assert bumped() == []


def test_a_failure_is_raised(settings, end_tag):
    settings.CACHES = FAILING

    with failing(), pytest.raises(RevalidationError, match="connection refused"):
        end_tag("posts")


def test_a_cache_in_a_database_is_not_asked_on_an_event_loop(use_backend, caplog):
    use_backend("database")

    async def end():
        revalidate_tag("posts")

    with pytest.raises(RevalidationError) as caught:
        async_to_sync(end)()

    assert str(caught.value) == (
        "The cache 'default' can't be asked on an event loop. "
        "Await arevalidate_tag() or arevalidate_path() there."
    )
    # The cache is well, and is used on.
    assert (get_store().is_usable, caplog.messages) == (True, [])


# Transactions.


def fail_inside():
    with transaction.atomic():
        revalidate_tag("posts")
        raise KeyError


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_it_happens_on_commit(bumped, end_tag):
    with transaction.atomic():
        with transaction.atomic():
            end_tag("posts")
        before = bumped()

    assert (before, bumped()) == ([], [{get_named_keys("posts")[0]}])


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_rolled_back_ends_nothing(bumped):
    with pytest.raises(KeyError):
        fail_inside()

    assert bumped() == []


@pytest.mark.django_db(transaction=True)
def test_a_savepoint_that_is_rolled_back_ends_nothing(bumped):
    with transaction.atomic():
        with pytest.raises(KeyError):
            fail_inside()
        revalidate_tag("users")

    assert bumped() == [{get_named_keys("users")[0]}]


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_it_happens_at_once(bumped, end_tag):
    connection.ensure_connection()

    end_tag("posts")

    assert bumped() == [{get_named_keys("posts")[0]}]


def test_a_transaction_of_any_database_counts(use_backend, bumped):
    use_backend("database")
    [alias] = [name for name in connections if name.startswith("cache_")]

    with transaction.atomic(using=alias):
        revalidate_tag("posts")
        before = bumped()

    assert (before, bumped()) == ([], [{get_named_keys("posts")[0]}])


@pytest.mark.django_db(transaction=True)
def test_a_failure_on_commit_is_in_the_log(settings, caplog):
    settings.CACHES = FAILING

    with failing(), transaction.atomic():
        revalidate_tag("posts")

    record = caplog.records[-1]
    assert (record.levelno, record.name) == (
        logging.ERROR,
        "django_routehandlers.cache",
    )
    assert record.getMessage() == (
        "The cache 'default' failed, so entries may still be served that should not: "
        "connection refused Try again when it is back."
    )


class TransactionsOfATestCase(TestCase):
    """The transaction around a test is not one of the project's."""

    @pytest.fixture(autouse=True)
    def _bumped(self, bumped):
        self.bumped = bumped

    def test_in_the_test_itself_it_happens_at_once(self):
        revalidate_tag("posts")

        assert self.bumped() == [{get_named_keys("posts")[0]}]

    def test_in_a_transaction_of_the_test_it_waits_for_the_callbacks(self):
        with self.captureOnCommitCallbacks(execute=True) as callbacks:
            with transaction.atomic():
                revalidate_tag("posts")
            before = self.bumped()

        assert (before, len(callbacks)) == ([], 1)
        assert self.bumped() == [{get_named_keys("posts")[0]}]

    def test_what_is_rolled_back_has_no_callback(self):
        with (
            self.captureOnCommitCallbacks(execute=True) as callbacks,
            pytest.raises(KeyError),
        ):
            fail_inside()

        assert (callbacks, self.bumped()) == ([], [])
