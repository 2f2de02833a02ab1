"""New files are written, all or none."""

from pathlib import Path

import pytest
from django.core.management import CommandError

from django_routehandlers.management.writing import name_file, write_files


def list_files(root):
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


def test_files_are_written_with_their_folders(tmp_path):
    write_files({tmp_path / "a/[id]/route.py": "ä\n", tmp_path / "test_a.py": ""})

    assert list_files(tmp_path) == ["a", "a/[id]", "a/[id]/route.py", "test_a.py"]
    assert (tmp_path / "a/[id]/route.py").read_bytes() == "ä\n".encode()


def test_what_was_written_before_a_failure_is_removed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "taken").write_text("mine")

    with pytest.raises(CommandError) as caught:
        write_files({tmp_path / "a/b/route.py": "", tmp_path / "taken": ""})

    assert str(caught.value) == "taken can't be written: File exists."
    assert list_files(tmp_path) == ["a", "taken"]
    assert (tmp_path / "taken").read_text() == "mine"


def test_folder_that_can_not_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(CommandError) as caught:
        write_files({tmp_path / "new/x": "", tmp_path / "file/x": ""})

    message = f"{tmp_path}/file/x can't be written: Not a directory."
    assert str(caught.value) == message
    assert list_files(tmp_path) == ["file"]


def test_what_can_not_be_removed_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").touch()

    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)

    with pytest.raises(CommandError) as caught:
        write_files({tmp_path / "a/route.py": "", tmp_path / "taken": ""})

    assert str(caught.value) == (
        "taken can't be written: File exists. Left behind: a/route.py, a."
    )


def test_files_are_named_as_they_are_reached(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert name_file(tmp_path / "a/b.py") == "a/b.py"
    assert name_file(tmp_path.parent / "b.py") == str(tmp_path.parent / "b.py")
