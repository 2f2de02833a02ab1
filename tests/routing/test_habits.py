import types

import pytest

from django_routehandlers.routing.habits import check_habits
from django_routehandlers.routing.problems import Problem

FILE = "shop/routes/items/route.py"
MOVE = "Move the list into a file middleware.py in this folder."
GUARD = "Check it in a middleware.py in this folder."
NEXT = "Remove it: it is a config of Next.js."


@pytest.fixture
def check(tmp_path):
    """Return a function that gives the problems of a source."""

    def check_source(source):
        file = tmp_path / "route.py"
        file.write_text(source)
        module = types.ModuleType("shop.routes.items.route")
        module.__file__ = str(file)
        exec(source, vars(module))
        return list(check_habits(module, FILE))

    return check_source


@pytest.mark.parametrize(
    ("source", "name", "hint"),
    [
        ("middleware = []", "middleware", MOVE),
        ("middleware = (print,)", "middleware", MOVE),
        ("permission_classes = [object]", "permission_classes", GUARD),
        ("authentication_classes = []", "authentication_classes", GUARD),
        ("throttle_classes = []", "throttle_classes", GUARD),
        ("csrf_exempt = True", "csrf_exempt", "Write csrf = 'off'."),
        ("fetchCache = 'auto'", "fetchCache", NEXT),
        ("dynamicParams = False", "dynamicParams", NEXT),
        ("maxDuration = 5", "maxDuration", NEXT),
        ("preferredRegion = ['x']", "preferredRegion", NEXT),
    ],
)
def test_name_that_works_elsewhere_is_a_warning(check, source, name, hint):
    assert check(source) == [
        Problem((FILE,), "W003", f"{name!r} means nothing here.", hint)
    ]


def test_every_such_name_is_told(check):
    problems = check("permission_classes = []\nmiddleware = []")

    assert [problem.hint for problem in problems] == [MOVE, GUARD]


@pytest.mark.parametrize(
    "source",
    [
        "middleware = 'a text'",
        "def middleware(get_response): ...",
        "def permission_classes(classes): ...",
        "csrf_exempt = False",
        "from django.views.decorators.csrf import csrf_exempt",
        "middleware = []\nfor layer in middleware: ...",
        "permission_classes = []\ndef GET(): return permission_classes",
        "middleware = []\n__all__ = ['middleware']",
        "runtime = 'edge'",
    ],
)
def test_name_that_the_file_uses_itself_is_left_alone(check, source):
    assert check(source) == []


@pytest.mark.parametrize("file", [None, "/nowhere/route.py"])
def test_file_that_is_gone_tells_nothing(file):
    module = types.ModuleType("shop.routes.items.route")
    module.__file__, module.middleware = file, []

    assert list(check_habits(module, FILE)) == []


def test_file_that_has_changed_tells_nothing(check, tmp_path):
    (tmp_path / "route.py").write_text("def GET(:")
    module = types.ModuleType("shop.routes.items.route")
    module.__file__, module.middleware = str(tmp_path / "route.py"), []

    assert list(check_habits(module, FILE)) == []
