"""Find time shifts with PVAnalytics: day-night mask, daily midday, change points (ruptures).

The midday of each day, half-way between the first and the last daylight interval, is held
against the midday that pvlib computes for the site. Change points of the difference cut the
series into periods, and each period gets one shift, rounded to 15 minutes.
"""

import pandas as pd
from pvanalytics.features import daytime
from pvanalytics.quality.time import shifts_ruptures
from pvlib.solarposition import sun_rise_set_transit_spa


def detect_time_shifts(
    time_series: pd.Series,
    latitude: float,
    longitude: float,
    data_sampling_frequency: int,
    timezone: str,
) -> pd.Series:
    """Return, for each day, the minutes to add to the time stamps.

    `time_series` has naive time stamps; `timezone` is the standard time they should be in.
    """
    frequency = f"{data_sampling_frequency}min"
    power = regular(time_series, frequency).tz_localize(timezone)
    measured = measured_midday(power, frequency)
    modelled = modelled_midday(measured.index, latitude, longitude)
    # The expected midday minus the measured one is what has to be added to the stamps.
    _, shifts = shifts_ruptures(modelled, measured, period_min=15, shift_min=15, zscore_cutoff=1.5)
    return shifts.bfill().fillna(0).tz_localize(None)


def regular(time_series: pd.Series, frequency: str) -> pd.Series:
    """Put the series on a grid without gaps: stamps that came twice are averaged."""
    power = time_series.groupby(level=0).mean()
    days = power.index.normalize()
    grid = pd.date_range(days[0], days[-1] + pd.Timedelta(days=1), freq=frequency, inclusive="left")
    return power.reindex(grid)


def measured_midday(power: pd.Series, frequency: str) -> pd.Series:
    """Return each day's midday in minutes after midnight, NaN where no daylight was seen."""
    mask = daytime.power_or_irradiance(power, freq=frequency, low_value_threshold=0.005)
    sunrise = daytime.get_sunrise(mask, freq=frequency)
    sunset = daytime.get_sunset(mask, freq=frequency)
    midday = (sunrise + (sunset - sunrise) / 2).resample("D").first()
    return minutes_after_midnight(midday)


def modelled_midday(days: pd.DatetimeIndex, latitude: float, longitude: float) -> pd.Series:
    """Return the midday that the sun's course over the site gives, in minutes after midnight."""
    noon = days + pd.Timedelta(hours=12)
    sun = sun_rise_set_transit_spa(noon, latitude, longitude)
    midday = sun["sunrise"] + (sun["sunset"] - sun["sunrise"]) / 2
    return minutes_after_midnight(midday.set_axis(days))


def minutes_after_midnight(times: pd.Series) -> pd.Series:
    """Return the clock times of a series of time stamps as minutes."""
    return (times - times.index).dt.total_seconds() / 60
