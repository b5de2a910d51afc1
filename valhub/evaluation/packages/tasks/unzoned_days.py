"""Daily truths with a UTC offset, in files without a time zone, that are no midnights.

A tool that saves local midnights in UTC leaves 23:00 and, in summer, 22:00. Read as time stamps, a
perfect answer by date would match none of them, and its author would get the blame.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.tables.frames import note_rows
from valhub.evaluation.packages.times.moments import DAY_NS

_HOUR_NS = DAY_NS // 24
_FEWEST = 3
# Morocco changes its clocks back after the five weeks around Ramadan.
_LEAST_BETWEEN_NS = 20 * DAY_NS
_FIX = "Fill in the file's timezone in the metadata, such as Europe/Berlin."


def check_unzoned_days(
    index: pd.DatetimeIndex, *, path: Path, file: str, faults: FaultList
) -> None:
    """Look at the times of day of a truth whose file has no time zone.

    Parameters
    ----------
    index : DatetimeIndex
        Of the reference: sorted and unique. Only one with a UTC offset is looked at.
    path, file : Path, str
        The reference, and its path inside the package.
    faults : FaultList
        Takes note of midnights over a change of the clocks; its notes, of one time each day, which
        may be meant.
    """
    if index.tz is None or len(index) < _FEWEST:
        return
    counts = index.tz_localize(None).as_unit("ns").asi8
    steps, clock = np.diff(counts), counts % DAY_NS
    if steps.min() < DAY_NS - _HOUR_NS:
        return
    changes = np.flatnonzero(np.diff(clock))
    if not changes.size and clock[0] and np.median(steps) == DAY_NS:
        problem = f"The truth has one value a day, at {index[0]:%H:%M} ({index.tz})."
        faults.note(
            problem, f"If these are local midnights, {_FIX[0].lower()}{_FIX[1:]}", file=file
        )
    if changes.size and _is_change_of_clocks(clock, changes, counts):
        row = int(changes[0]) + 1
        problem = (
            f"The time of day changes from {index[row - 1]:%H:%M} to {index[row]:%H:%M}, as that "
            "of local midnights does when clocks change, and the file has no timezone."
        )
        note_rows([row], problem, _FIX, path=path, file=file, faults=faults)


def _is_change_of_clocks(
    clock: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    changes: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    counts: "np.ndarray[tuple[int], np.dtype[np.int64]]",
) -> bool:
    """Return whether there are two times of day, half an hour or one apart, for weeks each."""
    found = np.unique(clock)
    if len(found) != 2 or (np.diff(counts[changes]) < _LEAST_BETWEEN_NS).any():
        return False
    apart = int(found[1] - found[0])
    return min(apart, DAY_NS - apart) in (_HOUR_NS // 2, _HOUR_NS)
