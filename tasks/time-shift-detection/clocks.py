"""Clocks of data loggers: right ones, wrong ones, and what a logger writes with each of them.

A clock is a step function: how many minutes it is ahead of local standard time, and from when.
The truth an algorithm has to find is the opposite: the minutes to add to the time stamps.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

_BEGINNING = pd.Timestamp("1970-01-01")
_LARGEST_SHIFT_MINUTES = 120
_SHIFT_STEP_MINUTES = 15  # the base series' own sampling; nothing finer can be injected
_SHORTEST_PERIOD_DAYS = 30


@dataclass(frozen=True)
class Clock:
    """A logger's clock.

    Attributes
    ----------
    changes : pandas.DatetimeIndex
        Local standard time from which each offset holds, ascending; the first covers everything.
    offsets_minutes : tuple of int
        Minutes the clock is ahead of local standard time, one per change.
    """

    changes: pd.DatetimeIndex
    offsets_minutes: tuple[int, ...]

    def period_of(self, times: pd.DatetimeIndex) -> np.ndarray:
        """Return, for each standard time, the position of the offset that holds then."""
        after = np.searchsorted(self.changes.to_numpy(), times.to_numpy(), side="right")
        return np.asarray(after - 1)

    def offset_at(self, times: pd.DatetimeIndex) -> np.ndarray:
        """Return the minutes the clock is ahead at each standard time."""
        return np.take(np.asarray(self.offsets_minutes), self.period_of(times))


def constant_clock(offset_minutes: int) -> Clock:
    """Return a clock that is always ahead by the same minutes: 0 is the right clock."""
    return Clock(pd.DatetimeIndex([_BEGINNING]), (offset_minutes,))


def zone_clock(days: pd.DatetimeIndex, zone: str, standard_time: str) -> Clock:
    """Return the clock that follows a time zone, daylight saving included, over these days."""
    hours = pd.date_range(days[0] - pd.Timedelta(days=2), days[-1] + pd.Timedelta(days=2), freq="h")
    wall = hours.tz_localize(standard_time).tz_convert(zone).tz_localize(None)
    return _clock_from((wall - hours) // pd.Timedelta(minutes=1), hours)


def interrupted(clock: Clock, at: pd.Timestamp, *, keep_before: bool) -> Clock:
    """Return the clock that follows another one only before, or only from, one moment."""
    moments = clock.changes.union(pd.DatetimeIndex([at]))
    kept = (moments < at) if keep_before else (moments >= at)
    return _clock_from(np.where(kept, clock.offset_at(moments), 0), moments)


def random_clock(days: pd.DatetimeIndex, changes: int, rng: np.random.Generator) -> Clock:
    """Return a clock that is reset at `changes` midnights, to an offset drawn each time.

    Offsets are multiples of 15 min within two hours; periods last 30 days or longer; the
    offset differs from one period to the next, and at least one of them is not zero.
    """
    starts = [_BEGINNING, *days[_period_starts(len(days), changes, rng)]]
    steps = _LARGEST_SHIFT_MINUTES // _SHIFT_STEP_MINUTES
    offsets = [int(rng.integers(-steps, steps + 1))]
    while len(offsets) < len(starts):
        candidate = int(rng.integers(-steps, steps + 1))
        if candidate != offsets[-1]:
            offsets.append(candidate)
    minutes = tuple(step * _SHIFT_STEP_MINUTES for step in offsets)
    return Clock(pd.DatetimeIndex(starts), minutes)


def logged(power: pd.Series, clock: Clock, sampling_minutes: int) -> pd.Series:
    """Return what a logger with this clock writes, in the order in which it writes it.

    Parameters
    ----------
    power : pandas.Series
        Mean power of 15-min intervals; index: naive local standard time, without gaps.
    clock : Clock
        The logger's clock.
    sampling_minutes : int
        Length of the intervals the logger averages over, by its own clock.

    Returns
    -------
    pandas.Series
        Index: naive, as the clock showed it. Where the clock jumps ahead, stamps are missing;
        where it jumps back, stamps come twice. An interval without any value is NaN. Only days
        that are covered from midnight to midnight are kept.
    """
    times = pd.DatetimeIndex(power.index)
    period = clock.period_of(times)
    stamps = times + clock.offset_at(times).astype("timedelta64[m]")
    interval = stamps.floor(f"{sampling_minutes}min")
    # A jump ends the interval under way: its two passes are never averaged together.
    rows = power.groupby([period, interval], sort=False).mean()
    written: pd.Series = rows.droplevel(0).round(3).rename_axis("timestamp")
    first = stamps[0].ceil("D")
    last = (stamps[-1] + pd.Timedelta(minutes=_SHIFT_STEP_MINUTES)).floor("D")
    return pd.Series(written[(written.index >= first) & (written.index < last)])


def truth(dates: pd.DatetimeIndex, clock: Clock) -> pd.Series:
    """Return the minutes to add to the stamps of each date.

    A clock only ever changes at night, so the offset at noon is that of the whole day's power.
    """
    to_add = -clock.offset_at(dates + pd.Timedelta(hours=12))
    return pd.Series(to_add.astype("int64"), dates.rename("date"), name="time_shift")


def _clock_from(offsets: np.ndarray | pd.Index, moments: pd.DatetimeIndex) -> Clock:
    """Return the clock with these offsets from these moments on, equal neighbours joined."""
    values = np.asarray(offsets, dtype="int64")
    keep = np.concatenate([[True], np.diff(values) != 0])
    starts = moments[keep].delete(0).insert(0, _BEGINNING)
    return Clock(starts, tuple(int(value) for value in values[keep]))


def _period_starts(length: int, changes: int, rng: np.random.Generator) -> np.ndarray:
    """Return the positions of `changes` days that lie 30 days or more from both ends and others."""
    free = length - (changes + 1) * _SHORTEST_PERIOD_DAYS
    gaps = np.sort(rng.integers(0, free + 1, size=changes))
    return gaps + np.arange(1, changes + 1) * _SHORTEST_PERIOD_DAYS
