"""Preparing a package's data in a process of its own.

Parsing takes several times a file's size for a moment; done aside, the process that runs
evaluations stays small however large the data is, and a crash in a parser is not its own.
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
from valhub.evaluation.packages.dataset import Dataset, find_prepared, kept_data, prepare
from valhub.evaluation.packages.faults import Fault, InvalidPackage
from valhub.evaluation.packages.task_package import TaskPackage, open_task_package


class PreparationFailed(EvaluationError):
    """The package's data could not be prepared, by a fault of this machine."""

    code = "preparation-failed"


def prepared_data(package: TaskPackage, store: Path) -> Dataset:
    """Find a package's data prepared, or prepare it; see `dataset.prepare`.

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
    command = [sys.executable, "-m", __name__, str(package.root), package.name, str(store)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["it was killed"])[-1]
        raise PreparationFailed(f"The data of {package.name} could not be prepared: {last}.")
    faults = tuple(Fault(**fault) for fault in json.loads(done.stdout))
    if faults:
        raise InvalidPackage(package.name, faults)
    return prepare(package, store, wire.write_value)


@contextmanager
def data_in_use(package: TaskPackage, store: Path) -> Iterator[Dataset]:
    """Have a package's data prepared, and kept from being removed inside the block.

    Raises
    ------
    InvalidPackage, PreparationFailed
        As `prepared_data` does.
    """
    with kept_data(package, store, lambda: prepared_data(package, store)) as dataset:
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
