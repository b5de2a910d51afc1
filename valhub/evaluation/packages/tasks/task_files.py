"""The data files of a task package: `data/file_metadata` joined with systems and folders."""

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.member_names import shown
from valhub.evaluation.packages.suggestions import Hints
from valhub.evaluation.packages.tables.frames import SUFFIXES
from valhub.evaluation.packages.tasks.boolean_words import boolean_notes, note_boolean_words
from valhub.evaluation.packages.tasks.data_folders import (
    FILES,
    REFERENCES,
    DataFolder,
    same_spelling,
)
from valhub.evaluation.packages.tasks.metadata_cells import Cells, note_text_among_numbers
from valhub.evaluation.packages.tasks.metadata_notes import column_notes, place_notes
from valhub.evaluation.packages.tasks.metadata_tables import Table, TableRow, Value, read_table
from valhub.evaluation.packages.tasks.parts import Part
from valhub.evaluation.packages.tasks.references import Reference, References
from valhub.evaluation.packages.tasks.scalar_truths import Place, ScalarTruths
from valhub.evaluation.packages.tasks.stray_files import check_strays
from valhub.evaluation.packages.tasks.systems import (
    CHECKED_COLUMNS,
    SYSTEM_TABLE,
    Systems,
    has_columns,
    read_systems,
)
from valhub.evaluation.packages.tasks.table_records import Required
from valhub.evaluation.packages.tasks.table_texts import check_table
from valhub.evaluation.packages.tasks.task_config import CONFIG, TaskConfig

FILE_TABLE = "data/file_metadata"
_REQUIRED = Required("system_id", names=("file_name",))
_CHECKED_COLUMNS = (
    "system_id",
    "file_name",
    "timezone",
    "include_on_leaderboard",
    "public",
    "part",
    "data_sampling_frequency",
)
_INF = float("inf")
_TABLES = {Path(table).name for table in (FILE_TABLE, SYSTEM_TABLE)}
_TRUTH_FOLDERS = {Path(folder).name for folder in REFERENCES}
_PACKED = (".gz", ".zip", ".bz2", ".xz", ".zst", ".7z", ".tgz")


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
        Whether it counts in the aggregates, which are those of its part alone when that is final.
    part : Part
        What participants get of it.
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
    part: Part = Part.HIDDEN
    timezone: str | None = None
    metadata: Mapping[str, Value] = field(default_factory=dict)
    truths: Mapping[str, float] = field(default_factory=dict)

    @property
    def public(self) -> bool:
        """Whether authors may see what their algorithm prints and raises on it."""
        return self.part is Part.PUBLIC


