"""Thins a long series to what a screen can show, keeping every peak and every gap."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valhub.client.report.scales import Floats

MAX_POINTS = 4000
# A step this many times the usual one is a gap: no line is drawn across it.
GAP_STEPS = 1.5
# Neighbours that survive thinning lie up to two stretches apart.
GAP_STRETCHES = 2.5


@dataclass(frozen=True)
class Thinned:
    """A series that fits the screen.

    Attributes
    ----------
    places, values : array of float, shape (n,)
        Sorted positions and their values, all finite.
    starts : array of bool, shape (n,)
        Whether a new line starts at the point, because values are missing before it.
    """

    places: Floats
    values: Floats
    starts: npt.NDArray[np.bool_]


def thin(places: Floats, values: Floats, most: int = MAX_POINTS) -> Thinned:
    """Keep the lowest and the highest value of each of `most` / 2 equal stretches of the axis.

    Parameters
    ----------
    places : array of float, shape (n,)
        Positions along the axis, sorted, finite.
    values : array of float, shape (n,)
        NaN or infinity marks a missing value.
    most : int
        Most points to keep; a shorter series is kept whole.
    """
    usual = float(np.median(np.diff(places))) if places.size > 1 else 0.0
    finite = np.isfinite(values)
    places, values = places[finite], values[finite]
    gap = GAP_STEPS * usual
    if places.size > most:
        gap = max(gap, GAP_STRETCHES * float(places[-1] - places[0]) / (most // 2))
        keep = _extremes(_stretches(places, most // 2), values)
        places, values = places[keep], values[keep]
    starts = np.asarray(np.diff(places, prepend=-np.inf) > gap, dtype=np.bool_)
    return Thinned(places, values, starts)


def without_runs(series: Thinned) -> Thinned:
    """Keep only the ends of every run of one value: a piecewise constant series loses nothing."""
    changed = np.diff(series.values) != 0
    same = np.concatenate(([True], changed)) | np.concatenate((changed, [True]))
    edges = series.starts | np.append(series.starts[1:], True)
    keep = same | edges
    return Thinned(series.places[keep], series.values[keep], series.starts[keep])


def _stretches(places: Floats, amount: int) -> npt.NDArray[np.int64]:
    span = places[-1] - places[0]
    share = (places - places[0]) / span if span > 0 else np.zeros_like(places)
    return np.minimum((share * amount).astype(np.int64), amount - 1)


def _extremes(stretch: npt.NDArray[np.int64], values: Floats) -> npt.NDArray[np.int64]:
    # Sorting by stretch and then value puts each stretch's extremes at its ends.
    order = np.lexsort((values, stretch))
    first = np.flatnonzero(np.diff(stretch[order], prepend=-1))
    last = np.append(first[1:], order.size) - 1
    return np.unique(np.concatenate((order[first], order[last])))
