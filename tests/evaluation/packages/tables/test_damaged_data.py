"""Prepared data that the disk changed is noticed before it is used, and made anew."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from valhub.evaluation.execution.guest.wire import read_value, write_value
from valhub.evaluation.packages.files.cache_entries import trim
from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.tasks.dataset import (
    DataDamaged,
    Dataset,
    dataset_in_use,
    find_prepared,
    prepare,
)
from valhub.evaluation.packages.tasks.task_package import TaskPackage


@pytest.fixture
def package(make_task: Callable[[], Path]) -> TaskPackage:
    """A package of two files."""
    package = open_package(make_task())
    assert isinstance(package, TaskPackage)
    return package


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Where its data is kept."""
    return tmp_path / "store"


@pytest.fixture
def dataset(package: TaskPackage, store: Path) -> Dataset:
    """Its data, prepared."""
    return prepare(package, store, write_value)


def change(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("frame", ["input_path", "truth_path"])
def test_changed_frame_is_not_used(dataset: Dataset, frame: str) -> None:
    change(getattr(dataset, frame)("a.csv"))
    with pytest.raises(DataDamaged):
        getattr(dataset, frame)("a.csv")


def test_lost_frame_is_noticed(dataset: Dataset) -> None:
    dataset.input_path("a.csv").unlink()
    with pytest.raises(DataDamaged):
        dataset.input_path("a.csv")


def test_damaged_data_is_made_anew(package: TaskPackage, store: Path, dataset: Dataset) -> None:
    change(dataset.input_path("a.csv"))
    with pytest.raises(DataDamaged):
        dataset.input_path("a.csv")
    assert find_prepared(package, store) is None
    again = prepare(package, store, write_value)
    assert len(read_value(again.input_path("a.csv").read_bytes())) == 3


@pytest.mark.parametrize("schema", ["", "{}", '{"inputs": [{"name": "a.csv"}]}'])
def test_damaged_schema_is_noticed(
    package: TaskPackage, store: Path, dataset: Dataset, schema: str
) -> None:
    (dataset.root / "schema.json").write_text(schema)
    assert find_prepared(package, store) is None
    assert not dataset.root.exists()


def test_data_damaged_just_before_its_use_is_noticed(
    package: TaskPackage, store: Path, dataset: Dataset
) -> None:
    (dataset.root / "schema.json").unlink()
    with pytest.raises(DataDamaged), dataset_in_use(package, store, lambda: None):
        pass


def test_data_in_use_is_kept(package: TaskPackage, store: Path, dataset: Dataset) -> None:
    with dataset_in_use(package, store, lambda: None) as used:
        os.utime(used.root, (0, 0))
        trim([store], 0)
        assert used.input_path("a.csv").is_file()
    trim([store], 0)
    assert find_prepared(package, store) is None
