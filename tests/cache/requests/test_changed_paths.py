"""A path that middleware changes has the params of another, and is not their key."""

import pytest

from tests.cache.requests.routes import get_answer, write_middleware

MISS, HIT = "fwd=uri-miss; stored", "hit; ttl=60"

PATHS = {
    "same route": "request.path = request.path_info = request.path_info.lower()",
    "no route": "request.path = request.path_info = '/nowhere'",
    "meta, too": """
        request.path = request.path_info = request.path_info.lower()
        request.META["PATH_INFO"] = request.path_info
    """,
}


@pytest.mark.parametrize("change", PATHS.values(), ids=PATHS.keys())
@pytest.mark.parametrize(
    ("folder", "answer"),
    [("[key]", ["AAA", "aaa"]), ("[...key]", [["AAA"], ["aaa"]])],
)
def test_path_that_is_changed_after_its_match(
    send, site, keyword, folder, answer, change
):
    files = {
        f"shop/routes/t/{folder}/route.py": (
            f"revalidate = 60\ntags = ['t']\n{keyword} GET(key): return key"
        ),
        "shop/routes/middleware.py": (write_middleware(change)),
    }
    site(files)

    answers = [get_answer(send("GET", f"/t/{key}")) for key in ("AAA", "aaa")]

    assert [value for value, _ in answers] == answer
    assert answers[0][1] == "fwd=bypass; detail=params"


CONVERTER = """
    from django.urls import register_converter

    class Code:
        def __init__(self, text):
            self.text = text
{equality}

    class CodeConverter:
        regex = "[A-Za-z]+"

        def to_python(self, value):
            return Code(value)

        def to_url(self, value):
            return value.text

    register_converter(CodeConverter, "code")
"""

EQUALITIES = {
    "by identity": "",
    "raises": "        def __eq__(self, other): raise ValueError",
}


@pytest.fixture(params=EQUALITIES.values(), ids=EQUALITIES.keys())
def coded(request, keyword):
    """Return an app with a converter whose values are hard to compare."""
    return {
        "shop/models.py": CONVERTER.format(equality=request.param),
        "shop/routes/t/[key=code]/route.py": (
            f"revalidate = 60\n{keyword} GET(key): return key.text"
        ),
    }


def test_param_that_is_hard_to_compare_does_not_keep_an_answer_out(send, site, coded):
    site(coded)

    asked = [get_answer(send("GET", f"/t/{key}")) for key in ("a", "a", "b", "b")]

    assert asked == [("a", MISS), ("a", HIT), ("b", MISS), ("b", HIT)]


def test_path_of_a_param_that_is_hard_to_compare(send, site, coded):
    change = write_middleware(PATHS["same route"])
    site(coded | {"shop/routes/middleware.py": change})

    answers = [get_answer(send("GET", f"/t/{key}")) for key in ("AAA", "aaa")]

    assert answers == [("AAA", "fwd=bypass; detail=params"), ("aaa", MISS)]


def test_path_that_is_changed_to_that_of_another_route(send, site):
    change = "request.path = request.path_info = '/n/5'"
    files = {
        "shop/routes/t/[...key]/route.py": "revalidate = 60\ndef GET(key): return key",
        "shop/routes/t/middleware.py": write_middleware(change),
        "shop/routes/n/[key=int]/route.py": "def GET(key): return key",
    }
    site(files)

    assert get_answer(send("GET", "/t/a")) == (["a"], "fwd=bypass; detail=params")


def test_path_that_is_changed_before_its_match_is_cached(send, site):
    change = "request.path = request.path_info = request.path_info.removeprefix('/old')"
    files = {
        "shop/routes/t/[key]/route.py": "revalidate = 60\ndef GET(key): return key",
        "shop/middleware.py": write_middleware(change),
    }
    site(files, MIDDLEWARE=["shop.middleware.Changing"])

    asked = [get_answer(send("GET", path)) for path in ("/old/t/a", "/t/a")]

    assert asked == [("a", MISS), ("a", HIT)]
