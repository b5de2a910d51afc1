"""A hub's leaderboard as a table: what its pages load NumPy for, and nothing else."""

from collections.abc import Sequence
from dataclasses import replace

from valhub.evaluation.scoring.comparisons import Thresholds
from valhub.evaluation.scoring.differences import Difference, differences
from valhub.evaluation.scoring.losses import unpack, without_noise
from valhub.evaluation.scoring.packed_losses import PackedLosses
from valhub.evaluation.scoring.possible_ranks import PossibleRanks, Table
from valhub.evaluation.scoring.tries import Tries

__all__ = ["Difference", "PossibleRanks", "Table", "board_table", "differences"]


def board_table(
    ranks: Sequence[int],
    runs: Sequence[PackedLosses | None],
    tries: Tries,
    shares: Sequence[float] = (),
) -> Table:
    """Make the table of a board.

    Parameters
    ----------
    ranks : sequence of int
        Of the entries, best first; ties share one.
    runs : sequence of (PackedLosses or None)
        Of the same entries; None where an entry's losses are not known. One at least is.
    tries : Tries
        All scored runs of the version.
    shares : sequence of float
        Of the same entries; empty where all are equal.
    """
    losses = unpack(runs)
    # An earlier release kept them with their noise.
    losses = replace(losses, losses=without_noise(losses.losses))
    return Table(ranks, losses, Thresholds(tries), shares)
