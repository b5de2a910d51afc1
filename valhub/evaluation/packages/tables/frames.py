"""One data file, CSV or Parquet, as the pandas value that an algorithm receives.

The first column becomes a `DatetimeIndex`; one further column gives a Series of its name, several
a DataFrame. Real data is accepted as it is: missing values, duplicate and unsorted time stamps
stay. What cannot be read is reported with its line.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.file_kinds import PARQUET, note_other_kind, read_head
from valhub.evaluation.packages.files.member_names import shown
from valhub.evaluation.packages.package_texts import check_names
from valhub.evaluation.packages.parser_errors import read_or_note
from valhub.evaluation.packages.tables.column_values import (
    is_moments,
    is_text,
    moment_faults,
    plain,
    values_of,
)
from valhub.evaluation.packages.tables.csv_lines import lines_of
from valhub.evaluation.packages.tables.csv_tables import read_csv_table
from valhub.evaluation.packages.tables.gap_words import SPELLINGS
from valhub.evaluation.packages.tables.number_cells import note_cells, read_numbers
from valhub.evaluation.packages.tables.parquet_files import UNNAMED_INDEX, read_parquet
from valhub.evaluation.packages.tables.table_sizes import columns_fault, values_fault
from valhub.evaluation.packages.times.split_stamps import note_split_stamps
from valhub.evaluation.packages.times.stamp_faults import StampFault
from valhub.evaluation.packages.times.time_fields import Ints
from valhub.evaluation.packages.times.time_formats import reads_iso_otherwise
from valhub.evaluation.packages.times.time_stamps import (
    from_utc,
    index_of,
    missing_rows,
    parse_text,
)
from valhub.texts import cut

Frame = pd.Series | pd.DataFrame
Read = TypeVar("Read")
SUFFIXES = (".csv", ".parquet")
_MOST_LINES = 20
_LONGEST_HEADER = 16 * 1024**2


def read_frame(
    path: Path, *, file: str, zone: str | None, faults: FaultList, time_format: str | None = None
) -> Frame | None:
    """Read a data file.

    Parameters
    ----------
    path : Path
        A `.csv` (UTF-8, comma, one header line) or `.parquet` file.
    file : str
        Its path inside the package, for the faults.
    zone : str or None
        IANA time zone for time stamps whose UTC offset changes, which are a fault without one.
    faults : FaultList
        Takes note of everything that cannot be read.
    time_format : str, optional
        The format of time stamps that the package declares.

    Returns
    -------
    Series, DataFrame or None
        In the file's order. Numbers keep their type, integers with gaps become floats; gaps are
        NaN, in text None. None when a fault was noted.
    """
    return read_or_note(
        lambda: _frame(path, file, zone, time_format, faults),
        faults,
        "The file cannot be read",
        "Save it again.",
        file=file,
    )


def _frame(
    path: Path, file: str, zone: str | None, time_format: str | None, faults: FaultList
) -> Frame | None:
    is_csv = path.suffix.lower() == ".csv"
    if note_other_kind(read_head(path), file, faults, wanted=None if is_csv else PARQUET):
        return None
    wide = columns_fault(_header_width(path)) if is_csv else None
    if wide is not None:
        faults.add(*wide, file=file)
        return None
    csv = read_csv_table(path, file, faults, time_format) if is_csv else None
    parquet = None if is_csv else read_parquet(path, file, faults)
    table = parquet if csv is None else csv.table
    if table is None or not _has_shape(table, file, faults):
        return None
    first, *others = table.column_names
    place = _Place(path, file, faults)
    index = place.read(first, partial(_time_index, table, path, zone, time_format))
    kept = None
    if csv is not None and isinstance(index, list):
        rows = csv.rows(faults)
        if rows is None or not rows.is_table:
            return None
        if rows.stray:
            kept = np.array(sorted(set(range(table.num_rows)) - rows.stray))
            index = _in_file(_time_index(table.take(kept), path, zone, time_format, kept), kept)
    if index is None or note_split_stamps(table, index, file, faults):
        return None
    if isinstance(index, list) and (kept is None or index):
        place.note_stamps(index, first, example="" if index else _example(table))
    if csv is not None:
        numbers = csv.with_numbers(faults, kept)
        if numbers is None or kept is not None:
            return None
        table = numbers
    columns = {name: place.read(name, partial(_values, table, name, place)) for name in others}
    if not isinstance(index, pd.DatetimeIndex) or any(one is None for one in columns.values()):
        return None
    index = pd.DatetimeIndex(index).rename(
        first if first and not first.startswith(UNNAMED_INDEX) else None
    )
    if len(columns) == 1:
        return pd.Series(columns[others[0]], index=index, name=others[0], copy=False)
    return pd.DataFrame(columns, index=index, copy=False)


def note_rows(
    rows: Sequence[int],
    problem: str,
    fix: str,
    *,
    path: Path,
    file: str,
    faults: FaultList,
    values: Sequence[str] = (),
    column: str = "",
) -> None:
    """Note a fault for each of the rows, the first twenty by line and the rest as a number.

    With `values`, the text of those twenty, each problem is said of its value.
    """
    shown_rows = rows[:_MOST_LINES]
    problems = [f'"{value}" {problem}' for value in values] or [problem] * len(shown_rows)
    lines = lines_of(path, shown_rows)
    for row, line, sentence in zip(shown_rows, lines, problems, strict=True):
        where = "" if line else f"Row {row + 1:,}: "
        faults.add(where + sentence, fix, file=file, line=line, column=column)
    if len(rows) > _MOST_LINES:
        more = f"{len(rows) - _MOST_LINES:,} more rows have this fault: {problems[0]}"
        faults.add(more, fix, file=file, column=column)


@dataclass(frozen=True)
class _Place:
    """A data file, for the faults of its columns."""

    path: Path
    file: str
    faults: FaultList

    def read(self, name: str, read: Callable[[], Read | None]) -> Read | None:
        """Read a column; None when a fault was noted."""
        problem = "The column cannot be read"
        return read_or_note(
            read, self.faults, problem, "Save it again.", file=self.file, column=name
        )

    def note_stamps(
        self, found: list[StampFault], name: str, *, column: str = "", example: str = ""
    ) -> None:
        """Note what is wrong with time stamps; nothing found says that there are none."""
        if not found:
            problem = f'The first column, "{shown(name)}", holds no time stamps{example}.'
            self.note(problem, "Put the time stamps first, as 2024-01-31 13:45:00.")
        for one in found:
            if not one.rows:
                self.note(one.problem, one.fix, column=name)
            note_rows(
                one.rows,
                one.problem,
                one.fix,
                path=self.path,
                file=self.file,
                faults=self.faults,
                values=one.values,
                column=column,
            )

    def note(self, problem: str, fix: str, *, column: str = "") -> None:
        """Note a fault of the file or of a column."""
        self.faults.add(problem, fix, file=self.file, column=column)


def _header_width(path: Path) -> int:
    """Count the columns of a CSV file without a parser, whose memory grows with them."""
    with path.open("rb") as stream:
        return stream.readline(_LONGEST_HEADER).count(b",") + 1


def _has_shape(table: pa.Table, file: str, faults: FaultList) -> bool:
    names = table.column_names
    large = values_fault(table.num_rows * len(names))
    problems = [] if large is None else [large]
    if len(names) < 2:
        problems.append(("The file has one column only.", "Separate columns with commas."))
    if table.num_rows == 0:
        problems.append(("The file has no rows.", "Add the data, or remove the file."))
    if not all(names[1:]):
        problems.append(("A column has no name.", "Name every column after the first."))
    for name in sorted(name for name, count in Counter(names).items() if count > 1):
        problems.append((f'The column "{shown(name)}" appears twice.', "Keep one."))
    for problem, fix in problems:
        faults.add(problem, fix, file=file, line=1 if file.endswith(".csv") else None)
    return check_names(names, faults, file=file) and not problems


def _time_index(
    table: pa.Table, path: Path, zone: str | None, time_format: str | None, kept: Ints | None = None
) -> pd.DatetimeIndex | list[StampFault]:
    """Read the first column; a list says what is wrong, an empty one that it has no time stamps.

    With `kept`, the table has these rows of the file only.
    """
    column = plain(table.column(0))
    is_csv = path.suffix.lower() == ".csv"
    is_moment = is_moments(column.type)
    if is_csv and time_format and (not is_moment or reads_iso_otherwise(time_format)):
        # Numbers such as 01012024 have lost their zeros, and Arrow reads ISO 8601 by itself.
        text = _first_column_text(path, table.column_names[0], has_breaks=True)
        return parse_text(text if kept is None else text.take(kept), zone, time_format)
    if is_moment:
        return _moments(column, table.column_names[0], path if is_csv else None, zone)
    if is_text(column.type):
        return parse_text(column, zone, time_format)
    return []


def _example(table: pa.Table) -> str:
    """Quote the first value of the first column, as the end of a sentence."""
    given = table.column(0).drop_null()
    return f', but values such as "{cut(str(given[0]))}"' if len(given) else ""


def _in_file(
    found: pd.DatetimeIndex | list[StampFault], kept: Ints
) -> pd.DatetimeIndex | list[StampFault]:
    """Count the rows of faults in the whole file, of which `kept` have been looked at."""
    if not isinstance(found, list):
        return found
    return [replace(fault, rows=[int(kept[row]) for row in fault.rows]) for fault in found]


def _moments(
    column: pa.ChunkedArray, name: str, csv: Path | None, zone: str | None
) -> pd.DatetimeIndex | list[StampFault]:
    """Make an index of what Arrow has read, unless rows are missing or out of range."""
    wrong = moment_faults(column)
    if wrong:
        return wrong
    if csv is not None and pa.types.is_timestamp(column.type) and column.type.tz:
        index = from_utc(column, _first_column_text(csv, name), zone)
        if isinstance(index, list):
            return index
    else:
        index = index_of(column)
    return missing_rows(column) if index.hasnans else index


def _first_column_text(path: Path, name: str, *, has_breaks: bool = False) -> pa.ChunkedArray:
    """Read the time stamps again as written: parsing them has lost offsets, order and zeros."""
    convert = pacsv.ConvertOptions(
        include_columns=[name],
        column_types={name: pa.string()},
        null_values=SPELLINGS,
        strings_can_be_null=True,
    )
    # Line breaks inside quotes make Arrow slower, so they are looked for only where they can be.
    parse = pacsv.ParseOptions(newlines_in_values=has_breaks)
    return pacsv.read_csv(path, convert_options=convert, parse_options=parse).column(0)


def _values(table: pa.Table, name: str, place: _Place) -> Any:
    """Convert a column of data; None when a fault was noted."""
    column = plain(table.column(name))
    wrong = moment_faults(column) if is_moments(column.type) else []
    if wrong:
        place.note_stamps(wrong, name, column=name)
        return None
    if place.path.suffix.lower() != ".csv" and is_text(column.type):
        # In CSV, all columns have been looked at before the first one is converted.
        column.validate(full=True)
        found = read_numbers(column.cast(pa.string()))
        if isinstance(found, list):
            note_cells(found, name, None, path=place.path, file=place.file, faults=place.faults)
            return None
        column = found
    values = values_of(column)
    if values is None:
        problem = f"The column is of type {cut(str(table.schema.field(name).type))}."
        place.note(problem, "Use numbers or text.", column=name)
    return values
