"""Where a run stands in a column, as the numbers that score rows are sorted by.

The rule is the engine's, `valhub.evaluation.scoring.ranking`, turned into stored keys: complete
runs by value, incomplete ones by coverage and value, those without a value last.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from valhub.evaluation.results import Best

NO_VALUE = 2.0


@dataclass(frozen=True)
class Place:
    """What decides a rank; the smaller comes first, and equal ones tie."""

    standing: float
    sort_value: float


class Key(NamedTuple):
    """A score's position on its board: ties are told apart by time, then by entry."""

    standing: float
    sort_value: float
    submitted_at: datetime
    entry_id: int

    @property
    def place(self) -> Place:
        """What decides the rank."""
        return Place(self.standing, self.sort_value)


def finite(number: float | None) -> float | None:
    """Give a number that can be stored and sorted; NaN and infinities are no number."""
    return float(number) if number is not None and math.isfinite(number) else None


def place_of(value: float | None, *, coverage: float, best: Best) -> Place:
    """Say where a value stands.

    Parameters
    ----------
    value : float or None
        Finite; None when the run has no such aggregate.
    coverage : float
        Share of the board's files that were scored, 0 to 1.
    best : Best
        Which value of the column is the best one.
    """
    lack = 1.0 - coverage
    if value is None:
        return Place(NO_VALUE + lack, 0.0)
    # Adding zero turns -0.0 into 0.0, which databases may tell apart.
    return Place(lack, best.loss(float(value)) + 0.0)
