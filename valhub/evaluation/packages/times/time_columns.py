"""A column of time stamps as text: its one format, its order of day and month, and its faults.

Rows are measured by the majority, so that one odd row is one fault.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from valhub.evaluation.packages.times.date_order import DateOrder, find_order
from valhub.evaluation.packages.times.moments import (
    DAY_NS,
    FIRST_YEAR,
    LAST_YEAR,
    Moments,
    moments_of,
)
from valhub.evaluation.packages.times.stamp_faults import (
    StampFault,
    ambiguous_dates,
    changed_offset,
    fault_of_rows,
    short_year,
)
from valhub.evaluation.packages.times.time_fields import Bools, Fields, Ints, read_fields
from valhub.evaluation.packages.times.time_formats import pattern_of, reads_iso_otherwise
from valhub.texts import cut

OUT_OF_RANGE = (
    f"is outside the years {FIRST_YEAR} to {LAST_YEAR}.",
    "Correct it, or remove the row.",
)
MISSING = ("The time stamp is missing.", "Write it, or remove the row.")
_ISO = "year month day -"


def written_column(text: pa.ChunkedArray) -> pa.LargeStringArray:
    """Return text as one array without space around it; what is empty is missing."""
    whole = text.cast(pa.large_string()).combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks)
    trimmed = pc.utf8_trim_whitespace(whole)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.large_string()), trimmed)


class TimeColumn:
    """One column.

    Attributes
    ----------
    has_any : bool
        Whether any row is a time stamp.
    """

    def __init__(self, text: pa.LargeStringArray, time_format: str | None) -> None:
        self._text, self._format = text, time_format
        self._fields = self._read()
        self._readable: Bools = self._fields.layout >= 0
        self.has_any = bool(self._readable.any())

    def _read(self) -> Fields:
        if self._format is None:
            return read_fields(self._text, None)
        fields = read_fields(self._text, pattern_of(self._format))
        if fields.layouts or reads_iso_otherwise(self._format):
            return fields
        # A file without one row in the declared format may still be in ISO 8601.
        iso = read_fields(self._text, None)
        return iso if all(layout.form == _ISO for layout in iso.layouts) else fields

    @cached_property
    def moments(self) -> Moments:
        """The rows in the order of day and month that the file shows, else with the day first."""
        return self._month_first if self._order == "month first" else self._day_first

    def offsets(self) -> set[int]:
        """Return the UTC offsets of the rows, in minutes; empty for local time."""
        return {int(minutes) for minutes in np.unique(self._fields.values["offset"][self._aware])}

    def offset_change(self) -> StampFault:
        """Say which row is the first whose offset is another than the first one's."""
        rows, offsets = np.flatnonzero(self._aware), self._fields.values["offset"][self._aware]
        row = int(rows[np.argmax(offsets != offsets[0])])
        return changed_offset(row, self._text[row].as_py())

    def faults(self) -> Iterator[StampFault]:
        """Yield everything that leaves a row without one sure moment."""
        missing = pc.is_null(self._text).to_numpy(zero_copy_only=False)
        if self.has_any or self._format:
            yield from self._unlike(~self._readable & ~missing)
        if not self.has_any:
            return
        for codes, among, problem, fix in self._habits():
            odd, usual = _odd_rows(codes, among)
            if odd.any():
                said = problem.format(self._quoted(usual))
                yield from fault_of_rows(odd, self._text, said, fix)
        yield from fault_of_rows(missing, self._text, *MISSING)
        yield from self._unsettled()
        yield from self._impossible()

    def _unlike(self, rows: Bools) -> Iterator[StampFault]:
        if self._format:
            problem = f'does not match "time_format" in config.json, which is "{self._format}".'
            fix = "Correct the value or the format."
        else:
            problem = "is unreadable as a time stamp."
            fix = f"Write it like {self._quoted(int(np.argmax(self._readable)))}."
        yield from fault_of_rows(rows, self._text, problem, fix)

    def _habits(self) -> Iterator[tuple[Ints, Bools, str, str]]:
        """Yield what all rows have to share: a number for each row, among which rows, and words."""
        fix = "Write all rows in one format."
        yield self._forms, self._readable, "is not written like the others, as {}.", fix
        is_aware = self._aware.astype(np.int64)
        problem = "has no UTC offset, or has one, unlike {}."
        yield is_aware, self._readable, problem, "Write all rows with an offset, or all without."
        timed = self._where("hour") & self._readable
        half = (self._fields.values["half"] > 0).astype(np.int64)
        problem = "has no AM or PM, or has one, unlike {}."
        yield half, timed, problem, "Write all rows with AM or PM, or all without."

    def _unsettled(self) -> Iterator[StampFault]:
        row = int(np.argmax(self._usual_form))
        layout = self._fields.layouts[self._fields.layout[row]]
        formats = {"day first": layout.time_format, "month first": _swapped(layout.time_format)}
        if not layout.is_open:
            formats = {"day first": layout.time_format}
        if layout.has("short_year") and not self._format:
            possible = [text for order, text in formats.items() if self._order in (order, "either")]
            yield short_year(row, self._text[row].as_py(), possible)
        elif self._order == "either":
            differ = self._day_first.ns != self._month_first.ns
            row = int(np.argmax(self._open & self._both_valid & differ))
            day = date(1970, 1, 1) + timedelta(days=self._day_of(row))
            yield ambiguous_dates(row, self._text[row].as_py(), day, list(formats.values()))

    def _impossible(self) -> Iterator[StampFault]:
        year = self._fields.values["year"]
        beyond = self._readable & ((year < FIRST_YEAR) | (year > LAST_YEAR))
        yield from fault_of_rows(beyond, self._text, *OUT_OF_RANGE)
        either = self._day_first.valid | self._month_first.valid
        chosen = either if self._order == "either" else self.moments.valid
        rows = self._readable & ~beyond & ~chosen
        order = f" with the {self._order.replace(' ', ' coming ')}" if (rows & either).any() else ""
        problem = f"is not a date and time that exists{order}."
        yield from fault_of_rows(rows, self._text, problem, "Correct it, or remove the row.")

    @cached_property
    def _order(self) -> DateOrder:
        if not self._open.any():
            return "day first"
        return find_order(self._day_first.of(self._open), self._month_first.of(self._open))

    @cached_property
    def _day_first(self) -> Moments:
        return moments_of(self._fields, np.zeros(len(self._text), dtype=bool))

    @cached_property
    def _month_first(self) -> Moments:
        return moments_of(self._fields, self._open)

    @cached_property
    def _both_valid(self) -> Bools:
        return self._day_first.valid & self._month_first.valid

    @cached_property
    def _forms(self) -> Ints:
        names = [layout.form for layout in self._fields.layouts]
        numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
        return np.array([*(numbers[name] for name in names), -1])[self._fields.layout]

    @cached_property
    def _usual_form(self) -> Bools:
        odd, _ = _odd_rows(self._forms, self._readable)
        return self._readable & ~odd

    @cached_property
    def _open(self) -> Bools:
        is_open = self._fields.rows_where([layout.is_open for layout in self._fields.layouts])
        return is_open & self._usual_form

    @cached_property
    def _aware(self) -> Bools:
        return self._fields.rows_where([bool(layout.zone) for layout in self._fields.layouts])

    def _where(self, field: str) -> Bools:
        return self._fields.rows_where([layout.has(field) for layout in self._fields.layouts])

    def _day_of(self, row: int) -> int:
        """Return the day of a row as written, whatever its offset, since 1970."""
        moments = self._day_first
        local = moments.ns[row] + self._fields.values["offset"][row] * 60_000_000_000
        if self._fields.values["hour"][row] == 24:
            local -= DAY_NS
        return int(local // DAY_NS)

    def _quoted(self, row: int) -> str:
        return f'"{cut(self._text[row].as_py())}"'


def _odd_rows(codes: Ints, among: Bools) -> tuple[Bools, int]:
    """Mark the rows that are not like most; of equally many, the first is as it should be.

    Returns
    -------
    array of bool and int
        The odd rows, and the first row that is like most.
    """
    rows = np.flatnonzero(among)
    if not len(rows):
        return among, 0
    found, first, count = np.unique(codes[rows], return_index=True, return_counts=True)
    usual = min(range(len(found)), key=lambda one: (-count[one], first[one]))
    return among & (codes != found[usual]), int(rows[first[usual]])


def _swapped(time_format: str) -> str:
    return time_format.translate({ord("d"): "m", ord("m"): "d"})
