"""How runs stand on boards: of how many results each is the best, and its intervals there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from valhub.leaderboards.columns import shown_columns
from valhub.leaderboards.models import Board, Entry, Score
from valhub.leaderboards.selectors.tries import TriesOf, tries_of_accounts


@dataclass(frozen=True)
class StoredInterval:
    """An interval as a board has it; an end is None where it is open, both without one."""

    low: float | None
    high: float | None
    systems: int
    sites: int


@dataclass(frozen=True)
class Placing:
    """A run that stands on a board for its account.

    Attributes
    ----------
    results : int
        Of how many different results of its account it is the best.
    intervals : mapping of str to StoredInterval
        By aggregate, of those that the board shows; filled where it is the best of several.
    """

    results: int = 1
    intervals: Mapping[str, StoredInterval] = field(default_factory=dict)


def placings(runs: Iterable[int]) -> dict[int, Placing]:
    """Find how some runs stand on boards, by key; those that do not are left out."""
    entries = list(Entry.objects.filter(run_id__in=list(runs)).select_related("board__version"))
    tries = _tries(entries)
    best = [one for one in entries if tries[one.pk].results > 1]
    intervals: dict[int, dict[str, StoredInterval]] = {}
    scores = Score.objects.filter(entry__in=[one.pk for one in best])
    for score in scores:
        stored = StoredInterval(score.low, score.high, score.systems, score.sites)
        intervals.setdefault(score.entry_id, {})[score.column] = stored
    return {
        one.run_id: Placing(tries[one.pk].results, intervals.get(one.pk, {})) for one in entries
    }


def _tries(entries: Iterable[Entry]) -> dict[int, TriesOf]:
    """Count what the accounts of some entries tried, in a query for each board."""
    boards: dict[Board, dict[UUID, int]] = {}
    for one in entries:
        boards.setdefault(one.board, {})[one.account_id] = one.pk
    found: dict[int, TriesOf] = {}
    for board, accounts in boards.items():
        columns = shown_columns(board.version)
        counted = tries_of_accounts(board, columns[0].name if columns else "", list(accounts))
        found |= {pk: counted.get(account, TriesOf()) for account, pk in accounts.items()}
    return found
