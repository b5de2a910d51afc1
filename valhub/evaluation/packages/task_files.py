"""The data files of a task package: `data/file_metadata` joined with systems and folders."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.folders import file_names
from valhub.evaluation.packages.frames import SUFFIXES
from valhub.evaluation.packages.member_names import shown
from valhub.evaluation.packages.metadata import Cells, as_number
from valhub.evaluation.packages.references import (
    LARGEST_MAGNITUDE,
    REFERENCES,
    Reference,
    References,
    reference_path,
)
from valhub.evaluation.packages.suggestions import did_you_mean
from valhub.evaluation.packages.systems import SYSTEM_TABLE, Systems, has_columns, read_systems
from valhub.evaluation.packages.tables import Table, TableRow, Value, read_table
from valhub.evaluation.packages.task_config import CONFIG, TaskConfig

FILE_TABLE = "data/file_metadata"
_FILES = "data/files"
_REQUIRED = ("system_id", "file_name")
_INF = float("inf")
_TABLES = {Path(table).name for table in (FILE_TABLE, SYSTEM_TABLE)}


@dataclass(frozen=True)
class PackageFile:
    """One data file and everything that is known about it.

    Attributes
    ----------
    name : str
        Its `file_name`.
    reference_path : Path or None
        The truth of a time series task; hidden from algorithms.
    beyond_yes_or_no : int or None
        The first row of that truth, from 0, whose number is neither 0 nor 1.
    on_leaderboard : bool
        Whether it counts in the aggregates.
    public : bool
        Whether authors may see what their algorithm prints and raises on it.
    timezone : str or None
        IANA name.
    metadata : mapping of str to value
        Its row in the file table, merged over its system's row.
    truths : mapping of str to float
        The truth of a scalar task, by reference; hidden from algorithms.
    """

    name: str
    system_id: str
    path: Path
    reference_path: Path | None = None
    beyond_yes_or_no: int | None = None
    on_leaderboard: bool = True
    public: bool = False
    timezone: str | None = None
    metadata: Mapping[str, Value] = field(default_factory=dict)
    truths: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class TaskFiles:
    """What `read_files` found.

    Attributes
    ----------
    all_daily : bool
        Whether every reference has only midnights.
    """

    files: tuple[PackageFile, ...] = ()
    sidecars: Mapping[str, Path] = field(default_factory=dict)
    all_daily: bool = False


def read_files(root: Path, config: TaskConfig | None, faults: FaultList) -> TaskFiles:
    """Read the tables and the truth of a task package, and check that all files exist.

    Parameters
    ----------
    root : Path
        The package's folder.
    config : TaskConfig or None
        Its configuration; without a usable one the truth is not checked.
    faults : FaultList
        Takes note of everything wrong.

    Returns
    -------
    TaskFiles
        Complete when no fault was noted.
    """
    is_scalar = config is not None and config.comparison_type == "scalar"
    scalars = config.references_compare if config and is_scalar else ()
    systems = read_systems(root, scalars, faults)
    table = read_table(root, FILE_TABLE, faults)
    sidecars = _sidecars(root, config, faults) if config else {}
    if table is None or not has_columns(table, _REQUIRED, faults):
        return TaskFiles(sidecars=sidecars)
    if systems and config:
        _check_columns(config, table, systems, scalars, faults)
    reader = _RowReader(root, systems, Cells(table, faults), scalars, faults)
    files = [file for row in table.rows if (file := reader.read(row))]
    _check_whole(table, files, faults)
    listed = {file.path for file in files} | set(sidecars.values())
    _check_orphans(root, _FILES, listed, faults)
    all_daily = False
    if config and not is_scalar:
        references = References(root, config.alignment, faults, config.time_format)
        found = [(file, references.read(file.name, file.timezone)) for file in files]
        references.settle()
        files = [_with_truth(file, reference) for file, reference in found if reference]
        all_daily = references.all_daily
        # A row whose data file is missing still claims its reference: one fault is enough.
        claimed = {path for name in reader.seen if (path := reference_path(root, name))}
        _check_orphans(root, REFERENCES, claimed, faults)
    return TaskFiles(tuple(files), sidecars, all_daily)


@dataclass
class _RowReader:
    """Reads the rows of the file table, one data file each."""

    root: Path
    systems: Systems | None
    cells: Cells
    scalars: tuple[str, ...]
    faults: FaultList
    seen: set[str] = field(default_factory=set)
    reported: set[tuple[str, int | None, str]] = field(default_factory=set)

    def read(self, row: TableRow) -> PackageFile | None:
        """Read one row; None when it names no file of its own."""
        cells = self.cells
        name = cells.identity(row, "file_name")
        system = cells.identity(row, "system_id")
        self._check_system(row, system)
        on_leaderboard = cells.switch(row, "include_on_leaderboard", default=True)
        public = cells.switch(row, "public", default=False)
        cells.number(row, "data_sampling_frequency", 0, _INF)
        zone = cells.time_zone(row, "timezone")
        systems = self.systems or Systems("", (), {}, {})
        known = systems.rows.get(system, TableRow(None, {}))
        metadata = _merged(known.values, row.values)
        truths = self._truths(row, known, metadata)
        if not name or not self._is_there(row, name):
            return None
        return PackageFile(
            name=name,
            system_id=system,
            path=self.root / _FILES / name,
            on_leaderboard=on_leaderboard,
            public=public,
            timezone=zone or systems.zones.get(system),
            metadata=metadata,
            truths=truths,
        )

    def _truths(
        self, row: TableRow, system: TableRow, metadata: Mapping[str, Value]
    ) -> dict[str, float]:
        truths = {}
        for name in self.scalars:
            number = as_number(metadata.get(name))
            if number is not None and abs(number) <= LARGEST_MAGNITUDE:
                truths[name] = number
                continue
            place = (self.cells.table.file, row.line)
            if self.systems and name not in self.cells.table.columns:
                place = (self.systems.file, system.line)
            if name in metadata and (*place, name) not in self.reported:
                # Many files share one system, whose fault is reported once.
                self.reported.add((*place, name))
                problem = "The truth is missing or not a finite number."
                if number is not None:
                    problem = f"The truth is beyond ±{LARGEST_MAGNITUDE:g}."
                self.faults.add(
                    problem, "Fill in a number.", file=place[0], line=place[1], column=name
                )
        return truths

    def _check_system(self, row: TableRow, system: str) -> None:
        if self.systems and system and system not in self.systems.rows:
            self.cells.note(
                row,
                "system_id",
                f'There is no system "{shown(system)}".',
                f"Add it to {SYSTEM_TABLE}, or correct the number.",
            )

    def _is_there(self, row: TableRow, name: str) -> bool:
        path = self.root / _FILES / name
        problem = fix = ""
        if "/" in name or "\\" in name or not name.lower().endswith(SUFFIXES):
            problem = f'"{shown(name)}" is not the name of a CSV or Parquet file.'
            fix = f"Write the name of a .csv or .parquet file in {_FILES}."
        elif name in self.seen:
            problem = f'The file "{shown(name)}" appears twice.'
            fix = "Keep one row for each file."
        else:
            self.seen.add(name)
            if path.is_symlink() or not path.is_file():
                problem = f'The file "{shown(name)}" is missing from {_FILES}.'
                fix = "Add the file, or remove the row."
        if problem:
            self.cells.note(row, "file_name", problem, fix)
        return not problem


def _with_truth(file: PackageFile, reference: Reference) -> PackageFile:
    other = reference.beyond_yes_or_no
    return replace(file, reference_path=reference.path, beyond_yes_or_no=other)


def _merged(system: Mapping[str, Value], file: Mapping[str, Value]) -> dict[str, Value]:
    own = {key: value for key, value in file.items() if value is not None or key not in system}
    return {**system, **own}


def _check_columns(
    config: TaskConfig,
    table: Table,
    systems: Systems,
    scalars: tuple[str, ...],
    faults: FaultList,
) -> None:
    columns = {*table.columns, *systems.columns}
    for key, names in (
        ("allowable_kwargs", config.allowable_kwargs),
        ("slices", config.slices),
        ("references_compare", scalars),
    ):
        for name in names:
            if name not in columns:
                faults.add(
                    f'Neither metadata table has a column "{shown(name)}".',
                    f"Add it to {SYSTEM_TABLE} or {FILE_TABLE}. {did_you_mean(name, columns)}",
                    file=CONFIG,
                    column=key,
                )


def _check_whole(table: Table, files: list[PackageFile], faults: FaultList) -> None:
    if not table.rows:
        faults.add("The table has no rows.", "Add one for each data file.", file=table.file)
    elif len(files) == len(table.rows) and not any(file.on_leaderboard for file in files):
        faults.add(
            "No file counts on the leaderboard.",
            "Set it to True for the files that count.",
            file=table.file,
            column="include_on_leaderboard",
        )


def _check_orphans(root: Path, folder: str, known: set[Path], faults: FaultList) -> None:
    if not (root / folder).is_dir():
        return
    for name in file_names(root / folder):
        if root / folder / name not in known:
            faults.add(
                "The file table has no row for this file.",
                f"Remove it, or add a row to {FILE_TABLE}.",
                file=f"{folder}/{name}",
            )


def _sidecars(root: Path, config: TaskConfig, faults: FaultList) -> dict[str, Path]:
    sidecars: dict[str, Path] = {}
    for name in config.sidecars:
        path = Path(name)
        problem = ""
        if path.is_absolute() or ".." in path.parts or not name.lower().endswith(SUFFIXES):
            problem = "is not the path of a CSV or Parquet file below data/"
        elif path.parts[0] == "references" or str(path.with_suffix("")) in _TABLES:
            problem = "holds what algorithms must not see"
        elif not (root / "data" / path).is_file():
            problem = "does not exist below data/"
        elif not path.stem.isidentifier() or path.stem in {*config.allowable_kwargs, *sidecars}:
            problem = "has a name that cannot be a keyword argument"
        if problem:
            faults.add(
                f'The sidecar "{shown(name)}" {problem}.',
                "Name a file such as weather.csv, which the algorithm receives as weather=….",
                file=CONFIG,
                column="sidecars",
            )
        else:
            sidecars[path.stem] = root / "data" / path
    return sidecars
