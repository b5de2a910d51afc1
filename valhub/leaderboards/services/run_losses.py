"""Keeps what every scored run lost, and counts an account's results."""

from uuid import UUID

from django.db import transaction

from valhub.accounts.models import Account
from valhub.analyses.models import AnalysisVersion
from valhub.evaluation.scoring.packed_losses import PackedLosses
from valhub.leaderboards.columns import shown_columns
from valhub.leaderboards.models import Board, Entry, RunLosses, Score
from valhub.leaderboards.order import finite
from valhub.leaderboards.selectors.tries import TriesOf, tries_of_accounts
from valhub.leaderboards.services.board_locks import lock_board, note_change
from valhub.leaderboards.services.entries import Values


def keep_losses(
    *,
    version: AnalysisVersion,
    account: Account,
    run_id: int,
    losses: PackedLosses,
    final: PackedLosses | None = None,
    placed: bool = False,
) -> int:
    """Keep what a scored run lost, and count the results of its account, alike ones once.

    To be called in the transaction that finishes the run. Keeping them again changes nothing.

    Parameters
    ----------
    final : PackedLosses, optional
        What it lost over the final part, where there is one.
    placed : bool
        Whether the board has its next number already, because the run was placed on it.

    Returns
    -------
    int
        At least 1.
    """
    with transaction.atomic(savepoint=False):
        board = lock_board(version)
        columns = shown_columns(board.version)
        if not columns:
            return 1
        primary = columns[0]
        created = _keep(board, primary.name, account, run_id, losses)
        if final is not None:
            _keep(board, primary.of_final_part().name, account, run_id, final)
        if created and not placed:
            # Of so many runs more, a clear difference needs more wins: the page changes.
            note_change(board)
        return count_results(board, account.pk)


def _keep(board: Board, column: str, account: Account, run_id: int, losses: PackedLosses) -> bool:
    """Keep the losses in one column; whether they were not kept before."""
    fields = {"board": board, "account": account, **losses._asdict()}
    _, created = RunLosses.objects.get_or_create(run_id=run_id, column=column, defaults=fields)
    return created


def count_results(board: Board, account_id: UUID) -> int:
    """Count the scored runs of an account whose losses are kept, alike ones once; at least 1."""
    columns = shown_columns(board.version)
    found = tries_of_accounts(board, columns[0].name if columns else "", [account_id])
    return found.get(account_id, TriesOf()).results


def best_run_of(version: AnalysisVersion, account: Account) -> int | None:
    """Find the run that an account has on a version's board."""
    entries = Entry.objects.filter(board__version=version, account=account)
    return entries.values_list("run_id", flat=True).first()


def replace_intervals(*, version: AnalysisVersion, run_id: int, values: Values) -> None:
    """Give the scores of a run on its board other intervals, and of how many systems they are.

    Inside the transaction that keeps a run's losses, which gives the board its next number. Scores
    of an earlier release did not count systems.
    """
    board = lock_board(version)
    for column, one in values.items():
        scores = Score.objects.filter(entry__board=board, entry__run_id=run_id, column=column)
        # Updated by key: MySQL cannot change a table that the same statement reads.
        for pk in scores.values_list("pk", flat=True):
            Score.objects.filter(pk=pk).update(
                low=finite(one.low), high=finite(one.high), systems=one.systems, sites=one.sites
            )
