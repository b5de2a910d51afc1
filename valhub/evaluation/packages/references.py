"""The hidden truth of a time series task: one clean series for each data file.

Data may be as rough as real data is. The truth may not: a gap or a doubled time stamp in it would
silently make the score of every algorithm wrong.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.frames import note_rows, read_frame


def read_reference(
    path: Path, *, file: str, zone: str | None, faults: FaultList, time_format: str | None = None
) -> "pd.Series[float] | None":
    """Read one reference.

    Parameters
    ----------
    path : Path
        A CSV or Parquet file: time stamps, then one column of numbers.
    file : str
        Its path inside the package, for the faults.
    zone : str or None
        The data file's time zone.
    faults : FaultList
        Takes note of everything but sorted, unique time stamps with finite numbers.
    time_format : str, optional
        The format of time stamps that the package declares.

    Returns
    -------
    Series or None
        None when a fault was noted.
    """
    frame = read_frame(path, file=file, zone=zone, faults=faults, time_format=time_format)
    if frame is None:
        return None
    if isinstance(frame, pd.DataFrame):
        problem = f"The reference has {frame.shape[1]} columns of values."
        faults.add(problem, "Keep the time stamps and one column.", file=file)
        return None
    if frame.dtype.kind not in "biuf":
        faults.add("The reference has values that are not numbers.", "Write numbers.", file=file)
        return None
    return frame if _is_clean(frame, path, file, faults) else None


def _is_clean(series: "pd.Series[float]", path: Path, file: str, faults: FaultList) -> bool:
    index = series.index
    broken = ~np.isfinite(series.to_numpy(dtype=float))
    doubled = np.asarray(index.duplicated())
    late = np.append(False, index[1:] < index[:-1])
    for rows, problem, fix in (
        (broken, "The truth is missing or not finite.", "Write a number, or remove the row."),
        (doubled, "The time stamp appears twice.", "Keep one row for each."),
        (late, "The time stamp is earlier than the one before.", "Sort the rows."),
    ):
        found = [int(row) for row in np.flatnonzero(rows)]
        note_rows(found, problem, fix, path=path, file=file, faults=faults)
    return not (broken.any() or doubled.any() or late.any())


def is_daily(series: "pd.Series[float]") -> bool:
    """Return whether every time stamp is a midnight of its own time zone."""
    index = pd.DatetimeIndex(series.index)
    return bool((index == index.normalize()).all())
