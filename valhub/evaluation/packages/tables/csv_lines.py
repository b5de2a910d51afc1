"""The records of a CSV file and their lines. Slow and exact, so used only to report faults."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Record:
    """One record that is not blank.

    Attributes
    ----------
    line : int
        The line that it begins on, from 1.
    cells : list of str
        As written, without quotation marks.
    has_breaks : bool
        Whether it goes on over several lines.
    is_whole : bool
        False for a record that has a cell of more than 128 KiB.
    """

    line: int
    cells: list[str]
    has_breaks: bool = False
    is_whole: bool = True


def lines_of(path: Path, rows: Sequence[int]) -> list[int | None]:
    """Find the lines of data rows.

    Parameters
    ----------
    path : Path
        A data file.
    rows : sequence of int
        Rows in rising order, counted from 0 after the header.

    Returns
    -------
    list of int or None
        Lines from 1; None for a file that is not CSV.
    """
    if path.suffix.lower() != ".csv" or not rows:
        return [None] * len(rows)
    wanted, lines = set(rows), {}
    for number, record in enumerate(records(path), start=-1):
        if number in wanted:
            lines[number] = record.line
        if number >= rows[-1]:
            break
    return [lines.get(row) for row in rows]


def records(path: Path) -> Iterator[Record]:
    """Yield the records of a file in UTF-8."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        yield from records_in(stream)


def records_in(lines: Iterable[str]) -> Iterator[Record]:
    """Yield the records of some lines, until one that cannot be read, which is the last."""
    reader = csv.reader(lines)
    end = 0
    try:
        for cells in reader:
            begin, end = end + 1, reader.line_num
            if cells:
                yield Record(begin, cells, has_breaks=end > begin)
    except csv.Error:
        yield Record(end + 1, [""], has_breaks=True, is_whole=False)


def is_open_ended(line: str) -> bool:
    """Return whether a file's last line opens a quotation mark that it does not close."""
    try:
        list(csv.reader([line], strict=True))
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return False
