"""The built time-shift package, made once, and how its files are read in the tests."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from tests.made_once import made_once
from valhub.client.tasks import build_task


@dataclass(frozen=True)
class BuiltTask:
    """A built task package, unpacked."""

    root: Path
    archive: Path

    @property
    def files(self) -> pd.DataFrame:
        return pd.read_csv(self.root / "data/file_metadata.csv", index_col="file_name")

    def power(self, file_name: str) -> pd.Series:
        table = pd.read_parquet(self.root / "data/files" / file_name)
        return table.set_index("timestamp")["ac_power"]

    def truth(self, file_name: str) -> pd.Series:
        table = pd.read_parquet(self.root / "data/references" / file_name)
        return table.set_index("date")["time_shift"]

    def names(self, **columns: object) -> list[str]:
        """Names of the files whose metadata have these values."""
        files = self.files
        for column, value in columns.items():
            files = files[files[column] == value]
        return list(files.index)


@pytest.fixture(scope="session")
def time_shift_task(tmp_path_factory: pytest.TempPathFactory) -> BuiltTask:
    def build(folder: Path) -> None:
        with zipfile.ZipFile(build_task("time-shift-detection", folder)) as packed:
            packed.extractall(folder / "package")

    folder = made_once(tmp_path_factory, "time-shift-task", build)
    (archive,) = folder.glob("*.zip")
    return BuiltTask(folder / "package", archive)
