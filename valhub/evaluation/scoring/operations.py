"""How the values of many files become one number: mean, median, p95, max, min, std.

An operation takes the values with the weight each file has, a row of weights for every sample
wanted, so the plain statistic and all its bootstrap resamples go through one formula. A weight
of 2 stands for a value that appears twice:

values : ndarray of float64, shape (files,)
    Finite.
weights : ndarray of int64, shape (samples, files)
    Not negative; no row without a positive weight.

What it returns is an ndarray of float64, shape (samples,), in the unit of the values.
"""

from collections.abc import Callable
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from valhub.evaluation.scoring.agreement import Numbers

Weights = NDArray[np.int64]
Operation = Callable[[Numbers, Weights], Numbers]


def mean(values: Numbers, weights: Weights) -> Numbers:
    """Arithmetic mean, Σ w v / Σ w."""
    # Measured from the first value, equal values have exactly that mean.
    origin = values[0]
    means: Numbers = origin + (weights @ (values - origin)) / weights.sum(axis=1)
    return means


def std(values: Numbers, weights: Weights) -> Numbers:
    """Return the population standard deviation, √(Σ w (v - v̄)² / Σ w), 0 for one value."""
    # Mean square less squared mean would be quicker and loses half the digits.
    squares = np.square(values - mean(values, weights)[:, None])
    spread: Numbers = np.sqrt(np.einsum("ij,ij->i", weights, squares) / weights.sum(axis=1))
    return spread


def quantile(values: Numbers, weights: Weights, *, level: float) -> Numbers:
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
    order = np.argsort(values)
    ranked = values[order]
    counted = np.cumsum(weights[:, order], axis=1)
    position = level * (counted[:, -1] - 1)
    below: Numbers = np.floor(position)
    lower: Numbers = ranked[_order_statistic(counted, below)]
    upper: Numbers = ranked[_order_statistic(counted, np.ceil(position))]
    return lower + (upper - lower) * (position - below)


def _order_statistic(counted: Weights, number: Numbers) -> NDArray[np.intp]:
    """Where the running count of each row first exceeds the number asked for."""
    first: NDArray[np.intp] = np.argmax(counted > number[:, None], axis=1)
    return first


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
    """Return the plain statistic of finite values, each counted once.

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
    return float(OPERATIONS[operation](values, np.ones((1, values.size), dtype=np.int64))[0])
