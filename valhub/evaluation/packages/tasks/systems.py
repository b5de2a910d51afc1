"""The PV systems of a task package: `data/system_metadata`, one row each."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.member_names import shown
from valhub.evaluation.packages.suggestions import closest
from valhub.evaluation.packages.tasks.metadata_cells import Cells
from valhub.evaluation.packages.tasks.metadata_tables import Table, TableRow, read_table
from valhub.evaluation.packages.tasks.table_records import Required
from valhub.evaluation.packages.tasks.table_texts import check_table

SYSTEM_TABLE = "data/system_metadata"
_REQUIRED = Required("system_id", numbers=("latitude", "longitude"))
_INF = float("inf")
# Numbers that may be left out, with the range they make sense in.
_OPTIONAL = {
    "azimuth": (-360.0, 360.0),
    "tilt": (-180.0, 180.0),
    "elevation": (-500.0, 9000.0),
    "dc_capacity": (0.0, _INF),
}
# Whatever else is passed to algorithms is not checked here.
CHECKED_COLUMNS = (*_REQUIRED.columns, *_OPTIONAL)


@dataclass(frozen=True)
class Systems:
    """The systems by `system_id`, with what is known about each.

    Attributes
    ----------
    table : Table
        As it was read.
    zones : mapping of str to str or None
        Time zones, where the table has that column.
    """

    table: Table
    rows: Mapping[str, TableRow]
    zones: Mapping[str, str | None]


def read_systems(root: Path, references: tuple[str, ...], faults: FaultList) -> Systems | None:
    """Read the table of systems.

    Parameters
    ----------
    root : Path
        The package's folder.
    references : tuple of str
        The scalar truths, which are checked with the files; empty for a time series task.
    faults : FaultList
        Takes note of missing columns, doubled systems, and wrong places and numbers.

    Returns
    -------
    Systems or None
        None when there is no usable table.
    """
    table = read_table(root, SYSTEM_TABLE, _REQUIRED, faults)
    if table is None:
        return None
    check_table(table, faults)
    if not has_columns(table, _REQUIRED.columns, faults):
        return None
    cells = Cells(table, faults)
    rows: dict[str, TableRow] = {}
    zones: dict[str, str | None] = {}
    for row in table.rows:
        system = cells.identity(row, "system_id")
        if system in rows:
            problem = f'The system "{shown(system)}" appears twice.'
            cells.note(row, "system_id", problem, "Keep one row for each system.")
        rows[system] = row
        for column, limit in (("latitude", 90.0), ("longitude", 180.0)):
            if row.values.get(column) is None:
                cells.note(row, column, "The value is missing.", "Write it in degrees.")
            cells.number(row, column, -limit, limit)
        for column, (low, high) in _OPTIONAL.items():
            if column not in references:
                cells.number(row, column, low, high)
        zones[system] = cells.time_zone(row, "timezone")
    return Systems(table, rows, zones)


def has_columns(table: Table, required: tuple[str, ...], faults: FaultList) -> bool:
    """Return whether a table has the columns it must have, and note those that are missing."""
    missing = [column for column in required if column not in table.columns]
    for column in missing:
        line = 1 if table.file.endswith(".csv") else None
        other = closest(column, set(table.columns) - set(required))
        fix = f'Rename "{shown(other)}", or add it.' if other else "Add it."
        faults.add("The column is missing.", fix, file=table.file, line=line, column=column)
    return not missing
