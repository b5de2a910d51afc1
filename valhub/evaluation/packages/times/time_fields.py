"""The fields of a whole column of time stamps, read from text at once, in whole numbers."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from valhub.evaluation.packages.times.time_shapes import Layout, find_layout

Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]

# Nobody writes more: seven weekdays, twelve months, halves of the day and missing zeros.
_MOST_SHAPES = 4000
_LONGEST_SHAPE = 64
_ZERO, _NINE = ord("0"), ord("9")


@dataclass(frozen=True)
class Fields:
    """What the rows of a column say, before day and month are told apart.

    Attributes
    ----------
    layouts : list of Layout
        The ways in which rows are written.
    layout : array of int
        For each row the number of its layout; -1 where the text is no time stamp or is missing.
    values : mapping of str to array
        By field, one number for each row; 0 where the row does not give it. `offset` is in
        minutes.
    """

    layouts: list[Layout]
    layout: Ints
    values: Mapping[str, Ints]

    def rows_where(self, holds: list[bool]) -> Bools:
        """Mark the rows whose layout has a property; `holds` has one entry for each layout."""
        return np.array([*holds, False])[self.layout]


def read_fields(text: pa.LargeStringArray, declared: re.Pattern[str] | None) -> Fields:
    """Read the fields of all rows.

    Parameters
    ----------
    text : pyarrow.LargeStringArray
        One time stamp in each row, without space around it; nulls are allowed.
    declared : re.Pattern or None
        As for `time_shapes.find_layout`.
    """
    data, starts = _bytes_of(text)
    codes, shapes = _shapes(text, data)
    found = [find_layout(shape, declared) if shape else None for shape in shapes]
    layouts: list[Layout] = []
    layout = np.full(len(text), -1, dtype=np.int64)
    names = ("year", "month", "day", "hour", "minute", "second", "nanosecond", "half", "offset")
    values = {name: np.zeros(len(text), dtype=np.int64) for name in names}
    for code, rows in _groups(codes):
        one = found[code]
        if one is not None:
            layout[rows] = len(layouts)
            layouts.append(one)
            for name, numbers in _numbers(one, data, starts[rows]):
                values[name][rows] = numbers
    return Fields(layouts, layout, values)


def _bytes_of(text: pa.LargeStringArray) -> tuple[np.ndarray, Ints]:
    _, offsets, data = text.buffers()
    starts = np.frombuffer(offsets, dtype=np.int64)[text.offset : text.offset + len(text)]
    return np.frombuffer(data or b"", dtype=np.uint8), starts


def _shapes(text: pa.LargeStringArray, data: np.ndarray) -> tuple[Ints, list[str]]:
    """Number the shapes, -1 for missing text; shapes that nobody writes are left empty."""
    valid, offsets, _ = text.buffers()
    masked = np.where((data >= _ZERO) & (data <= _NINE), np.uint8(_NINE), data)
    buffers = [valid, offsets, pa.py_buffer(masked.tobytes())]
    shaped = pa.Array.from_buffers(
        pa.large_string(), len(text), buffers, text.null_count, text.offset
    ).dictionary_encode()
    codes = pc.fill_null(shaped.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    lengths = pc.binary_length(shaped.dictionary).to_numpy(zero_copy_only=False)
    known = np.flatnonzero(lengths <= _LONGEST_SHAPE)[:_MOST_SHAPES]
    shapes = [""] * len(shaped.dictionary)
    for number in known:
        shapes[number] = shaped.dictionary[int(number)].as_py()
    return codes, shapes


def _groups(codes: Ints) -> Iterator[tuple[int, Ints]]:
    if not len(codes):
        return
    order = np.argsort(codes, kind="stable")
    found, first = np.unique(codes[order], return_index=True)
    last = [*first[1:], len(codes)]
    for code, begin, end in zip(found, first, last, strict=True):
        if code >= 0:
            yield int(code), order[begin:end]


def _numbers(layout: Layout, data: np.ndarray, starts: Ints) -> Iterator[tuple[str, Ints | int]]:
    given: dict[str, Ints | int] = {"month": layout.month or 1, "day": 1}
    for name, begin, end in layout.spans:
        number: Ints = np.zeros(len(starts), dtype=np.int64)
        for place in range(begin, end):
            digit: Ints = data[starts + place].astype(np.int64) - _ZERO
            number = number * 10 + digit
        given[name] = number * 10 ** (9 - (end - begin)) if name == "fraction" else number
    if "short_year" in given:
        short = given.pop("short_year")
        # As POSIX reads them: 69 to 99 are 1969 to 1999, and 00 to 68 are 2000 to 2068.
        given["year"] = short + np.where(np.asarray(short) >= 69, 1900, 2000)
    # The day of the year counts on from 1 January.
    given["day"] = given.pop("day_of_year", given["day"])
    given["nanosecond"] = given.pop("fraction", 0)
    given["half"] = {"": 0, "a": 1, "p": 2}[layout.half]
    given["offset"] = _offset(given.pop("zone_hours", 0), given.pop("zone_minutes", 0), layout)
    yield from given.items()


def _offset(hours: Ints | int, minutes: Ints | int, layout: Layout) -> Ints:
    """Return offsets in minutes; those that no clock has are a week or more."""
    whole = np.asarray(hours * 60 + minutes)
    whole = np.where(np.asarray(minutes) < 60, whole, 7 * 24 * 60)
    return -whole if layout.zone == "-" else whole
