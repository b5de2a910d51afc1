"""Whether time stamps are the moments at which days begin."""

import numpy as np
import pandas as pd

from valhub.evaluation.packages.times.moments import DAY_NS


def begin_days(index: pd.DatetimeIndex) -> bool:
    """Return whether every time stamp begins a day of its own time zone.

    Where clocks are set forward at midnight, as in Brazil until 2018, the day begins later.
    """
    written = index.tz_localize(None).as_unit("ns")
    late = written.asi8 % DAY_NS != 0
    if index.tz is None or not late.any():
        return not late.any()
    # Most files without days show it at once, and reading midnights takes long.
    return all(_are_skipped_midnights(index[late][:most]) for most in (1, None))


def _are_skipped_midnights(index: pd.DatetimeIndex) -> bool:
    midnights = index.tz_localize(None).as_unit("ns").normalize()
    first = np.ones(len(index), dtype=bool)
    begins = midnights.tz_localize(index.tz, nonexistent="shift_forward", ambiguous=first)
    return bool((begins.asi8 == index.as_unit("ns").asi8).all())
