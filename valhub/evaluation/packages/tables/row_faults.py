"""What can be wrong with a row of a CSV file, in words."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.tables.csv_lines import Record
from valhub.evaluation.packages.tables.gap_words import is_gap
from valhub.evaluation.packages.tables.number_texts import is_number
from valhub.texts import cut

Place = Literal["below the header", "at the end", ""]

_MOST_LINES = 20
# Spreadsheets write sep=; above the header.
_COMMENTS = ("#", "//", "%", "!", "sep=")


@dataclass(frozen=True)
class Finding:
    """One fault of a row.

    Attributes
    ----------
    kind : str
        The same for all rows with this fault, as the end of "5 more rows …".
    breaks_table : bool
        Whether the rows cannot be read as columns because of it.
    """

    line: int | None
    problem: str
    fix: str
    kind: str = ""
    breaks_table: bool = True


def note_findings(
    findings: Iterable[Finding], file: str, faults: FaultList, *, column: str = ""
) -> None:
    """Note the first twenty of each kind by line, and the rest as a number."""
    seen: Counter[tuple[str, str]] = Counter()
    for one in findings:
        seen[one.kind, one.fix] += 1
        if seen[one.kind, one.fix] <= _MOST_LINES:
            faults.add(one.problem, one.fix, file=file, line=one.line, column=column)
    for (kind, fix), count in seen.items():
        if count > _MOST_LINES:
            faults.add(f"{count - _MOST_LINES:,} more rows {kind}.", fix, file=file, column=column)


def is_comment(cells: Sequence[str]) -> bool:
    """Return whether a record is a comment, or has nothing but commas."""
    return cells[0].lstrip().startswith(_COMMENTS) or not any(cell.strip() for cell in cells)


def unclosed_quote(record: Record) -> Finding:
    """Say that a text never ends."""
    opened = next((cell for cell in record.cells if "\n" in cell or "\r" in cell), "")
    begin = opened.splitlines()[0] if opened else ""
    quoted = f' before "{cut(begin)}"' if begin else ""
    problem = f"The quotation mark{quoted} is not closed, and hides the rows that follow."
    return Finding(record.line, problem, "Close it, or remove it.")


def no_header(record: Record) -> Finding:
    """Say that the column names are missing."""
    problem = f"The line is data ({_quoted(record)}), but the header is missing."
    return Finding(record.line, problem, "Begin with one line of column names.")


def above_header(records: Sequence[Record]) -> Finding:
    """Say that the header is not the first line."""
    first, last = records[0].line, records[-1].line
    lines = f"Lines {first} to {last} are" if last > first else "The line is"
    problem = f"{lines} not the header but above it ({_quoted(records[0])})."
    fix = "Remove them." if last > first else "Remove it."
    return Finding(first, problem, fix)


def odd_header(header: Record, width: int, example: Record | None) -> Finding:
    """Say that the header is not like the rows."""
    problem = f"The header has {len(header.cells)} fields, but most rows have {width}."
    if example and _has_split_number(example, len(header.cells)):
        value = _quoted(example)
        problem = f"{problem[:-1]}: decimal commas split the numbers of {value}."
        return Finding(header.line, problem, "Write decimal points.")
    fix = "Write one name for each column."
    if example and _has_empty_end(example, len(header.cells)):
        fix = "Remove the commas at the end of the rows, or write one name for each column."
    return Finding(header.line, problem, fix)


def wrong_width(record: Record, width: int) -> Finding:
    """Say that a row has too few or too many fields."""
    problem = f"The row has {len(record.cells)} fields, but the header has {width}."
    fix = "Write one field for each column (quote text that has a comma)."
    if _has_split_number(record, width):
        fix = "Write decimal points instead of decimal commas."
    if _has_empty_end(record, width):
        fix = "Remove the commas at the end of the row."
    return Finding(record.line, problem, fix, "have too few or too many fields")


def stray_row(
    record: Record, header: Sequence[str], place: Place, *, has_numbers: bool
) -> Finding | None:
    """Say why a row is no data.

    Parameters
    ----------
    record : Record
        A row without a time stamp.
    header : sequence of str
        The names of the columns.
    place : str
        Whether only such rows are between it and the header, or the end.
    has_numbers : bool
        Whether the rows of this file have numbers.

    Returns
    -------
    Finding or None
        None for what may well be data, such as a row with a misspelt time stamp.
    """
    breaks = len(record.cells) != len(header)
    cells = [cell.strip() for cell in record.cells]
    others = cells[1:]
    is_text = has_numbers and not any(map(is_number, others))
    if not any(cells):
        return _stray(record, "is empty", breaks=breaks)
    if is_comment(cells):
        return _stray(record, f"is a comment ({_quoted(record)})", breaks=breaks)
    if [cell.lower() for cell in cells] == [name.strip().lower() for name in header]:
        return _stray(record, f"is the header again ({_quoted(record)})", breaks=breaks)
    if place == "at the end" and cells[0][:1].isalpha() and not is_text:
        problem = f"is not data ({_quoted(record)}), or its first cell is unreadable"
        return _stray(record, f"at the end {problem}", breaks=breaks)
    if place == "at the end" and is_text and (breaks or cells[0][:1].isalpha()):
        return _stray(record, f"at the end is not data ({_quoted(record)})", breaks=breaks)
    if is_text and not all(map(is_gap, others)):
        where = f"{place} " if place else ""
        return _stray(record, f"{where}is not data ({_quoted(record)})", breaks=breaks)
    return None


def _stray(record: Record, what: str, *, breaks: bool) -> Finding:
    return Finding(record.line, f"The row {what}.", "Remove it.", "are not data", breaks)


def _has_split_number(record: Record, width: int) -> bool:
    """Return whether a decimal comma can have made one field too many."""
    cells = [cell.strip() for cell in record.cells]
    return len(cells) > width and any(
        is_number(whole) and rest.isdigit() for whole, rest in pairwise(cells[1:])
    )


def _has_empty_end(record: Record, width: int) -> bool:
    """Return whether all fields that are too many are empty."""
    return len(record.cells) > width and not any(cell.strip() for cell in record.cells[width:])


def _quoted(record: Record) -> str:
    return f'"{cut(",".join(record.cells))}"'
