"""The real power series that the task is made of, in local standard time without any shift.

Reads the two series of one site (39.742, -105.1727, UTC-7) that the PVAnalytics distribution
carries, and undoes the daylight saving of the longer one. What is done to the clocks afterwards
belongs to `clocks.py`.
"""

from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pandas as pd

SOURCE_VERSION = "0.2.2"
STANDARD_TIME = "Etc/GMT+7"
LOCAL_TIME = "America/Denver"


def system_50() -> pd.Series:
    """Return 15-min AC power of system 50 in W, 2011-04-15 to 2013-12-31.

    The logger ran on US daylight saving although its stamps say UTC-7. Reading them as wall-clock
    time of the zone and converting to standard time undoes it. The clock's missing hour in
    spring was stored as NaN and goes; the hour that is written twice in autumn was stored once,
    so one hour of that night has no row left and comes back as NaN.

    Returns
    -------
    pandas.Series
        Index: naive local standard time, every 15 min, without gaps or duplicates.
    """
    table = pd.read_parquet(_source("system_50_ac_power_2_full_DST.parquet"))
    wall_clock = pd.DatetimeIndex(table["measured_on"]).tz_localize(None)
    # Ambiguous stamps are taken as the first pass; it is night, the power is zero in both.
    first_pass = np.ones(len(table), dtype=bool)
    instants = wall_clock.tz_localize(LOCAL_TIME, nonexistent="NaT", ambiguous=first_pass)
    power = pd.Series(table["ac_power_2"].to_numpy("float64"), instants, name="ac_power")
    power = power[power.index.notna()].tz_convert(STANDARD_TIME).tz_localize(None)
    grid = pd.date_range("2011-04-15", "2014-01-01", freq="15min", inclusive="left")
    return power.reindex(grid).round(3)


def serf_east() -> pd.Series:
    """Return 15-min AC power of SERF East in W, 104 whole days from 2016-07-01.

    Its stamps are standard time already. At night it reads a few watts below zero, which stays.

    Returns
    -------
    pandas.Series
        Index: naive local standard time, every 15 min, without gaps or duplicates.
    """
    table = pd.read_csv(_source("serf_east_15min_ac_power.csv"), parse_dates=["measured_on"])
    stamps = pd.DatetimeIndex(table["measured_on"]).tz_localize(None).as_unit("ns")
    power = pd.Series(table["ac_power"].to_numpy("float64"), stamps, name="ac_power")
    return power[power.index < "2016-10-13"].round(3)


def _source(file_name: str) -> Path:
    """Return the path of a data file inside the installed PVAnalytics."""
    installed = distribution("pvanalytics")
    if installed.version != SOURCE_VERSION:
        message = (
            f"This task is built from the data in pvanalytics {SOURCE_VERSION}, but "
            f"{installed.version} is installed. Run `make setup` to install the locked version."
        )
        raise SystemExit(message)
    return Path(str(installed.locate_file(f"pvanalytics/data/{file_name}")))
