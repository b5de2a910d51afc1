"""Sizes of trees, making them read-only, removing them."""

import os
import time
from pathlib import Path

import pytest

from valhub.evaluation.execution.environments import InstallFailed
from valhub.evaluation.execution.environments.disk_use import (
    DiskUse,
    bytes_freed_with,
    installed,
    make_read_only,
    remove_tree,
    store_bytes,
    written_since,
)

BLOCK = 64 * 1024


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """Two folders that share one file, one of them with a file of its own."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    (tmp_path / "a/shared").write_bytes(os.urandom(BLOCK))
    (tmp_path / "b/shared").hardlink_to(tmp_path / "a/shared")
    (tmp_path / "b/own").write_bytes(os.urandom(BLOCK))
    return tmp_path


def test_a_shared_file_counts_once_in_the_store_and_whole_in_a_tree(shared: Path) -> None:
    assert store_bytes(shared) == 2 * BLOCK
    assert installed(shared / "b") == DiskUse(2 * BLOCK, 2)


def test_removing_a_tree_frees_what_is_not_shared(shared: Path) -> None:
    assert bytes_freed_with(shared / "b") == BLOCK


def test_only_what_was_written_since_counts(shared: Path) -> None:
    assert written_since(shared, 0.0) == DiskUse(2 * BLOCK, 2)
    assert written_since(shared, time.time() + 60) == DiskUse(0, 0)


def test_a_read_only_tree_keeps_programs_and_loses_special_marks(tmp_path: Path) -> None:
    for name, mode in (("module.py", 0o666), ("program", 0o4755)):
        (tmp_path / "tree").mkdir(exist_ok=True)
        (tmp_path / "tree" / name).touch()
        (tmp_path / "tree" / name).chmod(mode)
    make_read_only(tmp_path / "tree")
    paths = [tmp_path / "tree", *sorted((tmp_path / "tree").iterdir())]
    assert [path.stat().st_mode & 0o7777 for path in paths] == [0o555, 0o444, 0o555]


def test_a_link_in_an_environment_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    with pytest.raises(InstallFailed, match="link"):
        make_read_only(tmp_path)


def test_a_read_only_tree_can_be_removed(tmp_path: Path) -> None:
    (tmp_path / "tree/deep").mkdir(parents=True)
    (tmp_path / "tree/deep/file").touch()
    make_read_only(tmp_path / "tree")
    remove_tree(tmp_path / "tree")
    remove_tree(tmp_path / "tree")  # once more is no matter
    assert not (tmp_path / "tree").exists()
