"""Folders that were kept private are copied for the sandbox, and only those."""

import stat

import pytest

from valhub.evaluation.packages.files import readable_folders as module
from valhub.evaluation.packages.files.readable_folders import readable


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "algorithm"
    (root / "inner").mkdir(parents=True)
    (root / "inner" / "code.py").write_text("pass")
    for path in (root, root / "inner"):
        path.chmod(0o755)
    (root / "inner" / "code.py").chmod(0o644)
    return root


@pytest.fixture
def as_root(monkeypatch):
    monkeypatch.setattr(module.os, "getuid", lambda: 0)


def test_a_folder_everybody_may_read_is_used_where_it_is(folder, as_root):
    with readable(folder) as shown:
        assert shown == folder


@pytest.mark.parametrize("private", [".", "inner", "inner/code.py"])
def test_a_private_folder_is_copied_with_open_modes(folder, as_root, private):
    (folder / private).chmod(0o700)
    with readable(folder) as shown:
        assert shown != folder
        code = shown / "inner" / "code.py"
        assert code.read_text() == "pass"
        assert stat.S_IMODE(code.stat().st_mode) == 0o644
        assert stat.S_IMODE(shown.stat().st_mode) == 0o755
    assert not shown.exists()


def test_what_is_ignored_is_neither_asked_nor_copied(folder, as_root):
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").symlink_to("/nowhere/python")
    with readable(folder) as shown:
        assert shown == folder
    (folder / "inner").chmod(0o700)
    with readable(folder) as shown:
        assert [path.name for path in shown.rglob("*")] == ["inner", "code.py"]


def test_a_plain_user_needs_no_copy(folder, monkeypatch):
    monkeypatch.setattr(module.os, "getuid", lambda: 1000)
    folder.chmod(0o700)
    with readable(folder) as shown:
        assert shown == folder
