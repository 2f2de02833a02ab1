"""A route that a pattern of the project hides for certain is named; no other is."""

import pytest
from django.apps import apps
from django.core.checks import Warning as CheckWarning
from django.urls import converters, resolvers

from django_routehandlers.shadow_checks import check_shadows
from tests.projects import run_project

URLS = """
    from django.contrib import admin
    from django.conf.urls.i18n import i18n_patterns
    from django.urls import URLPattern, URLResolver, include, path, re_path
    from django.urls.resolvers import RoutePattern
    from django.utils.translation import gettext_lazy

    from django_routehandlers.urls import RouteTree, Selection, include_routes


    def page(request, *args, **kwargs): ...


    class Choosy(URLPattern):
        def resolve(self, path): ...


    automatic = RouteTree(Selection(is_automatic=True))
    urlpatterns = [PATTERNS]
"""


def write_site(patterns, *folders):
    files = {f"shop/routes/{f}/route.py": "def POST(): ..." for f in folders}
    return files | {"shop/urls.py": URLS.replace("PATTERNS", patterns)}


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    """Register two converters for a test."""

    def forget():
        converters.get_converters.cache_clear()
        resolvers._route_to_regex.cache_clear()

    with monkeypatch.context() as patch:
        for name, kind in (("even", Even), ("rare", Rare)):
            patch.setitem(converters.REGISTERED_CONVERTERS, name, kind())
        forget()
        yield
    forget()


@pytest.fixture
def find(site):
    """Return a function that gives the warnings for patterns and folders."""

    def find_shadows(patterns, *folders, **settings):
        files = write_site(patterns, *folders)
        site(files, **{"ROOT_URLCONF": "shop.urls", **settings})
        return check_shadows(None)

    return find_shadows


def make_warning(name, url, *folders, mount=None, rest=""):
    first, *others = [f"shop/routes/{folder}/route.py" for folder in folders]
    hint = f"Move the routes in front of {name!r} in the URLconf."
    if mount is not None:
        hint = (
            f"Put path({mount!r}, include('django_routehandlers.urls')) in front of "
            f"{name!r} in the URLconf."
        )
    also = f" (also: {', '.join(others)}{rest})" if others else ""
    return CheckWarning(
        f"The pattern {name!r} of the URLconf, for shop.urls.page, answers {url!r} "
        f"before the route.{also}",
        hint=hint,
        obj=first,
        id="routehandlers.W008",
    )


@pytest.mark.parametrize(
    ("patterns", "name", "folder", "url"),
    [
        ("path('items', page)", "items", "items", "/items"),
        ("re_path('^items$', page)", "^items$", "items", "/items"),
        ("path('a/', include([path('b', page)]))", "a/b", "a/b", "/a/b"),
        ("path('<path:rest>', page)", "<path:rest>", "items", "/items"),
        ("path('<str:name>', page)", "<str:name>", "[id]", "/x"),
        ("path('<str:name>', page)", "<str:name>", "[id=int]", "/0"),
        ("path('<int:name>', page)", "<int:name>", "[id=int]", "/0"),
        ("path('<slug:name>', page)", "<slug:name>", "[id=uuid]", None),
        ("path('x/<path:p>', page)", "x/<path:p>", "x/[...rest]", "/x/x"),
        ("re_path('.*', page)", ".*", "(group)/[[...rest]]", "/"),
        ("re_path('.*', page)", ".*", "[a]/b/[c=slug]", "/x/b/x"),
        ("re_path('^', page)", "^", "(root)", "/"),
    ],
)
def test_pattern_that_takes_every_url_of_a_route_hides_it(
    find, patterns, name, folder, url
):
    url = url or "/075194d3-6885-417e-a8a8-6c931e272f00"

    found = find(f"{patterns}, automatic", folder)

    assert found == [make_warning(name, url, folder, mount="")]


@pytest.mark.parametrize(
    ("patterns", "folder"),
    [
        ("path('items/', page)", "items"),
        ("path('items', page)", "items/x"),
        ("path('items/new', page)", "items/[id]"),
        ("path('items/<int:id>', page)", "items/[id]"),
        ("path('items/<slug:id>', page)", "items/[id]"),
        (r"re_path(r'^items/\d{4}$', page)", "items/[id=int]"),
        ("path('<str:x>', page)", "[...rest]"),
        ("path('x/<path:p>', page)", "x/[[...rest]]"),
        # Wagtail's and an app of one page's.
        (r"re_path(r'^((?:[\w\-]+/)*)$', page)", "items"),
        ("re_path('^(?!api/).*$', page)", "api/items"),
        ("path('a/', include([path('b', page)]))", "a/c"),
    ],
)
def test_pattern_that_leaves_some_url_of_a_route_hides_nothing(find, patterns, folder):
    assert find(f"{patterns}, automatic", folder) == []


