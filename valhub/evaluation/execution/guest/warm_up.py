"""Work done once before the first fork, so that no child has to do it again.

A child starts with what the guest has: modules imported, caches filled, byte code specialised. So
the guest sends itself a few values and does a little of what algorithms do with time series. None
of it touches the algorithm or the data.
"""

from __future__ import annotations

import gc
import sys
from contextlib import suppress
from typing import Any

from . import wire


def warm_up() -> None:
    """Exercise the wire, and NumPy and pandas where the algorithm has imported them."""
    values: list[Any] = [1.0, "text"]
    if "numpy" in sys.modules:
        values.append(sys.modules["numpy"].zeros(1))
    if "pandas" in sys.modules:
        try:
            values += _time_series(sys.modules["pandas"])
        except Exception:  # noqa: BLE001 - only a head start: the children do without it
            values.append(None)
    wire.read_value(b"".join(map(bytes, wire.frame_parts(values))))
    # What is alive now is never collected, so a child's collector leaves its pages shared.
    gc.collect()
    gc.freeze()


def warm_up_child() -> None:
    """Send a value through a frame: what that touches has its memory before the data arrives."""
    values: list[Any] = [1.0]
    pandas = sys.modules.get("pandas")
    if pandas is not None:
        with suppress(Exception):
            values.append(pandas.Series([1.0], index=pandas.date_range("2000-01-01", periods=1)))
    wire.read_value(b"".join(map(bytes, wire.frame_parts(values))))


def _time_series(pd: Any) -> list[Any]:
    """Do what algorithms do all day to forty days of hourly values; returns some of it."""
    index = pd.date_range("2000-01-01", periods=960, freq="60min")
    series = pd.Series(range(len(index)), index=index, dtype="float64", name="ac_power")
    times = pd.Series(index, index=index)
    mask = series > 480
    daily = [
        series.resample("D").mean(),
        series.groupby(series.index.date).sum(),
        series.groupby(level=0).mean(),
        series.rolling(3).median().bfill(),
        series.groupby(series.index.hour).transform("mean"),
    ]
    zoned = series.tz_localize("UTC").tz_convert("Etc/GMT+7").tz_localize(None)
    regular = zoned.reindex(index[::2]).interpolate().ffill().fillna(0)
    minutes = times.dt.hour * 60 + (times - times.shift()).dt.total_seconds()
    selected = [series[mask], series.where(~mask), series.diff().abs(), series.loc["2000-01-02"]]
    frame = pd.concat([series, minutes.rename("minutes")], axis=1)
    frame.loc[mask, "minutes"] = 0.0
    numbers = [series.quantile(0.5), series.max(), mask.any(), series.describe()]
    days = series.index.normalize().unique()
    return [*daily, regular, *selected, frame, frame.groupby("minutes").mean(), *numbers, days]
