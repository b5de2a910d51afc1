"""Report no shift on any day: the baseline that every other algorithm must beat."""

import pandas as pd


def detect_time_shifts(time_series: pd.Series, timezone: str) -> pd.Series:
    """Return 0 minutes for every day that occurs in the time stamps.

    Stamps that carry a zone of their own are converted to `timezone` first.
    """
    stamps = time_series.index
    if stamps.tz is not None:
        stamps = stamps.tz_convert(timezone).tz_localize(None)
    return pd.Series(0.0, index=stamps.normalize().unique().sort_values())
