"""95 % intervals: how far a score may move with other systems like those that were scored.

Every interval is two-sided, is counted over systems, and exists only from so many systems on that
its coverage was seen to hold (`benchmarks/coverage_grid.py`). With fewer there are words instead:
files are never counted in place of systems.

    mean of an error    [max(0, ȳ - t SE), ȳ exp(t SE / ȳ)]    5 systems
    mean of a share     Korn-Graubard                          5
    signed mean         ȳ ± t SE                               8
    median              Woodruff, at the level 0.5             8
    p95                 Woodruff, at the level 0.95            20
    max, min, std       never

Where the systems do not differ at all, a mean of errors or signed errors has none either.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np
from scipy import special

from valhub.evaluation.scoring.agreement import Numbers
from valhub.evaluation.scoring.operations import apply
from valhub.evaluation.scoring.systems import Systems
from valhub.evaluation.wording import count

LEVEL = 0.95

Bounds = tuple[float, float]
"""The least and the greatest value that a metric can have; ±inf where it has no bound."""

ERROR: Bounds = (0.0, math.inf)
SHARE: Bounds = (0.0, 1.0)
SIGNED: Bounds = (-math.inf, math.inf)

Ends = tuple[float | None, float | None]


@dataclass(frozen=True)
class Interval:
    """A 95 % interval of one aggregate, or the words for why there is none.

    Attributes
    ----------
    low, high : float or None
        In the unit of the metric. One of them alone is None where the interval is open on that
        side: "at least 4.1". Both are None where there is no interval.
    systems : int
        How many systems were scored; 0 where it is not known.
    caveat : str
        A sentence on why there is no interval, or on what to think of this one; empty without.
    """

    low: float | None
    high: float | None
    systems: int
    caveat: str = ""


def interval(
    operation: str, values: Numbers, systems: Systems, bounds: Bounds, *, tries: int = 1
) -> Interval:
    """Say how far an aggregate may move with other systems.

    Parameters
    ----------
    operation : str
        A name in `operations.OPERATIONS`.
    values : ndarray of float64, shape (files,)
        Finite, one for each scored file, at least one.
    systems : Systems
        Of the same files in the same order.
    bounds : tuple of float
        What values the metric can have.
    tries : int
        Of how many runs on these files this is the best, at least 1. The interval then has the
        level 1 - 0.05 / tries, at which all of their intervals hold together with 95 %.
    """
    rule = _rule(operation, bounds)
    why = _why_none(operation, rule, systems)
    if rule is None or why:
        return Interval(None, None, systems.count, why)
    if operation == "mean" and bounds != SHARE and not systems.standard_error(values):
        return Interval(None, None, systems.count, _ALIKE)
    ends = rule.ends(values, systems, (1 - LEVEL) / 2 / tries)
    low, high = (_within(end, bounds) for end in ends)
    return Interval(low, high, systems.count, _BOTH_OPEN if low is high is None else rule.caveat)


@dataclass(frozen=True)
class _Rule:
    """How an interval is found, given the share beyond each end, and from how many systems on."""

    ends: Callable[[Numbers, Systems, float], Ends]
    fewest: int
    caveat: str = ""


def _rule(operation: str, bounds: Bounds) -> _Rule | None:
    if operation != "mean":
        return _QUANTILES.get(operation)
    if bounds == SHARE:
        return _SHARE
    return _ERROR if bounds[0] == 0 else _SIGNED


def _why_none(operation: str, rule: _Rule | None, systems: Systems) -> str:
    if rule is None:
        return f"No interval can be given for {_NAMES.get(operation, operation)}."
    if systems.count < rule.fewest:
        return f"{count(systems.count, 'system')}: too few for an interval."
    return ""


# That some systems do not differ does not bound by how much others may.
_ALIKE = "No interval can be given: the systems do not differ."
_BOTH_OPEN = "No interval can be given: both of its ends would be open."
_NAMES = {"max": "a maximum", "min": "a minimum", "std": "a standard deviation"}


def _within(end: float | None, bounds: Bounds) -> float | None:
    if end is None or not math.isfinite(end):
        return None
    return min(max(end, bounds[0]), bounds[1])


def _student(systems: Systems, tail: float) -> float:
    """Quantile of Student's t for as many systems of equal size as say as much."""
    return -float(special.stdtrit(max(systems.effective - 1, 1.0), tail))


def _mean_of_errors(values: Numbers, systems: Systems, tail: float) -> Ends:
    """Plain below and logarithmic above: the mean of errors is skewed to the right."""
    mean = apply("mean", values)
    reach = _student(systems, tail) * (systems.standard_error(values) / mean)
    # Beyond what exp can say, the upper end is open.
    high = mean * math.exp(reach) if reach < 700 else math.inf
    return max(0.0, mean - reach * mean), high


def _signed_mean(values: Numbers, systems: Systems, tail: float) -> Ends:
    mean = apply("mean", values)
    reach = _student(systems, tail) * systems.standard_error(values)
    return mean - reach, mean + reach


def _mean_of_shares(values: Numbers, systems: Systems, tail: float) -> Ends:
    mean = min(max(apply("mean", values), 0.0), 1.0)
    return _share_ends(mean, systems.standard_error(values), systems, tail)


def _share_ends(
    share: float, standard_error: float, systems: Systems, tail: float
) -> tuple[float, float]:
    """Clopper-Pearson limits of a share, for as many independent files as say as much.

    Notes
    -----
    Sources: Korn and Graubard (1998), Survey Methodology 24, 193-201; Clopper and Pearson (1934),
    Biometrika 26, 404-413. Where nothing varies, the systems count.
    """
    if standard_error:
        independent = min(share * (1 - share) / standard_error**2, float(systems.numbers.size))
        independent *= (float(special.ndtri(tail)) / _student(systems, tail)) ** 2
    else:
        independent = float(systems.count)
    hits = share * independent
    misses = independent - hits
    low = special.betaincinv(hits, misses + 1, tail) if hits > 0 else 0.0
    high = special.betaincinv(hits + 1, misses, 1 - tail) if misses > 0 else 1.0
    return float(low), float(high)


def _quantile(
    values: Numbers, systems: Systems, tail: float, *, operation: str, level: float
) -> Ends:
    """Read the ends off the sorted values, where the level's own limits lie.

    Notes
    -----
    Source: Woodruff (1952), Journal of the American Statistical Association 47, 635-646.
    """
    below = (values <= apply(operation, values)).astype(float)
    low, high = _share_ends(level, systems.standard_error(below), systems, tail)
    # Of n sorted values, the kth stands at k / (n + 1).
    ranked, places = np.sort(values), values.size + 1
    first, last = math.floor(low * places), math.ceil(high * places)
    # Beyond the outermost value an end is open, unless hardly any sample of so many systems
    # lies on one side of the quantile as a whole.
    if (1 - level) ** systems.effective <= tail:
        first = max(first, 1)
    if level**systems.effective <= tail:
        last = min(last, values.size)
    return (
        float(ranked[first - 1]) if first else None,
        float(ranked[last - 1]) if last < places else None,
    )


_ERROR = _Rule(_mean_of_errors, fewest=5)
_SHARE = _Rule(_mean_of_shares, fewest=5)
_SIGNED = _Rule(
    _signed_mean,
    fewest=8,
    caveat="Where signed errors are lopsided, this interval holds less often than it says.",
)
_QUANTILES: MappingProxyType[str, _Rule] = MappingProxyType(
    {
        "median": _Rule(partial(_quantile, operation="median", level=0.5), fewest=8),
        "p95": _Rule(partial(_quantile, operation="p95", level=0.95), fewest=20),
    }
)
