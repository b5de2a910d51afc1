"""What can be wrong with a column of time stamps, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from valhub.evaluation.packages.times.time_fields import Bools
from valhub.texts import cut

MOST_QUOTED = 20


@dataclass(frozen=True)
class StampFault:
    """One fault of one or more rows.

    Attributes
    ----------
    rows : list of int
        The rows, counted from 0 after the header.
    problem : str
        What is wrong: a sentence, or the rest of one that begins with the quoted value.
    fix : str
        How to fix it.
    values : list of str
        The first rows' text, cut to 40 characters; empty where there is none to quote.
    """

    rows: list[int]
    problem: str
    fix: str
    values: list[str]


def fault_of_rows(
    rows: Bools, text: pa.LargeStringArray, problem: str, fix: str
) -> Iterator[StampFault]:
    """Yield the fault of these rows, if there are any."""
    found = [int(row) for row in np.flatnonzero(rows)]
    if found:
        values = [cut(text[row].as_py()) for row in found[:MOST_QUOTED] if text[row].is_valid]
        yield StampFault(found, problem, fix, values)


def ambiguous_dates(row: int, value: str, day_first: date, time_formats: list[str]) -> StampFault:
    """Say that day and month could be either way round.

    Parameters
    ----------
    row, value : int and str
        A row whose day and month differ, and its text.
    day_first : date
        What it means with the day first.
    time_formats : list of str
        The format with the day first and with the month first.
    """
    month_first = date(day_first.year, day_first.day, day_first.month)
    problem = (
        f"reads as {_long(day_first)} (day first) or as {_long(month_first)} (month first), and "
        "the other rows do not settle it."
    )
    fix = (
        f"Write dates in ISO 8601, as {day_first} or {month_first}, or set "
        f'"time_format" in config.json to {" or ".join(_quoted(time_formats))}.'
    )
    return StampFault([row], problem, fix, [cut(value)])


def short_year(row: int, value: str, time_formats: list[str]) -> StampFault:
    """Say that a year of two digits is read with a declared format only."""
    fix = (
        "Write all four, or set "
        f'"time_format" in config.json, such as {" or ".join(_quoted(time_formats))}.'
    )
    return StampFault([row], "has a year of two digits.", fix, [cut(value)])


def changed_offset(row: int, value: str) -> StampFault:
    """Say that UTC offsets change, and no time zone says which days they belong to."""
    problem = "has another UTC offset than the first time stamp, and the file has no timezone."
    fix = (
        "Fill in the file's timezone in the metadata, such as Europe/Berlin, or write one offset "
        "in all rows."
    )
    return StampFault([row], problem, fix, [cut(value)])


def _long(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"


def _quoted(texts: list[str]) -> list[str]:
    return [f'"{text}"' for text in texts]
