"""How well the changes of a piecewise-constant series are found, whatever its levels are."""

import numpy as np
from numpy.typing import NDArray

from valhub.evaluation.scoring.agreement import Numbers

# Steps below this share of the series' largest magnitude are rounding, not changes.
ROUNDING = 1e-9


def change_points(series: Numbers) -> NDArray[np.intp]:
    """Positions of the first sample after each change, ascending."""
    if series.size == 0:
        return np.empty(0, dtype=np.intp)
    steps = np.abs(np.diff(series))
    return np.flatnonzero(steps > ROUNDING * np.max(np.abs(series))) + 1


def matches(found: NDArray[np.intp], true: NDArray[np.intp], tolerance: float) -> int:
    """Count the most pairs that lie within the tolerance, each point used once.

    Both positions ascend, so pairing each true point with the earliest free one in reach is a
    largest matching.
    """
    free = np.searchsorted(found, true - tolerance, side="left")
    count, following = 0, 0
    for position, earliest in zip(true.tolist(), free.tolist(), strict=True):
        candidate = max(earliest, following)
        if candidate < found.size and found[candidate] <= position + tolerance:
            count, following = count + 1, candidate + 1
    return count


def change_point_f1(answer: Numbers, reference: Numbers, tolerance: float) -> float:
    """F1 of the change points, 2 M / (A + R): M matched of A answered and R real ones.

    Parameters
    ----------
    answer, reference : ndarray of float64, shape (n,)
        Finite, in the same unit, in time order; constant between changes.
    tolerance : float
        In samples: days for a daily series. A found change counts when it lies at most this
        far from a real one; each real one takes one found change.

    Returns
    -------
    float
        0 to 1. When neither series ever changes: 1.

    Notes
    -----
    Source: Truong, Oudre and Vayatis (2020), Signal Processing 167, 107299, with
    the matching made one to one so that several detections of one change do not all count.
    """
    found, true = change_points(answer), change_points(reference)
    if found.size + true.size == 0:
        return 1.0
    return 2 * matches(found, true, tolerance) / (found.size + true.size)
