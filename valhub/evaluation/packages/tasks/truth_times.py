"""Whether a reference's time stamps mean one moment, or one date, each in the file's time zone.

An answer may come in any zone, so a truth that only its own clock can read scores good algorithms
wrong. What is wrong depends on whether answers are aligned by date or by time stamp.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.tables.frames import note_rows
from valhub.evaluation.packages.tasks.task_config import Alignment
from valhub.evaluation.packages.times.moments import DAY_NS

# Nanosecond time stamps end in 1677 and 2262; short of that, changing zones cannot overflow.
EARLIEST, LATEST = pd.Timestamp("1700-01-01"), pd.Timestamp("2200-01-01")

_HOUR = timedelta(hours=1)


@cache
def time_zone(name: str) -> tzinfo:
    """Return a time zone by its IANA name, in the form in which pandas is fast.

    pandas converts hundreds of times slower with `zoneinfo`, which knows all names of this machine.
    """
    try:
        return pd.DatetimeTZDtype("ns", name).tz
    except KeyError:
        return ZoneInfo(name)


def check_moments(
    index: pd.DatetimeIndex, zone: str | None, *, path: Path, file: str, faults: FaultList
) -> None:
    """Note naive time stamps that the file's zone has twice, or skips.

    Parameters
    ----------
    index : DatetimeIndex
        Of a reference that answers are aligned with by time stamp; unique.
    zone : str or None
        The file's time zone; without one, naive time stamps are compared as they are.
    path, file : Path, str
        The reference, and its path inside the package.
    faults : FaultList
        Takes note.
    """
    if zone is None or index.tz is not None:
        return
    if not index.tz_localize(time_zone(zone), ambiguous="NaT", nonexistent="NaT").hasnans:
        return
    as_summer = np.ones(len(index), dtype=bool)
    first = index.tz_localize(time_zone(zone), ambiguous=as_summer, nonexistent="NaT")
    last = index.tz_localize(time_zone(zone), ambiguous=~as_summer, nonexistent="NaT")
    skipped = np.asarray(first.isna())
    twice = ~skipped & np.asarray(first != last)
    for rows, problem in (
        (twice, f"{zone} has this local time twice, because its clocks are set back."),
        (skipped, f"{zone} has no such local time, because its clocks are set forward."),
    ):
        found = [int(row) for row in np.flatnonzero(rows)]
        if found:
            fix = _fix(zone, index[found[0]])
            note_rows(found, problem, fix, path=path, file=file, faults=faults)


def _fix(zone: str, stamp: pd.Timestamp) -> str:
    fix = "Write time stamps with their UTC offset, as 2024-01-31T13:45:00+01:00."
    standard = _standard_time(zone, stamp.year)
    if standard:
        fix += f" If the clock stays on standard time, set timezone to {standard} instead."
    return fix


def _standard_time(zone: str, year: int) -> str:
    """Name the zone that keeps this one's standard time all year; empty when none does."""
    offsets = [datetime(year, month, 1, tzinfo=ZoneInfo(zone)).utcoffset() for month in (1, 7)]
    standard = min(offset for offset in offsets if offset is not None)
    if standard % _HOUR:
        return ""
    hours = standard // _HOUR
    # The signs of these zones are the other way round.
    return f"Etc/GMT{-hours:+d}" if hours else "UTC"


def check_dates(
    index: pd.DatetimeIndex, zone: str | None, *, path: Path, file: str, faults: FaultList
) -> None:
    """Note days that are others in the file's zone, and days with several values.

    Parameters are those of `check_moments`, for a reference that answers are aligned with by date.
    """
    written = index.tz_localize(None)
    local = index.tz_convert(time_zone(zone)).tz_localize(None) if zone and index.tz else written
    # In whole numbers: pandas would look for a frequency at each step.
    counts, days = written.as_unit("ns").asi8, local.as_unit("ns").asi8 // DAY_NS
    if ((counts % DAY_NS == 0) & (counts != days * DAY_NS)).any():
        faults.add(
            f"The days begin at midnight in {index.tz}, which is another date in {zone}.",
            "Write dates without a time and offset, as 2024-01-31, or correct the file's timezone.",
            file=file,
        )
        return
    again = [int(row) for row in np.flatnonzero(pd.Index(days).duplicated())]
    problem = "Answers are aligned by date, and this date has a value already."
    fix = 'Keep one row for each date, or set "alignment": "timestamp" in config.json.'
    note_rows(again, problem, fix, path=path, file=file, faults=faults)


TIME_CHECKS: Mapping[Alignment, Callable[..., None]] = {
    "date": check_dates,
    "timestamp": check_moments,
}
"""What a reference's time stamps must be like, by what answers are aligned with it by."""
