"""Time stamps whose date and time of day stand in two columns.

Read by the first column alone, every row of a day would be its midnight.
"""

import re

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.member_names import shown
from valhub.evaluation.packages.times.day_starts import begin_days

_TIME_OF_DAY = r"^\s*[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?\s*([aApP]\.?[mM]\.?)?\s*$"
_DATE = r"^\s*[0-9]{1,4}([-/.])[0-9]{1,2}[-/.][0-9]{1,4}\s*$"
_TIME_NAME = re.compile(
    r"(time|hour|hr|hh|clock|uhrzeit|zeit|stunde|heure|hora|ora|tid)([ _.(\[].*)?", re.IGNORECASE
)
_YEAR_AND_MONTH = re.compile(
    r"(year|yyyy|yr|jahr|ann[ée]e|año),(month|mm|mo|monat|mois|mes|doy|day.?of.?year)",
    re.IGNORECASE,
)
# Numbers are hours or a clock only where nothing else can be meant, unlike in time_shift.
_NUMBERS_NAME = re.compile(
    r"(time|hour|hr|hh|he|hhmm|clock|uhrzeit|stunde|heure|hora)"
    r"([ _.]?(of[ _.]day|ending|utc|local|lst))?(\s*[\[(].*[\])])?",
    re.IGNORECASE,
)
# Hours from 0 to 24, or the clock as 0 to 2400.
_LAST_CLOCK = 2400
_FIX = "Join them in the first column, as 2024-01-31 13:45:00."


def note_split_stamps(table: pa.Table, index: object, file: str, faults: FaultList) -> bool:
    """Note that date and time of day are apart.

    Parameters
    ----------
    table : pyarrow.Table
        The data file; its first column should be the time stamps.
    index : object
        What the first column was read as; anything but a DatetimeIndex when it was not.
    file : str
        The path inside the package.
    faults : FaultList
        Takes note.

    Returns
    -------
    bool
        Whether it did.
    """
    first, *others = table.column_names
    problem, column = "", others[0]
    if isinstance(index, pd.DatetimeIndex):
        time = _time_column(table, index)
        if time is not None:
            problem, column = _apart(first, time), time
    elif _YEAR_AND_MONTH.fullmatch(f"{first.strip()},{column.strip()}"):
        problem = f'The date is in several columns, from "{shown(first)}" and "{shown(column)}" on.'
    elif _is_time_of_day(table.column(0)):
        date = next((name for name in others if _is_date(table.column(name))), None)
        problem, column = (_apart(date, first), first) if date is not None else ("", first)
    if problem:
        line = 1 if file.endswith(".csv") else None
        faults.add(problem, _FIX, file=file, line=line, column=column)
    return bool(problem)


def _apart(date: str, time: str) -> str:
    return f'The date is in the column "{shown(date)}" and the time in "{shown(time)}".'


def _time_column(table: pa.Table, index: pd.DatetimeIndex) -> str | None:
    """Return the column with the time of day, if the first one has dates only."""
    clocks: list[str] = []
    hours: list[str] = []
    for name in table.column_names[1:]:
        column = table.column(name)
        if _is_time_of_day(column):
            clocks.append(name)
        elif _NUMBERS_NAME.fullmatch(name.strip()) and _are_hours(column):
            hours.append(name)
    if not (clocks or hours) or not begin_days(index):
        return None
    # One row a day may have a time of its own, such as that of sunrise.
    if index.duplicated().any():
        return next(iter(clocks + hours))
    return next((name for name in clocks if _TIME_NAME.fullmatch(name.strip())), None)


def _are_hours(column: pa.ChunkedArray) -> bool:
    if not pa.types.is_integer(column.type) or column.null_count == len(column):
        return False
    least, most = pc.min_max(column).as_py().values()
    return bool(least >= 0 and most <= _LAST_CLOCK)


def _is_time_of_day(column: pa.ChunkedArray) -> bool:
    return pa.types.is_time(column.type) or _all_match(column, _TIME_OF_DAY)


def _is_date(column: pa.ChunkedArray) -> bool:
    return pa.types.is_date(column.type) or _all_match(column, _DATE)


def _all_match(column: pa.ChunkedArray, pattern: str) -> bool:
    if not pa.types.is_string(column.type) or column.null_count == len(column):
        return False
    # Most columns of text are settled by their first cell.
    given = column.drop_null()
    return bool(
        pc.match_substring_regex(given.slice(0, 1), pattern)[0].as_py()
        and pc.all(pc.match_substring_regex(given, pattern)).as_py()
    )