@dataclass(frozen=True)
class TaskFiles:
    """What `read_files` found.

    Attributes
    ----------
    all_daily : bool
        Whether every reference has only midnights.
    notes : tuple of str
        What the organiser should know, though it is no fault.
    """

    files: tuple[PackageFile, ...] = ()
    sidecars: Mapping[str, Path] = field(default_factory=dict)
    all_daily: bool = False
    notes: tuple[str, ...] = ()


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
    table = read_table(root, FILE_TABLE, _REQUIRED, faults)
    sidecars = _sidecars(root, config, faults) if config else {}
    if table is not None:
        check_table(table, faults)
    if table is None or not has_columns(table, _REQUIRED.columns, faults):
        return TaskFiles(sidecars=sidecars)
    folder, truth_folder = (DataFolder(root, choices, faults) for choices in (FILES, REFERENCES))
    if systems and config:
        # What a file of its own says need not be a column.
        _check_columns(config, table, systems, () if truth_folder.has_tables else scalars, faults)
    words: list[str] = []
    if config:
        # Everything else is text, or has its own check.
        checked = {*scalars, *CHECKED_COLUMNS, *_CHECKED_COLUMNS}
        passed = set(config.allowable_kwargs) - checked
        sliced = set(config.slices) - checked
        for metadata in (table, systems.table) if systems else (table,):
            note_text_among_numbers(metadata, passed, faults)
            note_boolean_words(metadata, passed, faults)
            words += boolean_notes(metadata, passed | sliced)
    truths = ScalarTruths(root, truth_folder, scalars, faults)
    reader = _RowReader(folder, systems, Cells(table, faults), truths)
    files = [file for row in table.rows if (file := reader.read(row))]
    _check_whole(table, files, faults)
    listed = {file.path for file in files} | set(sidecars.values()) | reader.claimed
    notes = check_strays(folder, listed, FILE_TABLE, faults)
    all_daily = False
    claimed = truths.claimed
    if config and not is_scalar:
        references = References(root, truth_folder, config, faults)
        found = [(file, references.read(file.name, file.timezone)) for file in files]
        references.settle()
        files = [_with_truth(file, reference) for file, reference in found if reference]
        all_daily = references.all_daily
        notes += references.notes
        # A row whose data file is missing still claims its reference: one fault is enough.
        found_truths = map(truth_folder.find_in_either_format, reader.seen)
        claimed = {path for path in found_truths if path}
    if config:
        notes += truths.notes + check_strays(truth_folder, claimed, FILE_TABLE, faults)
    notes += words
    notes += column_notes(table, _CHECKED_COLUMNS)
    if systems:
        notes += column_notes(systems.table, (*CHECKED_COLUMNS, *_CHECKED_COLUMNS))
    places = (
        (one.name, one.timezone, one.metadata.get("latitude"), one.metadata.get("longitude"))
        for one in files
    )
    notes += place_notes(places, table.file)
    return TaskFiles(tuple(files), sidecars, all_daily, tuple(notes))


@dataclass
class _RowReader:
    """Reads the rows of the file table, one data file each.

    Attributes
    ----------
    seen : set of str
        The names of all files that rows name.
    claimed : set of Path
        Files that a row means but names wrongly: one fault is enough.
    """

    folder: DataFolder
    systems: Systems | None
    cells: Cells
    scalars: ScalarTruths
    seen: set[str] = field(default_factory=set)
    claimed: set[Path] = field(default_factory=set)

    def read(self, row: TableRow) -> PackageFile | None:
        """Read one row; None when it names no file of its own."""
        cells = self.cells
        name = cells.identity(row, "file_name")
        system = cells.identity(row, "system_id")
        self._check_system(row, system)
        part = cells.part(row)
        counts = part is not Part.PUBLIC or row.values.get("part") is None
        on_leaderboard = cells.switch(row, "include_on_leaderboard", default=counts)
        cells.number(row, "data_sampling_frequency", 0, _INF)
        zone = cells.time_zone(row, "timezone")
        systems = self.systems or Systems(Table("", (), ()), {}, {})
        known = systems.rows.get(system, TableRow(None, {}))
        metadata = _merged(known.values, row.values)
        truths = self.scalars.read(name, metadata, self._places(row, known, metadata))
        path = self._found(row, name) if name else None
        if path is None:
            return None
        return PackageFile(
            name=name,
            system_id=system,
            path=path,
            on_leaderboard=on_leaderboard,
            part=part,
            timezone=zone or systems.zones.get(system),
            metadata=metadata,
            truths=truths,
        )

    def _places(
        self, row: TableRow, system: TableRow, metadata: Mapping[str, Value]
    ) -> dict[str, Place]:
        """Where the metadata tables write each scalar truth: the system's row, or the file's."""
        table = self.cells.table
        places = {}
        for name in self.scalars.references:
            if name in metadata:
                places[name] = Place(table.file, row.line)
                if self.systems and name not in table.columns:
                    places[name] = Place(self.systems.table.file, system.line)
        return places

    def _check_system(self, row: TableRow, system: str) -> None:
        if self.systems and system and system not in self.systems.rows:
            self.cells.note(
                row,
                "system_id",
                f'There is no system "{shown(system)}".',
                f"Add it to {SYSTEM_TABLE}, or correct the number.",
            )

    def _found(self, row: TableRow, name: str) -> Path | None:
        """Find the file that a row names; note what is wrong with the name."""
        fault = self._name_fault(name)
        if fault:
            self.cells.note(row, "file_name", *fault)
            return None
        spelt = same_spelling(name)
        if spelt in self.seen:
            problem = f'The file "{shown(name)}" appears twice.'
            self.cells.note(row, "file_name", problem, "Keep one row for each file.")
            return None
        self.seen.add(spelt)
        path = self.folder.find(name)
        if path is None:
            other = self.folder.find_in_other_case(name)
            hint = f' Did you mean "{shown(other)}"?' if other else ""
            problem = f'The file "{shown(name)}" is missing from {self.folder.place}.'
            fix = f"Add the file, or remove the row.{hint}"
            self.cells.note(row, "file_name", problem, fix)
        return path

    def _name_fault(self, name: str) -> tuple[str, str] | None:
        """Say why a name cannot be that of a data file, and how to fix it."""
        wrong = f'"{shown(name)}" is not the name of a CSV or Parquet file.'
        if "/" in name or "\\" in name:
            return wrong, f"Write the name of a .csv or .parquet file in {self.folder.place}."
        if name.lower().endswith(SUFFIXES):
            return None
        if path := self.folder.find(name):
            self.claimed.add(path)
        if name.lower().endswith(_PACKED):
            return f'"{shown(name)}" is packed.', "Unpack it, and write the name of what is inside."
        if other := self.folder.find_in_either_format(f"{name}."):
            self.claimed.add(other)
            return wrong, f'Write its ending, too. Did you mean "{shown(other.name)}"?'
        return wrong, f"Write the name of a .csv or .parquet file in {self.folder.place}."


