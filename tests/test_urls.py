"""Routes are mounted in a URLconf like any other patterns."""

import pickle

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, override_settings
from django.urls import (
    NoReverseMatch,
    Resolver404,
    URLResolver,
    get_resolver,
    include,
    path,
    resolve,
    reverse,
)
from django.utils import translation

from django_routehandlers import urls
from django_routehandlers.cache.places import is_cached_path
from django_routehandlers.registry import forget_snapshot
from django_routehandlers.urls import (
    Mount,
    RouteTree,
    Selection,
    find_app_name,
    find_mounts,
    find_places,
    find_root_mounts,
    include_routes,
)

GET = "def GET(): return {}\n"
BOTH = {"shop/routes/items/route.py": GET, "blog/routes/posts/route.py": GET}


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), [True, True]),
        (Selection(frozenset({"shop"})), [True, False]),
        (Selection(frozenset()), [False, False]),
    ],
    ids=["all", "one", "none"],
)
def test_selection_names_apps(selection, expected):
    assert ["shop" in selection, "blog" in selection] == expected


def test_tree_is_an_ordinary_resolver(site):
    site(BOTH)
    tree = RouteTree(Selection())

    assert isinstance(tree, URLResolver)
    assert [str(p.pattern) for p in tree.url_patterns] == ["items", "posts"]
    assert tree.check() == []


def test_tree_serves_the_apps_of_its_selection(site):
    site(BOTH)
    tree = RouteTree(Selection(frozenset({"blog"})))

    assert [str(pattern.pattern) for pattern in tree.url_patterns] == ["posts"]
    assert tree.resolve("posts").route == "posts"
    with pytest.raises(Resolver404):
        tree.resolve("items")


def test_tree_reads_nothing_before_it_is_asked(site):
    site({"shop/routes/x/route.py": "raise AssertionError"})

    tree = RouteTree(Selection())

    assert repr(tree) == "<RouteTree [] (None:None) ''>"


def test_prefix_is_part_of_the_path(site):
    site(BOTH)
    tree = RouteTree(Selection(), "api/")

    assert tree.resolve("api/items").url_name == "/items"
    with pytest.raises(Resolver404) as caught:
        tree.resolve("items")
    assert caught.value.args == ({"path": "items"},)


@pytest.mark.parametrize("debug", [True, False])
def test_miss_names_the_patterns_in_debug_only(site, debug):
    site(BOTH, DEBUG=debug)
    tree = RouteTree(Selection())

    with pytest.raises(Resolver404) as caught:
        tree.resolve("nothing")

    details = caught.value.args[0]
    assert details["path"] == "nothing"
    assert ("tried" in details) is debug
    if debug:
        assert details["tried"] == [[pattern] for pattern in tree.url_patterns]


def test_miss_without_any_pattern_names_none(site):
    site({"shop/": ""}, DEBUG=True)
    tree = RouteTree(Selection())

    with pytest.raises(Resolver404) as caught:
        tree.resolve("nothing")

    assert caught.value.args == ({"path": "nothing"},)


def test_lazy_path_is_resolved(site):
    from django.urls import reverse_lazy

    site(BOTH)

    assert resolve(reverse_lazy("/items")).url_name == "/items"


def test_errors_are_logged_once(site, caplog):
    site({"shop/routes/x/route.py": "1/0", "shop/routes/y/route.py": GET})
    tree, other = RouteTree(Selection()), RouteTree(Selection())

    tree.resolve("y")
    tree.resolve("y")
    other.resolve("y")

    assert caplog.record_tuples == [
        (
            "django_routehandlers",
            40,
            "shop/routes/x/route.py: (routehandlers.E011) The file can't be imported: "
            "ZeroDivisionError: division by zero\n"
            "\tHINT: Mend the file; manage.py shell -c 'import shop.routes.x.route' "
            "has the traceback.",
        )
    ]


def test_errors_are_logged_again_after_a_change(site, caplog):
    site({"shop/routes/x/route.py": "1/0"})
    tree = RouteTree(Selection())

    for _ in range(2):
        with pytest.raises(Resolver404):
            tree.resolve("y")
        forget_snapshot()

    assert len(caplog.records) == 2


def test_warnings_are_not_logged(site, caplog):
    site({"shop/routes/x/route.py": "def get(): ..."})

    resolve("/x")

    assert caplog.records == []


