"""A hub's leaderboard as a table: what its pages load NumPy for, and nothing else."""

from collections.abc import Sequence

from valhub.evaluation.scoring.comparisons import Thresholds
from valhub.evaluation.scoring.differences import Difference, differences
from valhub.evaluation.scoring.losses import unpack
from valhub.evaluation.scoring.packed_losses import PackedLosses
from valhub.evaluation.scoring.possible_ranks import PossibleRanks, Table

__all__ = ["Difference", "PossibleRanks", "Table", "board_table", "differences"]


def board_table(ranks: Sequence[int], runs: Sequence[PackedLosses | None], distinct: int) -> Table:
    """Make the table of a board.

    Parameters
    ----------
    ranks : sequence of int
        Of the entries, best first; ties share one.
    runs : sequence of (PackedLosses or None)
        Of the same entries; None where an entry's losses are not known. One at least is.
    distinct : int
        All scored runs of the version, those that are alike once.
    """
    return Table(ranks, unpack(runs), Thresholds(distinct))
