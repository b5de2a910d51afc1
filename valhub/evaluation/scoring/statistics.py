"""What the scored files say about unseen files: intervals, and whether A beats B.

Everything here is a paired, system-clustered percentile bootstrap (Efron and Tibshirani, 1993,
An Introduction to the Bootstrap, chapters 8 and 13; clusters as in Field and Welsh, 2007,
Journal of the Royal Statistical Society B 69, 369-390).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from valhub.evaluation.results import Best
from valhub.evaluation.scoring.agreement import Numbers
from valhub.evaluation.scoring.operations import OPERATIONS
from valhub.evaluation.scoring.resampling import RESAMPLES, SEED, Resampling, Unit

LEVEL = 0.95
FEWEST_FILES = 2

Values = Mapping[str, float]
"""One metric of one algorithm: file name to finite value."""


@dataclass(frozen=True)
class Interval:
    """A 95 % percentile interval, and whether systems or single files were resampled."""

    low: float
    high: float
    resampled: Unit


@dataclass(frozen=True)
class RankRange:
    """The ranks an algorithm may have once differences that chance explains count as ties."""

    best: int
    worst: int


@dataclass(frozen=True)
class Statistic:
    """One operation over one value for each file, in the order of the resampling's files."""

    operation: str
    values: Numbers


def resampled(statistics: Sequence[Statistic], resampling: Resampling) -> Numbers:
    """Compute every statistic over every resample.

    Parameters
    ----------
    statistics : sequence of Statistic
        Values finite, shape (files,), files ≥ 1.
    resampling : Resampling
        Over the same files in the same order.

    Returns
    -------
    ndarray of float64, shape (statistics, resamples)
        Memory beyond this stays bounded whatever the number of files.
    """
    blocks = [
        np.stack([OPERATIONS[one.operation](one.values, weights) for one in statistics])
        for weights in resampling.weights()
    ]
    return np.concatenate(blocks, axis=1)


def intervals(
    statistics: Sequence[Statistic],
    systems: Sequence[object],
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> list[Interval | None]:
    """Draw a 95 % interval for each statistic over the same files.

    Parameters
    ----------
    statistics : sequence of Statistic
        Values finite, shape (files,).
    systems : sequence
        The system of each file, in the same order; None for a file that stands alone.

    Returns
    -------
    list of Interval or None
        None throughout when there are fewer than two files. With fewer than five systems, files
        are resampled instead, and the intervals say so.
    """
    if len(systems) < FEWEST_FILES or not statistics:
        return [None] * len(statistics)
    resampling = Resampling.of(systems, resamples=resamples, seed=seed)
    tails = [50 * (1 - LEVEL), 50 * (1 + LEVEL)]
    bounds = np.percentile(resampled(statistics, resampling), tails, axis=1)
    return [Interval(float(low), float(high), resampling.unit) for low, high in bounds.T]


def probability_better(
    a: Values,
    b: Values,
    *,
    systems: Mapping[str, object],
    operation: str = "mean",
    best: Best = Best.LOWEST,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> float:
    """Estimate the probability that A beats B on files like those both have answered.

    Parameters
    ----------
    a, b : mapping of file name to float
        One metric of two algorithms. Only files that both have are compared.
    systems : mapping of file name to object
        The system of each file; a file that is missing here stands alone.
    operation : str
        A name in `OPERATIONS`.
    best : Best
        The direction of the metric.

    Returns
    -------
    float
        Share of the resamples in which A is better, ties counting half; 0.5 when fewer than
        two files are common. The probabilities of A and of B sum to 1.
    """
    contest = _Contest({"a": a, "b": b}, systems, operation, best, resamples, seed)
    return contest.probability_better("a", "b")


def rank_ranges(
    algorithms: Mapping[str, Values],
    *,
    systems: Mapping[str, object],
    operation: str = "mean",
    best: Best = Best.LOWEST,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> dict[str, RankRange]:
    """Find the ranks that are statistically tied.

    Parameters
    ----------
    algorithms : mapping of algorithm to (mapping of file name to float)
        One metric of each.
    systems, operation, best
        As for `probability_better`.

    Returns
    -------
    dict of str to RankRange
        Behind every algorithm that beats it and ahead of every one that it beats. A beats B
        when it is better in at least 97.5 % of the resamples of the files they share, ties
        counting half. Pairs are not corrected for their number.
    """
    contest = _Contest(algorithms, systems, operation, best, resamples, seed)
    beaten_by = dict.fromkeys(algorithms, 0)
    beats = dict.fromkeys(algorithms, 0)
    for a, b in combinations(algorithms, 2):
        probability = contest.probability_better(a, b)
        if max(probability, 1 - probability) >= (1 + LEVEL) / 2:
            winner, loser = (a, b) if probability > 1 / 2 else (b, a)
            beats[winner] += 1
            beaten_by[loser] += 1
    last = len(algorithms)
    return {name: RankRange(1 + beaten_by[name], last - beats[name]) for name in algorithms}


@dataclass(frozen=True)
class _Contest:
    """Compares algorithms in pairs, resampling each once for a set of common files."""

    algorithms: Mapping[str, Values]
    systems: Mapping[str, object]
    operation: str
    best: Best
    resamples: int
    seed: int
    known: dict[tuple[str, frozenset[str]], Numbers] = field(default_factory=dict)

    def probability_better(self, a: str, b: str) -> float:
        """Return the share of resamples in which A is better, ties counting half."""
        files = frozenset(self.algorithms[a]).intersection(self.algorithms[b])
        if len(files) < FEWEST_FILES:
            return 0.5
        ours, theirs = self._losses(a, files), self._losses(b, files)
        return float(np.mean(ours < theirs) + np.mean(ours == theirs) / 2)

    def _losses(self, algorithm: str, files: frozenset[str]) -> Numbers:
        """Return the loss in each resample, shape (resamples,)."""
        if (algorithm, files) not in self.known:
            names = sorted(files)
            systems = [self.systems.get(name) for name in names]
            resampling = Resampling.of(systems, resamples=self.resamples, seed=self.seed)
            values = np.array([self.algorithms[algorithm][name] for name in names], dtype=float)
            (drawn,) = resampled([Statistic(self.operation, values)], resampling)
            self.known[algorithm, files] = self.best.loss(drawn)
        return self.known[algorithm, files]
