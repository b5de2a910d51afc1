"""Find time shifts with PVAnalytics: day-night mask, daily midday, change points (ruptures).

The midday of each day, half-way between the first and the last daylight interval, is compared with
the midday of a clear sky that pvlib computes for the site, found in the same way. Change points of
the difference cut the series into periods, and each period gets one shift, rounded to 15 minutes.

A mask can place a midday no better than in half samples, which at 60 minutes is two steps of the
answer. So longer samples are first interpolated to 15 minutes, and the mask finds where the power
crosses its threshold between them.
"""

import pandas as pd
from pvanalytics.features import daytime
from pvanalytics.quality.time import shifts_ruptures
from pvlib.clearsky import haurwitz
from pvlib.solarposition import get_solarposition

STEP = pd.Timedelta(minutes=15)  # clocks are wrong by multiples of this


def detect_time_shifts(
    time_series: pd.Series,
    latitude: float,
    longitude: float,
    data_sampling_frequency: int,
    timezone: str,
) -> pd.Series:
    """Return, for each day, the minutes to add to the time stamps.

    `timezone` is the standard time that the time stamps should be in; those with a zone of their
    own are converted to it.
    """
    sampling = pd.Timedelta(minutes=data_sampling_frequency)
    power = regular(without_zone(time_series, timezone), sampling).tz_localize(timezone)
    # Both middays come from the same mask on the same grid, so that the grid affects
    # both in the same way.
    measured = midday(power)
    modelled = midday(clear_sky(power.index, latitude, longitude))
    # The expected midday minus the measured one is the shift to add to the time stamps.
    _, shifts = shifts_ruptures(modelled, measured, period_min=15, shift_min=15, zscore_cutoff=1.5)
    return shifts.bfill().fillna(0).tz_localize(None)


def without_zone(time_series: pd.Series, timezone: str) -> pd.Series:
    """Read time stamps that carry a zone on a clock of the standard time."""
    if time_series.index.tz is None:
        return time_series
    return time_series.tz_convert(timezone).tz_localize(None)


def regular(time_series: pd.Series, sampling: pd.Timedelta) -> pd.Series:
    """Put the series on a grid without gaps: repeated time stamps are averaged."""
    power = time_series.groupby(level=0).mean()
    days = power.index.normalize()
    end = days[-1] + pd.Timedelta(days=1)
    return power.reindex(pd.date_range(days[0], end, freq=sampling, inclusive="left"))


def clear_sky(stamps: pd.DatetimeIndex, latitude: float, longitude: float) -> pd.Series:
    """Return the irradiance of a clear sky, in W/m², on the same grid as the power.

    A stamp names the start of its interval, and the power is the interval's mean. So is the sky's:
    the sun is taken at the middle of each of the interval's steps.
    """
    sampling = stamps[1] - stamps[0]
    step = min(sampling, STEP)
    starts = pd.date_range(stamps[0], stamps[-1] + sampling, freq=step, inclusive="left")
    zenith = get_solarposition(starts + step / 2, latitude, longitude)["apparent_zenith"]
    return haurwitz(zenith)["ghi"].set_axis(starts).resample(sampling).mean()


def finer(series: pd.Series) -> pd.Series:
    """Interpolate samples that are longer than the answer's steps; a gap has no daylight."""
    if series.index[1] - series.index[0] <= STEP:
        return series
    return series.fillna(0).resample(STEP).interpolate()


def midday(series: pd.Series) -> pd.Series:
    """Return each day's midday in minutes after midnight, NaN where there is no daylight."""
    fine = finer(series)
    frequency = pd.tseries.frequencies.to_offset(fine.index[1] - fine.index[0]).freqstr
    mask = daytime.power_or_irradiance(fine, freq=frequency, low_value_threshold=0.005)
    sunrise = daytime.get_sunrise(mask, freq=frequency)
    sunset = daytime.get_sunset(mask, freq=frequency)
    return minutes_after_midnight((sunrise + (sunset - sunrise) / 2).resample("D").first())


def minutes_after_midnight(times: pd.Series) -> pd.Series:
    """Return the clock times of a series of time stamps as minutes."""
    return (times - times.index).dt.total_seconds() / 60