def test_changed_files_are_served_after_the_snapshot_is_forgotten(site):
    root = site({"shop/routes/x/route.py": GET})
    before = resolve("/x").url_name

    (root / "shop/routes/x").rename(root / "shop/routes/y")
    forget_snapshot()

    assert (before, resolve("/y").url_name) == ("/x", "/y")
    with pytest.raises(Resolver404):
        resolve("/x")


def test_reverse_follows_a_changed_setting(site):
    from django.urls import reverse

    site(BOTH)
    before = reverse("/items")

    with override_settings(ROUTE_HANDLERS={"TRAILING_SLASH": "always"}):
        inside = reverse("/items")

    assert (before, inside, reverse("/items")) == ("/items", "/items/", "/items")


def test_tree_that_is_gone_is_forgotten(site):
    import gc

    site(BOTH)
    before = len(urls._trees)

    RouteTree(Selection())
    gc.collect()

    assert len(urls._trees) <= before
    forget_snapshot()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), ["items", "posts"]),
        (("shop",), ["items"]),
        (("blog", "shop"), ["items", "posts"]),
    ],
)
def test_include_routes_takes_names(site, names, expected):
    site(BOTH)

    patterns, app_name, namespace = include_routes(*names)

    assert [str(p.pattern) for p in patterns[0].url_patterns] == expected
    assert (app_name, namespace) == (None, None)


def test_include_routes_takes_a_namespace(site):
    site(BOTH)

    assert include_routes("shop", namespace="v1")[1:] == ("v1", "v1")


NESTED = {
    "city/shop/__init__.py": "",
    "city/shop/apps.py": """
        from django.apps import AppConfig

        class Config(AppConfig):
            name = "city.shop"
            label = "corner"
    """,
    "city/shop/routes/items/route.py": GET,
}


@pytest.mark.parametrize("name", ["city.shop", "corner"])
def test_app_is_named_by_name_or_label(site, name):
    site(NESTED, apps=["city.shop"])

    assert find_app_name(name) == "city.shop"
    assert include_routes(name)[0][0].resolve("items").url_name == "/items"


@pytest.mark.parametrize("name", ["nothing", "shop", ""])
def test_app_that_is_not_installed_is_an_error(site, name):
    site(NESTED, apps=["city.shop"])

    with pytest.raises(ImproperlyConfigured) as caught:
        include_routes(name)

    assert find_app_name(name) is None
    assert str(caught.value) == (
        f"No installed app is named or labelled {name!r}. Add it to INSTALLED_APPS, or "
        "correct the name."
    )


def test_mounts_are_found_at_any_depth(site):
    site(BOTH)
    inner = [path("b/", include_routes("shop", namespace="deep"))]
    patterns = [
        path("x", lambda request: None),
        path("a/", include((inner, "app"), namespace="outer")),
        path("c/", include("django_routehandlers.urls")),
        RouteTree(Selection(frozenset(), is_automatic=True), "d/"),
    ]

    mounts = list(find_mounts(patterns))

    assert [(m.prefix, m.namespaces, m.is_automatic) for m in mounts] == [
        ("a/b/", ("outer", "deep"), False),
        ("c/", (), False),
        ("d/", (), True),
    ]
    assert [m.serves("shop") for m in mounts] == [True, True, False]
    assert all(isinstance(m, Mount) for m in mounts)


def test_root_mounts_are_those_of_the_root_urlconf(site):
    site(BOTH)

    (mount,) = find_root_mounts()

    assert (mount.prefix, mount.namespaces, mount.is_automatic) == ("", (), True)


def test_no_root_urlconf_has_no_mounts():
    with override_settings(ROOT_URLCONF=None):
        assert find_root_mounts() == []


def test_root_urlconf_of_the_package_itself(site, client):
    site(BOTH, ROOT_URLCONF="django_routehandlers.urls")

    assert [client.get(path).status_code for path in ("/items", "/own")] == [200, 404]
    assert isinstance(get_resolver().url_patterns[0], RouteTree)


def test_public_names():
    assert urls.__all__ == ["include_routes", "urlpatterns"]


