"""A task package's data, prepared once: each file parsed, checked and written as one frame.

    <store>/<content hash>/schema.json          names, rows, bytes, hashes, columns
                           inputs/<n>.frame     what algorithms are given (readable by all)
                           sidecars/<name>.frame
                           truth/<n>.frame      the truth (readable by the worker only)

A frame is whatever `write` writes: here the wire's format, so that a worker passes files on by
mapping them. The folder appears complete or not at all, however many workers prepare it at once. A
process checks a frame against its hash before using it for the first time.
"""

import hashlib
import json
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, cast

import pandas as pd

from valhub.evaluation.errors import EvaluationError
from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.cache_entries import cache_entry, discard
from valhub.evaluation.packages.files.lock_files import lock_file, remove_abandoned_locks
from valhub.evaluation.packages.files.scratch import scratch_folder
from valhub.evaluation.packages.files.threads import Threads
from valhub.evaluation.packages.tasks.data_tables import DataTables
from valhub.evaluation.packages.tasks.task_package import TaskPackage

Write = Callable[[BinaryIO, object], None]

# So many of them are kept.
MOST_NOTES = 100
# Part of the folder's name, so that data prepared by an older version is not read by a newer one.
_LAYOUT = 6
# A larger frame is written before the next file is read, so that only one is in memory.
_MANY_VALUES = 4_000_000


class DataDamaged(EvaluationError):
    """The prepared data was damaged on the disk, and removed. Run again to prepare it anew."""

    code = "data-damaged"


@dataclass(frozen=True)
class Prepared:
    """One prepared file: its place below the data set's folder, its size and its SHA-256."""

    name: str
    path: str
    rows: int
    bytes: int
    sha256: str
    columns: Mapping[str, str]


class Dataset:
    """A prepared data set on disk.

    Attributes
    ----------
    root : Path
        Its folder; read-only by convention.
    notes : tuple of str
        What the organiser should look at; see `truth_overlap`.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        schema = json.loads((root / "schema.json").read_text(encoding="utf-8"))
        self.notes: tuple[str, ...] = tuple(schema["notes"])
        self._inputs = {entry["name"]: Prepared(**entry) for entry in schema["inputs"]}
        self._truths = {entry["name"]: Prepared(**entry) for entry in schema["truth"]}
        self._sidecars = {entry["name"]: Prepared(**entry) for entry in schema["sidecars"]}

    def input_path(self, name: str) -> Path:
        """Return the frame of a data file by its `file_name`; raises `DataDamaged`."""
        return self._intact(self._inputs[name])

    def truth_path(self, name: str) -> Path:
        """Return the frame of a file's truth: a Series, or a dict of numbers for scalar tasks.

        Raises
        ------
        DataDamaged
            When it is not what was written.
        """
        return self._intact(self._truths[name])

    def sidecar_paths(self) -> dict[str, Path]:
        """Return the frames passed to every call, by keyword; raises `DataDamaged`."""
        return {name: self._intact(entry) for name, entry in self._sidecars.items()}

    def _intact(self, entry: Prepared) -> Path:
        path = self.root / entry.path
        try:
            found = path.stat()
            intact = _sha256(path, found.st_ino, found.st_mtime_ns, found.st_size) == entry.sha256
        except FileNotFoundError:
            intact = False
        if not intact:
            discard(self.root)
            raise DataDamaged
        return path

    def rows(self, name: str) -> int:
        """Return how many rows a data file has."""
        return self._inputs[name].rows

    def bytes(self, name: str) -> int:
        """Return how large a data file's frame is."""
        return self._inputs[name].bytes


def find_prepared(package: TaskPackage, store: Path) -> Dataset | None:
    """Return a package's data if it has been prepared already, and is not damaged."""
    root = store / _key(package)
    try:
        return _opened(root) if root.exists() else None
    except DataDamaged:
        return None


def prepare(package: TaskPackage, store: Path, write: Write) -> Dataset:
    """Prepare a package's data, unless it is prepared already.

    Parameters
    ----------
    package : TaskPackage
        The package; its folder is still there.
    store : Path
        Where prepared data sets are kept; made when missing.
    write : callable
        Writes one value (Series, DataFrame or dict of numbers) to a binary file.

    Returns
    -------
    Dataset

    Raises
    ------
    InvalidPackage
        With every unreadable row of every data file; then nothing is kept.
    """
    store.mkdir(parents=True, exist_ok=True)
    remove_abandoned_locks(store)
    key = _key(package)
    root = store / key
    with lock_file(store / f".{key}.lock"):
        if not root.exists():
            # What a process that died left in its scratch folder is removed by the next of any.
            with scratch_folder(store) as scratch:
                stage = scratch / key
                _Preparation(package, stage, write).run()
                stage.rename(root)
    return Dataset(root)


@contextmanager
def dataset_in_use(
    package: TaskPackage, store: Path, make: Callable[[], object]
) -> Iterator[Dataset]:
    """Keep a package's data from being removed inside the block, making it first when missing."""
    with cache_entry(store / _key(package), make) as root:
        yield _opened(root)


