"""How the values of many files become one number: mean, median, p95, max, min, std.

An operation takes an ndarray of float64, shape (files,), files ≥ 1, all finite, and returns a
number in the unit of the values.
"""

import math
from collections.abc import Callable
from functools import partial
from types import MappingProxyType

import numpy as np

from valhub.evaluation.scoring.agreement import Numbers

Operation = Callable[[Numbers], float]


def mean(values: Numbers) -> float:
    """Arithmetic mean, Σ v / N."""
    # Measured from the first value, equal values have exactly that mean.
    origin = values[0]
    return float(origin + (values - origin).mean())


def std(values: Numbers) -> float:
    """Return the population standard deviation, √(Σ (v - v̄)² / N), 0 for one value."""
    # In parts of a power of two, which is exact, nothing is too large or small to be squared.
    size = 2.0 ** (math.frexp(float(np.abs(values).max()))[1] - 1)
    scaled = values / size
    return float(size * np.sqrt(np.square(scaled - mean(scaled)).mean()))


def quantile(values: Numbers, *, level: float) -> float:
    """Quantile with linear interpolation between order statistics, at position level · (N - 1).

    Parameters
    ----------
    level : float
        0 (least) to 1 (greatest).

    Notes
    -----
    Source: Hyndman and Fan (1996), The American Statistician 50, 361-365, definition 7, which
    is NumPy's default.
    """
    return float(np.quantile(values, level))


OPERATIONS: MappingProxyType[str, Operation] = MappingProxyType(
    {
        "mean": mean,
        "median": partial(quantile, level=0.5),
        "p95": partial(quantile, level=0.95),
        "max": partial(quantile, level=1.0),
        "min": partial(quantile, level=0.0),
        "std": std,
    }
)


def apply(operation: str, values: Numbers) -> float:
    """Return the statistic of finite values, each counted once.

    Parameters
    ----------
    operation : str
        A name in `OPERATIONS`.
    values : ndarray of float64, shape (files,), files ≥ 1
        Finite.

    Returns
    -------
    float
        In the unit of the values.
    """
    return OPERATIONS[operation](values)
