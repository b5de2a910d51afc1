"""Find time shifts with pvlib alone: the middle of each day's production against solar noon.

A fixed array starts and stops producing about as long before as after solar noon. The difference
between solar noon and the middle of the day's production is therefore the shift, give or take
clouds, horizon and sampling; running medians remove most of those.
"""

import numpy as np
import pandas as pd
from pvlib.solarposition import sun_rise_set_transit_spa

PRODUCING_SHARE = 0.003  # of the highest power; below that it may be dusk or standby
SMOOTHING_DAYS = 31
GRID_MINUTES = 15  # clocks are wrong by multiples of this


def detect_time_shifts(
    time_series: pd.Series,
    latitude: float,
    longitude: float,
    data_sampling_frequency: int,
    timezone: str,
) -> pd.Series:
    """Return, for each day, the minutes to add to the time stamps.

    The time stamps label the start of each interval. `timezone` is the standard time they should be
    in; those with a zone of their own are converted to it.
    """
    if time_series.index.tz is not None:
        time_series = time_series.tz_convert(timezone).tz_localize(None)
    middle = middle_of_production(time_series, data_sampling_frequency)
    days = pd.date_range(time_series.index.min().normalize(), time_series.index.max(), freq="D")
    difference = solar_noon(days, latitude, longitude, timezone) - middle.reindex(days)
    # Days without production take over their neighbours' shift. The second median removes
    # periods that are too short to be a clock's: a cloudy fortnight, not a reset.
    shift = to_grid(running_median(difference).ffill().bfill().fillna(0))
    return to_grid(running_median(shift))


def middle_of_production(power: pd.Series, sampling_minutes: int) -> pd.Series:
    """Return, per day with any, the middle of its production in minutes after midnight."""
    producing = power.index[power > PRODUCING_SHARE * power.quantile(0.995)]
    days = producing.normalize()
    starts = pd.Series((producing - days) / pd.Timedelta(minutes=1), index=days).groupby(level=0)
    return (starts.min() + starts.max() + sampling_minutes) / 2


def solar_noon(
    days: pd.DatetimeIndex, latitude: float, longitude: float, timezone: str
) -> pd.Series:
    """Return each day's solar noon in minutes after midnight of the time zone."""
    noon = (days + pd.Timedelta(hours=12)).tz_localize(timezone)
    transit = sun_rise_set_transit_spa(noon, latitude, longitude)["transit"]
    wall_clock = pd.DatetimeIndex(transit).tz_localize(None)
    return pd.Series((wall_clock - days) / pd.Timedelta(minutes=1), index=days)


def running_median(series: pd.Series) -> pd.Series:
    """Return the median of the days around each day, as far as there are any."""
    return series.rolling(SMOOTHING_DAYS, center=True, min_periods=1).median()


def to_grid(minutes: pd.Series) -> pd.Series:
    """Round to the nearest multiple of the grid."""
    return np.round(minutes / GRID_MINUTES) * GRID_MINUTES
