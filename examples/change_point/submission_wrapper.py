"""Find time shifts with PVAnalytics: day-night mask, daily midday, change points (ruptures).

The midday of each day, half-way between the first and the last daylight interval, is compared with
the midday of a clear sky that pvlib computes for the site, found in the same way. Change points of
the difference cut the series into periods, and each period gets one shift, rounded to 15 minutes.
"""

import pandas as pd
from pvanalytics.features import daytime
from pvanalytics.quality.time import shifts_ruptures
from pvlib.clearsky import haurwitz
from pvlib.solarposition import get_solarposition


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
    measured = midday(power, frequency)
    # Both middays come from the same mask on the same grid, so that the grid affects
    # both in the same way.
    modelled = midday(clear_sky(power.index, latitude, longitude), frequency)
    # The expected midday minus the measured one is the shift to add to the time stamps.
    _, shifts = shifts_ruptures(modelled, measured, period_min=15, shift_min=15, zscore_cutoff=1.5)
    return shifts.bfill().fillna(0).tz_localize(None)


def regular(time_series: pd.Series, frequency: str) -> pd.Series:
    """Put the series on a grid without gaps: repeated time stamps are averaged."""
    power = time_series.groupby(level=0).mean()
    days = power.index.normalize()
    grid = pd.date_range(days[0], days[-1] + pd.Timedelta(days=1), freq=frequency, inclusive="left")
    return power.reindex(grid)


def clear_sky(stamps: pd.DatetimeIndex, latitude: float, longitude: float) -> pd.Series:
    """Return the irradiance of a clear sky, in W/m², on the same grid as the power.

    A stamp names the start of its interval, so the sun is taken at the interval's middle.
    """
    middle = stamps + (stamps[1] - stamps[0]) / 2
    zenith = get_solarposition(middle, latitude, longitude)["apparent_zenith"]
    return haurwitz(zenith)["ghi"].set_axis(stamps)


def midday(series: pd.Series, frequency: str) -> pd.Series:
    """Return each day's midday in minutes after midnight, NaN where there is no daylight."""
    mask = daytime.power_or_irradiance(series, freq=frequency, low_value_threshold=0.005)
    sunrise = daytime.get_sunrise(mask, freq=frequency)
    sunset = daytime.get_sunset(mask, freq=frequency)
    return minutes_after_midnight((sunrise + (sunset - sunrise) / 2).resample("D").first())


def minutes_after_midnight(times: pd.Series) -> pd.Series:
    """Return the clock times of a series of time stamps as minutes."""
    return (times - times.index).dt.total_seconds() / 60
