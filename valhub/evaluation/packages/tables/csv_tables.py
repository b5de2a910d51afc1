"""One CSV file as an Arrow table, or the faults of its shape.

A plain file is read by Arrow alone. Whatever is odd about it (a parser's error, a quotation mark
that hides rows, a first column that is not all time stamps) has the file read again, slowly, by
its records, to say what the author did.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.parser_errors import read_or_note
from valhub.evaluation.packages.tables.csv_bytes import Marks, byte_faults, marks_of
from valhub.evaluation.packages.tables.csv_lines import Record, is_open_ended, records
from valhub.evaluation.packages.tables.csv_rows import IsData, Rows, note_rows_without_data
from valhub.evaluation.packages.tables.gap_words import SPELLINGS
from valhub.evaluation.packages.tables.number_cells import note_cells, read_numbers
from valhub.evaluation.packages.tables.row_faults import note_findings, unclosed_quote
from valhub.evaluation.packages.tables.separators import first_lines, note_separator
from valhub.evaluation.packages.times.time_fields import Ints
from valhub.evaluation.packages.times.time_formats import pattern_of
from valhub.evaluation.packages.times.time_shapes import find_layout

_DIGIT = re.compile("[0-9]")
_LONGEST_STAMP = 64
_TAIL_BYTES = 1 << 16
_BLOCK_BYTES = 1 << 24
_CONVERT = pacsv.ConvertOptions(null_values=SPELLINGS, strings_can_be_null=True)
# Arrow takes memory and time for every spelling in every column, so it first gets its own few.
_CONVERT_PLAIN = pacsv.ConvertOptions(strings_can_be_null=True)
_SPELLINGS = pa.array(SPELLINGS, pa.string())


@dataclass
class CsvTable:
    """A file that Arrow has read.

    Attributes
    ----------
    table : pyarrow.Table
        All gap words are nulls; columns with other text among their numbers are text.
    """

    table: pa.Table
    _path: Path
    _file: str
    _time_format: str | None
    _rows: Rows | None = None

    def rows(self, faults: FaultList) -> Rows | None:
        """Look at the rows one by one, once, and note those that are no data.

        None when there is no header, or rows are hidden.
        """
        if self._rows is None:
            found, is_data = records(self._path), _data_test(self._time_format)
            self._rows = note_rows_without_data(found, is_data, self._file, faults)
        return self._rows

    def with_numbers(self, faults: FaultList, kept: Ints | None = None) -> pa.Table | None:
        """Make numbers of the columns of text that are mostly numbers.

        Parameters
        ----------
        faults : FaultList
            Takes note of the cells that are none.
        kept : array of int, optional
            The rows that are data, if some are not.

        Returns
        -------
        pyarrow.Table or None
            None when a fault was noted.
        """
        table, is_sound = self.table, True
        for place, field in list(enumerate(table.schema))[1:]:
            if not pa.types.is_string(field.type):
                continue
            column = table.column(place)
            found = read_numbers(column if kept is None else column.take(kept))
            if isinstance(found, list):
                is_sound = False
                note_cells(found, field.name, kept, path=self._path, file=self._file, faults=faults)
            elif kept is None and found is not column:
                table = table.set_column(place, field.name, found)
        return table if is_sound else None


def read_csv_table(
    path: Path, file: str, faults: FaultList, time_format: str | None
) -> CsvTable | None:
    """Read a CSV file.

    Parameters
    ----------
    path : Path
        UTF-8, separated by commas, with one header line.
    file : str
        Its path inside the package, for the faults.
    faults : FaultList
        Takes note of whatever hides rows or makes them other than one header and its data.
    time_format : str or None
        The format of time stamps that the package declares.

    Returns
    -------
    CsvTable or None
        None when a fault was noted.
    """
    marks = marks_of(path)
    table = None
    if not (marks.nul or marks.returns):
        table = _parsed(path)
        if table is not None and not _is_odd(table, marks, time_format):
            return CsvTable(table, path, file, time_format)
    if (
        byte_faults(path, file, faults)
        or note_separator(first_lines(path), file, faults)
        or _ends_in_quotes(path, marks, file, faults)
    ):
        return None
    rows = note_rows_without_data(records(path), _data_test(time_format), file, faults)
    if rows is None or not rows.is_table:
        return None
    if table is None or table.num_rows != rows.count:
        table = _parsed_again(path, file, faults)
    return None if table is None else CsvTable(table, path, file, time_format, rows)


def _parsed(path: Path) -> pa.Table | None:
    try:
        # Waking threads takes longer than reading a year of quarter-hours.
        read = pacsv.ReadOptions(use_threads=path.stat().st_size > _BLOCK_BYTES)
        table = pacsv.read_csv(path, read, convert_options=_CONVERT_PLAIN)
        if any(_has_gap_word(column) for column in table.columns):
            table = pacsv.read_csv(path, read, convert_options=_CONVERT)
        # Arrow checks the text of cells, but not that of names.
        return table if table.column_names else None
    except (pa.ArrowInvalid, UnicodeDecodeError):
        return None


def _has_gap_word(column: pa.ChunkedArray) -> bool:
    """Return whether one of our gap words, which is none of Arrow's, made text of a column."""
    is_text = pa.types.is_string(column.type)
    return is_text and bool(pc.any(pc.is_in(column, value_set=_SPELLINGS)).as_py())


def _parsed_again(path: Path, file: str, faults: FaultList) -> pa.Table | None:
    """Read what Arrow reads with more patience: long lines, and line breaks inside quotes."""
    parse = pacsv.ParseOptions(newlines_in_values=True)
    read = pacsv.ReadOptions(block_size=_BLOCK_BYTES)
    return read_or_note(
        lambda: pacsv.read_csv(path, read, parse, _CONVERT),
        faults,
        "This is not a readable CSV file",
        "Save it again.",
        file=file,
    )


def _is_odd(table: pa.Table, marks: Marks, time_format: str | None) -> bool:
    name = table.column_names[0]
    return (
        table.num_columns == 1
        or any(mark in name for mark in ";\t|")
        or _data_test(time_format)([name])
        or marks.may_hide_rows(table.num_rows)
        # Arrow reads text that is not UTF-8 as bytes.
        or any(pa.types.is_binary(field.type) for field in table.schema)
    )


def _ends_in_quotes(path: Path, marks: Marks, file: str, faults: FaultList) -> bool:
    """Note a last line that opens a quotation mark and ends."""
    if marks.quotes % 2 == 0:
        return False
    with path.open("rb") as stream:
        stream.seek(max(path.stat().st_size - _TAIL_BYTES, 0))
        last = stream.read().rstrip(b"\r\n").rsplit(b"\n", 1)[-1].decode(errors="replace")
    if not is_open_ended(last):
        return False
    note_findings([unclosed_quote(Record(marks.lines, [last]))], file, faults)
    return True


def _data_test(time_format: str | None) -> IsData:
    return lambda cells: _is_stamp(cells[0].strip(), time_format)


def _is_stamp(text: str, time_format: str | None) -> bool:
    shape = _DIGIT.sub("9", text[: _LONGEST_STAMP + 1])
    return len(text) <= _LONGEST_STAMP and _is_stamp_shape(shape, time_format)


@lru_cache(maxsize=4096)
def _is_stamp_shape(shape: str, time_format: str | None) -> bool:
    declared = pattern_of(time_format) if time_format else None
    return find_layout(shape) is not None or find_layout(shape, declared) is not None
