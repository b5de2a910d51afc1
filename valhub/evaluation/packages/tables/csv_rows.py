"""The rows of a CSV file that are no data: above the header, right below it, and at the end.

Rows are measured by the majority, so that one odd row is one fault, and thousands of good rows are
never blamed for a header that is not like them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.tables.csv_lines import Record
from valhub.evaluation.packages.tables.number_texts import is_number
from valhub.evaluation.packages.tables.row_faults import (
    Finding,
    Place,
    above_header,
    is_comment,
    no_header,
    note_findings,
    odd_header,
    stray_row,
    unclosed_quote,
    wrong_width,
)

IsData = Callable[[Sequence[str]], bool]

_MOST_KEPT = 10_000
_LONGEST_FOOTER = 20


@dataclass(frozen=True)
class Rows:
    """What the rows of a file are.

    Attributes
    ----------
    is_table : bool
        Whether all rows have as many fields as the header.
    count : int
        Rows below the header.
    stray : frozenset of int
        The rows below the header, from 0, that are no data; each of them has its fault.
    """

    is_table: bool
    count: int
    stray: frozenset[int]


def note_rows_without_data(
    records: Iterable[Record], is_data: IsData, file: str, faults: FaultList
) -> Rows | None:
    """Note every row that is no data, and a header that is missing or not the first line.

    Parameters
    ----------
    records : iterable of Record
        The whole file.
    is_data : callable
        Whether a record's cells are a row of data.
    file : str
        The path inside the package.
    faults : FaultList
        Takes note.

    Returns
    -------
    Rows or None
        None when there is no header, or another line above it, or a text without an end.
    """
    reading = _Reading(is_data)
    for record in records:
        reading.take(record)
        if reading.unclosed:
            note_findings([unclosed_quote(reading.unclosed)], file, faults)
            return None
    headers = list(reading.header_findings())
    if headers:
        note_findings(headers[:1], file, faults)
        return None
    stray = reading.stray()
    findings = [*reading.width_findings(), *(finding for _, finding in stray)]
    note_findings(sorted(findings, key=lambda finding: finding.line or 0), file, faults)
    is_table = not any(finding.breaks_table for finding in findings)
    return Rows(is_table, reading.count - 1, frozenset(number - 1 for number, _ in stray))


@dataclass
class _Reading:
    """One pass over the records, and what they show together."""

    is_data: IsData
    count: int = 0
    head: list[Record] = field(default_factory=list)
    widths: Counter[int] = field(default_factory=Counter)
    kept: dict[int, list[Record]] = field(default_factory=dict)
    others: list[tuple[int, Record]] = field(default_factory=list)
    last_data: int = -1
    has_numbers: bool = False
    unclosed: Record | None = None

    def take(self, record: Record) -> None:
        """Take one more record."""
        number, self.count = self.count, self.count + 1
        if record.has_breaks and (not record.is_whole or self._holds_rows(record)):
            self.unclosed = record
        elif self.is_data(record.cells):
            width = len(record.cells)
            self.widths[width] += 1
            self.last_data = number
            self.has_numbers = self.has_numbers or any(map(is_number, record.cells[1:]))
            kept = self.kept.setdefault(width, [])
            if len(kept) < _MOST_KEPT:
                kept.append(record)
        elif self.last_data < 0 and len(self.head) < _MOST_KEPT:
            self.head.append(record)
        elif len(self.others) < _MOST_KEPT:
            self.others.append((number, record))

    def _holds_rows(self, record: Record) -> bool:
        """Return whether a text that goes on over several lines has swallowed rows."""
        is_odd = len(record.cells) != len(self.head[0].cells) if self.head else True
        inner = (line for cell in record.cells for line in cell.splitlines()[1:])
        return any(
            (is_odd or "," in line) and self.is_data(line.replace('"', "").split(","))
            for line in inner
        )

    @property
    def _is_data_seen(self) -> bool:
        return self.last_data >= 0

    @property
    def _header_at(self) -> int | None:
        """The place of the header: of the usual width and no comment, if there is such a line."""
        names = [at for at, record in enumerate(self.head) if not is_comment(record.cells)]
        fitting = [at for at in names if len(self.head[at].cells) == self._width]
        if fitting or names:
            return fitting[0] if fitting else names[-1]
        # Some programs write the header itself as a comment.
        last = len(self.head) - 1
        is_header = self._is_data_seen and last >= 0 and len(self.head[last].cells) == self._width
        return last if is_header else None

    @cached_property
    def _width(self) -> int:
        """The number of fields of most rows; of equally many, that of the header.

        Asked for once for each row, so counted once: after all records have been taken.
        """
        if self.widths:
            above = {len(record.cells) for record in self.head}
            return max(self.widths, key=lambda width: (self.widths[width], width in above))
        names = [len(record.cells) for record in self.head if not is_comment(record.cells)]
        return Counter(names).most_common(1)[0][0] if names else 0

    def header_findings(self) -> Iterator[Finding]:
        """Yield what is wrong with the header, or with where it stands."""
        at = self._header_at
        if at is None:
            if self._is_data_seen:
                yield no_header(next(iter(self.kept.values()))[0])
            return
        if at > 0:
            yield above_header(self.head[:at])
        if len(self.head[at].cells) != self._width:
            yield odd_header(self.head[at], self._width, self.kept[self._width][0])

    def width_findings(self) -> Iterator[Finding]:
        """Yield the rows of data with too few or too many fields."""
        for width, records in self.kept.items():
            if width != self._width:
                yield from (wrong_width(record, self._width) for record in records)

    def stray(self) -> list[tuple[int, Finding]]:
        """Return the rows that are no data, with their numbers; the header is number 0."""
        header = self.head[0].cells if self.head else []
        rows = [*enumerate(self.head[1:], start=1), *self.others]
        below = {number for number, _ in rows if number < len(self.head) and self._is_data_seen}
        end = self._footer([number for number, _ in rows])
        found = []
        for number, record in rows:
            place: Place = "at the end" if number in end else ""
            place = "below the header" if number in below else place
            finding = stray_row(record, header, place, has_numbers=self.has_numbers)
            if finding is None and len(record.cells) != self._width:
                finding = wrong_width(record, self._width)
            if finding is not None:
                found.append((number, finding))
        return found

    def _footer(self, numbers: list[int]) -> set[int]:
        """Return those of the rising numbers that lead to the end without a gap."""
        if not self._is_data_seen:
            return set()
        end: set[int] = set()
        for number in reversed(numbers):
            if number != self.count - 1 - len(end):
                break
            end.add(number)
        return end if len(end) <= _LONGEST_FOOTER else set()
