"""Data is prepared by a separate process, and what it finds comes back from there."""

from dataclasses import replace
from pathlib import Path

import pytest

from valhub.evaluation import preparation
from valhub.evaluation.packages.faults import InvalidPackage
from valhub.evaluation.packages.tasks.task_package import TaskPackage, open_task_package
from valhub.evaluation.preparation import PreparationFailed, prepared_data

pytestmark = pytest.mark.usefixtures("data_prepared_by_a_child")
TINY = Path(__file__).parents[1] / "tiny/task"


@pytest.fixture
def package(tmp_path: Path) -> TaskPackage:
    """The tiny task, in a folder that may be changed."""
    for path in TINY.rglob("*.*"):
        copy = tmp_path / "task" / path.relative_to(TINY)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    return open_task_package(tmp_path / "task", name="Tiny")


def test_a_process_prepares_what_is_missing(package: TaskPackage, tmp_path: Path) -> None:
    dataset = prepared_data(package, tmp_path / "store")
    assert dataset.root.parent == tmp_path / "store"
    assert all(dataset.input_path(file.name).is_file() for file in package.files)


def test_the_faults_that_it_finds_are_reported(package: TaskPackage, tmp_path: Path) -> None:
    damaged = package.root / "data/files/roof-2.csv"
    damaged.write_text(damaged.read_text() + "no time,no value\n")
    with pytest.raises(InvalidPackage) as refused:
        prepared_data(package, tmp_path / "store")
    assert {(one.file, one.line) for one in refused.value.faults} == {
        ("data/files/roof-2.csv", 4),
    }


def test_a_store_that_cannot_be_written_is_no_fault_of_the_package(
    package: TaskPackage, tmp_path: Path
) -> None:
    (tmp_path / "store").write_text("A file, where no folder can be made.")
    with pytest.raises(
        PreparationFailed, match=r"The data of Tiny could not be prepared: \w+"
    ) as no:
        prepared_data(package, tmp_path / "store")
    assert str(tmp_path) not in str(no.value)


@pytest.mark.parametrize(
    ("limit", "value", "said"),
    [
        ("run_time_s", 0.05, "prepared: it took longer than 0.05 s."),
        ("memory_bytes", 200 * 1024**2, "prepared: "),
        ("cpu_s", 0, "prepared: Reading takes more processor time, memory or file size"),
    ],
)
def test_it_has_limits(
    package: TaskPackage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    value: float,
    said: str,
) -> None:
    limits = replace(preparation._LIMITS, **{limit: value})  # type: ignore[arg-type]
    monkeypatch.setattr(preparation, "_LIMITS", limits)
    with pytest.raises(PreparationFailed, match=said):
        prepared_data(package, tmp_path / "store")


def test_it_imports_nothing_from_where_the_worker_was_started(
    package: TaskPackage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pandas.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    assert prepared_data(package, tmp_path / "store").rows("roof-1.csv")
