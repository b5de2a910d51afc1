import os
from pathlib import Path

import pytest

from error_codes import coded
from valhub.server.data_folder import take_data_folder
from valhub.server.errors import DataNotWritable, StartError


def test_a_second_hub_is_refused_and_told_who_has_the_folder(tmp_path: Path) -> None:
    with (
        take_data_folder(tmp_path / "data"),
        pytest.raises(
            StartError, check=coded("data-in-use"), match=rf"process {os.getpid()}\) .*--data"
        ),
        take_data_folder(tmp_path / "data"),
    ):
        pytest.fail("Two hubs have one folder.")


def test_the_folder_is_free_again_when_its_hub_has_ended(tmp_path: Path) -> None:
    with take_data_folder(tmp_path) as was_killed:
        assert not was_killed
    with take_data_folder(tmp_path) as was_killed:
        assert not was_killed


def test_a_hub_that_was_killed_is_known_by_the_name_it_left(tmp_path: Path) -> None:
    (tmp_path / "hub.lock").write_text("12345")
    with take_data_folder(tmp_path) as was_killed:
        assert was_killed


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(DataNotWritable, match=r"file/data: Not a directory"),
        take_data_folder(tmp_path / "file" / "data"),
    ):
        pytest.fail("A file is no folder.")