def test_captures_of_an_include_stay_in_the_match(site, client):
    files = {
        "shop/routes/[id]/route.py": """
            def GET(request, **params):
                return [params, request.resolver_match.kwargs]
        """,
        "shop/urls.py": """
            from django.urls import include, path

            urlpatterns = [path("<int:tenant>/", include("django_routehandlers.urls"))]
        """,
    }
    site(files, ROOT_URLCONF="shop.urls")

    assert client.get("/7/x").json() == [{"id": "x"}, {"tenant": 7, "id": "x"}]


@pytest.mark.parametrize(
    "prefix", ['path("<slug:request>/"', 'path("<int:self>/"', r're_path(r"^(\d+)/"']
)
def test_no_capture_of_an_include_collides_with_a_handler(site, client, prefix):
    files = {
        "shop/routes/x/route.py": "def GET(): return 1",
        "shop/urls.py": f"""
            from django.urls import include, path, re_path

            urlpatterns = [{prefix}, include("django_routehandlers.urls"))]
        """,
    }
    site(files, ROOT_URLCONF="shop.urls")

    assert client.get("/7/x").json() == 1


def test_path_that_captures_twice_breaks_no_reverse(site):
    site({**BOTH, "shop/routes/[id]/[id]/route.py": GET})

    assert reverse("/items") == "/items"
    with pytest.raises(NoReverseMatch):
        reverse("/[id]/[id]", kwargs={"id": 1})


@pytest.mark.parametrize("keyword", ["def", "async def"])
def test_captures_of_an_include_leave_other_handlers_alone(site, client, keyword):
    files = {
        "shop/routes/[id]/route.py": f"{keyword} GET(request, id): return id",
        "shop/urls.py": """
            from django.urls import include, path

            urlpatterns = [path("<int:tenant>/", include("django_routehandlers.urls"))]
        """,
    }
    site(files, ROOT_URLCONF="shop.urls")

    assert client.get("/7/x").json() == "x"


def test_match_refuses_to_be_pickled_as_django_s_does(site):
    site(BOTH)

    with pytest.raises(pickle.PicklingError):
        pickle.dumps(resolve("/items"))


TRANSLATED = {
    "i18n_patterns": """
        from django.conf.urls.i18n import i18n_patterns
        from django.urls import include, path

        urlpatterns = i18n_patterns(path("", include("django_routehandlers.urls")))
    """,
    "gettext_lazy": """
        from django.urls import include, path
        from django.utils.translation import get_language
        from django.utils.functional import lazy

        prefix = lazy(lambda: f"{get_language()}/", str)()
        urlpatterns = [path(prefix, include("django_routehandlers.urls"))]
    """,
}


@pytest.mark.parametrize("urls", TRANSLATED.values(), ids=TRANSLATED)
def test_places_are_the_same_in_each_language(site, urls):
    source = "revalidate = 60\ndef GET(): return {}"
    files = {"shop/routes/a/route.py": source, "shop/urls.py": urls}
    site(files, ROOT_URLCONF="shop.urls")

    found = []
    for language in ("de", "fr"):
        with translation.override(language):
            found.append(is_cached_path(f"/{language}/a"))

    assert found == [True, True]


def test_place_is_below_the_prefix_of_its_mount(site):
    source = "revalidate = 60\ndef GET(): return {}"
    files = {"shop/routes/a/route.py": source, "shop/routes/b/route.py": GET}
    site(files, ROUTE_HANDLERS={"MOUNT": "api"})

    places = find_places()

    shown = [(place.prefix, place.path, place in places.cached) for place in places.all]
    assert shown == [("api/", "/a", True), ("api/", "/b", False)]
    assert [is_cached_path(path) for path in ("/api/a", "/api/b", "/a")] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    "mount", ['include("django_routehandlers.urls")', "include_routes('shop')"]
)
def test_mount_of_an_app_that_is_not_installed_is_told(site, mount):
    urls = f"""
        from django.urls import include, path
        from django_routehandlers.urls import include_routes
        urlpatterns = [path("", {mount})]
    """
    files = {"shop/urls.py": urls, "shop/routes/route.py": "def GET(): return 1\n"}
    site(files, ROOT_URLCONF="shop.urls", INSTALLED_APPS=["shop"])

    with pytest.raises(ImproperlyConfigured) as caught:
        Client().get("/")

    assert str(caught.value) == (
        "The URLconf mounts routes, and their app is not installed. Add "
        "'django_routehandlers' to INSTALLED_APPS."
    )
