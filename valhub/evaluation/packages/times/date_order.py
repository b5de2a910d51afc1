"""Whether the dates of a file begin with the day or the month, as all of its rows show it.

What a single row shows is never enough: `03/04/2021` is a date either way.
"""

from typing import Literal

import numpy as np

from valhub.evaluation.packages.times.moments import Moments
from valhub.evaluation.packages.times.time_fields import Ints

DateOrder = Literal["day first", "month first", "either"]
_FEWEST_ROWS = 3


def find_order(day_first: Moments, month_first: Moments) -> DateOrder:
    """Decide how all rows of a file are read.

    Parameters
    ----------
    day_first, month_first : Moments
        The rows under either reading.

    Returns
    -------
    {"day first", "month first", "either"}
        The reading under which more rows are dates; else the one under which time runs in one
        direction; else the one under which all steps are equal. "either" when all of this leaves
        both possible.
    """
    days, months = int(day_first.valid.sum()), int(month_first.valid.sum())
    both = day_first.valid & month_first.valid
    is_same = bool((day_first.ns == month_first.ns)[both].all())
    if days != months:
        likely, other = (day_first, month_first) if days > months else (month_first, day_first)
        if not is_same and abs(days - months) == 1 and _is_contradicted(likely, other):
            return "either"
        return "day first" if days > months else "month first"
    if is_same:
        return "day first"
    day_first, month_first = day_first.of(both), month_first.of(both)
    for holds in (_is_in_order, _is_regular):
        if holds(day_first) != holds(month_first):
            return "day first" if holds(day_first) else "month first"
    return "either"


def _is_contradicted(likely: Moments, other: Moments) -> bool:
    """Return whether the one row that only `likely` can read is alone against the order of all."""
    if int(other.valid.sum()) < _FEWEST_ROWS:
        return False
    return _is_in_order(other.of(other.valid)) and not _is_in_order(likely.of(likely.valid))


def _is_in_order(moments: Moments) -> bool:
    """Return whether time runs in one direction: many loggers put the newest row first."""
    steps = np.diff(moments.ns)
    return bool((steps >= 0).all() or (steps <= 0).all())


def _is_regular(moments: Moments) -> bool:
    """Return whether all steps are equal, in nanoseconds or in months."""
    if len(moments.ns) < _FEWEST_ROWS:
        return False
    same_time = (moments.time_of_month == moments.time_of_month[0]).all()
    return _is_even(moments.ns) or bool(same_time and _is_even(moments.month))


def _is_even(numbers: Ints) -> bool:
    steps = np.diff(numbers)
    return bool(steps[0] != 0 and (steps == steps[0]).all())
