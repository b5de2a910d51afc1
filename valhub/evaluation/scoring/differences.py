"""Two runs compared, with the smallest difference that matters.

On a system, a difference up to the smallest one that matters is "same"; everything else is as in
`comparisons`. One run is better when it wins so many systems that the possible ranks of the table
would show it; the two are the same for practical purposes when they are so on clearly more than
half of the systems. Else it is undecided, which is not a claim that they are alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from valhub.evaluation.scoring.comparisons import ERROR_RATE, count_systems, tail, wins_table
from valhub.evaluation.scoring.possible_ranks import Table
from valhub.evaluation.wording import count

# A difference as large as the smallest that matters is within it, whatever rounding does.
_ROUNDING = 1e-9


class Judgement(StrEnum):
    """What can be said of one run beside another."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same for practical purposes"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Difference:
    """On how many systems one run is better than another, the same, and worse.

    Attributes
    ----------
    unanswered : int
        On how many systems both lack equally many files, so that neither is better.
    """

    better: int
    same: int
    worse: int
    unanswered: int
    judgement: Judgement

    @property
    def words(self) -> str:
        """The counts and what they show, such as `16 better, 3 same, 1 worse of 20 systems: …`."""
        systems = self.better + self.same + self.worse + self.unanswered
        counts = f"{self.better} better, {self.same} same, {self.worse} worse"
        if self.unanswered:
            counts += f", {self.unanswered} unanswered by both"
        return f"{counts} of {count(systems, 'system')}: {self.judgement.value}"


def differences(
    table: Table, place: int, among: Sequence[int], *, smallest: float
) -> list[Difference]:
    """Compare the run at a place of a table with those at others.

    Parameters
    ----------
    table : Table
        One whose ranks can be distinguished: `table.why_unknown()` is empty.
    place : int
        Position in the table, from 0.
    among : sequence of int
        Positions of the others.
    smallest : float
        The smallest difference that matters, in the unit of the metric, at least 0.

    Returns
    -------
    list of Difference
        In the order of the others.
    """
    one, others = table.at([place]), table.at(among)
    answered = (one.missing == 0) & (others.missing == 0)
    with np.errstate(over="ignore"):
        gap = np.where(answered, others.losses - one.losses, 0.0)
    reach = smallest * (1 + _ROUNDING)
    same = answered & (np.abs(gap) <= reach)
    better = (one.missing < others.missing) | (answered & (gap > reach))
    worse = (one.missing > others.missing) | (answered & (gap < -reach))
    counts = [count_systems(which).tolist() for which in (better, same, worse)]
    levels = [table.clear_level(place, other) for other in among]
    systems = table.losses.systems
    return [_difference(systems, level, *of) for level, *of in zip(levels, *counts, strict=True)]


def _difference(systems: int, level: float, better: int, same: int, worse: int) -> Difference:
    needed = wins_table(systems, level)[better + worse]
    judgement = Judgement.UNDECIDED
    if max(better, worse) >= needed:
        judgement = Judgement.BETTER if better > worse else Judgement.WORSE
    elif _more_than_half(same, systems):
        judgement = Judgement.SAME
    return Difference(better, same, worse, systems - better - same - worse, judgement)


def _more_than_half(same: int, systems: int) -> bool:
    return bool(tail(np.array([same]), np.array([systems]))[0] <= ERROR_RATE)
