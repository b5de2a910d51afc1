"""Preparing a package's data in a separate process.

Parsing takes several times a file's size for a moment; in a separate process, it does not
grow the process that runs evaluations, however large the data is, nor does a parser's crash end it.
Its limits are generous: they end what would never end by itself.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from valhub.evaluation.errors import EvaluationError
from valhub.evaluation.execution.guest import wire
from valhub.evaluation.packages.tasks.dataset import Dataset, dataset_in_use, find_prepared, prepare
from valhub.evaluation.packages.tasks.task_package import TaskPackage, open_task_package
from valhub.evaluation.reader import ReaderFailed, ReaderLimitReached, ReaderLimits, run_reader
from valhub.evaluation.reader_process import serve

# Not `__name__`: that is another one in the reader itself.
_READER = "valhub.evaluation.preparation"
_LIMITS = ReaderLimits(
    cpu_s=2 * 3600,
    # As much as this machine has: with more, it would swap all day.
    memory_bytes=max(8 * 1024**3, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")),
    run_time_s=4 * 3600,
)


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
    request = {"root": str(package.root), "name": package.name, "store": str(store)}
    sentence = f"The data of {package.name} could not be prepared"
    try:
        run_reader(_READER, request, _LIMITS)
    except (ReaderFailed, ReaderLimitReached) as error:
        raise PreparationFailed(f"{sentence}: {str(error).rstrip('.')}.") from error
    except OSError as error:
        raise PreparationFailed(f"{sentence}: {error.strerror}.") from error


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


def _prepare(request: dict[str, Any]) -> dict[str, Any]:
    package = open_task_package(Path(request["root"]), name=request["name"])
    prepare(package, Path(request["store"]), wire.write_value)
    return {}


if __name__ == "__main__":
    serve(_prepare)
