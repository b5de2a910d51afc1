"""The order of a leaderboard: which entries come first, which tie, where incomplete ones rank."""

from collections.abc import Iterable
from dataclasses import dataclass

from valhub.evaluation.results import Best


@dataclass(frozen=True)
class RankedResult:
    """One algorithm on a leaderboard.

    Attributes
    ----------
    name : str
        Identifies the entry; orders those that tie.
    value : float or None
        The primary metric over the scored files; None when there is none.
    coverage : float
        Share of the leaderboard's files that were scored, 0 to 1.
    """

    name: str
    value: float | None
    coverage: float = 1.0


@dataclass(frozen=True)
class Ranked:
    """An entry with its rank, from 1; ties share the smallest (1, 1, 3)."""

    rank: int
    entry: RankedResult


def rank(entries: Iterable[RankedResult], *, best: Best) -> list[Ranked]:
    """Order entries: complete ones by value, incomplete ones by coverage, then those without value.

    Parameters
    ----------
    entries : iterable of RankedResult
    best : Best
        Which value of the primary metric is the best.

    Returns
    -------
    list of Ranked
        Best first. Complete entries tie on equal values, incomplete ones on equal coverage and
        value, entries without a value on equal coverage.
    """
    ordered = sorted(entries, key=lambda entry: (_place(entry, best), entry.name))
    ranked: list[Ranked] = []
    for position, entry in enumerate(ordered, start=1):
        ties = bool(ranked) and _place(ranked[-1].entry, best) == _place(entry, best)
        ranked.append(Ranked(ranked[-1].rank if ties else position, entry))
    return ranked


def _place(entry: RankedResult, best: Best) -> tuple[int, float, float]:
    """Return what decides an entry's place; the smaller comes first."""
    if entry.value is None:
        return (2, -entry.coverage, 0.0)
    loss = best.loss(float(entry.value))
    return (0, 0.0, loss) if entry.coverage >= 1 else (1, -entry.coverage, loss)
