"""Answers each file with its own numbers, the last one too high by one, at other time stamps."""

import pandas as pd


def correct_clock(series, answer):
    """Return the series with its time stamps written in the way that `answer` names."""
    numbers = series.astype(float)
    numbers.iloc[-1] += 1
    return ANSWERS[answer](numbers)


def naive(series):
    return series.tz_localize(None)


def standard_time(series):
    return series.tz_convert("Etc/GMT-1").tz_localize(None)


def skipped_hour(series):
    extra = pd.Series([9.0], index=[pd.Timestamp("2020-03-29 02:00")])
    return pd.concat([naive(series), extra])


ANSWERS = {
    "as given": lambda series: series,
    "utc": lambda series: series.tz_convert("UTC"),
    "elsewhere": lambda series: series.tz_convert("America/Denver"),
    "wall clock": naive,
    "standard time": standard_time,
    "repeated hour once": lambda series: naive(series)[~naive(series).index.duplicated()],
    "skipped hour": skipped_hour,
    "localized": lambda series: series.tz_localize("Asia/Kathmandu"),
    "named utc": lambda series: series.tz_localize("UTC").tz_convert("Asia/Kathmandu"),
    "half an hour late": lambda series: series.shift(freq="30min"),
}
