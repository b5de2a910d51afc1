"""A declared grid: a series with one row for every step, before an algorithm gets it.

The step is the file's `data_sampling_frequency`, in minutes. The grid runs from the first time
stamp to the last, through the minutes that half of the time stamps share, else through midnight
(of UTC, where they have an offset); that is what pandas' `asfreq` gives where all of them lie on
it. Each row goes to the nearest point of the grid, at most half a step away and, halfway, to the
earlier one. Of several rows at one point, the nearest stays; of equally near ones, the first in
the file. Points without a row are gaps. The time stamps of a truth move to the same points.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.tables.frames import Frame
from valhub.evaluation.packages.tasks.truth_times import time_zone

_MINUTE_NS = 60 * 10**9
# A century of minutes has 53 million.
_MOST_ROWS = 20_000_000


@dataclass(frozen=True)
class Grid:
    """Points in time, a step apart.

    Attributes
    ----------
    origin_ns : int
        Any of them, in nanoseconds as pandas counts them: in UTC, else as written.
    step_ns : int
    """

    origin_ns: int
    step_ns: int

    @classmethod
    def of(cls, index: pd.DatetimeIndex, minutes: float) -> "Grid":
        """Find the grid of this step that most of the time stamps lie on."""
        step = max(1, round(minutes * _MINUTE_NS))
        stamps = index.as_unit("ns").asi8
        phases, first, counts = np.unique(stamps % step, return_index=True, return_counts=True)
        # Of equally many, the one that comes first in the file.
        most = min(range(len(phases)), key=lambda i: (-counts[i], first[i]))
        # Seconds that no half of the rows share are noise, and say nothing about the grid.
        return cls(int(phases[most]) if 2 * counts[most] >= len(stamps) else 0, step)

    def places(self, index: pd.DatetimeIndex) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        """Return which point each time stamp is nearest to, counted from the origin."""
        distance = index.as_unit("ns").asi8 - self.origin_ns
        return -((self.step_ns - 2 * distance) // (2 * self.step_ns))

    def stamps(
        self, places: "np.ndarray[tuple[int], np.dtype[np.int64]]", like: pd.DatetimeIndex
    ) -> pd.DatetimeIndex:
        """Return the points of the grid, in the zone and under the name of an index."""
        stamps = pd.DatetimeIndex(places * self.step_ns + self.origin_ns, name=like.name)
        return stamps if like.tz is None else stamps.tz_localize("UTC").tz_convert(like.tz)


def grid_of(frame: Frame, minutes: float | None, *, file: str, faults: FaultList) -> Grid | None:
    """Find the grid of a data file.

    Parameters
    ----------
    frame : Series or DataFrame
        The data as read.
    minutes : float or None
        The file's `data_sampling_frequency`.
    file : str
        Its path inside the package, for the faults.
    faults : FaultList
        Takes note of a step that is missing, and of one that is far too small.

    Returns
    -------
    Grid or None
        None when a fault was noted.
    """
    if not minutes or minutes <= 0:
        problem = "The series is to be put on a grid, but the file has no data_sampling_frequency."
        faults.add(problem, "Fill in the minutes, or set regularise to false.", file=file)
        return None
    index = pd.DatetimeIndex(frame.index)
    grid = Grid.of(index, minutes)
    rows = (int(index.max().value) - int(index.min().value)) // grid.step_ns
    if rows > _MOST_ROWS:
        problem = f"A grid of {minutes:g} min would have {rows:,} rows; at most {_MOST_ROWS:,}."
        fix = "Correct data_sampling_frequency (in minutes), or the time stamps."
        faults.add(problem, fix, file=file, column="data_sampling_frequency")
        return None
    return grid


def on_grid(frame: Frame, grid: Grid) -> Frame:
    """Put a data file on its grid.

    Parameters
    ----------
    frame : Series or DataFrame
        In any order, with any gaps and repetitions.
    grid : Grid
        Its own.

    Returns
    -------
    Series or DataFrame
        One row for every step from the first to the last; NaN where there was none, in text None.
    """
    index = pd.DatetimeIndex(frame.index)
    places = grid.places(index)
    aside = np.abs(index.as_unit("ns").asi8 - (places * grid.step_ns + grid.origin_ns))
    # By point, then by distance; the sort is stable, so that the file's order decides last.
    order = np.lexsort((aside, places))
    sorted_places = places[order]
    is_first = np.append(True, sorted_places[1:] != sorted_places[:-1])
    kept = frame.iloc[order[is_first]]
    kept.index = pd.Index(sorted_places[is_first])
    points = np.arange(sorted_places[0], sorted_places[-1] + 1)
    whole = kept if len(kept) == len(points) else _with_gaps(kept, points)
    whole.index = grid.stamps(points, index)
    return whole


def _with_gaps(kept: Frame, points: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Frame:
    if isinstance(kept, pd.DataFrame):
        columns = {name: _with_gaps(kept[name], points) for name in kept.columns}
        return pd.DataFrame(columns, index=points)
    if kept.dtype == bool:
        kept = kept.astype(float)
    whole = kept.reindex(points)
    return whole.where(whole.notna(), None) if whole.dtype == object else whole


def truth_on_grid(
    truth: "pd.Series[float]",
    grid: Grid,
    *,
    like: pd.DatetimeIndex,
    zone: str | None,
    file: str,
    faults: FaultList,
) -> "pd.Series[float]":
    """Move the time stamps of a truth to the points of the data's grid.

    Parameters
    ----------
    truth : Series of numbers
        As read.
    grid : Grid
        The data's.
    like : DatetimeIndex
        The data's time stamps: naive or in a zone, as the grid counts them.
    zone : str or None
        The file's time zone, which naive time stamps are in.
    file : str
        The truth's path inside the package, for the faults.
    faults : FaultList
        Takes note of two values at one point: which of them is true, nobody can say.
    """
    index = pd.DatetimeIndex(truth.index)
    if zone is None and (index.tz is None) != (like.tz is None):
        return truth  # A fault of its own, which `truth_overlap` notes.
    places = grid.places(_in_the_zone_of(like, index, zone))
    doubled = pd.Index(places).duplicated()
    if doubled.any():
        first, count = index[int(np.argmax(doubled))], int(doubled.sum())
        faults.add(
            f"{count:,} values of the truth share their step with another, the first at {first}. "
            f"The data's grid has a step every {grid.step_ns / _MINUTE_NS:g} min.",
            "Write one value for each step of the data.",
            file=file,
        )
        return truth
    moved = truth.copy()
    moved.index = _in_the_zone_of(index, grid.stamps(places, like), zone).rename(index.name)
    return moved


def _in_the_zone_of(
    other: pd.DatetimeIndex, index: pd.DatetimeIndex, zone: str | None
) -> pd.DatetimeIndex:
    """Write time stamps as another index does: with a zone, or as local times without one."""
    if (index.tz is None) == (other.tz is None):
        return index if index.tz is None else index.tz_convert(other.tz)
    if other.tz is None:
        return index.tz_convert(time_zone(zone or "UTC")).tz_localize(None)
    # Times that the zone's clocks show twice or skip are faults of their own; see `truth_times`.
    first = np.ones(len(index), dtype=bool)
    local = index.tz_localize(
        time_zone(zone or "UTC"), ambiguous=first, nonexistent="shift_forward"
    )
    return local.tz_convert(other.tz)
