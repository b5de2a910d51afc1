import os
from pathlib import Path

import pytest

from valhub.server.data_folder import take_data_folder
from valhub.server.refusals import DataInUse, DataNotWritable


def test_a_second_hub_is_refused_and_told_who_has_the_folder(tmp_path: Path) -> None:
    with (
        take_data_folder(tmp_path / "data"),
        pytest.raises(DataInUse, match=rf"process {os.getpid()}\) .*--data"),
    ):
        take_data_folder(tmp_path / "data")


def test_the_folder_is_free_again_when_its_hub_has_ended(tmp_path: Path) -> None:
    take_data_folder(tmp_path).close()
    with take_data_folder(tmp_path) as lock:
        assert not lock.closed


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataNotWritable, match=r"file/data: Not a directory"):
        take_data_folder(tmp_path / "file" / "data")
