"""Whether a reference and its data file are about the same time.

A truth that lies elsewhere makes every answer miss it, which would look like the participants'
fault. What cannot be meant is a fault; what may be meant, but seldom is, is a note.
"""

from dataclasses import dataclass
from datetime import tzinfo

import numpy as np
import pandas as pd

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.tasks.task_config import Alignment
from valhub.evaluation.packages.tasks.truth_times import EARLIEST, LATEST, time_zone
from valhub.evaluation.packages.times.moments import DAY_NS

_LARGEST_SHIFT, _SHIFT_UNIT = pd.Timedelta(hours=26), pd.Timedelta(minutes=15)
_NONE = pd.Timedelta(0)
_FIX = "Check the time stamps of both, and the file's timezone."


@dataclass(frozen=True)
class _Times:
    """Time stamps as local times of one zone: sorted, unique, naive."""

    stamps: pd.DatetimeIndex

    @property
    def step(self) -> pd.Timedelta | None:
        """The usual distance; None for one or two time stamps."""
        if len(self.stamps) <= 2:
            return None
        return pd.Timedelta(int(np.median(np.diff(self.stamps.asi8))), unit="ns")

    def __str__(self) -> str:
        return f"{self.stamps[0]} to {self.stamps[-1]}"


def check_overlap(
    data: pd.DatetimeIndex,
    truth: pd.DatetimeIndex,
    *,
    zone: str | None,
    by: Alignment,
    file: str,
    faults: FaultList,
) -> list[str]:
    """Compare the times of a data file with those of its reference.

    Parameters
    ----------
    data : DatetimeIndex
        Of the data file, in any order.
    truth : DatetimeIndex
        Of its reference, sorted and unique.
    zone : str or None
        The file's time zone.
    by : {"date", "timestamp"}
        What answers are aligned with the reference by.
    file : str
        The reference's path inside the package.
    faults : FaultList
        Takes note of times that cannot be compared, and of a truth without any time of the data.

    Returns
    -------
    list of str
        What the organiser should look at, one sentence or two each.
    """
    if zone is None and (data.tz is None) != (truth.tz is None):
        which = "Only the data's" if truth.tz is None else "Only the reference's"
        problem = f"{which} time stamps have a UTC offset, and the file has no timezone."
        fix = "Fill in the file's timezone, or write the offset in both."
        faults.add(problem, fix, file=file)
        return []
    if by == "timestamp" and truth.tz == data.tz and np.array_equal(truth.asi8, data.asi8):
        return []  # The usual case, in which nothing needs to be converted.
    home = time_zone(zone) if zone else truth.tz or data.tz
    # What lies centuries away cannot be converted, and is no time of a truth.
    near = _within(data, EARLIEST, LATEST)
    if not len(near):
        faults.add("The data has no time stamp from 1700 to 2199.", _FIX, file=file)
        return []
    if by == "date":
        near = near[[int(near.asi8.argmin()), int(near.asi8.argmax())]]
    given, wanted = _local(near, home, by), _local(truth, home, by)
    inside, total = _count_inside(given, wanted), len(wanted.stamps)
    if not inside:
        spans = _spans(wanted, given)
        faults.add(f"{spans}: they have no time in common.", _FIX, file=file)
        return []
    shifted = _shift_note(given, wanted, home) if by == "timestamp" else ""
    if shifted:
        return [f"{file}: {shifted}"]
    notes = []
    if inside < total:
        # Algorithms cannot know the others, and an answer without them may be invalid.
        kept = f"only {inside:,} of the truth's {total:,} values are inside"
        notes.append(f"{_spans(wanted, given)}: {kept}. {_FIX}")
    if by == "timestamp":
        notes += _grid_notes(given, wanted)
    return [f"{file}: {note}" for note in notes]


def _spans(truth: _Times, data: _Times) -> str:
    return f"The truth is from {truth}, and the data from {data}"


def _within(stamps: pd.DatetimeIndex, first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
    counts = stamps.asi8
    if len(counts) and counts.min() >= first.value and counts.max() <= last.value:
        return stamps  # The usual case, in which nothing needs to be copied.
    return stamps[(counts >= first.value) & (counts <= last.value)]


def _local(stamps: pd.DatetimeIndex, home: tzinfo | None, by: Alignment) -> _Times:
    local = (stamps if stamps.tz is None else stamps.tz_convert(home)).tz_localize(None)
    # In whole numbers: pandas would look for a frequency at each step.
    counts = local.as_unit("ns").asi8
    counts = np.unique(counts - counts % DAY_NS if by == "date" else counts)
    return _Times(pd.DatetimeIndex(counts.view("M8[ns]")))


def _count_inside(data: _Times, truth: _Times) -> int:
    """Count the values of the truth in the data's time, one step more at either end."""
    slack = 0 if data.step is None else data.step.value
    # In whole numbers, which is many times as fast as with time stamps.
    given, wanted = data.stamps.asi8, truth.stamps.asi8
    return int(np.count_nonzero((wanted >= given[0] - slack) & (wanted <= given[-1] + slack)))


def _grid_notes(data: _Times, truth: _Times) -> list[str]:
    if data.step is None or truth.step is None:
        return []
    if truth.step < data.step:
        note = (
            f"The truth has a value every {_duration(truth.step)}, but the data only every "
            f"{_duration(data.step)}. Check that algorithms can know the times in between."
        )
        return [note]
    if not truth.stamps.isin(data.stamps).any():
        return ["None of the truth's time stamps is one of the data's. Check their minutes."]
    return []


def _shift_note(data: _Times, truth: _Times, home: tzinfo | None) -> str:
    """Say that the truth is as long as the data, but in another zone; empty when it is not."""
    if data.step is None or truth.step is None:
        return ""
    shifts = _shifts(data.stamps, truth.stamps, home)
    if not shifts:
        return ""
    lengths = " and ".join(dict.fromkeys(_duration(abs(shift)) for shift in shifts))
    when = "later" if shifts[0] > _NONE else "earlier"
    return (
        f"The truth begins and ends {lengths} {when} than the data. Check that both are in the "
        "same time zone."
    )


def _shifts(
    data: pd.DatetimeIndex, truth: pd.DatetimeIndex, home: tzinfo | None
) -> tuple[pd.Timedelta, ...]:
    """Return by how much both ends differ, if another time zone does that; else nothing.

    Both differ alike, unless only one of the two zones has changed its clocks in between.
    """
    begin, end = truth[0] - data[0], truth[-1] - data[-1]
    if not begin and not end:
        return ()
    if any(abs(shift) > _LARGEST_SHIFT or shift % _SHIFT_UNIT for shift in (begin, end)):
        return ()
    changed = _offset(truth[-1], home) - _offset(truth[0], home)
    is_alike = begin == end or (changed and abs(end - begin) == abs(changed))
    return (begin, end) if is_alike and (begin > _NONE) == (end > _NONE) else ()


def _offset(stamp: pd.Timestamp, home: tzinfo | None) -> pd.Timedelta:
    """Return the UTC offset of a local time; nothing without a zone."""
    local = stamp.tz_localize(home, ambiguous=False, nonexistent="shift_forward")
    return pd.Timedelta(local.utcoffset() or 0)


def _duration(length: pd.Timedelta) -> str:
    minutes = length / pd.Timedelta(minutes=1)
    return f"{minutes / 60:g} h" if not minutes % 60 else f"{minutes:g} min"
