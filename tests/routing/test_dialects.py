import pytest
from django.urls.converters import DEFAULT_CONVERTERS

from django_routehandlers.routing.dialects import CONVERTERS, translate_folder


@pytest.mark.parametrize(
    ("folder", "spelling"),
    [
        ("{id}", "[id]"),
        ("{id:int}", "[id=int]"),
        ("{id:uuid}", "[id=uuid]"),
        ("{id:str}", "[id]"),
        ("{id:float}", "[id]"),
        ("{rest:path}", "[...rest]"),
        ("<id>", "[id]"),
        ("<str:id>", "[id]"),
        ("<string:id>", "[id]"),
        ("<int:id>", "[id=int]"),
        ("<slug:id>", "[id=slug]"),
        ("<path:rest>", "[...rest]"),
        (":id", "[id]"),
        ("*rest", "[...rest]"),
        ("**rest", "[...rest]"),
        ("...rest", "[...rest]"),
        ("{*rest}", "[...rest]"),
        ("{...rest}", "[...rest]"),
        ("[*rest]", "[...rest]"),
    ],
)
def test_folder_of_another_framework_has_a_spelling_here(folder, spelling):
    assert translate_folder(folder) == spelling


@pytest.mark.parametrize(
    "folder",
    [
        *("items", "v1.0", ".well-known", "a:b", "x{id}", "{id}.json", "{}", "{1}"),
        *(
            "$metadata",
            "$id",
            "~user",
            "@me",
            "*",
            "**",
            "...",
            "...1",
            "<1>",
            ":",
            ":1",
        ),
        *("[id]", "[id=int]", "[...slug]", "[[...slug]]", "(group)", "_private"),
        *("%7Bid}", "%3Aid", "items:batch", "a*b"),
    ],
)
def test_any_other_folder_is_left_alone(folder):
    assert translate_folder(folder) is None


def test_converters_are_django_s():
    assert DEFAULT_CONVERTERS.keys() == CONVERTERS
