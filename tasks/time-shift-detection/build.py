"""Build the package of the time-shift detection task: `python build.py FOLDER`.

Which series, which clocks, how long and how often sampled is decided here, with a fixed seed:
the same bytes come out each time. The real series are read in `base_series.py`, the clocks are
set wrong in `clocks.py`.
"""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import base_series
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from clocks import Clock, constant_clock, interrupted, logged, random_clock, truth, zone_clock

_HERE = Path(__file__).resolve().parent
_SEED = 20_231_030
_SAMPLINGS_MINUTES = (15, 30, 60)
_WRONG_ZONES_MINUTES = {
    "Etc/GMT+9": -120,
    "Etc/GMT+8": -60,
    "Etc/GMT+6": 60,
    "Etc/GMT+5": 120,
}
_LEAST_DAYS_WITH_AND_WITHOUT = 30
_DAYS_PER_RANDOM_CHANGE = 240

NONE = "none"
WRONG_TIME_ZONE = "wrong time zone"
FULL_DST = "full DST"
PARTIAL_DST = "partial DST"
RANDOM_SHIFTS = "random shifts"
_ISSUES = (NONE, WRONG_TIME_ZONE, FULL_DST, PARTIAL_DST, RANDOM_SHIFTS)


@dataclass(frozen=True)
class Case:
    """One file of the task: a stretch of a series, sampled, with one kind of wrong clock."""

    system_id: int
    issue: str
    sampling_minutes: int
    days: int
    length: str


def build(destination: Path) -> None:
    """Write the package into `destination`, a folder that is new or empty.

    Parameters
    ----------
    destination : Path
        Becomes the package's root: `config.json`, `assets/`, `data/`.
    """
    for folder in ("files", "references"):
        (destination / "data" / folder).mkdir(parents=True)
    shutil.copyfile(_HERE / "config.json", destination / "config.json")
    shutil.copytree(_HERE / "assets", destination / "assets")
    _systems().to_csv(_table(destination, "system_metadata.csv"), index=False, lineterminator="\n")
    rows = list(_write_files(destination))
    files = pd.DataFrame(rows).sort_values("file_name")
    files.to_csv(_table(destination, "file_metadata.csv"), index=False, lineterminator="\n")


def _cases() -> list[Case]:
    """Return every file to make: 50 ranked ones of system 50, six of SERF East to practise on."""
    ranked = [
        Case(50, issue, sampling, days, length)
        for issue, sampling, (days, length) in product(
            _ISSUES, _SAMPLINGS_MINUTES, [(365, "1 year"), (365, "1 year"), (730, "2 years")]
        )
    ]
    longest = [Case(50, issue, 15, 992, "2.7 years") for issue in _ISSUES]
    practice = [
        Case(2016, issue, sampling, 104, "104 days")
        for issue, sampling in product((NONE, WRONG_TIME_ZONE, RANDOM_SHIFTS), (15, 60))
    ]
    return ranked + longest + practice


def _write_files(destination: Path) -> Iterator[dict[str, object]]:
    """Write every series with its truth; yield its row of the file metadata."""
    powers = {50: base_series.system_50(), 2016: base_series.serf_east()}
    cases = _cases()
    # The numbers are dealt out at random, so that a file's name says nothing of its clock.
    numbers = np.random.default_rng(_SEED).permutation(len(cases)) + 1
    for number, case in sorted(zip(numbers.tolist(), cases, strict=True)):
        rng = np.random.default_rng([_SEED, number])
        power = _stretch(powers[case.system_id], case.days, rng)
        clock, subissue = _wrong_clock(case, _days(power), rng)
        written = logged(power, clock, case.sampling_minutes)
        dates = pd.DatetimeIndex(written.index).normalize().unique().sort_values()
        file_name = f"ac_power_{number:02d}.parquet"
        _write_parquet(written, destination / "data" / "files" / file_name)
        _write_parquet(truth(dates, clock), destination / "data" / "references" / file_name)
        yield _metadata(case, file_name, subissue)


