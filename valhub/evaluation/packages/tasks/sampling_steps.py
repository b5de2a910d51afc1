"""Whether a data file's time stamps are as far apart as `data_sampling_frequency` says.

Algorithms receive that number, and grids are made of it: a wrong one makes all answers worse, or
leaves most rows out, and nobody learns why.
"""

import numpy as np
import pandas as pd

_MINUTE_NS = 60 * 10**9
_TOLERANCE = 0.1
_FIRST_ROWS = 5_000
_FEWEST = 10


def sampling_note(index: pd.DatetimeIndex, minutes: float, *, on_grid: bool) -> str:
    """Say that the time stamps have another step; empty when they have the declared one.

    Parameters
    ----------
    index : DatetimeIndex
        Of the data as read, in any order.
    minutes : float
        The file's `data_sampling_frequency`.
    on_grid : bool
        Whether its rows are put on a grid of that step.
    """
    counts = index.as_unit("ns").asi8
    # Most files are as they should be, and their beginning shows it.
    if _is_alike(_step(counts[:_FIRST_ROWS]), minutes):
        return ""
    step = _step(counts)
    if _is_alike(step, minutes):
        return ""
    note = f"data_sampling_frequency is {minutes:g} min, but the usual step is {step:g} min."
    if on_grid and step is not None and step < minutes:
        note += " The grid leaves the rows in between out."
    return f"{note} Correct it, in minutes."


def _step(counts: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> float | None:
    """Return the median distance in minutes; None for so few that none is usual."""
    unique = np.unique(counts)
    return float(np.median(np.diff(unique))) / _MINUTE_NS if len(unique) >= _FEWEST else None


def _is_alike(step: float | None, minutes: float) -> bool:
    return step is None or abs(step - minutes) <= _TOLERANCE * minutes
