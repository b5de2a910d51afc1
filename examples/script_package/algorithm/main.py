"""Give the sun's declination, in whole degrees, with Cooper's equation (1969)."""

import math


def predict(test_data):
    """Return the declination for each day of the year in `test_data`."""
    return [round(23.45 * math.sin(2 * math.pi * (284 + day) / 365)) for day in test_data]