def _stretch(power: pd.Series, days: int, rng: np.random.Generator) -> pd.Series:
    """Return so many whole days of a series, from a day drawn at random."""
    starts = _days(power)
    first = int(rng.integers(0, len(starts) - days + 1))
    end = starts[first] + pd.Timedelta(days=days)
    return power[(power.index >= starts[first]) & (power.index < end)]


def _days(power: pd.Series) -> pd.DatetimeIndex:
    """Return the days a series covers."""
    return pd.date_range(power.index[0].normalize(), power.index[-1].normalize(), freq="D")


def _wrong_clock(case: Case, days: pd.DatetimeIndex, rng: np.random.Generator) -> tuple[Clock, str]:
    """Return the clock a case asks for, and a few words on how it came out."""
    if case.issue == WRONG_TIME_ZONE:
        zone = str(rng.choice(sorted(_WRONG_ZONES_MINUTES)))
        return constant_clock(_WRONG_ZONES_MINUTES[zone]), zone
    if case.issue == FULL_DST:
        return _daylight_saving(days), base_series.LOCAL_TIME
    if case.issue == PARTIAL_DST:
        return _partial_daylight_saving(days, rng)
    if case.issue == RANDOM_SHIFTS:
        changes = 1 + int(rng.integers(0, 2)) + len(days) // _DAYS_PER_RANDOM_CHANGE
        return random_clock(days, changes, rng), f"{changes} changes"
    return constant_clock(0), ""


def _daylight_saving(days: pd.DatetimeIndex) -> Clock:
    return zone_clock(days, base_series.LOCAL_TIME, base_series.STANDARD_TIME)


def _partial_daylight_saving(days: pd.DatetimeIndex, rng: np.random.Generator) -> tuple[Clock, str]:
    """Return a clock that starts, or stops, to follow daylight saving on a day drawn at random.

    Thirty days of daylight saving or more are followed, and as many are not.
    """
    clock = _daylight_saving(days)
    seen = (clock.offset_at(days) != 0).cumsum()
    enough = (seen >= _LEAST_DAYS_WITH_AND_WITHOUT) & (
        seen <= seen[-1] - _LEAST_DAYS_WITH_AND_WITHOUT
    )
    at = pd.Timestamp(rng.choice(days[enough].to_numpy()))
    keep_before = bool(rng.integers(0, 2))
    words = f"{'until' if keep_before else 'from'} {at:%Y-%m-%d}"
    return interrupted(clock, at, keep_before=keep_before), words


def _metadata(case: Case, file_name: str, subissue: str) -> dict[str, object]:
    """Return a file's row; the practice files are public and do not rank."""
    practice = case.system_id == 2016
    return {
        "system_id": case.system_id,
        "file_name": file_name,
        "include_on_leaderboard": not practice,
        "public": practice,
        "timezone": base_series.STANDARD_TIME,
        "data_sampling_frequency": case.sampling_minutes,
        "issue": case.issue,
        "subissue": subissue,
        "data_type": "ac_power",
        "length": case.length,
    }


def _systems() -> pd.DataFrame:
    """Return the systems' metadata: two power meters of one site, on modules of one orientation."""
    place = {"latitude": 39.742, "longitude": -105.1727, "azimuth": 158.0, "tilt": 45.0}
    return pd.DataFrame(
        [
            {"system_id": 50, "name": "System 50", **place, "tracking": False},
            {"system_id": 2016, "name": "SERF East, 2016", **place, "tracking": False},
        ]
    )


def _table(destination: Path, name: str) -> Path:
    return destination / "data" / name


def _write_parquet(series: pd.Series, path: Path) -> None:
    """Write a series as two plain columns, without anything that changes from run to run."""
    stamps = pd.DatetimeIndex(series.index).as_unit("ns")
    columns = [pa.array(stamps), pa.array(series.to_numpy(), from_pandas=True)]
    table = pa.table(columns, names=[str(series.index.name), str(series.name)])
    pq.write_table(
        table,
        path,
        compression="zstd",
        version="2.6",
        store_schema=False,
        use_dictionary=[str(series.name)],
        column_encoding={str(series.index.name): "DELTA_BINARY_PACKED"},
    )


if __name__ == "__main__":
    build(Path(sys.argv[1]))
