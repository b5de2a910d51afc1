"""Columns of numbers in which some cells are text, as a parser leaves them: all text."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.tables.csv_lines import lines_of
from valhub.evaluation.packages.tables.gap_words import GAP_WORDS
from valhub.evaluation.packages.tables.number_texts import NUMBER, ODD_NUMBERS
from valhub.evaluation.packages.times.time_fields import Ints
from valhub.texts import cut

MOST_CELLS = 20
_NO_NUMBER_FIX = "Correct it, or leave the cell empty."
_GAPS = pa.array(sorted(GAP_WORDS), pa.string())


@dataclass(frozen=True)
class CellFault:
    """Cells of one column that are no numbers, for one reason.

    Attributes
    ----------
    rows : list of int
        The first twenty, from 0.
    values : list of str
        Their text, cut.
    count : int
        How many there are.
    problem, fix : str
        The rest of a sentence that begins with the first value, and how to fix it.
    """

    rows: list[int]
    values: list[str]
    count: int
    problem: str
    fix: str


def read_numbers(column: pa.ChunkedArray) -> pa.ChunkedArray | list[CellFault]:
    """Make numbers of a column of text, if that is what most of its cells are.

    Parameters
    ----------
    column : pyarrow.ChunkedArray of string
        As Arrow's CSV reader left it.

    Returns
    -------
    pyarrow.ChunkedArray or list of CellFault
        Numbers when all cells are, apart from gaps and space around them. The text itself when
        numbers, with or without decimal commas, units and the like, are no majority, neither of
        the cells nor of the different texts. Otherwise the cells that are no numbers.
    """
    kinds = _Kinds(column)
    if not kinds.are_mostly_numbers:
        return _without_gaps(column) if kinds.has_gaps else column
    faults = list(kinds.faults())
    return faults or _numbers(column)


def text_faults(column: pa.ChunkedArray) -> list[CellFault]:
    """Find the cells of a column of text that are no numbers, however many they are."""
    return list(_Kinds(column).faults())


class _Kinds:
    """The different texts of a column and what they are, counted by their rows."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        self._column = column
        counted = pc.value_counts(column.drop_null())
        self._texts, counts = counted.field("values"), counted.field("counts")
        gaps = _are_gaps(self._texts)
        trimmed = pc.utf8_trim_whitespace(self._texts)
        numbers = pc.and_not(pc.match_substring_regex(trimmed, NUMBER), gaps)
        self._odd = [pc.match_substring_regex(trimmed, one.pattern) for one in ODD_NUMBERS]
        meant = reduce(pc.or_, self._odd, numbers)
        self._others = pc.invert(pc.or_(gaps, meant))
        self.has_gaps = bool(pc.any(gaps).as_py())
        self._counts = counts
        # A word such as No Data may fill most rows of a logger, and is still one word only.
        self.are_mostly_numbers = any(
            _sum(of_meant) > _sum(of_others)
            for of_meant, of_others in (
                (counts.filter(meant), counts.filter(self._others)),
                (meant, self._others),
            )
        )

    def faults(self) -> Iterator[CellFault]:
        """Yield the cells with odd numbers, then those that are no numbers at all."""
        odd = [
            (kind, one.problem, one.fix) for kind, one in zip(self._odd, ODD_NUMBERS, strict=True)
        ]
        for kind, problem, fix in (*odd, (self._others, "is not a number", _NO_NUMBER_FIX)):
            count = _sum(self._counts.filter(kind))
            if count:
                among = pc.is_in(self._column, value_set=self._texts.filter(kind))
                rows = pc.indices_nonzero(among).slice(0, MOST_CELLS)
                values = [cut(value) for value in self._column.take(rows).to_pylist()]
                yield CellFault(rows.to_pylist(), values, count, problem, fix)


def _sum(numbers: pa.Array) -> int:
    return int(pc.sum(numbers).as_py() or 0)


def note_cells(
    found: Iterable[CellFault],
    column: str,
    kept: Ints | None,
    *,
    path: Path,
    file: str,
    faults: FaultList,
) -> None:
    """Note each fault at the line of its first cell, with the other cells and their lines.

    With `kept`, the cells' rows count these rows of the file only.
    """
    for one in found:
        rows = one.rows if kept is None else [int(kept[row]) for row in one.rows]
        lines = lines_of(path, rows)
        pairs = zip(one.values, rows, lines, strict=True)
        places = [f'"{value}" ({_place(row, line)})' for value, row, line in pairs]
        where = "" if lines[0] else f"Row {rows[0] + 1:,}: "
        problem = f'{where}"{one.values[0]}" {one.problem}{_others(places[1:], one.count)}.'
        faults.add(problem, one.fix, file=file, line=lines[0], column=column)


def _place(row: int, line: int | None) -> str:
    return f"line {line}" if line else f"row {row + 1:,}"


def _others(places: list[str], count: int) -> str:
    if not places:
        return ""
    more = f" and {count - 1 - len(places):,} more" if count - 1 > len(places) else ""
    cells = "1 other cell is" if count == 2 else f"{count - 1:,} other cells are"
    return f"; {cells} like it: {', '.join(places)}{more}"


def _are_gaps(texts: pa.Array) -> pa.Array:
    return pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(texts)), value_set=_GAPS)


def _without_gaps(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(_are_gaps(column), pa.scalar(None, column.type), column)


def _numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    plain = pc.utf8_ltrim(pc.utf8_trim_whitespace(_without_gaps(column)), "+")
    try:
        return plain.cast(pa.int64())
    except pa.ArrowInvalid:
        return plain.cast(pa.float64())
