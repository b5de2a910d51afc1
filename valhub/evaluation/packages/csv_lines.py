"""Where in a CSV file a row is. Slow and exact, so used only when there is a fault to report."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from valhub.evaluation.packages.faults import FaultList

_MOST = 20


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
    for number, (line, _) in enumerate(_records(path), start=-1):
        if number in wanted:
            lines[number] = line
        if number >= rows[-1]:
            break
    return [lines.get(row) for row in rows]


def csv_faults(path: Path, file: str, faults: FaultList) -> bool:
    """Note the rows with too few or too many fields, and text that is not UTF-8.

    Returns
    -------
    bool
        Whether there were any.
    """
    width, found = 0, 0
    try:
        for line, record in _records(path):
            width = width or len(record)
            if len(record) != width:
                found += 1
            if len(record) != width and found <= _MOST:
                faults.add(
                    f"The row has {len(record)} fields, but the header has {width}.",
                    "Write one field for each column.",
                    file=file,
                    line=line,
                )
    except UnicodeDecodeError:
        where = _undecodable_line(path)
        faults.add("The file is not UTF-8 text.", "Save it as UTF-8.", file=file, line=where)
        return True
    except csv.Error as error:
        faults.add(f"The file is not CSV ({error}).", "Save it again.", file=file)
        return True
    if found > _MOST:
        faults.add(
            f"{found - _MOST:,} more rows have too few or too many fields.",
            "Write one field for each column.",
            file=file,
        )
    return found > 0


def _undecodable_line(path: Path) -> int | None:
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                line.decode("utf-8-sig")
            except UnicodeDecodeError:
                return number
    return None


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream)
        for record in reader:
            if record:
                yield reader.line_num, record