def _opened(root: Path) -> Dataset:
    """Open a prepared data set; raises `DataDamaged`."""
    try:
        return Dataset(root)
    except (FileNotFoundError, ValueError, KeyError, TypeError) as error:
        discard(root)
        raise DataDamaged from error


def _key(package: TaskPackage) -> str:
    return f"{package.content_hash}-{_LAYOUT}"


def check_data(package: TaskPackage) -> list[str]:
    """Read every data file and keep nothing: all that `prepare` would find wrong.

    Returns
    -------
    list of str
        What the organiser should look at, though it may be meant; see `truth_overlap`.

    Raises
    ------
    InvalidPackage
        With every unreadable row of every data file, and every truth about another time.
    """
    faults = FaultList(package.name)
    tables = DataTables(package, faults)
    for file in package.files:
        frame, truth = tables.read_pair(file)
        if frame is not None:
            tables.compare(file, frame.index, truth)
    for path in package.sidecars.values():
        tables.read_sidecar(path)
    faults.raise_if_any()
    return tables.notes


@lru_cache(maxsize=65536)
def _sha256(path: Path, _inode: int, _changed_ns: int, _size: int) -> str:
    """Hash a frame; once a process, as long as the disk says that it is the same."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _HashedFile:
    """A file that hashes what is written to it, so that nothing is read again for its hash."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._hash = file, hashlib.sha256()

    def write(self, data: bytes | memoryview) -> int:
        self._hash.update(data)
        return self._file.write(data)

    def sha256(self) -> str:
        return self._hash.hexdigest()


class _Preparation:
    """One pass over a package, with one file in memory at a time."""

    def __init__(self, package: TaskPackage, stage: Path, write: Write) -> None:
        self._package, self._stage, self._write = package, stage, write
        self._faults = FaultList(package.name)
        self._tables = DataTables(package, self._faults)
        self._schema: dict[str, list[Prepared]] = {"inputs": [], "truth": [], "sidecars": []}
        self._writer = Threads(max_workers=1)
        self._written: deque[Future[None]] = deque()

    def run(self) -> None:
        """Write all frames and the schema; raise what is wrong at the end."""
        self._stage.mkdir()
        for folder, mode in (("inputs", 0o755), ("sidecars", 0o755), ("truth", 0o700)):
            (self._stage / folder).mkdir()
            (self._stage / folder).chmod(mode)
        with self._writer:
            self._write_all()
        self._faults.raise_if_any()
        kinds = {kind: [asdict(entry) for entry in kept] for kind, kept in self._schema.items()}
        schema = {**kinds, "notes": self._tables.notes[:MOST_NOTES]}
        (self._stage / "schema.json").write_text(json.dumps(schema, indent=1), encoding="utf-8")
        (self._stage / "schema.json").chmod(0o644)
        self._stage.chmod(0o755)

    def _write_all(self) -> None:
        for number, file in enumerate(self._package.files):
            frame, truth = self._tables.read_pair(file)
            index = None if frame is None else frame.index
            if frame is not None:
                self._keep("inputs", f"inputs/{number}.frame", file.name, frame)
            del frame
            if index is not None:
                self._tables.compare(file, index, truth)
            self._keep("truth", f"truth/{number}.frame", file.name, truth)
        for keyword, path in self._package.sidecars.items():
            frame = self._tables.read_sidecar(path)
            if frame is not None:
                self._keep("sidecars", f"sidecars/{keyword}.frame", keyword, frame)
        self._wait(at_most=0)

    def _keep(self, kind: str, path: str, name: str, value: object) -> None:
        """Write a frame while the next file is read, unless the two are too large together."""
        self._written.append(self._writer.submit(self._write_one, kind, path, name, value))
        is_large = isinstance(value, pd.Series | pd.DataFrame) and value.size > _MANY_VALUES
        # A data file and its truth may both wait to be written.
        self._wait(at_most=0 if is_large else 2)

    def _wait(self, *, at_most: int) -> None:
        """Wait until so many frames are left to be written."""
        while len(self._written) > at_most:
            self._written.popleft().result()

    def _write_one(self, kind: str, path: str, name: str, value: object) -> None:
        mode = 0o600 if kind == "truth" else 0o644
        target = self._stage / path
        # Opened with its final mode: the truth is at no moment readable by others.
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            stream = _HashedFile(file)
            self._write(cast(BinaryIO, stream), value)
        target.chmod(mode)
        rows = len(value) if isinstance(value, pd.Series | pd.DataFrame) else 1
        entry = Prepared(name, path, rows, target.stat().st_size, stream.sha256(), _columns(value))
        self._schema[kind].append(entry)


def _columns(value: object) -> dict[str, str]:
    if isinstance(value, pd.Series):
        return {str(value.name): str(value.dtype)}
    if isinstance(value, pd.DataFrame):
        return {str(name): str(dtype) for name, dtype in value.dtypes.items()}
    return {}
