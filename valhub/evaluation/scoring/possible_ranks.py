"""The ranks that are possible for the runs of a table, given how few systems there are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from valhub.evaluation.scoring.comparisons import Tally, Thresholds, wins_needed, wins_table
from valhub.evaluation.scoring.losses import Losses
from valhub.evaluation.wording import count, one_system


@dataclass(frozen=True)
class PossibleRanks:
    """Which ranks one run may have; all ranges of a table are right together with 95 %.

    Attributes
    ----------
    low, high : int
        From 1; the run's own rank is always inside.
    may_be_best : bool
        No run that stands ahead is shown to be better.
    """

    low: int
    high: int
    may_be_best: bool


@dataclass(frozen=True)
class Table:
    """The runs of a board, best first, and what they are compared by.

    Attributes
    ----------
    ranks : sequence of int
        Rank of each run; ties share one.
    losses : Losses
        Of the same runs in the same order.
    thresholds : Thresholds
        For all runs of the version, which may be more than the table has.
    shares : sequence of float
        Of the same runs, as `tries` has them; empty where all are equal.
    """

    ranks: Sequence[int]
    losses: Losses
    thresholds: Thresholds
    shares: Sequence[float] = ()

    def why_unknown(self) -> str:
        """Say why no ranks can be distinguished; empty where they can."""
        systems, runs = self.losses.systems, self.thresholds.runs
        if systems == 1:
            return one_system(self.losses.files)
        if runs > 1 and systems < self.thresholds.fewest_systems(*self._largest_shares):
            return f"{count(systems, 'system')} cannot order {count(runs, 'run')}."
        return ""

    def rule(self) -> str:
        """Say how many wins a clear difference needs; empty where no difference can be clear."""
        systems, thresholds = self.losses.systems, self.thresholds
        wins = wins_needed(systems, thresholds.tries.family(*self._largest_shares))
        if wins is None or thresholds.runs < 2 or self.why_unknown():
            return ""
        least = min(self._distinct_shares)
        more = wins_needed(systems, thresholds.tries.family(least, least)) != wins
        return (
            f"Among {count(thresholds.runs, 'run')}, clearly ahead means better on at least "
            f"{wins} of {count(systems, 'system')}"
            f"{', on more beside an entry of many tries' if more else ''}; "
            "where some tie, fewer can be enough."
        )

    def possible_ranks(self, place: int) -> PossibleRanks | None:
        """Find the possible ranks of the run at a place; None where none can be distinguished.

        Parameters
        ----------
        place : int
            Position in the table, from 0.
        """
        if self.why_unknown():
            return None
        order = self._order
        tally = self.tally(place)
        untied = tally.won + tally.lost
        behind_me = order > order[place]
        ahead_of_me = order < order[place]
        clear = self._needed(place, untied, self.thresholds.clear)
        enough = self._needed(place, untied, self.thresholds.maybe_best)
        clearly_ahead = ahead_of_me & (tally.lost >= clear)
        clearly_behind = behind_me & (tally.won >= clear)
        beaten = ahead_of_me & (tally.lost >= enough)
        return PossibleRanks(
            low=1 + int(clearly_ahead.sum()),
            high=order.size - int(clearly_behind.sum()),
            may_be_best=not bool(beaten.any()),
        )

    def clear_level(self, place: int, other: int) -> float:
        """How improbable a clear difference of the runs at two places must be."""
        return self.thresholds.clear(float(self._shares[place]), float(self._shares[other]))

    def _needed(
        self, place: int, untied: NDArray[np.int64], level: Callable[[float, float], float]
    ) -> NDArray[np.int64]:
        """Find how many wins the run at a place, or each other over it, needs at a level."""
        own = float(self._shares[place])
        if len(self._distinct_shares) == 1:
            return wins_table(self.losses.systems, level(own, own))[untied]
        needed = np.empty_like(untied)
        for share in self._distinct_shares:
            alike = self._shares == share
            needed[alike] = wins_table(self.losses.systems, level(own, share))[untied[alike]]
        return needed

    @cached_property
    def _shares(self) -> NDArray[np.float64]:
        return np.asarray(self.shares or [1.0] * len(self.ranks), dtype=np.float64)

    @cached_property
    def _distinct_shares(self) -> list[float]:
        shares: list[float] = np.unique(self._shares).tolist()
        return shares

    @cached_property
    def _largest_shares(self) -> tuple[float, float]:
        """The shares of the pair that needs the fewest wins."""
        largest = np.sort(self._shares)[-2:].tolist()
        return largest[-1], largest[0]

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        return np.asarray(self.ranks, dtype=np.int64)

    def tally(self, place: int) -> Tally:
        """Compare the run at a place with every run of the table."""
        return Tally.of(self.at([place]), self.losses)

    def at(self, places: Sequence[int]) -> Losses:
        """Give the losses of the runs at some places alone."""
        rows = np.array(places, dtype=np.intp)
        return replace(
            self.losses, losses=self.losses.losses[rows], missing=self.losses.missing[rows]
        )
