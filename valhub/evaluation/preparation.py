"""Preparing a package's data in a separate process.

Parsing takes several times a file's size for a moment; in a separate process, it does not
grow the process that runs evaluations, however large the data is, nor does a parser's crash end it.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from valhub.evaluation.errors import EvaluationError
from valhub.evaluation.execution.guest import wire
from valhub.evaluation.packages.dataset import Dataset, dataset_in_use, find_prepared, prepare
from valhub.evaluation.packages.faults import Fault, InvalidPackage
from valhub.evaluation.packages.task_package import TaskPackage, open_task_package


class PreparationFailed(EvaluationError):
    """The package's data could not be prepared. This is not the package's fault; try again."""

    code = "preparation-failed"


def prepared_data(package: TaskPackage, store: Path) -> Dataset:
    """Return a package's prepared data, preparing it when missing; see `dataset.prepare`.

    Raises
    ------
    InvalidPackage
        With every unreadable row of every data file; then nothing is kept.
    PreparationFailed
        When the disk is full, or the process was killed.
    """
    known = find_prepared(package, store)
    if known is not None:
        return known
    prepare_in_child(package, store)
    return prepare(package, store, wire.write_value)


def prepare_in_child(package: TaskPackage, store: Path) -> None:
    """Have a separate process prepare a package's data and store it.

    Raises
    ------
    InvalidPackage, PreparationFailed
        As `prepared_data` does.
    """
    command = [sys.executable, "-m", __name__, str(package.root), package.name, str(store)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["it was killed"])[-1]
        raise PreparationFailed(f"The data of {package.name} could not be prepared: {last}.")
    faults = tuple(Fault(**fault) for fault in json.loads(done.stdout))
    if faults:
        raise InvalidPackage(package.name, faults)


@contextmanager
def data_in_use(package: TaskPackage, store: Path) -> Iterator[Dataset]:
    """Prepare a package's data when missing, and keep it from being removed inside the block.

    Raises
    ------
    InvalidPackage, PreparationFailed
        As `prepared_data` does.
    """
    with dataset_in_use(package, store, lambda: prepared_data(package, store)) as dataset:
        yield dataset


def _main(root: str, name: str, store: str) -> None:
    faults: tuple[Fault, ...] = ()
    try:
        prepare(open_task_package(Path(root), name=name), Path(store), wire.write_value)
    except InvalidPackage as error:
        faults = error.faults
    sys.stdout.write(json.dumps([asdict(fault) for fault in faults]))


if __name__ == "__main__":
    _main(*sys.argv[1:])
