"""The hidden truth of a time series task: one clean series for each data file.

Data may be as rough as real data is. The truth may not: a gap or a doubled time stamp in it would
silently make the score of every algorithm wrong.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.member_names import shown
from valhub.evaluation.packages.tables.frames import note_rows, read_frame
from valhub.evaluation.packages.tables.number_cells import note_cells, text_faults
from valhub.evaluation.packages.tasks.data_folders import DataFolder
from valhub.evaluation.packages.tasks.task_config import Alignment, TaskConfig
from valhub.evaluation.packages.tasks.truth_times import EARLIEST, LATEST, TIME_CHECKS, time_zone
from valhub.evaluation.packages.tasks.unzoned_days import check_unzoned_days
from valhub.evaluation.packages.times.day_starts import begin_days

# No quantity of the field comes near it, and sums and squares of such numbers stay finite.
LARGEST_MAGNITUDE = 1e100
_MOST_KEPT_BYTES = 16 * 1024**2


@dataclass(frozen=True)
class Reference:
    """One reference without a fault.

    Attributes
    ----------
    beyond_yes_or_no : int or None
        The first row, from 0, whose number is neither 0 nor 1.
    """

    path: Path
    beyond_yes_or_no: int | None = None


class References:
    """The references of a package, read one after another.

    Attributes
    ----------
    all_daily : bool
        Whether all that were read have only midnights.
    notes : list of str
        What the organiser should look at, though it may be meant.
    """

    def __init__(
        self, root: Path, folder: DataFolder, config: TaskConfig, faults: FaultList
    ) -> None:
        self.all_daily = True
        self.notes: list[str] = []
        self._root, self._folder, self._faults = root, folder, faults
        self._alignment, self._time_format = config.alignment, config.time_format
        # Which of them count is known only when every reference has been read.
        self._of_times = {by: FaultList(faults.name) for by in TIME_CHECKS}

    def read(self, name: str, zone: str | None) -> Reference | None:
        """Read the reference of a data file, which is in this time zone.

        Returns
        -------
        Reference or None
            None when it is missing, or a fault was noted.
        """
        path = self._folder.find_in_either_format(name)
        if path is None:
            self._faults.add(
                f'The file "{shown(name)}" has no reference.',
                "Add the truth under the same name.",
                file=f"{self._folder.place}/{name}",
            )
            return None
        place = path.relative_to(self._root).as_posix()
        truth = read_reference(
            path,
            file=place,
            zone=zone,
            faults=self._faults,
            time_format=self._time_format,
        )
        if truth is None:
            return None
        index = pd.DatetimeIndex(truth.index)
        if zone is None:
            self._check_unzoned(index, path, place)
        daily = is_daily(truth, zone)
        self.all_daily = self.all_daily and daily
        possible: list[Alignment] = ["date", "timestamp"] if daily else ["timestamp"]
        for by in possible if self._alignment is None else [self._alignment]:
            check, faults = TIME_CHECKS[by], self._of_times[by]
            check(index, zone, path=path, file=place, faults=faults)
        values = truth.to_numpy()
        others = np.flatnonzero((values != 0) & (values != 1))
        return Reference(path, int(others[0]) if others.size else None)

    def _check_unzoned(self, index: pd.DatetimeIndex, path: Path, file: str) -> None:
        found = FaultList(self._faults.name)
        check_unzoned_days(index, path=path, file=file, faults=found)
        self._faults.extend(found)
        self.notes += found.notes

    def settle(self) -> None:
        """Note the faults of time, once it is known what answers are aligned by."""
        by = self._alignment or ("date" if self.all_daily else "timestamp")
        self._faults.extend(self._of_times[by])


class _ReadBefore:
    """References read to check the package, for when it is prepared right after.

    Each is handed out once. Few are kept, however large the package is.
    """

    def __init__(self, most_bytes: int) -> None:
        self._left = most_bytes
        self._kept: dict[Hashable, pd.Series[float]] = {}

    def keep(self, key: Hashable, series: "pd.Series[float]") -> None:
        """Keep a series, unless there is no room for it."""
        size = _bytes_of(series)
        if size <= self._left and key not in self._kept:
            self._left -= size
            self._kept[key] = series

    def take(self, key: Hashable) -> "pd.Series[float] | None":
        """Hand out a series; None when it is not kept."""
        series = self._kept.pop(key, None)
        if series is not None:
            self._left += _bytes_of(series)
        return series


def _bytes_of(series: "pd.Series[float]") -> int:
    return int(series.memory_usage())


_READ_BEFORE = _ReadBefore(_MOST_KEPT_BYTES)


def read_reference(
    path: Path, *, file: str, zone: str | None, faults: FaultList, time_format: str | None = None
) -> "pd.Series[float] | None":
    """Read one reference, or take it as it was read a moment before.

    Parameters and result are those of `_read_reference`.
    """
    found = path.stat()
    key = (path, found.st_ino, found.st_mtime_ns, found.st_size, zone, time_format)
    before = _READ_BEFORE.take(key)
    if before is not None:
        return before
    series = _read_reference(path, file=file, zone=zone, faults=faults, time_format=time_format)
    if series is not None:
        _READ_BEFORE.keep(key, series)
    return series


def _read_reference(
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
        _note_texts(frame, path, file, faults)
        return None
    return frame if _is_clean(frame, path, file, faults) else None


def _note_texts(series: "pd.Series[str]", path: Path, file: str, faults: FaultList) -> None:
    """Note which values are not numbers, or that none is."""
    found = []
    if series.dtype == object:
        texts = pa.array(series, pa.string(), from_pandas=True)
        found = text_faults(pa.chunked_array([texts]))
    note_cells(found, str(series.name), None, path=path, file=file, faults=faults)
    if not found:
        faults.add("The reference has values that are not numbers.", "Write numbers.", file=file)


def _is_clean(series: "pd.Series[float]", path: Path, file: str, faults: FaultList) -> bool:
    index = pd.DatetimeIndex(series.index)
    values = series.to_numpy(dtype=float)
    broken = ~np.isfinite(values)
    huge = ~broken & (np.abs(values) > LARGEST_MAGNITUDE)
    doubled = np.asarray(index.duplicated())
    late = np.append(False, index[1:] < index[:-1])
    far = (index.asi8 < EARLIEST.value) | (index.asi8 > LATEST.value)
    for rows, problem, fix in (
        (broken, "The truth is missing or not finite.", "Write a number, or remove the row."),
        (huge, f"The truth is beyond ±{LARGEST_MAGNITUDE:g}.", "Correct it, or remove the row."),
        (doubled, "The time stamp appears twice.", "Keep one row for each."),
        (late, "The time stamp is earlier than the one before.", "Sort the rows."),
        (far, "The year is not one from 1700 to 2199.", "Correct the time stamp."),
    ):
        found = [int(row) for row in np.flatnonzero(rows)]
        note_rows(found, problem, fix, path=path, file=file, faults=faults)
    return not (broken | huge | doubled | late | far).any()


def is_daily(series: "pd.Series[float]", zone: str | None) -> bool:
    """Return whether every time stamp is a midnight, as written or in the file's time zone."""
    index = pd.DatetimeIndex(series.index)
    if begin_days(index):
        return True
    return bool(zone and index.tz) and begin_days(index.tz_convert(time_zone(zone)))
