"""The small metadata tables of a task package, as typed rows that know their line."""

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.file_kinds import PARQUET, note_other_kind, read_head
from valhub.evaluation.packages.files.member_names import shown
from valhub.evaluation.packages.files.near_names import table_hint
from valhub.evaluation.packages.limits import MOST_TABLE_CELLS, MOST_TABLE_COLUMNS
from valhub.evaluation.packages.parser_errors import read_or_note
from valhub.evaluation.packages.tables.gap_words import is_gap
from valhub.evaluation.packages.tables.parquet_files import UNNAMED_INDEX
from valhub.evaluation.packages.tables.unfolding import read_bounded
from valhub.evaluation.packages.tasks.table_records import (
    Required,
    note_too_many_cells,
    read_records,
)

Value = str | float | int | bool | None

_INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True)
class TableRow:
    """One row; `line` is its line in a CSV file (the header is line 1), None in Parquet."""

    line: int | None
    values: Mapping[str, Value]


@dataclass(frozen=True)
class Table:
    """A table; `file` is its path inside the package."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]


def read_table(root: Path, stem: str, required: Required, faults: FaultList) -> Table | None:
    """Read `<stem>.csv` or `<stem>.parquet`.

    Parameters
    ----------
    root : Path
        The package's folder.
    stem : str
        The table's path without its suffix, such as `data/file_metadata`.
    required : Required
        The columns by which its header is known; whether it has them is for the caller to check.
    faults : FaultList
        Takes note of a missing, doubled or unreadable table and of every malformed row.

    Returns
    -------
    Table or None
        A column of text becomes integers, floats or booleans when all its values are; missing
        values (see `gap_words`) are None, but "none" among other labels is a label. Rows that are
        malformed are left out. None when the table as a whole is unusable.
    """
    found = [name for name in (f"{stem}.csv", f"{stem}.parquet") if (root / name).is_file()]
    if len(found) != 1:
        both = "The table exists both as CSV and as Parquet."
        problem = both if found else "The table is missing."
        add = f"Add {stem}.csv. {table_hint(root, f'{stem}.csv')}".strip()
        fix = "Remove one." if found else add
        faults.add(problem, fix, file=f"{stem}.csv")
        return None
    return read_table_file(root, found[0], required, faults)


def read_table_file(root: Path, file: str, required: Required, faults: FaultList) -> Table | None:
    """Read a table by its path inside the package; see `read_table`."""
    if file.lower().endswith(".csv"):
        return _read_csv(root / file, file, required, faults)
    return _parquet(root / file, file, faults)


def _read_csv(path: Path, file: str, required: Required, faults: FaultList) -> Table | None:
    records = read_records(path, file, required, faults)
    if records is None:
        return None
    header, rows = (records[0].cells, records[1:]) if records else ([], [])
    if not _is_header(header, file, faults):
        return None
    columns = [_typed([row.cells[i] for row in rows]) for i in range(len(header))]
    named = [(name, column) for name, column in zip(header, columns, strict=True) if name]
    typed = (
        TableRow(row.line, {name: column[i] for name, column in named})
        for i, row in enumerate(rows)
    )
    return Table(file, tuple(name for name, _ in named), tuple(typed))


def _is_header(header: list[str], file: str, faults: FaultList) -> bool:
    if not any(header):
        faults.add("The table is empty.", "Begin with a line of column names.", file=file)
        return False
    if len(header) > MOST_TABLE_COLUMNS:
        problem = (
            f"The table has {len(header):,} columns; at most {MOST_TABLE_COLUMNS:,} are allowed."
        )
        faults.add(problem, "Remove those that nobody needs.", file=file)
        return False
    twice = sorted(name for name, count in Counter(header).items() if name and count > 1)
    for name in twice:
        faults.add(
            f'The column "{shown(name)}" appears twice.',
            "Keep one.",
            file=file,
            line=1,
            column=name,
        )
    return not twice


def _typed(texts: list[str]) -> list[Value]:
    """Give a column the narrowest type that all its values have."""
    values = [None if is_gap(text) else text for text in texts]
    both = zip(texts, values, strict=True)
    given = [value for value in values if value is not None]
    if given and all(_INTEGER.fullmatch(text) for text in given):
        return [value and int(value) for value in values]
    if given and all(_FLOAT.fullmatch(text) for text in given):
        return [value and float(value) for value in values]
    if given and all(text.lower() in _BOOLEANS for text in given):
        return [value and _BOOLEANS[value.lower()] for value in values]
    # Beside other labels, "none" is a label too: no shade, no fault.
    return [text if given and text.lower() == "none" else value for text, value in both]


def _parquet(path: Path, file: str, faults: FaultList) -> Table | None:
    if note_other_kind(read_head(path), file, faults, wanted=PARQUET):
        return None
    problem = "This is not a readable Parquet file"
    return read_or_note(
        lambda: _parquet_rows(path, file, faults), faults, problem, "Save it again.", file=file
    )


def _parquet_rows(path: Path, file: str, faults: FaultList) -> Table | None:
    table = read_bounded(path, file, faults)
    if table is None:
        return None
    header = [name for name in table.column_names if not name.startswith(UNNAMED_INDEX)]
    if not _is_header(header, file, faults):
        return None
    if table.num_rows * len(header) > MOST_TABLE_CELLS:
        note_too_many_cells(file, faults)
        return None
    found = table.replace_schema_metadata(None).select(header).to_pydict()
    columns = {name: _values([_plain(value) for value in found[name]]) for name in header}
    rows = ({name: columns[name][row] for name in header} for row in range(table.num_rows))
    return Table(file, tuple(header), tuple(TableRow(None, values) for values in rows))


def _values(column: list[Value]) -> list[Value]:
    """Read a column of text as in CSV: numbers that were saved as text are numbers still."""
    if all(value is None or isinstance(value, str) for value in column):
        return _typed(["" if value is None else str(value).strip() for value in column])
    return column


def _plain(value: object) -> Value:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool | int | float | str):
        return value
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
