"""How far numbers are from the truth: errors of one number, and of a series of numbers.

All functions take the answer first and the truth second, `answer` and `reference`: finite float64
arrays of one shape (alignment sees to that), in the same unit. Where a function returns one number,
the shape is (n,), n ≥ 1. None of them ever returns NaN.
"""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def error(answer: Numbers, reference: Numbers) -> Numbers:
    """Signed error, e = ŷ - y.

    Returns
    -------
    ndarray of float64, the shape of the inputs
        In the unit of the reference; positive when the answer is too high.

    Notes
    -----
    Source: JCGM 200:2012 (VIM), 2.16, measurement error.
    """
    return np.subtract(answer, reference)


def absolute_error(answer: Numbers, reference: Numbers) -> Numbers:
    """Size of the error, |ŷ - y|, element by element.

    Returns
    -------
    ndarray of float64, the shape of the inputs
        In the unit of the reference, never negative.

    Notes
    -----
    Source: JCGM 200:2012 (VIM), 2.16, as a magnitude.
    """
    return np.abs(error(answer, reference))


def mean_absolute_error(answer: Numbers, reference: Numbers) -> float:
    """Mean absolute error, MAE = mean |ŷ - y|.

    Returns
    -------
    float
        In the unit of the reference.

    Notes
    -----
    Source: Willmott and Matsuura (2005), Climate Research 30, 79-82.
    """
    return float(np.mean(absolute_error(answer, reference)))


def mean_bias_error(answer: Numbers, reference: Numbers) -> float:
    """Mean bias error, MBE = mean(ŷ - y).

    Returns
    -------
    float
        In the unit of the reference; positive when the answers are too high on average.

    Notes
    -----
    Source: Willmott and Matsuura (2005), Climate Research 30, 79-82.
    """
    return float(np.mean(error(answer, reference)))


def root_mean_squared_error(answer: Numbers, reference: Numbers) -> float:
    """Root mean squared error, RMSE = √mean (ŷ - y)².

    Returns
    -------
    float
        In the unit of the reference; never below the mean absolute error.

    Notes
    -----
    Source: Willmott and Matsuura (2005), Climate Research 30, 79-82.
    """
    return float(np.sqrt(np.mean(np.square(error(answer, reference)))))


def share_within_tolerance(answer: Numbers, reference: Numbers, tolerance: float) -> float:
    """Share of the answers with |ŷ - y| ≤ tolerance.

    Parameters
    ----------
    tolerance : float
        In the unit of the reference; the bound itself counts as within.

    Returns
    -------
    float
        0 to 1.

    Notes
    -----
    Source: the empirical distribution function of the absolute error, taken at the tolerance.
    """
    return float(np.mean(absolute_error(answer, reference) <= tolerance))


def offset_free_mean_absolute_error(answer: Numbers, reference: Numbers) -> float:
    """Mean absolute error once a constant offset is forgiven, mean |e - median e|, e = ŷ - y.

    Returns
    -------
    float
        In the unit of the reference; never above the mean absolute error, and unchanged when
        the whole answer moves by a constant.

    Notes
    -----
    Source: mean absolute deviation around the median, the least MAE that any constant
    correction of the answer could reach (Bloomfield and Steiger, 1983, Least Absolute
    Deviations, chapter 1).
    """
    errors = error(answer, reference)
    return float(np.mean(np.abs(errors - np.median(errors))))
