"""The records of a metadata table in CSV: its header, and the rows that have data."""

import csv
import io
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.text_files import MIB, read_text
from valhub.evaluation.packages.limits import MOST_TABLE_CELLS, MOST_TABLE_COLUMNS
from valhub.evaluation.packages.tables.csv_bytes import byte_faults, marks_of
from valhub.evaluation.packages.tables.csv_lines import Record, is_open_ended, records_in
from valhub.evaluation.packages.tables.csv_rows import note_rows_without_data
from valhub.evaluation.packages.tables.gap_words import is_gap
from valhub.evaluation.packages.tables.number_texts import is_number
from valhub.evaluation.packages.tables.row_faults import (
    Finding,
    above_header,
    is_comment,
    no_header,
    note_findings,
    unclosed_quote,
)
from valhub.evaluation.packages.tables.separators import note_separator

_MAX_BYTES = 64 * MIB
_DATA_FILES = (".csv", ".parquet")


@dataclass(frozen=True)
class Required:
    """The columns that a table must have, by which its header is known.

    Attributes
    ----------
    key : str
        The column that every row has a value in, if there is one.
    names : tuple of str
        Further columns of names.
    numbers : tuple of str
        Further columns of numbers.
    """

    key: str = ""
    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(name for name in (self.key, *self.names, *self.numbers) if name)


def read_records(
    path: Path, file: str, required: Required, faults: FaultList
) -> list[Record] | None:
    """Read a metadata table.

    Parameters
    ----------
    path : Path
        The file.
    file : str
        Its path inside the package.
    required : Required
        The columns it should have.
    faults : FaultList
        Takes note of text that is no table, and of every row that is no data or malformed.

    Returns
    -------
    list of Record
        The header, then every row with as many fields; all cells are trimmed. Empty for an empty
        file; None when the file as a whole is unusable.
    """
    text = read_text(path, faults, file=file, limit_bytes=_MAX_BYTES)
    if text is None:
        return None
    marks = marks_of(path)
    if (marks.nul or marks.returns) and byte_faults(path, file, faults):
        return None
    if note_separator(text.split("\n"), file, faults):
        return None
    found, cells = [], 0
    for record in records_in(io.StringIO(text, newline="")):
        found.append(_trimmed(record))
        cells += len(record.cells)
        if cells > MOST_TABLE_CELLS + len(found[0].cells):
            note_too_many_cells(file, faults)
            return None
    if not found or len(found[0].cells) > MOST_TABLE_COLUMNS:
        return found[:1]
    return _data_records(found, text, required, file, faults)


def note_too_many_cells(file: str, faults: FaultList) -> None:
    """Note a table that is too large."""
    problem = f"The table has more than {MOST_TABLE_CELLS:,} cells (rows times columns)."
    faults.add(problem, "Remove rows, or columns that nobody needs.", file=file)


def _data_records(
    found: list[Record], text: str, required: Required, file: str, faults: FaultList
) -> list[Record] | None:
    names = set(required.columns)
    at = next((at for at, one in enumerate(found) if names & set(one.cells)), 0)
    broken = _broken(found, at, text, required)
    if broken is not None:
        note_findings([broken], file, faults)
        return None
    rows = note_rows_without_data(found, _Test(found[0].cells, required), file, faults)
    if rows is None or _is_malformed(text, file, faults):
        return None
    width = len(found[0].cells)
    numbered = enumerate(found[1:])
    sound = (one for row, one in numbered if row not in rows.stray and len(one.cells) == width)
    return [found[0], *sound]


def _broken(found: list[Record], at: int, text: str, required: Required) -> Finding | None:
    """Find what leaves no row as it was meant; the header stands at this place, if anywhere."""
    last = text.rstrip("\n").rpartition("\n")[2]
    if not found[-1].has_breaks and is_open_ended(last):
        return unclosed_quote(Record(found[-1].line, [last]))
    if at > 0:
        return above_header(found[:at])
    if not set(required.columns) & set(found[0].cells) and _is_row(found[0].cells):
        return no_header(found[0])
    return None


def _trimmed(record: Record) -> Record:
    return replace(record, cells=[cell.strip() for cell in record.cells])


def _is_row(cells: Sequence[str]) -> bool:
    return any(is_number(cell) or cell.lower().endswith(_DATA_FILES) for cell in cells)


def _is_malformed(text: str, file: str, faults: FaultList) -> bool:
    """Note letters after a closing quotation mark, which readers take in different ways."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        deque(reader, maxlen=0)
    except csv.Error as error:
        problem = f"The row is malformed ({error})."
        faults.add(problem, "Correct it.", file=file, line=reader.line_num)
        return True
    return False


@dataclass(frozen=True)
class _Test:
    """Whether a record is a row of a table with this header."""

    header: list[str]
    required: Required

    def __call__(self, cells: Sequence[str]) -> bool:
        if cells == self.header or is_comment(cells):
            return False
        given = {
            name: cell.strip()
            for name, cell in zip(self.header, cells, strict=False)
            if not is_gap(cell)
        }
        columns = self.required
        others = {name for name in (*columns.names, *columns.numbers) if name in self.header}
        if columns.key and columns.key not in given:
            return False
        if not others & given.keys():
            # A system without its place is one still, unlike a line such as "Total: 3".
            key = given.get(columns.key, "")
            return not others or (key.isprintable() and " " not in key and not key.isalpha())
        return any(name in given and self._fits(name, given[name]) for name in others)

    def _fits(self, name: str, text: str) -> bool:
        return name in self.required.names or any(letter.isdigit() for letter in text)
