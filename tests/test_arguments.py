"""What `startroute` is given is read, or refused in one line."""

import pytest
from django.apps import apps
from django.core.management import CommandError

from django_routehandlers.management.arguments import (
    get_project_app,
    read_folders,
    read_methods,
    read_seconds,
)

PACKAGE = "is an installed package, and what is written there is lost with its next"


@pytest.mark.parametrize("name", ["shop", "city.shop"])
def test_app_is_found_by_label_and_by_name(site, name):
    site({"city/shop/": ""}, apps=["city.shop"])

    assert get_project_app(name) is apps.get_app_config("shop")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("shpo", "No installed app is named or labelled 'shpo'. Did you mean 'shop'?"),
        (
            "billing",
            "No installed app is named or labelled 'billing'. Add it to "
            "INSTALLED_APPS.",
        ),
        ("auth", f"The app 'auth' {PACKAGE} version. Name an app of the project."),
        (
            "django_routehandlers",
            f"The app 'django_routehandlers' {PACKAGE} version. Name an app of the "
            "project.",
        ),
        # Installed packages are not suggested.
        (
            "auht",
            "No installed app is named or labelled 'auht'. Add it to INSTALLED_APPS.",
        ),
    ],
)
def test_other_apps_are_refused(site, name, message):
    site({"shop/": ""})

    with pytest.raises(CommandError) as caught:
        get_project_app(name)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("api/items/[id]", ["api", "items", "[id]"]),
        ("/api/items/[id]/", ["api", "items", "[id]"]),
        ("/", []),
        ("", []),
        ("%5C", ["%5C"]),
        ("%7Bid%7D", ["%7Bid%7D"]),
        ("v1:beta", ["v1:beta"]),
    ],
)
def test_path_is_split_into_folders(path, names):
    assert read_folders(path) == names


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            "api\\items",
            "'api\\\\items' has a backslash. Write '/' between folders, and '%5C' for "
            "a backslash in a URL.",
        ),
        ("api//items", "'api//items' has an empty folder name. Write one '/' there."),
        ("///", "'///' has an empty folder name. Write one '/' there."),
        ("api/route.py", "'api/route.py' names a file. Leave '/route.py' out."),
        ("a/{id}", "Folder '{id}' would capture nothing. Did you mean '[id]'?"),
        (
            "{id:int}",
            "Folder '{id:int}' would capture nothing. Did you mean '[id=int]'?",
        ),
        (":id", "Folder ':id' would capture nothing. Did you mean '[id]'?"),
        ("<id>", "Folder '<id>' would capture nothing. Did you mean '[id]'?"),
        (
            "<int:id>",
            "Folder '<int:id>' would capture nothing. Did you mean '[id=int]'?",
        ),
    ],
)
def test_what_is_no_path_of_folders_is_refused(path, message):
    with pytest.raises(CommandError) as caught:
        read_folders(path)

    assert str(caught.value) == message


def test_methods_are_named_once_in_the_usual_order():
    methods = read_methods(["QUERY", "POST", "GET", "POST"])

    assert methods == ("GET", "POST", "QUERY")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("get", "Did you mean 'GET'?"),
        ("Pots", "Did you mean 'POST'?"),
        (
            "x",
            "Use any of GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE, QUERY.",
        ),
    ],
)
def test_other_words_are_refused(word, meant):
    with pytest.raises(CommandError) as caught:
        read_methods(["GET", word])

    assert str(caught.value) == f"{word!r} is not a method of a route. {meant}"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (None, ""),
        ("60", "60"),
        ("60.0", "60"),
        ("0", "0"),
        (".5", "0.5"),
        ("1e3", "1000"),
        (str(2**31 - 1), "2147483647"),
    ],
)
def test_seconds_are_written_as_python_has_them(text, written):
    assert read_seconds(text, ["GET"]) == written


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "x", "", str(2**31), "1e999"])
def test_what_is_no_number_of_seconds_is_refused(text):
    with pytest.raises(CommandError) as caught:
        read_seconds(text, ["GET"])

    assert str(caught.value) == (
        f"--revalidate takes seconds, a number from 0 to 2147483647, and got {text!r}."
    )


def test_seconds_are_for_get_alone():
    with pytest.raises(CommandError) as caught:
        read_seconds("60", ["POST"])

    assert str(caught.value) == (
        "--revalidate caches GET alone. Add GET to the methods."
    )
