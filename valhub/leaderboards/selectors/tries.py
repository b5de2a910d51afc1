"""Counts what was tried on a version: results, which are scored runs, those that are alike once."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Max, QuerySet

from valhub.evaluation.scoring.tries import Tries, count_tries, share_of, shared_by
from valhub.leaderboards.models import Board, RunLosses


@dataclass(frozen=True)
class TriesOf:
    """What an account tried.

    Attributes
    ----------
    runs : int
        Its scored runs.
    results : int
        How many of them are not alike; all of a script package's, whose losses are not known.
    """

    runs: int = 1
    results: int = 1


def losses_in(board: Board, column: str) -> QuerySet[RunLosses]:
    """Give the losses of all scored runs in one column."""
    return RunLosses.objects.filter(board=board, column=column)


def tries_of_accounts(board: Board, column: str, accounts: Collection[UUID]) -> dict[UUID, TriesOf]:
    """Count what some accounts tried; those without a scored run are left out."""
    rows = losses_in(board, column).filter(account__in=accounts).order_by().values_list("account")
    counted = rows.annotate(Count("pk"), Count("digest", distinct=True), Max("systems"))
    return {
        account: TriesOf(runs, results if systems else runs)
        for account, runs, results, systems in counted
    }


@dataclass(frozen=True)
class TriesOfVersion:
    """What all accounts tried on a version, and the share of each result."""

    results: Mapping[UUID, int]
    shared: Mapping[int, Collection[UUID]]

    def count(self) -> Tries:
        """Count them as comparisons do."""
        return count_tries(self.results, self.shared)

    def share(self, account: UUID, digest: int) -> float:
        """Give the share of one of an account's results."""
        if digest in self.shared:
            return shared_by(self.results, self.shared[digest])
        return share_of(self.results[account])


def tries_of_version(board: Board, column: str) -> TriesOfVersion:
    """Count the results of all accounts, by two queries that group them."""
    losses = losses_in(board, column).order_by()
    results = losses.values_list("account").annotate(Count("digest", distinct=True))
    accounts = losses.values("digest").annotate(accounts=Count("account", distinct=True))
    several = accounts.filter(accounts__gt=1).values("digest")
    rows = losses.filter(digest__in=several).values_list("digest", "account").distinct()
    return TriesOfVersion(dict(results), _grouped(rows))


def _grouped(rows: Iterable[tuple[int, UUID]]) -> dict[int, set[UUID]]:
    found: dict[int, set[UUID]] = {}
    for digest, account in rows:
        found.setdefault(digest, set()).add(account)
    return found