@pytest.mark.parametrize(
    "pattern",
    [
        "path('<even:x>', page)",
        "path(gettext_lazy('items'), page)",
        "*i18n_patterns(path('items', page), prefix_default_language=False)",
        "Choosy(RoutePattern('items', is_endpoint=True), page)",
    ],
    ids=["converter", "translated", "language", "class"],
)
def test_pattern_that_nobody_can_foresee_hides_nothing(find, pattern):
    assert find(f"{pattern}, automatic", "items") == []


class Even:
    """A converter that asks whether a number is even, and knows four of them."""

    regex = "[0-9]+"

    def to_python(self, value):
        raise AssertionError("A check reads no values.")

    def to_url(self, value):
        return str(value)


class Rare(Even):
    regex = "42|0"


def test_converter_of_the_project_is_tried_by_its_regex(find):
    found = find("path('<str:x>', page), automatic", "[id=even]")

    assert found == [make_warning("<str:x>", "/0", "[id=even]", mount="")]


def test_converter_that_takes_few_values_tells_nothing(find):
    assert find("path('<str:x>', page), automatic", "[id=rare]") == []


def test_pattern_behind_the_routes_hides_nothing(find):
    assert find("automatic, path('items', page)", "items") == []


@pytest.mark.parametrize(
    "mount",
    ["path('v1/', include_routes())", "path('v1/', include([*include_routes()[0]]))"],
)
def test_included_routes_are_to_be_moved(find, mount):
    found = find(f"path('v1/<path:x>', page), {mount}", "items")

    assert found == [make_warning("v1/<path:x>", "/v1/items", "items")]


@pytest.mark.parametrize(
    "patterns",
    [
        "path('<str:v>/items', page), path('<str:v>/', include_routes())",
        "path('<path:v>', page), re_path('^v1/', include_routes())",
        "path('<path:v>', page), *i18n_patterns(path('', include_routes()))",
    ],
    ids=["captured", "regex", "language"],
)
def test_mount_whose_prefix_is_not_known_is_left_out(find, patterns):
    assert find(patterns, "items") == []


def test_routes_that_are_served_by_an_earlier_mount_are_not_hidden(find):
    patterns = "path('', include_routes('shop')), path('<path:x>', page), automatic"

    assert find(patterns, "items") == []


def test_mount_of_other_apps_answers_nothing(find):
    patterns = "path('', include_routes('auth')), path('<path:x>', page), automatic"

    assert find(patterns, "items") == [
        make_warning("<path:x>", "/items", "items", mount="")
    ]


def test_slash_is_that_of_the_setting(find):
    wagtail = r"re_path(r'^((?:[\w\-]+/)*)$', page), automatic"

    found = find(wagtail, "items", "[id]", ROUTE_HANDLERS={"TRAILING_SLASH": "always"})

    name = r"^((?:[\w\-]+/)*)$"
    assert found == [make_warning(name, "/items/", "items", mount="")]


def test_one_pattern_is_named_once_with_a_few_of_the_routes(find):
    found = find("path('<path:x>', page), automatic", *"abcdefgh")

    assert found == [
        make_warning("<path:x>", "/a", *"abcdef", mount="", rest=" and 2 more")
    ]


def test_check_of_one_app_names_its_routes_only(find):
    find("path('<path:x>', page), automatic", "items")

    assert check_shadows([apps.get_app_config("auth")]) == []
    assert len(check_shadows([apps.get_app_config("shop")])) == 1


def test_project_without_mounts_has_nothing_hidden(find):
    assert find("path('items', page)", "items") == []


def test_check_command_names_the_prefix_of_the_setting(tmp_path):
    files = {
        "shop/routes/items/route.py": "def GET(): ...",
        "urls.py": URLS.replace("PATTERNS", "path('api/items', page)"),
    }

    result = run_project(
        tmp_path,
        files,
        "manage.py",
        "check",
        ROOT_URLCONF="urls",
        ROUTE_HANDLERS={"MOUNT": "api/"},
    )

    assert (
        "shop/routes/items/route.py: (routehandlers.W008) The pattern 'api/items' of the "
        "URLconf, for urls.page, answers '/api/items' before the route.\n\tHINT: Put "
        "path('api/', include('django_routehandlers.urls')) in front of 'api/items' in "
        "the URLconf.\n"
    ) in result.stderr
    assert result.returncode == 0
