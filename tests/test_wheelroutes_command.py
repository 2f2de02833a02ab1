"""`manage.py wheelroutes` lists what a wheel has lost."""

import io
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command

FILES = {
    "shop/routes/[id]/route.py": "",
    "shop/routes/docs/[...slug]/route.py": "",
    "shop/routes/items/route.py": "",
}


@pytest.fixture
def wheel(tmp_path):
    """Return a function that writes a wheel with some files."""

    def write(*names):
        file = tmp_path / "shop-1.0-py3-none-any.whl"
        with ZipFile(file, "w") as archive:
            for name in names:
                archive.writestr(name, "")
        return file

    return write


def call(file):
    """Return what the command prints, and with which error it ends."""
    out = io.StringIO()
    try:
        call_command("wheelroutes", str(file), stdout=out)
    except CommandError as exc:
        return out.getvalue(), str(exc)
    return out.getvalue(), None


def test_wheel_with_everything_passes(site, wheel):
    site(FILES)

    assert call(wheel("shop/__init__.py", *FILES)) == (
        "shop-1.0-py3-none-any.whl has every file of shop/routes.\n",
        None,
    )


@pytest.mark.parametrize(("kept", "count"), [(1, "2 files"), (2, "1 file")])
def test_lost_files_are_listed(site, wheel, kept, count):
    site(FILES)
    names = list(FILES)

    assert call(wheel("shop/__init__.py", *names[:kept])) == (
        "".join(f"{name}\n" for name in names[kept:]),
        f"shop-1.0-py3-none-any.whl lacks {count} of shop/routes.",
    )


def test_wheel_without_the_app_is_refused(site, wheel):
    site(FILES)

    assert call(wheel("blog/__init__.py")) == (
        "",
        "shop-1.0-py3-none-any.whl has no app of the project with routes.",
    )


def test_file_that_is_no_wheel_is_refused(tmp_path):
    (tmp_path / "a.whl").write_text("no wheel")

    _, no_zip = call(tmp_path / "a.whl")
    _, missing = call(Path("nothing.whl"))

    assert no_zip == f"{tmp_path}/a.whl can't be read: File is not a zip file"
    assert missing is not None
    assert missing.startswith("nothing.whl can't be read: ")