def _with_truth(file: PackageFile, reference: Reference) -> PackageFile:
    other = reference.beyond_yes_or_no
    return replace(file, reference_path=reference.path, beyond_yes_or_no=other)


def _merged(system: Mapping[str, Value], file: Mapping[str, Value]) -> Mapping[str, Value]:
    own = {key: value for key, value in file.items() if value is not None or key not in system}
    # Copied, the columns of a system would be there as often as it has files.
    return ChainMap(own, cast(dict[str, Value], system))


def _check_columns(
    config: TaskConfig,
    table: Table,
    systems: Systems,
    scalars: tuple[str, ...],
    faults: FaultList,
) -> None:
    columns = {*table.columns, *systems.table.columns}
    hint = Hints(columns)
    for key, names in (
        ("allowable_kwargs", config.allowable_kwargs),
        ("slices", config.slices),
        ("references_compare", scalars),
    ):
        for name in names:
            if name not in columns:
                faults.add(
                    f'Neither metadata table has a column "{shown(name)}".',
                    f"Add it to {SYSTEM_TABLE} or {FILE_TABLE}. {hint(name)}".strip(),
                    file=CONFIG,
                    column=key,
                )


def _check_whole(table: Table, files: list[PackageFile], faults: FaultList) -> None:
    if not table.rows:
        faults.add("The table has no rows.", "Add one for each data file.", file=table.file)
    elif len(files) == len(table.rows) and not any(
        file.on_leaderboard and file.part is not Part.FINAL for file in files
    ):
        faults.add(
            "No file counts on the leaderboard.",
            "Set it to True for the files that count. Those of the final part do not rank "
            "before it is revealed."
            if any(file.part is Part.FINAL for file in files)
            else "Set it to True for the files that count.",
            file=table.file,
            column="include_on_leaderboard",
        )


def _sidecars(root: Path, config: TaskConfig, faults: FaultList) -> dict[str, Path]:
    sidecars: dict[str, Path] = {}
    for name in config.sidecars:
        path = Path(name)
        problem = ""
        if path.is_absolute() or ".." in path.parts or not name.lower().endswith(SUFFIXES):
            problem = "is not the path of a CSV or Parquet file below data/"
        elif path.parts[0] in _TRUTH_FOLDERS or str(path.with_suffix("")) in _TABLES:
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
