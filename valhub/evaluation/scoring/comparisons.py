"""Who is better than whom, counted over systems: "better on 17 of 20 systems".

No claim is made about means: it cannot hold for errors without a bound. On each system, the run
with fewer unanswered files is better; among complete ones, the one with the smaller loss. Equal
losses, and equally many unanswered files, are ties and are left out of the count.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from valhub.evaluation.scoring.agreement import Numbers
from valhub.evaluation.scoring.losses import Losses
from valhub.evaluation.scoring.tries import Tries

ERROR_RATE = 0.05
"""How often a table of equal runs may show any difference at all."""


@dataclass(frozen=True)
class Tally:
    """On how many systems one run is better, worse and neither.

    Each is an ndarray of int64, shape (runs,): against every one of the others.
    """

    won: NDArray[np.int64]
    lost: NDArray[np.int64]
    tied: NDArray[np.int64]

    @classmethod
    def of(cls, one: Losses, others: Losses) -> "Tally":
        """Compare one run with others.

        Parameters
        ----------
        one : Losses
            Of a single run.
        others : Losses
            Over the same systems in the same order.
        """
        smaller, larger = one.losses < others.losses, one.losses > others.losses
        if not (one.complete and others.complete):
            complete = (one.missing == 0) & (others.missing == 0)
            smaller = (one.missing < others.missing) | (complete & smaller)
            larger = (one.missing > others.missing) | (complete & larger)
        won, lost = count_systems(smaller), count_systems(larger)
        return cls(won, lost, one.systems - won - lost)


def count_systems(which: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Count, for each run, the systems of which something holds; shape (runs, systems)."""
    # A sum of bytes in few bits takes a quarter of the time of `count_nonzero`.
    counts: NDArray[np.int32] = np.add.reduce(which.view(np.int8), axis=1, dtype=np.int32)
    return counts.astype(np.int64)


def tail(wins: NDArray[np.int64], systems: NDArray[np.int64]) -> Numbers:
    """Probability of so many wins or more on untied systems, if either were as likely to win.

    Notes
    -----
    P(Bin(m, ½) ≥ w), as a regularised incomplete beta function. Source: the sign test.
    """
    # No wins at all are certain; the function is not defined there.
    certain = wins <= 0
    known = special.betainc(np.where(certain, 1, wins), np.maximum(systems - wins, 0) + 1, 0.5)
    probability: Numbers = np.where(certain, 1.0, known)
    return probability


@dataclass(frozen=True)
class Thresholds:
    """How many wins a clear difference needs, given how much was tried.

    Attributes
    ----------
    tries : Tries
        All scored runs of the version: the more there were, the more of them look good by chance.
    """

    tries: Tries

    @property
    def runs(self) -> int:
        """How many runs there were."""
        return self.tries.runs

    def clear(self, one: float, other: float) -> float:
        """How improbable a clear difference of runs with such shares must be, in one direction."""
        return clear_level(self.tries.family(one, other))

    def maybe_best(self, one: float, other: float) -> float:
        """How improbable the lead of another must be for one run not to be the best."""
        return ERROR_RATE / max(self.tries.rivals(one, other) - 1, 1)

    def fewest_systems(self, one: float, other: float) -> int:
        """On fewer systems, even a run that wins all of them is not clearly ahead."""
        return fewest_systems(self.tries.family(one, other))


def clear_level(runs: int) -> float:
    """One-sided level at which any of the pairs of so many runs errs in 5 % of the tables.

    Notes
    -----
    Bonferroni's correction for P = R(R - 1)/2 pairs, each two-sided: 0.05 / (2 P).
    """
    return ERROR_RATE / max(runs * (runs - 1), 1)


def fewest_systems(runs: int) -> int:
    """Fewest systems on which any of so many runs can be clearly ahead of another."""
    return math.ceil(-math.log2(clear_level(runs)))


@lru_cache(maxsize=256)
def wins_table(systems: int, level: float) -> NDArray[np.int64]:
    """Fewest wins that are so improbable, for every number of untied systems.

    Returns
    -------
    ndarray of int64, shape (systems + 1,)
        By the number of untied systems; one more than it has where all wins are too few.
    """
    untied = np.arange(systems + 1)
    low, high = np.zeros_like(untied), untied + 1
    # Bisection for all of them at once: the more wins, the less probable.
    while (low < high).any():
        middle = (low + high) // 2
        enough = (middle > untied) | (tail(middle, untied) <= level)
        low, high = np.where(enough, low, middle + 1), np.where(enough, middle, high)
    return high


def wins_needed(systems: int, runs: int) -> int | None:
    """Fewest wins on so many untied systems for a clear difference; None where all are too few."""
    wins = int(wins_table(systems, clear_level(runs))[systems])
    return wins if wins <= systems else None
